resource "aws_ecr_repository" "image" {
  #checkov:skip=CKV_AWS_136:the image holds open code and no secret; ECR encrypts with AES-256
  count                = var.create_repository ? 1 : 0
  name                 = var.repository_name
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }
}

# A digest that a deployment names must not vanish under it, so nothing goes by age.
resource "aws_ecr_lifecycle_policy" "image" {
  count      = var.create_repository ? 1 : 0
  repository = aws_ecr_repository.image[0].name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "the newest ${var.images_kept} images"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = var.images_kept }
      action       = { type = "expire" }
    }]
  })
}

data "aws_ecr_repository" "image" {
  count = var.create_repository ? 0 : 1
  name  = var.repository_name
}

locals {
  repository_arn = var.create_repository ? aws_ecr_repository.image[0].arn : data.aws_ecr_repository.image[0].arn
  repository_url = var.create_repository ? aws_ecr_repository.image[0].repository_url : data.aws_ecr_repository.image[0].repository_url
}
