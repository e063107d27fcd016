"""The checks of `cbbd-etl doctor`, in the order in which a run needs them, and those of `cbbd-etl deploy doctor`."""

from __future__ import annotations

from tasks.doctor.finding import Check

CHECKS = (
    Check("settings", "tasks.doctor._machine:settings"),
    Check("python", "tasks.doctor._machine:python"),
    Check("packages", "tasks.doctor._machine:packages"),
    Check("disk", "tasks.doctor._machine:disk"),
    Check("proxy", "tasks.doctor._way:proxy"),
    Check("DNS", "tasks.doctor._way:name"),
    Check("TLS", "tasks.doctor._way:tls"),
    Check("API", "tasks.doctor._api:api"),
    Check("key", "tasks.doctor._api:key"),
    Check("tier", "tasks.doctor._api:tier"),
    Check("quota", "tasks.doctor._api:quota"),
    Check("clock", "tasks.doctor._api:clock"),
    Check("lake", "tasks.doctor._lake:lake"),
    Check("write", "tasks.doctor._lake:write"),
    Check("catalog", "tasks.doctor._lake:catalog"),
)

# In the order of docs/deployment.md.
ON_AWS = (
    Check("outputs", "tasks.doctor._aws:outputs"),
    Check("region", "tasks.doctor._aws:region"),
    Check("account", "tasks.doctor._aws:account"),
    Check("bucket", "tasks.doctor._aws:bucket"),
    Check("databases", "tasks.doctor._aws:databases"),
    Check("cluster", "tasks.doctor._aws:cluster"),
    Check("logs", "tasks.doctor._aws:logs"),
    Check("secret", "tasks.doctor._aws:secret"),
    Check("image", "tasks.doctor._aws:image"),
)
