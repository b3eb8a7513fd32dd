"""Lines of CSV that a spreadsheet shows and does not run."""

import csv
import io

import pytest

from app.lib import sheets


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_becomes_text(text: str) -> None:
    assert sheets.safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "plain", "a=b", "{}", "2026-11-22", "'quoted"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert sheets.safe_cell(text) == text


def test_a_line_can_be_read_back_whatever_its_cells_hold() -> None:
    cells = ['say "hi"', "two\nlines", "a,b", "=cmd|'/c calc'!A1"]
    line = sheets.line(cells)
    assert line.endswith("\r\n")
    assert next(csv.reader(io.StringIO(line, newline=""))) == [*cells[:3], f"'{cells[3]}"]
