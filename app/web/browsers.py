"""What a browser says of itself, in a few words: "Firefox on Windows"."""

# The first that is found; each of the later ones claims to be those before it, too.
_PROGRAMS = (("Edg", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_words(user_agent: str) -> str:
    """Name and system; the text itself, cut, where neither is known."""
    program, system = (_first(names, user_agent) for names in (_PROGRAMS, _SYSTEMS))
    if program:
        return f"{program} on {system}" if system else program
    return user_agent[:60] or "A browser that does not say"


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in names if mark in text), "")
