"""The scripts of infra/prefect, run as from a shell but without the seconds that another Python takes."""

from __future__ import annotations

import io
import runpy
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.deployment.orchestration import ROOT


@dataclass(frozen=True)
class Said:
    """How a script ended."""

    code: object
    out: str
    err: str


def script(name: str, *args: str, text: str = "", url: str | None = None) -> Said:
    """`python infra/prefect/<name>` with arguments and standard input, against a server."""
    path, out, err = ROOT / "infra/prefect" / name, io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", [str(path), *args])
        patch.setattr(sys, "stdin", io.StringIO(text))
        with temporary_settings({PREFECT_API_URL: url}), pytest.raises(SystemExit) as ended:
            runpy.run_path(str(path), run_name="__main__")
    return Said(ended.value.code, out.getvalue(), err.getvalue())
