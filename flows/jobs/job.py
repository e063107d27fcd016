"""What all jobs are: the parameters of one run, checked, with its settings; made before anything is started."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.params import LakePath, Many, expand_seasons
from flows.terminal.shell import warn
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.masking import hidden, masked
from tasks.settings import Settings

PLACES = {"--lake", "--out", "--reports", "--game-ids"}  # options with paths, which look like keys to `hidden`
REASONS = {"int_parsing": "valid is a whole number", "int_type": "valid is a whole number"}


class Parameters(BaseModel):
    """Parameters of a flow. The fields of a subclass are the options of its command and the form in Prefect."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)

    lake: LakePath = None

    @classmethod
    def of(cls, **given: Any) -> Self:
        """The parameters, valid.

        Raises:
            BadInput: naming the option and what is valid.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            option = f"--{str(first['loc'][0]).replace('_', '-')}" if first["loc"] else ""
            value = first["input"] if first["loc"] else ""
            shown = " ".join(map(str, value)) if isinstance(value, list) else str(value)
            reason = REASONS.get(first["type"], first["msg"]).removeprefix("Value error, ")
            message = f"{option} {shown or repr('')}: {reason}"
            raise BadInput(masked(message) if option in PLACES else hidden(message, shown)) from None

    def named(self, *names: str) -> dict[str, Any]:
        """Those of the named parameters that were given, for the run's summary."""
        return {name: value for name in names if (value := getattr(self, name)) not in (None, False)}


class Job(ABC):
    """One run, ready to start."""

    flow: ClassVar[str]

    @abstractmethod
    def print_plan(self) -> None:
        """Print what the run would do. Makes no call and writes nothing."""

    def prepare(self) -> None:
        """Do what can fail before Prefect is started."""
        return

    def run_alone(self) -> int | None:
        """The whole run without Prefect, and its exit code; None where Prefect is needed."""
        return None

    def run_idle(self) -> int | None:
        """The whole run where there is nothing to do but to look, and its exit code; None where Prefect is needed."""
        return None


def lake_to_read(settings: Settings) -> Lake:
    """The lake of these settings; what a reader of a copy has to know is printed.

    Raises:
        BadInput: when there is no lake.
    """
    lake = settings.open_lake()
    if text := lake.home.warning():
        warn(text)
    return lake


def seasons_in(lake: Lake, value: Many, present: Sequence[int], default: Sequence[int]) -> list[int]:
    """Seasons of a lake, newest first.

    Args:
        value: as given; `all` means those that the lake has.
        present: seasons that the lake has.
        default: what no value means.

    Raises:
        BadInput: naming the seasons of the lake, when one is not among them.
    """
    wanted = expand_seasons(value, every=present) or sorted(default, reverse=True)
    if not present:
        raise BadInput(f"{lake.location} has no season yet; `cbbd-etl ingest` fetches one")
    if missing := sorted(set(wanted) - set(present)):
        have = ", ".join(map(str, sorted(present)))
        raise BadInput(
            f"{lake.location} has no season {', '.join(map(str, missing))}; its seasons: {have}; "
            f"`cbbd-etl ingest --season {missing[0]}` fetches another"
        )
    return wanted
