"""Whole numbers as they come in addresses and hidden fields, where anybody may have written anything."""


def whole_number(text: str | None, default: int, digits: int = 9) -> int:
    """The number that plain digits spell, at most `digits` of them; else `default`.

    str.isdigit() alone would let through what int() refuses, such as a superscript two.
    """
    if text and text.isascii() and text.isdigit() and len(text) <= digits:
        return int(text)
    return default
