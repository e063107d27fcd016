"""Every metric of a run and every alarm on one. AWS, dashboards, runbook and docs are generated from here.

A run writes all its metrics in one line of CloudWatch's embedded metric format (`CBBD_METRICS=emf`). Alarms read
metrics, never the text of log lines. Each alarm has a section of the same name in docs/runbook.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

NAMESPACE = "cbbd_etl"
LAKE, FLOW = "lake", "flow"  # dimensions: the location of the lake, the name of the flow
DIMENSION_SETS = ((LAKE,), (LAKE, FLOW))  # sums over all flows of a lake, and each flow by itself
BUDGET = "spend-budget"  # an alarm of AWS Budgets: cost is not a metric of a run

Unit = Literal["Count", "Seconds"]  # as CloudWatch spells them
Statistic = Literal["Sum", "Minimum", "Maximum"]
Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]


@dataclass(frozen=True)
class Metric:
    """A number that describes one run.

    Attributes:
        shown: statistic that graphs show.
        of_parts: left out by a run that only starts other runs, so that sums count nothing twice.
    """

    name: str
    unit: Unit
    description: str
    of_parts: bool = False
    shown: Statistic = "Sum"


@dataclass(frozen=True)
class Alarm:
    """A threshold on a metric.

    Attributes:
        flow: flow whose metric is read; None reads all flows of the lake together.
        hours: length of the period over which the statistic is taken.
        periods: number of consecutive periods that must be beyond the threshold.
        missing: how a period without data counts, as CloudWatch spells it.
        meaning: one sentence for people.
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


@dataclass(frozen=True)
class QueueAlarm:
    """A threshold on a queue of ECS events, in an environment whose Prefect worker runs on ECS.

    Attributes:
        queue: the queue that the worker reads, or the queue of dead letters.
        metric: a metric of the namespace AWS/SQS; its maximum is compared.
        threshold: highest value without an alarm; messages, or seconds of age.
        minutes: length of the period over which the maximum is taken.
        meaning: one sentence for people.
    """

    name: str
    queue: Literal["events", "dead"]
    metric: Literal["ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"]
    threshold: int
    minutes: int
    meaning: str


RUNS = Metric("runs", "Count", "Runs that ended, with any status.")
FAILED_RUNS = Metric("failed_runs", "Count", "1 if the run failed or could not start, otherwise 0.")
INTERRUPTED_RUNS = Metric("interrupted_runs", "Count", "1 if the run was stopped from outside, otherwise 0.")
DURATION = Metric("duration_seconds", "Seconds", "Time from the start of the flow to its end.", shown="Maximum")
FAILED_KEYS = Metric("failed_keys", "Count", "Requests and partitions that failed.", of_parts=True)
KEYS_LEFT = Metric(
    "keys_left", "Count", "Requests left for a later run, after the calls ran out or in an outage.", of_parts=True
)
CALLS = Metric("calls", "Count", "Calls sent to the API, retries included.", of_parts=True)
CALLS_LEFT = Metric(
    "calls_left",
    "Count",
    "Calls left this month, as last reported by the API; absent if the run made no call.",
    shown="Minimum",
)
RECORDS = Metric("records", "Count", "Records in the API's responses.", of_parts=True)
ROWS = Metric(
    "rows", "Count", "Rows published in all layers; a replaced partition counts with all its rows.", of_parts=True
)
QUARANTINED_ROWS = Metric("quarantined_rows", "Count", "Rows moved to ops.quarantine.", of_parts=True)
DOUBTFUL_PARTITIONS = Metric(
    "doubtful_partitions", "Count", "Partitions published with more than 1 % of their rows quarantined.", of_parts=True
)
FRESHNESS = Metric(
    "freshness_seconds",
    "Seconds",
    "Time since the start of the latest full ingest that completed all its work.",
    shown="Maximum",
)
UNEXPLAINED_GAPS = Metric(
    "unexplained_gaps", "Count", "Expected items that are missing without an explanation.", shown="Maximum"
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
        # After a complete daily run the value is 0 s, a day later 24 h: any threshold between separates the two. No
        # data at all is worse than old data: the run did not even start.
        Alarm(
            "data-stale",
            FRESHNESS,
            "Maximum",
            "GreaterThanThreshold",
            threshold=20 * 3600,
            hours=24,
            periods=2,
            missing="breaching",
            meaning="No daily ingest has completed all due work for two days.",
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
            meaning="A run failed or could not start.",
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
            meaning="The calls left this month are down to the reserve for a week of daily runs.",
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
            meaning="A partition was published with more than 1 % of its rows quarantined.",
        ),
    )
}


QUEUE_ALARMS: Mapping[str, QueueAlarm] = {
    alarm.name: alarm
    for alarm in (
        QueueAlarm(
            "dead-letters",
            "dead",
            "ApproximateNumberOfMessagesVisible",
            threshold=0,
            minutes=15,
            meaning="Events of ECS tasks could not be delivered or processed and are kept in the dead-letter queue.",
        ),
        QueueAlarm(
            "events-unread",
            "events",
            "ApproximateAgeOfOldestMessage",
            threshold=900,
            minutes=15,
            meaning="The worker does not read the events of its tasks: crash detection is off.",
        ),
    )
}


def line(values: Mapping[str, float], dimensions: Mapping[str, str], notes: Mapping[str, object], at: datetime) -> str:
    """One line in CloudWatch's embedded metric format.

    Args:
        values: by name of a metric in `METRICS`.
        dimensions: value of each dimension.
        notes: further fields that are searchable in the logs but are not metrics.
        at: wall clock; CloudWatch rejects a line that is more than two weeks old.

    Raises:
        KeyError: when a metric is not in `METRICS`.
    """
    described = [{"Name": name, "Unit": METRICS[name].unit} for name in values]
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(names) for names in DIMENSION_SETS], "Metrics": described}
    head = {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": head, **dimensions, **notes, **values})
