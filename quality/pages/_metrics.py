"""docs/metrics.md: every metric and every alarm."""

from __future__ import annotations

from collections.abc import Iterator

from quality.markdown import code, page, table
from quality.metrics import ALARMS, BUDGET, METRICS, NAMESPACE, QUEUE_ALARMS, Alarm, QueueAlarm

INTRO = (
    "With `CBBD_METRICS=emf`, each run writes one line to standard output in CloudWatch's embedded metric format. The "
    f"log group turns the line into metrics in the namespace `{NAMESPACE}`, by lake and by lake and flow. The line "
    "also carries the run's id and status. A metric without a value is left out, such as the calls left after a run "
    "that made no call."
)
ALARMS_INTRO = (
    "Alarms send mail through the environment's topic. `alarm_thresholds` in `infra/terraform` sets the thresholds of "
    "an environment. Each alarm has a section in the runbook. The alarms on `AWS/SQS` exist where Terraform creates "
    "the worker (`create_worker`)."
)
SIGNS = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": "≥", "LessThanThreshold": "<"}


def metrics_page() -> str:
    """The whole page."""
    return page(
        "Metrics and alarms",
        INTRO,
        table(("metric", "unit", "what it is"), ((code(m.name), m.unit, m.description) for m in METRICS.values())),
        f"## Alarms\n\n{ALARMS_INTRO}",
        table(("alarm", "condition", "without data", "meaning"), _alarms()),
    )


def _alarms() -> Iterator[tuple[str, ...]]:
    for alarm in ALARMS.values():
        yield _linked(alarm.name), _condition(alarm), alarm.missing, alarm.meaning
    yield _linked(BUDGET), "AWS Budgets: spent or forecast", "", "This month costs more than planned."
    for queue_alarm in QUEUE_ALARMS.values():
        yield _linked(queue_alarm.name), _queue_condition(queue_alarm), "notBreaching", queue_alarm.meaning


def _linked(name: str) -> str:
    return f"[{name}](runbook.md#{name})"


def _condition(alarm: Alarm) -> str:
    of = f" of flow {code(alarm.flow)}" if alarm.flow else ""
    often = f", {alarm.periods} times in a row" if alarm.periods > 1 else ""
    bound = f"{SIGNS[alarm.comparison]} {alarm.threshold:,}"
    return f"{alarm.statistic.lower()} of {code(alarm.metric.name)}{of} over {alarm.hours} h {bound}{often}"


def _queue_condition(alarm: QueueAlarm) -> str:
    queue = {"events": "the queue of events", "dead": "the dead-letter queue"}[alarm.queue]
    over = f"over {alarm.minutes} min > {alarm.threshold:,}"
    return f"`AWS/SQS`: maximum of {code(alarm.metric)} of {queue} {over}"
