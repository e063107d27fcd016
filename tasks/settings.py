"""All settings in one typed class: environment variables `CBBD_*` and a `.env` file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, AwareDatetime, Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from tasks.errors import BadInput, NoLake
from tasks.lake.lake import Lake
from tasks.masking import hidden, remember
from tasks.requests import season_of

API_URL = "https://api.collegebasketballdata.com"
KEY_PAGE = "https://collegebasketballdata.com/key"
# A Saturday morning, 8:00 US Eastern: a full slate with lines, two weeks before the conference tournaments. The season
# 2026 has three providers of lines.
SANDBOX_NOW = datetime(2026, 2, 14, 13, tzinfo=UTC)
OVERRIDES = Path(__file__).parents[1] / "overrides.yaml"  # in the checkout, independent of the working directory
PREFIX = "CBBD_"
# Variables with the prefix that are not settings of a run: deployment, tests.
OTHER_VARIABLES = frozenset({"CBBD_POOL", "CBBD_IMAGE", "CBBD_VERSION", "CBBD_CRASH_AT", "CBBD_UPDATE_SURFACE"})
FOR_TESTS = "CBBD_TEST_"


class Settings(BaseSettings):
    """The settings of a run. Options on the command line override environment variables, and these override `.env`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8-sig",  # editors on Windows may write a byte order mark
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    api_key: SecretStr | None = Field(None, description="Key of the CollegeBasketballData API; sent in a header only")
    base_url: str = Field(API_URL, description="Base URL of the API")
    source: Literal["sandbox", "api"] | None = Field(
        None, description="Source of the data; default: the API if a key or another base URL is set"
    )
    lake: str = Field("./lake", description="Folder of the lake, or s3://bucket/prefix")
    database_prefix: str = Field("cbbd_", description="Prefix of database names in AWS Glue: cbbd_silver")
    requests_per_second: float = Field(3.0, gt=0, description="Maximum of calls started per second, for all datasets")
    call_limit: str | None = Field(
        None, description="Global concurrency limit of the Prefect server that all runs with the key share"
    )
    in_flight: int = Field(3, ge=1, description="Maximum of calls in progress at once, for all datasets")
    read_timeout_seconds: float = Field(180.0, gt=0, description="Maximum time without data while a response arrives")
    deadline_seconds: float = Field(600.0, gt=0, description="Maximum total time of one attempt")
    quota_reserve: int = Field(
        240, ge=0, description="Calls of the month reserved for the daily run: about one week of it"
    )
    max_removed_share: float = Field(
        0.1, ge=0, le=1, description="Share of a partition's rows that a new version may remove; 1 allows all"
    )
    drift: str = Field(
        "",
        description="Words for values of another type in single columns: plays.wallclock=discard, ...",
    )
    overrides: Path = Field(
        OVERRIDES,
        validation_alias=AliasChoices("CBBD_OVERRIDES", "CBBD_CORRECTIONS"),
        description="YAML file with values that replace those of the source",
    )
    lease_wait_seconds: float = Field(
        1800.0, ge=0, description="Maximum wait for other runs that work on all datasets that a run has left"
    )
    build_process: bool = Field(
        True, description="Build partitions in a process of their own, so that one that crashes or hangs fails alone"
    )
    build_memory_mb: int = Field(2048, ge=256, description="Maximum memory of that process, MiB; measured on Linux")
    build_seconds: float = Field(900.0, gt=0, description="Maximum time for one partition in that process")
    max_attempts: int = Field(5, ge=1, description="Maximum of attempts for a request with transient failures")
    retry_wait_seconds: float = Field(0.5, gt=0, description="Minimum wait before a retry; it grows with each one")
    metrics: Literal["emf"] | None = Field(
        None, description="emf: each run prints its metrics on standard output at the end, for CloudWatch"
    )
    report_url: HttpUrl | None = Field(
        None, description="Address of the folder with the reports of all seasons, for links; Terraform's report_url"
    )
    sandbox_size: Literal["tiny", "mini", "medium", "full"] = Field(
        "medium", description="Size of a simulated season: about 100, 500, 1,200 or 6,000 games"
    )
    sandbox_seed: int = Field(2003, description="Seed of the simulated data")
    sandbox_config: Path | None = Field(None, description="JSON file with a SandboxConfig: gaps, corrections, faults")
    sandbox_now: AwareDatetime = Field(
        SANDBOX_NOW,
        description="Simulated time at the start of a command; a later one lets the season go on, or end",
    )

    @property
    def chosen_source(self) -> Literal["sandbox", "api"]:
        """The source: the configured one, otherwise the API if a key or another base URL is set."""
        if self.source is not None:
            return self.source
        return "api" if self.api_key is not None or self.base_url != API_URL else "sandbox"

    @property
    def identity(self) -> dict[str, object]:
        """Identity of the source. A lake records it and refuses data of another identity."""
        if self.chosen_source == "sandbox":
            return {"source": "sandbox", "seed": self.sandbox_seed, "size": self.sandbox_size}
        return {"source": "api", "host": urlsplit(self.base_url).netloc.rpartition("@")[2]}

    @property
    def default_season(self) -> int:
        """The season of today; for the sandbox the season of its simulated time."""
        return season_of(self.clock()().date())

    def open_lake(self, *, create: bool = False, write: bool = False) -> Lake:
        """The lake of these settings. With `create`, a lake that does not exist is created.

        Args:
            write: the lake will be written.

        Raises:
            NoLake: when there is no lake and `create` is not set.
            BadInput: when a lake cannot be at that location.
            LakeConflict: when it is to be written, but was copied or moved.
            LakeDamaged: when its catalog cannot be read.
        """
        lake = Lake.open(self.lake, create=create, database_prefix=self.database_prefix)
        if write:
            lake.home.require_writable()
        return lake

    def find_lake(self) -> Lake | None:
        """The lake of these settings, or None if there is none yet."""
        try:
            return self.open_lake()
        except NoLake:
            return None

    def clock(self) -> Clock:
        """The current time in UTC; for the sandbox its simulated time."""
        return Clock(self.sandbox_now if self.chosen_source == "sandbox" else None)


