# Optional (vpc_endpoints): AWS's own services over private addresses instead of the NAT gateway. S3 has its gateway
# endpoint without this. One zone, as the NAT gateway: a run that a zone's loss stops is run again.

locals {
  endpoint_services = !var.vpc_endpoints ? [] : concat(
    ["ecr.api", "ecr.dkr", "glue", "logs", "secretsmanager"],
    var.create_worker ? ["ec2", "ecs", "sqs"] : [],
  )

  endpoint_users = !var.vpc_endpoints ? {} : merge(
    { task = aws_security_group.task.id },
    { for group in aws_security_group.worker : "worker" => group.id },
  )
}

resource "aws_security_group" "endpoints" {
  count       = var.vpc_endpoints ? 1 : 0
  name        = "${local.name}-endpoints"
  description = "Interface endpoints: in by TLS from tasks and the worker, nothing out"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each                     = local.endpoint_users
  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "from the ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = toset(local.endpoint_services)
  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [var.private_subnets ? aws_subnet.private[0].id : aws_subnet.public[0].id]
  security_group_ids  = [aws_security_group.endpoints[0].id]

  tags = { Name = "${local.name}-${each.value}" }
}
