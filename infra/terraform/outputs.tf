# infra/prefect fills the base job template of the work pool from these.

output "region" {
  description = "Region of everything."
  value       = var.region
}

output "environment" {
  description = "Name of the environment."
  value       = var.environment
}

output "lake_location" {
  description = "CBBD_LAKE of the tasks."
  value       = local.lake_location
}

output "database_prefix" {
  description = "CBBD_DATABASE_PREFIX of the tasks."
  value       = var.database_prefix
}

output "ecr_repository_url" {
  description = "Where the image is pushed to."
  value       = local.repository_url
}

output "cluster_arn" {
  description = "ECS cluster of the runs."
  value       = aws_ecs_cluster.runs.arn
}

output "task_role_arn" {
  description = "Role of the flows."
  value       = aws_iam_role.task.arn
}

output "execution_role_arn" {
  description = "Role with which ECS starts a task."
  value       = aws_iam_role.execution.arn
}

output "push_role_arn" {
  description = "Role with which Prefect starts runs; assume_role_arn of the AWS credentials block."
  value       = aws_iam_role.push.arn
}

output "push_user_name" {
  description = "IAM user that Prefect Cloud signs in as; make its access key by hand. null where there is none."
  value       = one(aws_iam_user.push[*].name)
}

output "deploy_role_arn" {
  description = "Role of the deploy workflow; null without github_repository."
  value       = one(aws_iam_role.deploy[*].arn)
}

output "vpc_id" {
  description = "VPC of the tasks."
  value       = aws_vpc.this.id
}

output "subnet_ids" {
  description = "Subnets of the tasks."
  value       = var.private_subnets ? aws_subnet.private[*].id : aws_subnet.public[*].id
}

output "assign_public_ip" {
  description = "Whether tasks need a public address to reach anything: where private_subnets is false."
  value       = !var.private_subnets
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.task.id
}

output "cpu_architecture" {
  description = "Processor of the tasks, as ECS names it."
  value       = var.cpu_architecture
}

output "image_platform" {
  description = "CBBD_PLATFORM of infra/image: the platform that the image is built for."
  value       = { X86_64 = "linux/amd64", ARM64 = "linux/arm64" }[var.cpu_architecture]
}

output "worker_service" {
  description = "ECS service of the Prefect worker; null without create_worker."
  value       = one(aws_ecs_service.worker[*].name)
}

output "worker_role_arn" {
  description = "Role of the Prefect worker; null without create_worker."
  value       = one(aws_iam_role.worker[*].arn)
}

output "worker_log_group_name" {
  description = "Log group of the Prefect worker; null without create_worker."
  value       = one(aws_cloudwatch_log_group.worker[*].name)
}

output "events_queue_name" {
  description = "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME of the worker; null without create_worker."
  value       = one(aws_sqs_queue.events[*].name)
}

output "dead_letter_queue_url" {
  description = "Queue of events that could not be delivered or processed; null without create_worker."
  value       = one(aws_sqs_queue.dead[*].url)
}

output "prefect_credential" {
  description = "Environment variable and place in the secret of the credential for Prefect; null where it requires none."
  value       = one(local.worker_secrets)
}

output "log_group_name" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.runs.name
}

output "api_key_secret_arn" {
  description = "Secret whose value is set by hand: JSON with CBBD_API_KEY."
  value       = aws_secretsmanager_secret.pipeline.arn
}

output "athena_workgroup" {
  description = "Workgroup for queries and for `cbbd-etl views deploy --workgroup`."
  value       = aws_athena_workgroup.lake.name
}

output "athena_results" {
  description = "Where the workgroup keeps results."
  value       = local.athena_results
}

output "alarm_topic_arn" {
  description = "SNS topic of the alarms."
  value       = aws_sns_topic.alarms.arn
}

output "report_url" {
  description = "CBBD_REPORT_URL of the tasks: address of the folder with the reports of all seasons. null without publish_report."
  value       = one([for site in aws_cloudfront_distribution.report : "https://${site.domain_name}"])
}
