"""Print the table: `python -m tests.conformance [--details]`, or write the committed facts: `--write`."""

import sys

from . import summary
from .answers import recorded
from .report import table, verdicts

if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        summary.FILE.write_text(summary.text(recorded()), encoding="utf-8")
    else:
        print(table(verdicts(), details="--details" in sys.argv[1:]))  # noqa: T201
