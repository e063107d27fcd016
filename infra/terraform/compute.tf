# Prefect registers the task definitions, one family per deployment, from its pool's template: infra/prefect.

resource "aws_ecs_cluster" "runs" {
  name = local.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "runs" {
  cluster_name       = aws_ecs_cluster.runs.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}
