"""The checks of `cbbd-etl doctor`, in the order in which a run needs them."""

from __future__ import annotations

from tasks.doctor.finding import Check

HERE = "tasks.doctor"
CHECKS = (
    Check("settings", f"{HERE}._machine:settings"),
    Check("python", f"{HERE}._machine:python"),
    Check("packages", f"{HERE}._machine:packages"),
    Check("disk", f"{HERE}._machine:disk"),
    Check("proxy", f"{HERE}._way:proxy"),
    Check("DNS", f"{HERE}._way:name"),
    Check("TLS", f"{HERE}._way:tls"),
    Check("API", f"{HERE}._api:api"),
    Check("key", f"{HERE}._api:key"),
    Check("tier", f"{HERE}._api:tier"),
    Check("quota", f"{HERE}._api:quota"),
    Check("clock", f"{HERE}._api:clock"),
    Check("lake", f"{HERE}._lake:lake"),
    Check("write", f"{HERE}._lake:write"),
    Check("catalog", f"{HERE}._lake:catalog"),
)
