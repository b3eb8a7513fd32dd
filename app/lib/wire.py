"""The HTTP library behind the door, named here alone: a change to its drop-in successor is a change of two lines."""

import httpcore
import httpx

__all__ = ["httpcore", "httpx"]
