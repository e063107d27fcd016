"""The commands that run a flow: `cbbd-etl ingest` and `python flows/ingest.py` are the same one.

Options are checked and the job is made before Prefect is loaded, which takes seconds. What a command needs is named as
text and imported when it runs.
"""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from flows.command_line._loading import loading
from flows.terminal.shell import BAD_INPUT, INTERRUPTED, OK, complain, guarded, warn
from tasks.errors import BadInput, PipelineError
from tasks.masking import hidden

PATH_OPTIONS = {"--lake", "--out", "--output", "--reports", "--game-ids", "--folder", "--root", "--config"}
SCRIPTS = Path(__file__).resolve().parents[1]
FETCHED = "what was fetched is kept, the next run resumes"
BUILT = "what was built is kept, the next run continues"
EXPORTED = "finished files are kept, the next run continues"


@dataclass(frozen=True)
class FlowCommand:
    """A command that runs a flow.

    Attributes:
        name: as it is typed.
        about: its line in the list of commands.
        kept: what an interruption leaves.
    """

    name: str
    about: str
    kept: str = BUILT

    @property
    def _module(self) -> str:
        return self.name.replace("-", "_")

    @property
    def _class(self) -> str:
        return "".join(word.capitalize() for word in self.name.split("-"))

    @property
    def parameters(self) -> Any:
        """The model of its parameters."""
        return pkgutil.resolve_name(f"flows.jobs.{self._module}:{self._class}Parameters")

    @property
    def job(self) -> Any:
        """The class of its job."""
        return pkgutil.resolve_name(f"flows.jobs.{self._module}:{self._class}Job")

    def run(self, given: dict[str, Any]) -> int:
        """Check the options; then print the plan, or do the run, in Prefect unless there is nothing to do.

        Raises:
            LakeDamaged: for any error whose cause is a damaged file of the lake.
        """
        try:
            return self._run(given)
        except PipelineError:
            raise
        except Exception:
            from tasks.lake.damage import explaining  # noqa: PLC0415  loads the lake
            from tasks.settings import load_settings  # noqa: PLC0415

            lake = load_settings(lake=given.get("lake")).find_lake()
            if lake is not None:
                with explaining(lake):
                    raise
            raise

    def _run(self, given: dict[str, Any]) -> int:
        refuse_variables_of(self)
        with loading():
            kind = self.job
        job = kind.of(**given)
        if given.get("dry_run"):
            job.print_plan()
            return OK
        if (code := job.run_alone()) is not None:
            return int(code)
        from tasks.source.network import check_environment  # noqa: PLC0415  loads httpx

        check_environment()
        with loading():
            from flows.command_line._run import in_terminal  # noqa: PLC0415  Prefect takes seconds to load
            from flows.prefect_.server import has_server  # noqa: PLC0415  as above

        if not has_server() and (code := job.run_idle()) is not None:
            return int(code)
        job.prepare()
        with loading():
            flow = pkgutil.resolve_name(f"flows.{self._module}:{self._module}")
        return in_terminal(flow, job, given)

    def add_to(self, app: typer.Typer) -> None:
        """Add the command with its options to an app."""
        with loading():
            from flows.command_line._options import with_options  # noqa: PLC0415  loads the models of all parameters

            app.command(self.name, help=self.about)(with_options(self.parameters, self.run))


FLOWS = {
    item.name: item
    for item in (
        FlowCommand("ingest", "Fetch what is due, keep every response, build bronze and silver.", FETCHED),
        FlowCommand("backfill", "Fetch and build seasons of the past, one run per season.", FETCHED),
        FlowCommand("gap-fill", "Request what should be in the lake and is not, in the fewest calls.", FETCHED),
        FlowCommand("gold", "Build ratings, forecasts, features and the other gold tables from silver."),
        FlowCommand(
            "audit", "Report what is expected, present, known absent and unexplained; exit code 1 if unexplained.", ""
        ),
        FlowCommand("replay", "Rebuild bronze and silver from raw alone, or compare them with it (--check)."),
        FlowCommand("maintenance", "Merge small files, expire old versions, delete unreferenced files; raw stays."),
        FlowCommand("report", "Write a season as static pages: rankings, teams, games, players, market.", EXPORTED),
        FlowCommand("export", "Write tables as Parquet, CSV or one DuckDB file, with datapackage.json.", EXPORTED),
    )
}


