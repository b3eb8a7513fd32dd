"""Every table, so that whoever imports this module has them all in the metadata."""

from app.models import assignment, audit, endpoint, lease, probe, sign_in, token
from app.models.base import metadata

__all__ = ["assignment", "audit", "endpoint", "lease", "metadata", "probe", "sign_in", "token"]
