# The report as a website: CloudFront reads the folder of the reports, and nothing else of the bucket.

locals {
  report_sites = var.publish_report ? 1 : 0
  # Managed-CachingOptimized and Managed-SecurityHeadersPolicy: policies of AWS have the same id in each account.
  caching_optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  security_headers  = "67f7725c-6f97-4210-82d7-5512b31e9d03"
}

resource "aws_cloudfront_origin_access_control" "report" {
  count                             = local.report_sites
  name                              = "${local.name}-report"
  description                       = "CloudFront signs what it asks of the lake's bucket."
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "report" {
  #checkov:skip=CKV_AWS_68:static pages without input; a web application firewall would cost more than all the rest
  #checkov:skip=CKV_AWS_86:access logs would be a second bucket for pages that are public
  #checkov:skip=CKV_AWS_305:the folder has one report per season and no page of its own
  #checkov:skip=CKV_AWS_310:one origin; while S3 is down, what is cached is still served
  #checkov:skip=CKV_AWS_374:the pages are for everybody
  #checkov:skip=CKV2_AWS_42:the address is CloudFront's own; a domain needs a certificate that this module has not
  #checkov:skip=CKV2_AWS_47:static pages; no Java, so no Log4j
  #checkov:skip=CKV_AWS_174:CloudFront's own certificate sets the version; with a domain it is TLSv1.2_2021
  count           = local.report_sites
  enabled         = true
  comment         = "${local.name}: report"
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = "PriceClass_100"

  origin {
    origin_id                = "report"
    domain_name              = aws_s3_bucket.lake.bucket_regional_domain_name
    origin_path              = "/${local.folders.reports}"
    origin_access_control_id = aws_cloudfront_origin_access_control.report[0].id
  }

  # Objects carry the time for which they may be cached.
  default_cache_behavior {
    target_origin_id           = "report"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "redirect-to-https"
    compress                   = true
    cache_policy_id            = local.caching_optimized
    response_headers_policy_id = local.security_headers
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}
