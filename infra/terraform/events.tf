# Optional (create_worker): what happens to tasks, for the Prefect worker. Without this queue it starts runs, but never
# learns that a container has died: such a run would stay Running or Pending.

# What was received three times and not processed, and what EventBridge could not deliver.
resource "aws_sqs_queue" "dead" {
  count                     = local.workers
  name                      = "${local.name}-ecs-events-dead"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key ? null : true
  kms_master_key_id         = local.key_arn
}

resource "aws_sqs_queue" "events" {
  count                      = local.workers
  name                       = "${local.name}-ecs-events"
  message_retention_seconds  = 4 * 24 * 3600
  visibility_timeout_seconds = 300 # as long as the worker asks for with each message
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = var.kms_key ? null : true
  kms_master_key_id          = local.key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[0].arn
    maxReceiveCount     = 3
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  count     = local.workers
  queue_url = aws_sqs_queue.dead[0].id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events[0].arn]
  })
}

resource "aws_cloudwatch_event_rule" "tasks" {
  count       = local.workers
  name        = "${local.name}-ecs-events"
  description = "Task state changes of the cluster ${aws_ecs_cluster.runs.name}, for its Prefect worker"

  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail      = { clusterArn = [aws_ecs_cluster.runs.arn] }
  })
}

resource "aws_cloudwatch_event_target" "events" {
  count     = local.workers
  rule      = aws_cloudwatch_event_rule.tasks[0].name
  target_id = "worker"
  arn       = aws_sqs_queue.events[0].arn

  dead_letter_config {
    arn = aws_sqs_queue.dead[0].arn
  }
}

data "aws_iam_policy_document" "queue" {
  for_each = local.workers == 0 ? {} : { events = aws_sqs_queue.events[0].arn, dead = aws_sqs_queue.dead[0].arn }

  statement {
    sid       = "TheRuleSends"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.tasks[0].arn]
    }
  }

  # A role of this account that may send to all queues could otherwise report a run as crashed.
  statement {
    sid       = "NobodyElseSends"
    effect    = "Deny"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotEqualsIfExists"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.tasks[0].arn]
    }
  }

  statement {
    sid       = "OnlyEncryptedConnections"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  count     = local.workers
  queue_url = aws_sqs_queue.events[0].id
  policy    = data.aws_iam_policy_document.queue["events"].json
}

resource "aws_sqs_queue_policy" "dead" {
  count     = local.workers
  queue_url = aws_sqs_queue.dead[0].id
  policy    = data.aws_iam_policy_document.queue["dead"].json
}

resource "aws_cloudwatch_metric_alarm" "queue" {
  for_each            = { for name, alarm in local.catalog.queue_alarms : name => alarm if var.create_worker }
  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.meaning} What to do: ${var.runbook_url}#${each.key}"
  namespace           = "AWS/SQS"
  metric_name         = each.value.metric
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = lookup(var.alarm_thresholds, each.key, each.value.threshold)
  period              = each.value.minutes * 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # SQS reports nothing of a queue that is idle
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  dimensions = {
    QueueName = each.value.queue == "dead" ? aws_sqs_queue.dead[0].name : aws_sqs_queue.events[0].name
  }
}
