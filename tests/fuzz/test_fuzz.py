"""A small share of what `make fuzz` runs, and every seed that once failed."""

import pytest

from tests.fuzz.bench import bench
from tests.fuzz.campaign import KINDS, run_case, run_cases
from tests.fuzz.enough import missing
from tests.fuzz.kept import kept_seeds
from tests.fuzz.samples import FOLDER, chosen

CASES = {"records": 500, "configs": 300, "inputs": 300, "answers": 50}
FIRST = 10_000_000
"""Other cases than those of the long run."""


@pytest.fixture(scope="module")
def the_bench(tmp_path_factory):
    return bench(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_but_typed_results_comes_of_mutated_samples(kind, the_bench):
    report = run_cases(kind, range(FIRST, FIRST + CASES[kind]), the_bench)
    assert [(failure.seed, failure.story) for failure in report.failures] == []
    assert list(missing(report)) == []


def test_the_cases_that_once_failed_pass(the_bench):
    ran = [run_case(kind, seed, the_bench) for kind, seeds in kept_seeds().items() for seed in seeds]
    assert [(failure.kind, failure.seed, failure.story) for _, failure in ran if failure] == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_case_is_known_by_its_seed(kind, the_bench):
    counts = [run_case(kind, FIRST, the_bench) for _ in range(2)]
    assert counts[0] == counts[1]


def test_every_sample_configuration_is_mutated(the_bench):
    names = {path.stem for path in FOLDER.glob("*.yaml")}
    assert {chosen(seed, the_bench.samples).name for seed in range(200)} == names
