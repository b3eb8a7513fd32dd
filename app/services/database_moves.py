"""What the audit log tells of the database as a whole: that it came from a backup, that it went to another revision."""

from app.domain.audit_chain import Head
from app.domain.roles import Actor
from app.services import audit
from app.services.backups import Manifest
from app.services.ports import Ports

SUBJECT = ("database", "database", "Database")


def restored(ports: Ports, actor: Actor, file: str, manifest: Manifest) -> None:
    """Tell it in the restored log itself, which lacks what came after the backup; `file` is the name without folder."""
    head = Head(**manifest.audit_head).text if manifest.audit_head else None
    told = {
        "backup": file,
        "made": manifest.created_at,
        "version": manifest.version,
        "revision": manifest.revision,
        "head": head,
    }
    with ports.store.write() as session:
        changes = {name: (None, value) for name, value in told.items()}
        audit.record(ports, session, actor, "database:restore", SUBJECT, changes)


def migrated(ports: Ports, actor: Actor, before: str, after: str, version: str) -> None:
    """Tell the revisions, and the version of Modelport that knows the later one."""
    changes = {"revision": (before, after), "version": (None, version)}
    with ports.store.write() as session:
        audit.record(ports, session, actor, "database:migrate", SUBJECT, changes)
