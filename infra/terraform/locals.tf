locals {
  name    = "cbbd-etl-${var.environment}"
  account = data.aws_caller_identity.current.account_id
  arn     = "arn:${data.aws_partition.current.partition}"

  # Names that the pipeline gives come from its registry, by `cbbd-etl docs`; nothing here repeats one.
  catalog   = jsondecode(file("${path.module}/catalog.json"))
  databases = { for layer, about in local.catalog.databases : layer => "${var.database_prefix}${layer}" }

  bucket         = coalesce(var.bucket_name, "${local.name}-${local.account}")
  lake_location  = "s3://${local.bucket}/${var.lake_prefix}"
  athena_folder  = "athena-results"
  athena_results = "s3://${local.bucket}/${local.athena_folder}/"
  folders        = { for part, path in local.catalog.folders : part => "${var.lake_prefix}/${path}" }
}
