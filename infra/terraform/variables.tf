variable "environment" {
  description = "Name of the environment; part of every name, so that several fit into one account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "environment is 2 to 12 lower-case letters and digits, such as prod or dev."
  }
}

variable "region" {
  description = "AWS region of everything."
  type        = string
  default     = "us-east-1"
}

variable "tags" {
  description = "Further tags of every resource; project and environment are set."
  type        = map(string)
  default     = {}
}

# -- the lake ----------------------------------------------------------------------------------------------------------

variable "bucket_name" {
  description = "Name of the lake's bucket; null: cbbd-etl-ENVIRONMENT-ACCOUNT. Bucket names are unique in the whole world."
  type        = string
  default     = null
}

variable "lake_prefix" {
  description = "Folder of the lake in its bucket."
  type        = string
  default     = "lake"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_/-]*[a-z0-9]$", var.lake_prefix))
    error_message = "lake_prefix is a path without a slash at its ends, such as lake or teams/lake."
  }
}

variable "database_prefix" {
  description = "Put before the layer in names of Glue databases. Each lake of an account and region has its own."
  type        = string
  default     = "cbbd_"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]*_$", var.database_prefix))
    error_message = "database_prefix is lower-case letters, digits and underscores, and ends with an underscore."
  }
}

variable "publish_report" {
  description = "Serve the report to everybody, over HTTPS by CloudFront; the bucket stays closed. What it costs is in docs/deployment.md."
  type        = bool
  default     = false
}

variable "kms_key" {
  description = "Encrypt bucket, logs, secret and queues with a key of this account (1 USD a month and its requests). false: with AWS's own keys. Objects that are already there keep the key that they were written with."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Refuse to delete the bucket and anything in raw, whoever asks. Only for a tear-down is this false."
  type        = bool
  default     = true
}

variable "raw_infrequent_after_days" {
  description = "Days after which raw responses move to cheaper storage; they are read again only by a replay. At least 30."
  type        = number
  default     = 90

  validation {
    condition     = var.raw_infrequent_after_days >= 30
    error_message = "S3 moves nothing to STANDARD_IA before it is 30 days old."
  }
}

variable "raw_versions_kept_days" {
  description = "Days that a raw object which was deleted or overwritten can be brought back."
  type        = number
  default     = 365
}

variable "table_versions_kept_days" {
  description = "Days that a deleted file of a table can be brought back; the maintenance flow deletes what no version names."
  type        = number
  default     = 14
}

variable "athena_results_kept_days" {
  description = "Days that results of Athena queries are kept."
  type        = number
  default     = 30
}

variable "athena_scan_limit_bytes" {
  description = "Bytes that one Athena query may scan; a query over the limit is cancelled. 100 GB cost half a dollar."
  type        = number
  default     = 100000000000
}

# -- computing ---------------------------------------------------------------------------------------------------------

variable "create_repository" {
  description = "Make the ECR repository; false: another environment of this account has made it."
  type        = bool
  default     = true
}

variable "repository_name" {
  description = "Name of the ECR repository."
  type        = string
  default     = "cbbd-etl"
}

variable "images_kept" {
  description = "Images kept in the repository, newest first: so far back a rollback can go."
  type        = number
  default     = 30
}

variable "prefect_principals" {
  description = "ARNs that may take the role which starts runs: of a self-hosted worker's role, for example. Prefect Cloud comes as the IAM user that is made here."
  type        = list(string)
  default     = []
}

variable "create_push_user" {
  description = "Make the IAM user for Prefect Cloud's push pool; it may do nothing but take the role which starts runs. false: a self-hosted worker starts them."
  type        = bool
  default     = true
}

variable "push_external_id" {
  description = "External id that whoever takes the role which starts runs must name; required where prefect_principals are of another account. null: none."
  type        = string
  default     = null

  validation {
    condition     = var.push_external_id == null || can(regex("^[\\w+=,.@:/-]{8,256}$", var.push_external_id))
    error_message = "push_external_id is 8 to 256 letters, digits and characters of _+=,.@:/-."
  }
}

variable "github_repository" {
  description = "OWNER/NAME whose workflows deploy by OpenID Connect; null: no role is made for it."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[\\w.-]+/[\\w.-]+$", var.github_repository))
    error_message = "github_repository is OWNER/NAME."
  }
}

variable "github_oidc_provider_arn" {
  description = "ARN of GitHub's identity provider where the account has it (there is one per account); null: it is made here."
  type        = string
  default     = null
}

variable "cpu_architecture" {
  description = "Processor of the tasks and of the worker: X86_64, or ARM64, a fifth cheaper. The image is built for the same one: image_platform."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture is X86_64 or ARM64."
  }
}

