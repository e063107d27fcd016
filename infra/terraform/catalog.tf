# Databases only. Tables belong to the pipeline, which makes and evolves them; Terraform never touches their columns.

resource "aws_glue_catalog_database" "layer" {
  for_each    = local.databases
  name        = each.value
  description = local.catalog.databases[each.key]
}

resource "aws_athena_workgroup" "lake" {
  name        = local.name
  description = "Queries on the lake ${local.lake_location}"

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.athena_scan_limit_bytes

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = local.athena_results
      expected_bucket_owner = local.account

      encryption_configuration {
        encryption_option = var.kms_key ? "SSE_KMS" : "SSE_S3"
        kms_key_arn       = local.key_arn
      }
    }
  }
}
