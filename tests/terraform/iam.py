"""What an IAM policy allows: as much of AWS's evaluation as the policies of infra/terraform use, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One action on one resource, with the keys that AWS gives to conditions."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)


def allows(policy: Document, call: Call) -> bool:
    """Whether a policy allows a call: some statement does and none denies it."""
    effects = {statement["Effect"] for statement in policy["Statement"] if _applies(statement, call)}
    return effects == {"Allow"}


def grants(policy: Document) -> Iterator[tuple[str, str]]:
    """Every action and resource that a policy allows."""
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            for action in _several(statement["Action"]):
                yield from ((action, resource) for resource in _several(statement["Resource"]))


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: * and ?."""
    parts = ({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch("".join(parts), text) is not None


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _applies(statement: Document, call: Call) -> bool:
    return (
        any(matches(pattern.lower(), call.action.lower()) for pattern in _several(statement["Action"]))
        and any(matches(pattern, call.resource) for pattern in _several(statement["Resource"]))
        and all(_holds(operator, keys, call) for operator, keys in statement.get("Condition", {}).items())
    )


def _holds(operator: str, keys: Mapping[str, Any], call: Call) -> bool:
    if operator == "Null":
        return all((call.context.get(key) is None) == (wanted == "true") for key, wanted in keys.items())
    base = operator.removesuffix("IfExists")
    if base == "ArnNotEquals":
        return all(call.context.get(key) not in _several(wanted) for key, wanted in keys.items())
    if base not in {"StringLike", "StringEquals", "ArnEquals", "Bool"}:
        raise ValueError(f"these tests do not know the condition {operator}")
    for key, wanted in keys.items():
        value = call.context.get(key)
        if value is None:
            if base == operator:
                return False
        elif not any(matches(text, value) if base == "StringLike" else text == value for text in _several(wanted)):
            return False
    return True
