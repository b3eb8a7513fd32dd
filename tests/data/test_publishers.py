"""Whose model a name on Vertex AI is: a table with its sources, read strictly."""

from pathlib import Path

import pytest

from app.data.facts import Facts
from app.data.publishers import load_publishers


def test_every_publisher_has_names_in_lower_case_and_a_source() -> None:
    for each in load_publishers():
        assert each.starts
        assert all(start and start == start.casefold() for start in each.starts)
        assert each.source.page.startswith("https://cloud.google.com/")


def test_every_listed_model_has_the_publisher_of_its_family(facts: Facts) -> None:
    starts = tuple(start for each in load_publishers() for start in each.starts)
    on_vertex = [model for model in facts.models.values() if "vertex_ai" in {**model.hosts, **model.compatible_hosts}]
    partners = {model.family for model in on_vertex if any(name.startswith(starts) for name in model.served)}
    googles = {model.family for model in on_vertex if not any(name.startswith(starts) for name in model.served)}
    assert partners
    assert googles
    assert not partners & googles


@pytest.mark.parametrize("text", ["[[publisher]]\nslug = 7", '[[publisher]]\nslug = "a"\nstarts = "b"', "publisher"])
def test_a_broken_table_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "publishers.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"slug|starts|after a key"):
        load_publishers(file)
