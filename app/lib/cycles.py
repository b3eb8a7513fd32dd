"""Works on very many small values without Python's search for cycles, which would look at them all again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unsearched() -> Iterator[None]:
    """Nothing is searched for cycles meanwhile: for a second or two of work, since others leave cycles too.

    Whoever finds the search off leaves it as it is; so of two at once the one that put it off puts it on again.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
