"""GPUs as people type them, and whether a model fits."""

import pytest

from app.domain.catalogue import Hardware
from app.domain.hardware import Fit, Gpus, fits, read_gpus
from app.domain.sources import Source

SOURCE = Source("Somebody's page", "19.2")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2x A100 40 GB", Gpus(2, "A100", 40)),
        ("2 \u00d7 A100-40GB", Gpus(2, "A100", 40)),
        ("4x H100", Gpus(4, "H100", 80)),
        ("rtx 6000 ada", Gpus(1, "RTX 6000 ADA", 48)),
        ("80 GB", Gpus(1, "GPU", 80)),
        ("  1 x  MI300X 192 GB ", Gpus(1, "MI300X", 192)),
        ("3 x Something 12 GB", Gpus(3, "Something", 12)),
    ],
)
def test_what_people_type_is_read(typed: str, expected: Gpus) -> None:
    assert read_gpus(typed) == expected


@pytest.mark.parametrize("typed", ["abc", "0x A100", "A100 x", "999x H100", "2x", "<script>", "%_'\"", "2x A100 40 TB"])
def test_what_is_none_is_told(typed: str) -> None:
    with pytest.raises(ValueError, match="Write the GPUs as"):
        read_gpus(typed)


def test_nothing_typed_is_no_filter() -> None:
    assert read_gpus("  ") is None


def stated(card: str, count: int, memory: int, need: int | None = None) -> Hardware:
    return Hardware("Model", card, count, memory, SOURCE, need)


@pytest.mark.parametrize(
    ("gpus", "rows", "size", "precision", "expected"),
    [
        (Gpus(2, "A100", 80), [stated("A100", 2, 80)], None, "", Fit.STATED),
        (Gpus(4, "A100", 80), [stated("A100", 2, 80)], None, "", Fit.STATED),
        (Gpus(2, "A100", 40), [stated("A100", 2, 80)], None, "", Fit.NO),
        (Gpus(2, "A100", 40), [stated("A100", 2, 80)], 22, "", Fit.ESTIMATED),
        # What asks for more than its own cards have is met by those very cards, and by others that have as much.
        (Gpus(2, "A100", 80), [stated("A100", 2, 80, 220)], None, "", Fit.STATED),
        (Gpus(2, "H100", 80), [stated("A100", 2, 80, 220)], None, "", Fit.NO),
        (Gpus(3, "H100", 80), [stated("A100", 2, 80, 220)], None, "", Fit.STATED),
        (Gpus(1, "A100", 40), [], 13, "", Fit.ESTIMATED),
        (Gpus(1, "A100", 40), [], 24, "", Fit.NO),
        (Gpus(1, "A100", 40), [], 24, "fp8", Fit.ESTIMATED),
        (Gpus(1, "A100", 40), [], None, "", Fit.UNKNOWN),
    ],
)
def test_whether_it_fits(gpus: Gpus, rows: list[Hardware], size: float | None, precision: str, expected: Fit) -> None:
    assert fits(gpus, rows, size, precision) is expected
