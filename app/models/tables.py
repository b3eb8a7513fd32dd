"""Every table, so that whoever imports this module has them all in the metadata."""

from app.models import (
    assignment,
    audit,
    catalogue,
    discussion,
    endpoint,
    follow,
    instance,
    lease,
    probe,
    sign_in,
    token,
    traffic,
    trial,
    usage,
)
from app.models.base import metadata

__all__ = [
    "assignment", "audit", "catalogue", "discussion", "endpoint", "follow", "instance", "lease", "metadata", "probe",
    "sign_in", "token", "traffic", "trial", "usage",
]  # fmt: skip
