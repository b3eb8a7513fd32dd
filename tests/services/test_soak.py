"""Many writers at once: what was acknowledged is there, and nothing was lost in between."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.domain.endpoints import EndpointDraft
from app.domain.errors import Conflict
from app.domain.roles import Actor
from app.queries import endpoints as query
from app.services import audit_verify, endpoints
from app.services.ports import Ports

WRITERS = 8


def test_no_edit_is_lost_between_eight_writers(ports: Ports, ada: Actor, soak: Callable[[int], int]) -> None:
    draft = EndpointDraft("Contested", server="vllm", base_url="http://10.0.0.1/v1", identifier="m", owner="0")
    endpoint_id = endpoints.create(ports, ada, draft)
    edits = soak(200)

    def count_up(_: int) -> int:
        """Read the number kept in the owner field and write the next one, again until nobody was faster."""
        done = 0
        while done < edits:
            seen = query.endpoint(ports.store, endpoint_id)
            assert seen is not None
            wanted = EndpointDraft("Contested", server="vllm", base_url=seen.base_url, identifier="m",
                                   owner=str(int(seen.owner) + 1))  # fmt: skip
            try:
                endpoints.update(ports, ada, endpoint_id, seen.version, wanted)
            except Conflict:
                continue
            done += 1
        return done

    with ThreadPoolExecutor(WRITERS) as pool:
        acknowledged = sum(pool.map(count_up, range(WRITERS)))
    stored = query.endpoint(ports.store, endpoint_id)
    assert stored is not None
    assert int(stored.owner) == acknowledged == WRITERS * edits
    verdict = audit_verify.verify(ports)
    assert (verdict.sentence, verdict.rows) == (
        f"The chain holds: {acknowledged + 1} entries, up to number {acknowledged + 1}.",
        acknowledged + 1,
    )
