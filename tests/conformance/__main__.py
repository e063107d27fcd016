"""Print the table: `python -m tests.conformance [--details]`."""

import sys

from .report import table, verdicts

if __name__ == "__main__":
    print(table(verdicts(), details="--details" in sys.argv[1:]))  # noqa: T201