def refuse_variables_of(*commands: FlowCommand) -> None:
    """Refuse a variable that is named like an option: a budget that is not applied costs calls.

    Raises:
        BadInput: naming the option.
    """
    from tasks.settings import PREFIX, Settings  # noqa: PLC0415  loads the lake

    options = {name for command in commands for name in command.parameters.model_fields} - Settings.model_fields.keys()
    for name in sorted(options):
        if os.environ.get(f"{PREFIX}{name.upper()}"):
            raise BadInput(f"{PREFIX}{name.upper()} is not a setting: give the option --{name.replace('_', '-')}")


def warn_of_variables() -> None:
    """Name the variables with our prefix that are misspelt: they would be ignored in silence."""
    if any(name.startswith("CBBD_") for name in os.environ):
        from tasks.settings import unknown_variables  # noqa: PLC0415  loads the lake

        for text in unknown_variables(os.environ):
            warn(text)


def new_app() -> typer.Typer:
    """An app without commands; errors are ours to report."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def click_command(app: typer.Typer) -> Any:
    """The command of an app. Its help shows no type for a flag, which takes no value.

    What a command does is deferred until Typer is done: inside, Typer turns Ctrl-C and SIGTERM into an exit code of its
    own, without the message that the next run resumes.
    """
    command = typer.main.get_command(app)
    for item in (command, *getattr(command, "commands", {}).values()):
        options = [*item.params, item.get_help_option(typer.Context(item))]
        for option in options:
            if getattr(option, "is_flag", False):
                option.metavar = ""
        if not hasattr(item, "commands"):
            item.callback = partial(partial, item.callback)
    return command


def invoke(command: Any, argv: Sequence[str] | None, prog: str) -> int:
    """Run a command of Typer; what it refuses is one line and exit code 2."""
    words = sys.argv[1:] if argv is None else argv
    # An argument in another encoding than the locale's can neither be printed nor sent to a database as it is.
    args = [word.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for word in words]
    try:
        parsed = command.main(args=args, prog_name=prog, standalone_mode=False)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else prog
        said = error.format_message().replace("Value error, ", "").rstrip(".")
        complain(hidden(f"{said}; `{path} --help` lists what is valid", *args))
        return BAD_INPUT
    if parsed == INTERRUPTED:  # Typer makes this code of an interruption while a command is loaded
        raise KeyboardInterrupt
    try:
        done = parsed() if callable(parsed) else parsed
    except BadInput as error:
        raise type(error)(hidden(str(error), *_values(args))) from error
    return done if isinstance(done, int) else OK


def _values(args: Sequence[str]) -> list[str]:
    """Arguments that can be a key in the wrong place: not the value of an option with a path, no SQL."""
    given = [word for before, word in zip(["", *args], args, strict=False) if before not in PATH_OPTIONS]
    return [word for word in given if word.partition("=")[0] not in PATH_OPTIONS and " " not in word]


def run_script(name: str, argv: Sequence[str] | None = None) -> int:
    """`python flows/<name>.py`: the command of a flow by itself."""

    def run() -> int:
        warn_of_variables()
        app = new_app()
        FLOWS[name].add_to(app)
        return invoke(click_command(app), argv, f"python flows/{name.replace('-', '_')}.py")

    # Python searches the folder of a script first, and there flows/report.py would hide the package `report`.
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != SCRIPTS]
    return guarded(run, FLOWS[name].kept)
