"""Files generated from the registry: one module per page of `docs/`, and the catalog that Terraform reads."""
