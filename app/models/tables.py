"""Every table, so that whoever imports this module has them all in the metadata."""

from app.models import assignment, audit, endpoint, probe, sign_in
from app.models.base import metadata

__all__ = ["assignment", "audit", "endpoint", "metadata", "probe", "sign_in"]
