# The secret's value never comes near Terraform and its state: docs/deployment.md sets it. It is JSON:
# {"CBBD_API_KEY": "..."}
resource "aws_secretsmanager_secret" "pipeline" {
  #checkov:skip=CKV_AWS_149:read by one role of this account, for which the key that AWS manages is enough
  #checkov:skip=CKV2_AWS_57:the API has no way to rotate its keys by a program; docs/runbook.md says how a person does it
  name                    = "cbbd-etl/${var.environment}"
  description             = "Key of the CollegeBasketballData API, as JSON with the name CBBD_API_KEY"
  kms_key_id              = local.key_arn
  recovery_window_in_days = 7
}
