"""Every metric that a run gives and every alarm on one: AWS, dashboards, runbook and docs follow from here.

A run gives all of its metrics in one line of CloudWatch's embedded metric format (`CBBD_METRICS=emf`). An alarm reads
metrics, never the text of log lines. The section of docs/runbook.md about an alarm has its name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from quality.markdown import code, page, table

NAMESPACE = "cbbd_etl"
LAKE, FLOW = "lake", "flow"  # dimensions: where the lake is, and the name of the flow
DIMENSION_SETS = ((LAKE,), (LAKE, FLOW))  # sums over all flows of a lake, and each flow by itself
BUDGET = "spend-budget"  # an alarm too, but of AWS Budgets: what is spent is no metric of a run

Unit = Literal["Count", "Seconds"]  # CloudWatch's own words
Statistic = Literal["Sum", "Minimum", "Maximum"]
Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]


@dataclass(frozen=True)
class Metric:
    """A number of one run.

    Attributes:
        shown: statistic that a graph of it shows.
        of_parts: a run that only starts other runs leaves it to these, so that sums count nothing twice.
    """

    name: str
    unit: Unit
    description: str
    of_parts: bool = False
    shown: Statistic = "Sum"


@dataclass(frozen=True)
class Alarm:
    """A bound on a metric.

    Attributes:
        flow: whose metric; None: of all flows of the lake together.
        hours: length of a period; the statistic is taken over each.
        periods: so many in a row have to be beyond the threshold.
        missing: what a period without data counts as, in CloudWatch's words.
        meaning: what it says, one sentence.
    """

    name: str
    metric: Metric
    statistic: Statistic
    comparison: Comparison
    threshold: int
    hours: int
    periods: int
    missing: Literal["breaching", "notBreaching", "ignore"]
    meaning: str
    flow: str | None = None


RUNS = Metric("runs", "Count", "Runs that ended, in whatever way.")
FAILED_RUNS = Metric("failed_runs", "Count", "1 when the run failed or could not start, else 0.")
INTERRUPTED_RUNS = Metric("interrupted_runs", "Count", "1 when the run was ended from outside, else 0.")
DURATION = Metric("duration_seconds", "Seconds", "From the flow's start to its end.", shown="Maximum")
FAILED_KEYS = Metric("failed_keys", "Count", "Requests and partitions that could not be done.", of_parts=True)
KEYS_LEFT = Metric("keys_left", "Count", "Requests left for a later run: calls spent, or an outage.", of_parts=True)
CALLS = Metric("calls", "Count", "Calls sent to the API, repeated ones included.", of_parts=True)
CALLS_LEFT = Metric(
    "calls_left", "Count", "Calls left this month, as the API said last; absent when none was made.", shown="Minimum"
)
RECORDS = Metric("records", "Count", "Records that the API's answers brought.", of_parts=True)
ROWS = Metric(
    "rows", "Count", "Rows published, in all layers; a partition that is replaced counts whole.", of_parts=True
)
QUARANTINED_ROWS = Metric("quarantined_rows", "Count", "Rows put aside in ops.quarantine.", of_parts=True)
DOUBTFUL_PARTITIONS = Metric(
    "doubtful_partitions", "Count", "Partitions published without more than 1 % of their rows.", of_parts=True
)
FRESHNESS = Metric(
    "freshness_seconds",
    "Seconds",
    "Since the start of the newest ingest of everything that left nothing undone.",
    shown="Maximum",
)
UNEXPLAINED_GAPS = Metric(
    "unexplained_gaps", "Count", "What must be there, is not, and has no explanation.", shown="Maximum"
)

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        RUNS,
        FAILED_RUNS,
        INTERRUPTED_RUNS,
        DURATION,
        FAILED_KEYS,
        KEYS_LEFT,
        CALLS,
        CALLS_LEFT,
        RECORDS,
        ROWS,
        QUARANTINED_ROWS,
        DOUBTFUL_PARTITIONS,
        FRESHNESS,
        UNEXPLAINED_GAPS,
    )
}

ALARMS: Mapping[str, Alarm] = {
    alarm.name: alarm
    for alarm in (
        # A day's run that left nothing undone is 0 s old, yesterday's 24 h: any bound between tells them apart. No data
        # at all is worse than old data: the run did not even start.
        Alarm(
            "data-stale",
            FRESHNESS,
            "Maximum",
            "GreaterThanThreshold",
            threshold=20 * 3600,
            hours=24,
            periods=2,
            missing="breaching",
            meaning="For two days no daily ingest has brought everything that was due.",
            flow="ingest",
        ),
        Alarm(
            "run-failed",
            FAILED_RUNS,
            "Sum",
            "GreaterThanOrEqualToThreshold",
            threshold=1,
            hours=1,
            periods=1,
            missing="notBreaching",
            meaning="A run failed, or could not start.",
        ),
        Alarm(
            "quota-low",
            CALLS_LEFT,
            "Minimum",
            "LessThanThreshold",
            threshold=240,
            hours=24,
            periods=1,
            missing="ignore",
            meaning="The month's calls are down to what is kept for a week of daily runs.",
        ),
        Alarm(
            "quarantine-high",
            DOUBTFUL_PARTITIONS,
            "Sum",
            "GreaterThanOrEqualToThreshold",
            threshold=1,
            hours=1,
            periods=1,
            missing="notBreaching",
            meaning="A partition was published without more than 1 % of its rows.",
        ),
    )
}

INTRO = (
    "What each run says about itself when `CBBD_METRICS=emf` is set: one line on standard output in CloudWatch's "
    f"embedded metric format, which the log group turns into metrics of the namespace `{NAMESPACE}`, by lake and by "
    "lake and flow. The line also names the run's id and status. A metric without a value, such as the calls left "
    "after a run without calls, is left out of it."
)
ALARMS_INTRO = (
    "They mail to the topic of the environment. Thresholds can be set per environment (`alarm_thresholds` in "
    "`infra/terraform`)."
)


def line(values: Mapping[str, float], dimensions: Mapping[str, str], notes: Mapping[str, object], at: datetime) -> str:
    """One line in CloudWatch's embedded metric format.

    Args:
        values: by names of `METRICS`.
        dimensions: value of each dimension.
        notes: further fields, searchable in the logs and no metrics.
        at: wall clock; CloudWatch refuses what is more than two weeks old.

    Raises:
        KeyError: for a metric that the catalog does not have.
    """
    described = [{"Name": name, "Unit": METRICS[name].unit} for name in values]
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(names) for names in DIMENSION_SETS], "Metrics": described}
    head = {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": head, **dimensions, **notes, **values})


def metrics_page() -> str:
    """docs/metrics.md: every metric and every alarm."""
    return page(
        "Metrics and alarms",
        INTRO,
        table(("metric", "unit", "what it is"), ((code(m.name), m.unit, m.description) for m in METRICS.values())),
        f"## Alarms\n\n{ALARMS_INTRO}",
        table(("alarm", "when", "without data", "what it says"), _alarms()),
    )


def _alarms() -> Iterable[tuple[str, ...]]:
    for alarm in ALARMS.values():
        yield _linked(alarm.name), _condition(alarm), alarm.missing, alarm.meaning
    yield _linked(BUDGET), "AWS Budgets: spent or forecast", "", "The month costs more than was planned."


def _linked(name: str) -> str:
    return f"[{name}](runbook.md#{name})"


def _condition(alarm: Alarm) -> str:
    sign = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": "≥", "LessThanThreshold": "<"}
    of = f" of flow {code(alarm.flow)}" if alarm.flow else ""
    often = f", {alarm.periods} times in a row" if alarm.periods > 1 else ""
    bound = f"{sign[alarm.comparison]} {alarm.threshold:,}"
    return f"{alarm.statistic.lower()} of {code(alarm.metric.name)}{of} in {alarm.hours} h {bound}{often}"