def load_settings(**overrides: Any) -> Settings:
    """Settings from arguments, environment and `.env`. An argument that is None has no effect.

    Raises:
        BadInput: with the variable that is not valid.
    """
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise BadInput(_refusal(error)) from None
    except (SettingsError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"the file .env cannot be read ({error}); write it as UTF-8 lines of NAME=value") from error
    if settings.api_key is not None:
        remember(settings.api_key.get_secret_value())
    return settings


def _refusal(error: ValidationError) -> str:
    """What is wrong with the first setting that is not valid. A value that can be a key is not repeated."""
    first = error.errors()[0]
    name = "_".join(map(str, first["loc"])).upper()
    name = name if name.startswith(PREFIX) else f"{PREFIX}{name}"
    shown = "" if "KEY" in name else f"={first['input']!r}"
    return hidden(f"{name}{shown}: {first['msg']}; change it or unset it", str(first["input"]))


def variables() -> list[str]:
    """Names of all environment variables that are settings."""
    return [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Warnings about variables with the prefix that are not settings, each with the most similar setting."""
    known = {*variables(), *OTHER_VARIABLES, "CBBD_CORRECTIONS"}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known and not name.startswith(FOR_TESTS):
            near = get_close_matches(name, variables(), n=1, cutoff=0.0)
            yield f"{name} is not a setting and is ignored; did you mean {near[0]}?"


class Clock:
    """The current time in UTC: the wall clock, or the sandbox's simulated time, which runs at the same speed."""

    def __init__(self, start: datetime | None = None) -> None:
        self._shift = start - datetime.now(UTC) if start else timedelta(0)

    def __call__(self) -> datetime:
        """The current time, UTC."""
        return datetime.now(UTC) + self._shift
