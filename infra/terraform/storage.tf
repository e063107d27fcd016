# One bucket per environment: the lake, and what Athena answers. What is in it is public sports data, so S3 encrypts
# with its own key unless kms_key asks for one of the account's.

resource "aws_s3_bucket" "lake" {
  #checkov:skip=CKV_AWS_145:public sports data; a customer-managed key would add cost and a way to lose the lake
  #checkov:skip=CKV_AWS_144:raw can be fetched from the API again, and versions guard against mistakes
  #checkov:skip=CKV_AWS_18:access is by three roles of this module; CloudTrail tells who did what
  #checkov:skip=CKV2_AWS_62:nothing waits for events of objects; runs are started by Prefect
  bucket = local.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key ? "aws:kms" : "AES256"
      kms_master_key_id = local.key_arn
    }

    # One request to KMS for many objects. S3's own key needs none.
    bucket_key_enabled = var.kms_key ? true : null
  }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    id     = "raw-history"
    status = "Enabled"

    filter {
      prefix = "${local.folders.raw}/"
    }

    # Below 128 KB the cheaper class costs more than it saves, and S3 leaves such objects where they are.
    transition {
      days          = var.raw_infrequent_after_days
      storage_class = "STANDARD_IA"
    }

    noncurrent_version_expiration {
      noncurrent_days = var.raw_versions_kept_days
    }
  }

  rule {
    id     = "table-versions"
    status = "Enabled"

    filter {
      prefix = "${local.folders.tables}/"
    }

    noncurrent_version_expiration {
      noncurrent_days = var.table_versions_kept_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  # An export is replaced every day of the season, and can be made again from the tables.
  rule {
    id     = "exports"
    status = "Enabled"

    filter {
      prefix = "${local.folders.exports}/"
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  # A report is replaced every day of the season, too.
  rule {
    id     = "reports"
    status = "Enabled"

    filter {
      prefix = "${local.folders.reports}/"
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  # A run saves its summary after every dataset: each save leaves a version.
  rule {
    id     = "run-summaries"
    status = "Enabled"

    filter {
      prefix = "${local.folders.runs}/"
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }

  rule {
    id     = "athena-results"
    status = "Enabled"

    filter {
      prefix = "${local.athena_folder}/"
    }

    expiration {
      days = var.athena_results_kept_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "interrupted-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.lake]
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "OnlyEncryptedConnections"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/*"]

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

  # A raw object is created once: S3 refuses a put whose key exists if it carries If-None-Match, so others are denied.
  # The parts of a large upload create no object.
  statement {
    sid       = "RawIsNeverOverwritten"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.lake.arn}/${local.folders.raw}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["true"]
    }

    condition {
      test     = "Bool"
      variable = "s3:ObjectCreationOperation"
      values   = ["true"]
    }
  }

  dynamic "statement" {
    for_each = aws_cloudfront_distribution.report

    content {
      sid       = "TheReportIsPublished"
      effect    = "Allow"
      actions   = ["s3:GetObject"]
      resources = ["${aws_s3_bucket.lake.arn}/${local.folders.reports}/*"]

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

  dynamic "statement" {
    for_each = var.deletion_protection ? [1] : []

    content {
      sid       = "RawIsNeverDeleted"
      effect    = "Deny"
      actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      resources = ["${aws_s3_bucket.lake.arn}/${local.folders.raw}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.deletion_protection ? [1] : []

    content {
      sid       = "TheBucketStays"
      effect    = "Deny"
      actions   = ["s3:DeleteBucket"]
      resources = [aws_s3_bucket.lake.arn]

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "lake" {
  bucket     = aws_s3_bucket.lake.id
  policy     = data.aws_iam_policy_document.bucket.json
  depends_on = [aws_s3_bucket_public_access_block.lake]
}
