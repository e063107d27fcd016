"""A name in the kit that is not there is told with file and line, so the kit stays right as the code moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.commands.cli import main
from flows.commands.kit import our_commands, our_options
from kit.check import check_kit
from kit.checkout import Checkout
from tests.kit.checkouts import ROOT, found, with_line

pytestmark = pytest.mark.xdist_group("kit")
KIT = Checkout(ROOT).kit


def test_the_kit_of_this_repository_is_right():
    looked = check_kit(Checkout(ROOT), our_commands, our_options())
    assert [str(problem) for problem in looked.problems] == []
    assert looked.names > 300
    assert looked.commands > 60
    assert looked.owned == len(Checkout(ROOT).files)


WRONG = [
    ("`tasks/gild/ratings.py`", "there is no path tasks/gild/ratings.py; is it tasks/gold/ratings.py?"),
    ("`docs/gold-guide.md#a-new-table`", "there is no heading in docs/gold-guide.md a-new-table"),
    ("`tasks/gild`", "there is no path tasks/gild"),
    ("`docs/silver.md`", "there is no path docs/silver.md"),
    ("`tasks/gild/<table>.py`", "there is no path tasks/gild/<table>.py"),
    ("`tasks/lake/raw.py::RawShop`", "there is no name in tasks/lake/raw.py RawShop; is it RawStore?"),
    ("`reports/session_9_nobody.md`", "there is no path reports/session_9_nobody.md"),
    ("`silver.fct_gamez`", "there is no table silver.fct_gamez; is it silver.fct_games?"),
    ("`bronze.gamez`", "there is no table bronze.gamez; is it bronze.games?"),
    ("`gold.team_rating`", "there is no table gold.team_rating"),
    ("`v_team_dashbord`", "there is no path infra/athena_views/v_team_dashbord.sql"),
    ("`/gamez/teams`", "there is no path of the API /gamez/teams; is it /games/teams?"),
    ("`--seasn`", "there is no option of our commands --seasn; is it --season?"),
    ("`CBBD_QUOTA_RESERV`", "nothing in the repository is called CBBD_QUOTA_RESERV"),
    ("`Derivatoin.version`", "nothing in the repository is called Derivatoin"),
    ("ask the gold-engineer", "there is no agent .claude/agents/gold-engineer.md"),
    ("`make ingst`", "make ingst: the Makefile has no target ingst"),
    ("`make session M=1`", "the Makefile has no variable M"),
    ('`make test ARGS="tests/gild"`', "there is no path tests/gild"),
    ("`cbbd-etl quotas`", "cbbd-etl quotas: No such command 'quotas'; did you mean quota?"),
    ("`cbbd-etl quota --lak x`", "cbbd-etl quota --lak x: No such option: --lak"),
    ("`python flows/ingst.py --dry-run`", "there is no path flows/ingst.py; is it flows/ingest.py?"),
    ("`python flows/jobs/ingest.py --dry-run`", "flows/jobs/ingest.py is not run by itself"),
    ("`python flows/ingest.py --dryrun`", "No such option: --dryrun"),
    ("`python flows/ingest.py --season 1999`", "--season 1999: no season '1999'"),
    ("`python flows/ingest.py --endpoints gamez`", "no endpoint 'gamez'"),
    ("`python flows/gold.py --tables team_rating`", "no gold table 'team_rating'"),
    ("`python -m tasks.sandbx --port 1`", "there is no path tasks/sandbx.py"),
    ("`python -m sandbox --prt 1`", "sandbox/__main__.py has no option --prt"),
    ("    $ .venv/bin/python -m pytest tests/unit/test_rawr.py", "there is no path tests/unit/test_rawr.py"),
    (
        "    $ pytest tests/unit/lake/test_raw.py::test_nothing",
        "there is no name in tests/unit/lake/test_raw.py test_nothing",
    ),
    ("    $ make help && make hlp", "the Makefile has no target hlp"),
    ("    $ curl example.org", "no command that the kit may use: curl"),
    ("    $ git push --force", "no git command that the kit may use"),
    ("    $ CBBD_LAKES=x make ingest", "nothing in the repository is called CBBD_LAKES"),
    ("    $ cat docs/gld.md", "there is no path docs/gld.md"),
    ("    $ make test ARGS='-k", "no command line: No closing quotation"),
    ("session 2 (data-engineer) comes first", "session 2 is analytics-engineer, not data-engineer"),
]


@pytest.mark.parametrize(("line", "said"), WRONG, ids=[line.strip() for line, _ in WRONG])
def test_a_broken_reference_is_reported_with_file_and_line(line: str, said: str):
    texts, number = with_line("CLAUDE.md", line)
    lines = found(texts)
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"CLAUDE.md:{number}: ")
    assert said in lines[0]


@pytest.mark.parametrize("file", KIT)
def test_every_file_of_the_kit_is_looked_at(file: str):
    texts, number = with_line(file, "`tasks/gild.py`")
    assert [text for text in found(texts) if text.startswith(f"{file}:{number}: there is no path tasks/gild.py")]


RIGHT = [
    "`tasks/gold`, `tasks/gold/`, `tasks/gold/<table>.py`, `docs/gold*.md`, `./lake`, `lake/raw`",
    "`python flows/ingest.py --season 2015-2020 --endpoints games,lines --max-calls 100`",
    '`cbbd-etl query "select 1"`, `CBBD_SANDBOX_SIZE=full make ingest`, `--as-of 2025-01-15`',
    "`tests/unit/lake/test_raw.py::test_another_content_under_the_same_name_is_refused`, `/plays/date`, `bronze.games`",
    '`make test ARGS="tests/contracts -k lake"`, `git revert <commit>`, `v_team_dashboard`, `reports/data_audit.md`',
]


@pytest.mark.parametrize("line", RIGHT)
def test_what_is_there_is_not_complained_about(line: str):
    assert found(with_line("CLAUDE.md", line)[0]) == []


def test_the_command_tells_file_and_line_and_ends_with_1(checkout: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["kit", "check", "--root", str(checkout)]) == 0
    assert capsys.readouterr().out.startswith("the kit is right (")
    page = checkout / "prompts" / "session_1_data_engineer.txt"
    text = page.read_text()
    try:
        page.write_text(text.replace("docs/operations.md#", "docs/operation.md#", 1))
        assert main(["kit", "check", "--root", str(checkout)]) == 1
    finally:
        page.write_text(text)
    said = capsys.readouterr().out
    line = text[: text.index("docs/operations.md#")].count("\n") + 1
    assert (
        f"prompts/session_1_data_engineer.txt:{line}: there is no path docs/operation.md; is it docs/operations.md?"
        in said
    )
    assert "\n1 problems (" in said


@pytest.mark.parametrize(("root", "said"), [(".", "git"), ("none", "could not be run")])
def test_a_folder_that_is_no_checkout_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], root: str, said: str
):
    assert main(["kit", "check", "--root", str(tmp_path / root)]) == 2
    assert said in capsys.readouterr().err
