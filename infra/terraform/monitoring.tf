# Runs write their metrics into the log (docs/metrics.md); what is watched, and from when on, is in the catalog.

resource "aws_cloudwatch_log_group" "runs" {
  #checkov:skip=CKV_AWS_158:the log holds no secret; CloudWatch encrypts it with its own key, or with kms_key's
  name              = "/cbbd-etl/${var.environment}"
  kms_key_id        = local.key_arn
  retention_in_days = var.log_retention_days
}

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:alarms cannot publish to a topic under AWS's own key, and tell no secret
  name = "${local.name}-alarms"
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "AlarmsAndBudgetsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = toset(var.alarm_emails)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_metric_alarm" "run" {
  for_each            = local.catalog.alarms
  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.meaning} What to do: ${var.runbook_url}#${each.key}"
  namespace           = local.catalog.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = lookup(var.alarm_thresholds, each.key, each.value.threshold)
  period              = each.value.hours * 3600
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  dimensions = merge(
    { (local.catalog.dimensions.lake) = local.lake_location },
    each.value.flow == null ? {} : { (local.catalog.dimensions.flow) = each.value.flow },
  )
}

# Of the whole account: a tag would count only once it is activated in billing, and until then the budget would be blind.
resource "aws_budgets_budget" "spend" {
  count        = var.monthly_budget_usd == null ? 0 : 1
  name         = "${local.name}-${local.catalog.budget}"
  budget_type  = "COST"
  limit_amount = format("%.1f", var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "ACTUAL"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }
}

locals {
  # Every metric of the catalog, by flow, two graphs in a row.
  graphs = [for number, name in sort(keys(local.catalog.metrics)) : {
    type   = "metric"
    x      = number % 2 * 12
    y      = 4 + floor(number / 2) * 6
    width  = 12
    height = 6

    properties = {
      title  = name
      region = var.region
      view   = "timeSeries"
      stat   = local.catalog.metrics[name].shown
      period = 3600
      metrics = [[{
        expression = join("", [
          "SEARCH('{${local.catalog.namespace},${local.catalog.dimensions.lake},${local.catalog.dimensions.flow}} ",
          "MetricName=\"${name}\" ${local.catalog.dimensions.lake}=\"${local.lake_location}\"', ",
          "'${local.catalog.metrics[name].shown}', 3600)",
        ])
        id = "e1"
      }]]
    }
  }]
}

resource "aws_cloudwatch_dashboard" "runs" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = concat([{
      type   = "alarm"
      x      = 0
      y      = 0
      width  = 24
      height = 4

      properties = {
        title  = "Alarms: ${var.runbook_url}"
        alarms = [for name in sort(keys(local.catalog.alarms)) : aws_cloudwatch_metric_alarm.run[name].arn]
      }
    }], local.graphs)
  })
}
