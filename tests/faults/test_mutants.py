"""The mutants of tests/faults/mutants.py still fit the code; `make mutants` runs the tests against each."""

from __future__ import annotations

import pytest

from tests.faults.mutants import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.new.strip()}")
def test_a_mutant_fits_the_code_and_its_tests_exist(mutant: Mutant):
    """Trap: code that moved on, so that a mutant changes nothing and its score means nothing."""
    assert (ROOT / mutant.file).read_text().count(mutant.old) == 1
    compile((ROOT / mutant.file).read_text().replace(mutant.old, mutant.new), mutant.file, "exec")
    assert all((ROOT / "tests" / name).exists() for name in mutant.tests.split())
