# Optional (create_worker): Prefect's ECS worker as a service of the cluster. Where Prefect Cloud pushes, none is needed.
# events.tf has the queue that it reads.

locals {
  workers = var.create_worker ? 1 : 0

  # Where the worker, and each run, finds the Prefect API.
  prefect_port = var.prefect_api_url == null ? null : try(
    tonumber(regex("^https?://[^/:]+:([0-9]+)", var.prefect_api_url)[0]),
    startswith(var.prefect_api_url, "https:") ? 443 : 80,
  )

  # An entry of the secret that holds the API key.
  worker_secrets = var.prefect_credential == null ? [] : [{
    name      = var.prefect_credential
    valueFrom = "${aws_secretsmanager_secret.pipeline.arn}:${var.prefect_credential}::"
  }]
}

# -- what the worker may do --------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "worker" {
  count = local.workers

  statement {
    sid       = "ReadTheEvents"
    actions   = ["sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
    resources = [aws_sqs_queue.events[0].arn]
  }

  # The last lines of a container that died before it reached Prefect become the log of its run.
  statement {
    sid       = "ReadTheLogOfARun"
    actions   = ["logs:GetLogEvents"]
    resources = ["${aws_cloudwatch_log_group.runs.arn}:log-stream:*"]
  }
}

resource "aws_iam_role" "worker" {
  count              = local.workers
  name               = "${local.name}-worker"
  description        = "What the Prefect worker may do: start, watch and stop runs, and read their events"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}

resource "aws_iam_role_policy" "worker_run" {
  #checkov:skip=CKV_AWS_355:actions without a resource of their own are named next to the statements
  #checkov:skip=CKV_AWS_290:as above; starting is bound to the cluster and to families of this project
  count  = local.workers
  name   = "run"
  role   = aws_iam_role.worker[0].id
  policy = data.aws_iam_policy_document.push.json
}

resource "aws_iam_role_policy" "worker_events" {
  count  = local.workers
  name   = "events"
  role   = aws_iam_role.worker[0].id
  policy = data.aws_iam_policy_document.worker[0].json
}

data "aws_iam_policy_document" "worker_execution" {
  count = local.workers

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
    resources = ["${aws_cloudwatch_log_group.worker[0].arn}:*"]
  }

  dynamic "statement" {
    for_each = local.worker_secrets

    content {
      sid       = "ReadTheSecret"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [aws_secretsmanager_secret.pipeline.arn]
    }
  }
}

resource "aws_iam_role" "worker_execution" {
  count              = local.workers
  name               = "${local.name}-worker-execution"
  description        = "What ECS needs to start the worker: image, log and, if Prefect asks for a credential, the secret"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}

resource "aws_iam_role_policy" "worker_execution" {
  count  = local.workers
  name   = "start"
  role   = aws_iam_role.worker_execution[0].id
  policy = data.aws_iam_policy_document.worker_execution[0].json
}

# -- the service -------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_log_group" "worker" {
  #checkov:skip=CKV_AWS_158:the log holds no secret; CloudWatch encrypts it with its own key, or with kms_key's
  count             = local.workers
  kms_key_id        = local.key_arn
  name              = "/cbbd-etl/${var.environment}/worker"
  retention_in_days = var.log_retention_days
}

resource "aws_security_group" "worker" {
  count       = local.workers
  name        = "${local.name}-worker"
  description = "Prefect worker: out to Prefect and AWS, nothing in"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_egress_rule" "worker" {
  for_each          = toset([for port in concat([443], local.prefect_port[*]) : tostring(port) if var.create_worker])
  security_group_id = aws_security_group.worker[0].id
  description       = "to Prefect and to AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.value)
  to_port           = tonumber(each.value)
}

resource "aws_ecs_task_definition" "worker" {
  count                    = local.workers
  family                   = "${local.name}-worker" # not cbbd-ENVIRONMENT-…: the families of runs
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 1024
  task_role_arn            = aws_iam_role.worker[0].arn
  execution_role_arn       = aws_iam_role.worker_execution[0].arn

  runtime_platform {
    cpu_architecture        = var.cpu_architecture
    operating_system_family = "LINUX"
  }

  container_definitions = jsonencode([{
    name      = "worker"
    image     = var.worker_image
    essential = true

    # A pool that the worker created by itself would have none of this environment's settings.
    command = [
      "prefect", "worker", "start", "--type", "ecs", "--pool", var.worker_pool,
      "--with-healthcheck", "--no-create-pool-if-not-found",
    ]

    environment = [for name, value in {
      AWS_DEFAULT_REGION                                     = var.region
      AWS_REGION                                             = var.region
      PREFECT_API_URL                                        = var.prefect_api_url
      PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED          = "true"
      PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME   = aws_sqs_queue.events[0].name
      PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_REGION = var.region
      PREFECT_WORKER_WEBSERVER_HOST                          = "127.0.0.1"
    } : { name = name, value = value }]

    secrets = local.worker_secrets

    readonlyRootFilesystem = true
    linuxParameters        = { tmpfs = [{ containerPath = "/tmp", size = 64 }] }
    stopTimeout            = 60

    healthCheck = {
      command = [
        "CMD", "python", "-c",
        "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=5)",
      ]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 120
    }

    logConfiguration = {
      logDriver = "awslogs"

      options = {
        awslogs-group         = aws_cloudwatch_log_group.worker[0].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "worker"
      }
    }
  }])
}

resource "aws_ecs_service" "worker" {
  #checkov:skip=CKV_AWS_333:without private_subnets a public address is the only way out; nothing may connect to it
  count                              = local.workers
  name                               = "worker"
  cluster                            = aws_ecs_cluster.runs.id
  task_definition                    = aws_ecs_task_definition.worker[0].arn
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  desired_count                      = 1
  deployment_minimum_healthy_percent = 100 # the new worker polls before the old one ends; each run is taken once
  deployment_maximum_percent         = 200
  propagate_tags                     = "SERVICE"

  network_configuration {
    subnets          = var.private_subnets ? aws_subnet.private[*].id : aws_subnet.public[*].id
    security_groups  = [aws_security_group.worker[0].id]
    assign_public_ip = !var.private_subnets
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # Without its rights and its queue, the first worker would end, or run with crash detection off.
  depends_on = [
    aws_iam_role_policy.worker_run,
    aws_iam_role_policy.worker_events,
    aws_iam_role_policy.worker_execution,
    aws_sqs_queue_policy.events,
  ]
}