# -- a Prefect worker of our own ---------------------------------------------------------------------------------------

variable "create_worker" {
  description = "Run Prefect's ECS worker as a service of the cluster, with the queue of task events that it needs to detect crashes. false: Prefect Cloud pushes, or a worker runs elsewhere."
  type        = bool
  default     = false

  validation {
    condition     = !var.create_worker || (var.worker_image != null && var.prefect_api_url != null)
    error_message = "create_worker needs worker_image and prefect_api_url."
  }
}

variable "worker_image" {
  description = "Image of the worker by its digest, as infra/image/publish prints it: the image of the runs."
  type        = string
  default     = null

  validation {
    condition     = var.worker_image == null || can(regex("^[^@ ]+@sha256:[0-9a-f]{64}$", var.worker_image))
    error_message = "worker_image is REPOSITORY@sha256:DIGEST; a tag can be moved."
  }
}

variable "worker_pool" {
  description = "Work pool of type ecs from which the worker takes runs; infra/prefect/pool.py creates it."
  type        = string
  default     = "cbbd-ecs"

  validation {
    condition     = can(regex("^[\\w.-]+$", var.worker_pool))
    error_message = "worker_pool is a name of letters, digits, dots, underscores and hyphens."
  }
}

variable "prefect_api_url" {
  description = "Address of the Prefect API for the worker and its runs, such as http://prefect.internal:4200/api."
  type        = string
  default     = null

  validation {
    condition     = var.prefect_api_url == null || can(regex("^https?://[^/:@ ]+(:[0-9]+)?/[^ ]*$", var.prefect_api_url))
    error_message = "prefect_api_url is http(s)://HOST[:PORT]/api, without a user name or password."
  }
}

variable "prefect_credential" {
  description = "Name of the entry in the secret with which the worker and its runs sign in to Prefect: PREFECT_API_AUTH_STRING or PREFECT_API_KEY. null: the server requires none."
  type        = string
  default     = null

  validation {
    condition     = var.prefect_credential == null || contains(["PREFECT_API_AUTH_STRING", "PREFECT_API_KEY"], coalesce(var.prefect_credential, "-"))
    error_message = "prefect_credential is PREFECT_API_AUTH_STRING or PREFECT_API_KEY."
  }
}

# -- network -----------------------------------------------------------------------------------------------------------

variable "vpc_cidr" {
  description = "Address range of the VPC, a /16 to /24."
  type        = string
  default     = "10.83.0.0/20"

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr, 4, 15))
    error_message = "vpc_cidr is an IPv4 range such as 10.83.0.0/20."
  }
}

variable "zones" {
  description = "Letters of the two availability zones, named so that a zone that AWS adds moves nothing."
  type        = list(string)
  default     = ["a", "b"]
}

variable "private_subnets" {
  description = "Run tasks without a public address, behind a NAT gateway (about 33 USD a month). false: tasks have a public address, and still nothing can connect to them."
  type        = bool
  default     = true
}

variable "vpc_endpoints" {
  description = "Reach ECR, Glue, CloudWatch Logs and Secrets Manager (with a worker also EC2, ECS and SQS) over private addresses, at about 7 USD a month each. S3 always is, at no cost. false: by the NAT gateway or the public address."
  type        = bool
  default     = false
}

variable "egress_ports" {
  description = "TCP ports that tasks may connect to. A self-hosted Prefect server on port 4200 needs [443, 4200]."
  type        = list(number)
  default     = [443]
}

# -- watching ----------------------------------------------------------------------------------------------------------

variable "log_retention_days" {
  description = "Days that log lines are kept."
  type        = number
  default     = 365
}

variable "alarm_emails" {
  description = "Addresses that alarms are mailed to; each confirms once."
  type        = list(string)
  default     = []
}

variable "alarm_thresholds" {
  description = "Other thresholds than the catalog's, by name of the alarm: { quota-low = 1000 }."
  type        = map(number)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.alarm_thresholds), flatten([for kind in ["alarms", "queue_alarms"] : keys(jsondecode(file("${path.module}/catalog.json"))[kind])]))) == 0
    error_message = "alarm_thresholds names an alarm that docs/metrics.md does not have."
  }
}

variable "monthly_budget_usd" {
  description = "Planned spend of the whole account a month; told at 80 % spent and when the forecast is over it. null: no budget."
  type        = number
  default     = 75
}

variable "runbook_url" {
  description = "Where people read docs/runbook.md; alarms link to its section."
  type        = string
  default     = "docs/runbook.md"
}
