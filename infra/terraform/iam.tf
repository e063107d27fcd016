# Roles, and who may take them: tasks (what the flows do), execution (what ECS does to start them), push (what Prefect
# does to run them), deploy (what CI does). tests/terraform holds the task's policy against the calls of real runs.

data "aws_iam_policy_document" "ecs_tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# -- what the flows do -------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "task" {
  # Without it S3 says "forbidden" where an object is absent, and the pipeline must tell these apart. The condition
  # holds for lists; a request for an object has no prefix to hold it against.
  statement {
    sid       = "ListTheLake"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.lake.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${var.lake_prefix}/*", "${local.athena_folder}/*"]
    }
  }

  statement {
    sid       = "ReadTheLake"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/${var.lake_prefix}/*"]
  }

  statement {
    sid     = "WriteTheLake"
    actions = ["s3:PutObject"]
    resources = [
      "${aws_s3_bucket.lake.arn}/${local.folders.raw}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.tables}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.exports}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.reports}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.runs}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.leases}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.marker}",
    ]
  }

  statement {
    sid     = "GiveUpLargeUploads"
    actions = ["s3:AbortMultipartUpload"]
    resources = [
      "${aws_s3_bucket.lake.arn}/${local.folders.raw}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.tables}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.exports}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.reports}/*",
    ]
  }

  # Raw, the ledger of everything, is not among them.
  statement {
    sid     = "DeleteWhatWasReplaced"
    actions = ["s3:DeleteObject"]
    resources = [
      "${aws_s3_bucket.lake.arn}/${local.folders.tables}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.leases}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.exports}/*",
      "${aws_s3_bucket.lake.arn}/${local.folders.reports}/*",
    ]
  }

  # Names and locations of databases, those of others too: Glue has no list of some of them.
  statement {
    sid     = "ListDatabases"
    actions = ["glue:GetDatabases"]
    resources = [
      "${local.arn}:glue:${var.region}:${local.account}:catalog",
      "${local.arn}:glue:${var.region}:${local.account}:database/*",
    ]
  }

  statement {
    sid     = "DatabasesOfTheLake"
    actions = ["glue:GetDatabase"]
    resources = concat(
      ["${local.arn}:glue:${var.region}:${local.account}:catalog"],
      [for name in values(local.databases) : "${local.arn}:glue:${var.region}:${local.account}:database/${name}"],
    )
  }

  statement {
    sid     = "TablesOfTheLake"
    actions = ["glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable"]
    resources = concat(
      ["${local.arn}:glue:${var.region}:${local.account}:catalog"],
      [for name in values(local.databases) : "${local.arn}:glue:${var.region}:${local.account}:database/${name}"],
      [for name in values(local.databases) : "${local.arn}:glue:${var.region}:${local.account}:table/${name}/*"],
    )
  }

  # `cbbd-etl views deploy`. Athena reads and writes its results with the rights of who asks.
  statement {
    sid       = "AskAthena"
    actions   = ["athena:StartQueryExecution", "athena:GetQueryExecution"]
    resources = [aws_athena_workgroup.lake.arn]
  }

  statement {
    sid       = "PlaceOfAthenasResults"
    actions   = ["s3:GetBucketLocation"]
    resources = [aws_s3_bucket.lake.arn]
  }

  statement {
    sid       = "AthenasResults"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.lake.arn}/${local.athena_folder}/*"]
  }
}

resource "aws_iam_role" "task" {
  name               = "${local.name}-task"
  description        = "What flows may do with their lake"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}

resource "aws_iam_role_policy" "task" {
  name   = "lake"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}

# -- what ECS does to start them ---------------------------------------------------------------------------------------

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "SignInToTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # it knows no resource
  }

  statement {
    sid       = "PullTheImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = [local.repository_arn]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.runs.arn}:*"]
  }

  statement {
    sid       = "ReadTheSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.pipeline.arn]
  }
}

resource "aws_iam_role" "execution" {
  name               = "${local.name}-execution"
  description        = "What ECS needs to start a task: image, log, secret"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "start"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# -- what Prefect does to run them: Prefect Cloud's push pool, or a worker of our own ----------------------------------

data "aws_iam_policy_document" "push" {
  # Neither action knows a resource.
  statement {
    sid       = "TaskDefinitions"
    actions   = ["ecs:RegisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:DeregisterTaskDefinition"]
    resources = ["*"]
  }

  statement {
    sid       = "StartTasks"
    actions   = ["ecs:RunTask"]
    resources = ["${local.arn}:ecs:${var.region}:${local.account}:task-definition/cbbd-${var.environment}-*:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.runs.arn]
    }
  }

  statement {
    sid       = "WatchAndStopTasks"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = ["${local.arn}:ecs:${var.region}:${local.account}:task/${aws_ecs_cluster.runs.name}/*"]
  }

  statement {
    sid       = "DescribeTheCluster"
    actions   = ["ecs:DescribeClusters"]
    resources = [aws_ecs_cluster.runs.arn]
  }

  statement {
    sid     = "TagWhatIsStarted"
    actions = ["ecs:TagResource"]
    resources = [
      "${local.arn}:ecs:${var.region}:${local.account}:task/${aws_ecs_cluster.runs.name}/*",
      "${local.arn}:ecs:${var.region}:${local.account}:task-definition/cbbd-${var.environment}-*:*",
    ]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask", "RegisterTaskDefinition"]
    }
  }

  statement {
    sid       = "LookAtTheNetwork"
    actions   = ["ec2:DescribeVpcs", "ec2:DescribeSubnets"]
    resources = ["*"] # they know no resource
  }

  statement {
    sid       = "HandOverRoles"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.task.arn, aws_iam_role.execution.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

locals {
  pushing = concat(aws_iam_user.push[*].arn, var.prefect_principals)
}

data "aws_iam_policy_document" "push_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = length(local.pushing) > 0 ? local.pushing : ["${local.arn}:iam::${local.account}:root"]
    }

    dynamic "condition" {
      for_each = var.push_external_id[*]

      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "push" {
  name               = "${local.name}-push"
  description        = "What Prefect may do: start, watch and stop tasks of this cluster"
  assume_role_policy = data.aws_iam_policy_document.push_trust.json
}

resource "aws_iam_role_policy" "push" {
  #checkov:skip=CKV_AWS_355:actions without a resource of their own are named next to the statements
  #checkov:skip=CKV_AWS_290:as above; starting is bound to the cluster and to families of this project
  name   = "run"
  role   = aws_iam_role.push.id
  policy = data.aws_iam_policy_document.push.json
}

# Prefect Cloud signs in with an access key, which is made by hand and never in Terraform's state. All the user may do
# is take the role.
resource "aws_iam_user" "push" {
  #checkov:skip=CKV_AWS_273:Prefect Cloud is a program and cannot sign in as a person does
  count = var.create_push_user ? 1 : 0
  name  = "${local.name}-prefect"
}

data "aws_iam_policy_document" "take_push_role" {
  statement {
    actions   = ["sts:AssumeRole"]
    resources = [aws_iam_role.push.arn]
  }
}

resource "aws_iam_user_policy" "push" {
  #checkov:skip=CKV_AWS_40:one user with one right; a group of one would hide it
  count  = var.create_push_user ? 1 : 0
  name   = "take-the-push-role"
  user   = aws_iam_user.push[0].name
  policy = data.aws_iam_policy_document.take_push_role.json
}

# -- what CI does ------------------------------------------------------------------------------------------------------

locals {
  github_url = "token.actions.githubusercontent.com"
  deploys    = var.github_repository != null
  github_provider = var.github_oidc_provider_arn != null ? var.github_oidc_provider_arn : one(
    aws_iam_openid_connect_provider.github[*].arn
  )
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = local.deploys && var.github_oidc_provider_arn == null ? 1 : 0
  url            = "https://${local.github_url}"
  client_id_list = ["sts.amazonaws.com"]
}

# Only jobs of the GitHub environment with this environment's name, which GitHub can protect with reviewers.
data "aws_iam_policy_document" "deploy_trust" {
  count = local.deploys ? 1 : 0

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.github_provider]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_url}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_url}:sub"
      values   = ["repo:${var.github_repository}:environment:${var.environment}"]
    }
  }
}

data "aws_iam_policy_document" "deploy" {
  statement {
    sid       = "SignInToTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # it knows no resource
  }

  statement {
    sid = "PushTheImage"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [local.repository_arn]
  }
}

resource "aws_iam_role" "deploy" {
  count              = local.deploys ? 1 : 0
  name               = "${local.name}-deploy"
  description        = "What the deploy workflow may do: push the image"
  assume_role_policy = data.aws_iam_policy_document.deploy_trust[0].json
}

resource "aws_iam_role_policy" "deploy" {
  count  = local.deploys ? 1 : 0
  name   = "push-the-image"
  role   = aws_iam_role.deploy[0].id
  policy = data.aws_iam_policy_document.deploy.json
}
