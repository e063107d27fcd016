"""Alarms read what runs give: the same namespace, metrics and dimensions, as applied and as written to the log."""

from __future__ import annotations

import pytest

from quality.metrics import ALARMS
from tests.terraform.conftest import FLOWS, Applied, Driven

pytestmark = [pytest.mark.xdist_group("terraform"), pytest.mark.slow]


def test_each_run_gives_one_line_also_the_one_that_could_not_start(driven: Driven) -> None:
    assert {line["flow"] for line in driven.metrics} == FLOWS
    assert len(driven.metrics) == len(FLOWS) + 1
    last = driven.metrics[-1]
    assert (last["flow"], last["failed_runs"], last["runs"], last["run_id"]) == ("ingest", 1, 1, None)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_reads_a_metric_of_the_lines_that_runs_give(applied: Applied, driven: Driven, name: str) -> None:
    """A dimension that differs by a slash makes an alarm that is silent for ever."""
    alarm = applied.resources[f'aws_cloudwatch_metric_alarm.run["{name}"]']
    directives = {line["flow"]: line["_aws"]["CloudWatchMetrics"][0] for line in driven.metrics}
    assert alarm["namespace"] in {directive["Namespace"] for directive in directives.values()}
    assert sorted(alarm["dimensions"]) in [sorted(names) for names in directives["ingest"]["Dimensions"]]
    wanted = alarm["dimensions"].items()
    assert any(wanted <= {key: line[key] for key in alarm["dimensions"]}.items() for line in driven.metrics)
    assert alarm["metric_name"] == ALARMS[name].metric.name
    assert (alarm["treat_missing_data"], alarm["threshold"]) == (ALARMS[name].missing, ALARMS[name].threshold)
    assert alarm["alarm_actions"] == [applied.outputs["alarm_topic_arn"]]
    assert alarm["alarm_description"].endswith(f"runbook.md#{name}")
