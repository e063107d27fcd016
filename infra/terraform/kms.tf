# Optional (kms_key): a key of the account's own for bucket, logs, secret and queues. Who may use it is then a second
# condition for reading any of them, and each use is in CloudTrail. A key that is deleted takes the lake with it.

locals {
  keys    = var.kms_key ? 1 : 0
  key_arn = one(aws_kms_key.lake[*].arn)

  # Who uses the key through which service, and what for.
  key_users = !var.kms_key ? {} : merge(
    {
      task      = { role = aws_iam_role.task.id, service = "s3", actions = ["kms:Decrypt", "kms:GenerateDataKey"] }
      execution = { role = aws_iam_role.execution.id, service = "secretsmanager", actions = ["kms:Decrypt"] }
    },
    { for role in aws_iam_role.worker : "worker" => { role = role.id, service = "sqs", actions = ["kms:Decrypt"] } },
    {
      for role in aws_iam_role.worker_execution : "worker-execution" => {
        role    = role.id
        service = "secretsmanager"
        actions = ["kms:Decrypt"]
      }
    },
  )
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:the policy of a key names itself as *; the account's own policies decide who manages it
  #checkov:skip=CKV_AWS_111:as above; services have conditions
  #checkov:skip=CKV_AWS_356:in the policy of a key, * is this key
  count = local.keys

  # Rights come from the policies of this account's roles; without this nobody could change the key.
  statement {
    sid       = "TheAccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["${local.arn}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "LogsOfThisEnvironment"
    actions   = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["${local.arn}:logs:${var.region}:${local.account}:log-group:/cbbd-etl/${var.environment}*"]
    }
  }

  dynamic "statement" {
    for_each = var.create_worker ? [1] : []

    content {
      sid       = "EventsIntoTheQueue"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }

  dynamic "statement" {
    for_each = aws_cloudfront_distribution.report

    content {
      sid       = "TheReportIsPublished"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "AWS:SourceArn"
        values   = [statement.value.arn]
      }
    }
  }
}

resource "aws_kms_key" "lake" {
  count                   = local.keys
  description             = "${local.name}: bucket, logs, secret and queues"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key[0].json
}

resource "aws_kms_alias" "lake" {
  count         = local.keys
  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.lake[0].key_id
}

data "aws_iam_policy_document" "use_key" {
  for_each = local.key_users

  statement {
    sid       = "UseTheKey"
    actions   = each.value.actions
    resources = [aws_kms_key.lake[0].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["${each.value.service}.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "use_key" {
  for_each = local.key_users
  name     = "key"
  role     = each.value.role
  policy   = data.aws_iam_policy_document.use_key[each.key].json
}
