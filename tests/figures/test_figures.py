"""A small share of what `make figures` runs, and every seed that once failed."""

import re

import pytest

from tests.figures import results
from tests.figures.figure import Effort, run_case, take
from tests.figures.kept import FILE, kept_seeds
from tests.figures.table import FIGURES

FIRST = {"F3": 5, "F10": 0, "F14": 0, "F16": 10}
"""Elsewhere other cases than those of the long run."""
IDS = [figure.id for figure in FIGURES]


@pytest.mark.parametrize("figure", FIGURES, ids=IDS)
def test_a_figure_meets_its_mark_and_enough_happens(figure):
    row = take(figure, Effort(short=True), kept=kept_seeds(figure.id), first=FIRST.get(figure.id, 13_000))
    assert row.breaches == {}
    assert row.too_little == []
    assert row.passed


@pytest.mark.parametrize("figure", [one for one in FIGURES if one.id in ("F7", "F8")], ids=["F7", "F8"])
def test_a_case_is_known_by_its_seed(figure):
    counts = [run_case(figure, 7, Effort(short=True)).counts for _ in range(2)]
    assert counts[0]["found"] == counts[1]["found"]
    assert counts[0]["refused by name"] == counts[1]["refused by name"]
    assert counts[0].total() > 0


def test_the_page_has_a_row_with_its_command_for_each_figure():
    table = results.PAGE.read_text(encoding="utf-8").partition(results.BEGIN)[2].partition(results.END)[0]
    rows = dict(re.findall(r"^\| (F\d+) \|.*\| `([^`]+)` \|$", table, re.MULTILINE))
    assert rows == {figure.id: figure.command for figure in FIGURES}


def test_seeds_are_kept_for_figures_that_exist():
    assert set(re.findall(r'"(F\d+)"', FILE.read_text(encoding="utf-8"))) <= set(IDS)
