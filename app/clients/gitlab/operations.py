"""The operations asked of GitLab's GraphQL API; their texts lie in the folder beside this module, one to a file.

Source: GitLab's GraphQL API reference. All of these fields are experiments there and may change without notice.
"""

from functools import cache
from importlib.resources import files

_FOLDER = files("app.clients.gitlab") / "operations"
_FIELDS = "...ModelFields"


@cache
def operation(name: str, *, is_18: bool = False) -> str:
    """The whole document of an operation, with the fragment for a model's fields in the shape of 18 or of 19."""
    text = _read(name)
    if _FIELDS not in text:
        return text
    return text + _read("model_fields_18" if is_18 else "model_fields")


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.graphql").read_text(encoding="utf-8")
