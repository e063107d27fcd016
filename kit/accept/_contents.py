"""Secrets, data of the source and foreign files in a change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from kit.accept._objection import Objection
from kit.accept.change import REMOVED, Change

SECRETS = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,})"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a key of a model's API": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    "a key of Prefect": re.compile(r"\bpn[ub]_[A-Za-z0-9]{30,}"),
    "a bearer token": re.compile(r"\bBearer\s+(?=[\w.~+/-]*\d)[\w.~+/-]{24,}"),
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@$<{]+:[^\s/:@$<{]{6,}@"),
    "a value of a secret": re.compile(
        r"(?i)\b\w*(?:api_?key|secret(?:_access)?(?:_key)?|password|passwd|token)\b[\"']?\s*[:=]\s*[\"']?"
        r"(?=[A-Za-z0-9+/_.-]*\d)(?=[A-Za-z0-9+/_.-]*[A-Za-z])[A-Za-z0-9+/_-]{20,}"
    ),
}
DATA = (
    ".parquet",
    ".csv",
    ".tsv",
    ".zst",
    ".gz",
    ".zip",
    ".duckdb",
    ".db",
    ".sqlite",
    ".arrow",
    ".feather",
    ".xlsx",
    ".avro",
)
JSON = (".json", ".jsonl", ".ndjson")
FOREIGN = (".env", ".pem", ".key", ".p12", ".tfstate", ".tfvars", ".pyc", ".log", ".orig", ".rej", ".swp")
RECORDS = 20  # objects in one file, from which it is data and no example
SIZE = 200_000  # bytes


def contents(change: Change) -> Iterator[Objection]:
    """Secrets in added lines; files of data; files that belong in no repository."""
    for path, kind in sorted(change.files.items()):
        if kind == REMOVED:
            continue
        for number, line in change.added_lines(path):
            for what, pattern in SECRETS.items():
                if pattern.search(line):
                    text = f"line {number} has {what}: remove it, and withdraw the secret where it was issued"
                    yield Objection("secrets", path, text)
        if path.endswith(FOREIGN) or path.rpartition("/")[2].startswith(".env"):
            yield Objection("secrets", path, "such a file is never committed: remove it")
        elif why := _data(change, path, kind):
            yield Objection("data", path, f"{why}: data of the source stay out; make fixtures from contract or sandbox")


def _data(change: Change, path: str, kind: str) -> str:
    if path.endswith(DATA):
        return "a file of data"
    if path.endswith(JSON) and (found := _records(change.new(path))) > max(RECORDS, _records(change.old(path))):
        return f"{found} records"
    size = (change.checkout.root / path).stat().st_size
    return f"{size:,} bytes" if kind == "added" and size > SIZE else ""


def _records(text: str) -> int:
    """Objects with an id in a JSON text; what the API sends has one, settings have none."""
    try:
        value = json.loads(text)
    except ValueError:
        return len(re.findall(r'^\{.*"(?:id|gameId|sourceId|teamId|athleteId)"', text, re.MULTILINE))
    return _count(value)


def _count(value: object) -> int:
    if isinstance(value, list):
        return sum(map(_count, value))
    if isinstance(value, dict):
        own = bool(value.keys() & {"id", "gameId", "sourceId", "teamId", "athleteId"})
        return own + sum(map(_count, value.values()))
    return 0
