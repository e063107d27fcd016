"""The table of docs/reliability.md, from the names of the tests: `python tests/faults/matrix.py` writes it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
UNIT = (
    "test_bounds",
    "test_salvage",
    "test_network",
    "test_proxies",
    "test_doctor",
    "test_shell",
    "test_home",
    "test_relocation",
    "test_withdrawal",
    "test_client_faults",
    "test_fetch",
    "test_lake_conflicts",
    "test_replay",
    "gold/test_gold_tables",
)
FLOWS = ("tests/flows/test_prefect_*.py", "tests/flows/test_interruptions.py")
PLACES = ("tests/faults/test_*.py", *FLOWS, *(f"tests/unit/**/{name}.py" for name in UNIT))
NAME = re.compile(r"test_((?:[a-z]\d+_)+)(?:to_([a-z]\d+)_)?(\w+)")
BEGIN, END = "<!-- matrix: written by tests/faults/matrix.py -->", "<!-- end of matrix -->"
CASES = [f"H{n}" for n in range(1, 15)] + [f"K{n}" for n in range(1, 12)] + [f"S{n}" for n in range(1, 6)]
CASES += [f"L{n}" for n in range(1, 6)]
CASES += ["C1", "C2", "C3", "N1", "P1", "P2", "P3", "G1", "Q1", "Q2", "R1", "R2", "R3", "X1", "X2"]


def found() -> dict[str, list[str]]:
    """Tests of each case, as `what it shows (file)`."""
    tests: dict[str, list[str]] = {case: [] for case in CASES}
    for path in sorted(item for place in PLACES for item in ROOT.glob(place)):
        for node in ast.parse(path.read_text()).body:
            match = NAME.fullmatch(node.name) if isinstance(node, ast.FunctionDef) else None
            if match:
                said = f"{match[3].replace('_', ' ')} ({path.relative_to(ROOT / 'tests')})"
                for case in _cases(match[1], match[2]):
                    tests[case].append(said)
    return tests


def _cases(named: str, last: str | None) -> list[str]:
    first = [case.upper() for case in named.strip("_").split("_")]
    if last is None:
        return [case for case in first if case in CASES]
    return CASES[CASES.index(first[0]) : CASES.index(last.upper()) + 1]


def table() -> str:
    """The matrix in Markdown, with what has no test at its end."""
    tests = found()
    rows = [f"| {case} | {'<br>'.join(shown)} |" for case, shown in tests.items() if shown]
    absent = ", ".join(case for case, shown in tests.items() if not shown)
    end = f"Not covered yet: {absent or 'none'}."
    return "\n".join(["| case | what is shown, and where |", "|---|---|", *rows, "", end])


def page() -> str:
    """The page with today's table."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page())
