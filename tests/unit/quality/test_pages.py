"""Docs that follow from the registry: complete, described, and in the repository as they are made."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from prefect import Flow
from pydantic.fields import FieldInfo

import flows
from flows.commands.cli import main
from quality.dataset import Endpoint, Pattern, Registry, Table, registry
from quality.pages.documents import documents
from quality.rules import KNOWN_SEASONS, RULES
from quality.wording import type_name
from tasks.runs.documents import generated, outdated, season_calls, write
from tasks.settings import Settings
from tests.support.toys import BOXES, EVERY, FCT_BOXES

DOCS = Path(__file__).parents[3] / "docs"
TABLES = [*(endpoint.table for endpoint in registry()), *registry().tables.values()]
TOYS = Registry({"boxes": BOXES, "every": EVERY}, {FCT_BOXES.qualified: FCT_BOXES})


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return documents(registry(), season_calls)


def page_of(table: str) -> str:
    return f"tables/{table}.md"


def toy_docs() -> dict[str, str]:
    return documents(TOYS, lambda _: 7)


def test_the_docs_in_the_repository_are_up_to_date():
    assert outdated(DOCS, generated(DOCS)) == [], "run `cbbd-etl docs`"


# -- everything has a description -------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.qualified)
def test_every_table_and_column_is_described(table: Table):
    assert is_sentence(table.description), table.description
    assert [column.name for column in table.columns if len(column.description.strip()) <= 3] == []


def is_sentence(text: str) -> bool:
    return len(text) > 5 and text[0].isupper() and text.endswith(".")


@pytest.mark.parametrize("endpoint", list(registry()), ids=lambda endpoint: endpoint.name)
def test_every_dataset_is_described(endpoint: Endpoint):
    assert is_sentence(endpoint.description), endpoint.description


def flow_parameters() -> Iterator[Any]:
    """Each parameter of each flow, with the description that the form and `--help` show."""
    for module in pkgutil.iter_modules(flows.__path__):
        for name, value in vars(importlib.import_module(f"flows.{module.name}")).items():
            if isinstance(value, Flow):
                for parameter in inspect.signature(value.fn).parameters.values():
                    yield pytest.param(parameter.annotation, id=f"{name}({parameter.name})")


@pytest.mark.parametrize("hint", list(flow_parameters()))
def test_every_flow_parameter_is_described(hint: Any):
    described = [item.description for item in hint.__metadata__ if isinstance(item, FieldInfo)]
    assert len(described) == 1
    assert described[0]


def test_every_setting_is_described():
    assert [name for name, info in Settings.model_fields.items() if not info.description] == []


# -- what the files say -----------------------------------------------------------------------------------------------


def test_every_column_of_every_table_is_in_the_dictionary(made: dict[str, str]):
    pages = {name for name in made if name.startswith("tables/")}
    assert pages == {page_of(table.qualified) for table in TABLES}
    for table in TABLES:
        listed = re.findall(r"^\| `(\w+)` \|", made[page_of(table.qualified)], re.MULTILINE)
        assert listed == list(table.by_name), table.qualified


def test_the_dictionary_lists_every_table_once(made: dict[str, str]):
    text = made["data-dictionary.md"] + made["data-dictionary-bronze.md"]
    assert sorted(re.findall(r"^- \[\S+\]\((tables/\S+)\): ", text, re.MULTILINE)) == sorted(
        page_of(table.qualified) for table in TABLES
    )
    assert set(re.findall(r"\((tables/\S+)\)", made["gold.md"])) == {
        page_of(table.qualified) for table in TABLES if table.layer == "gold"
    }


def test_every_row_of_every_table_has_all_its_cells(made: dict[str, str]):
    """A bar in a description would shift the cells after it."""
    for name, text in made.items():
        for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({line.count("|") for line in block.splitlines()}) == 1, f"{name}: {block[:80]}"


def test_every_endpoint_is_listed_with_its_cost(made: dict[str, str]):
    text = made["endpoints.md"]
    for endpoint in registry():
        assert f"| `{endpoint.name}` | `{endpoint.path}` |" in text
    assert re.search(r"`games` \| `/games` \| one per window of 30 days \| 6 \| 3,000 \|", text)
    assert re.search(r"`scoreboard` .*\| 1, free \|.*\| 1 \|", text)


def test_a_season_without_fan_outs_fits_the_free_tier(made: dict[str, str]):
    """1,000 calls a month are to bring three seasons: 320 each, 2 x 33 for the conferences included."""
    calls = sum(season_calls(endpoint) for endpoint in registry() if not endpoint.opt_in)
    assert calls <= 320
    assert f"about {calls} calls" in made["endpoints.md"]


def test_calls_do_not_depend_on_the_season():
    assert {season_calls(endpoint) for endpoint in registry() if endpoint.pattern is Pattern.SEASON} == {1}
    assert season_calls(registry().endpoints["lines"]) == season_calls(registry().endpoints["games"])


def test_every_table_is_in_the_lineage(made: dict[str, str]):
    text = made["lineage.md"]
    fed = [table for table in TABLES if table.source is not None or table.derivation is not None]
    assert [table.qualified for table in fed if f'["{table.qualified}"]' not in text] == []
    for endpoint in registry():
        assert f"raw_{endpoint.name} --> bronze_{endpoint.name}[" in text


def test_mermaid_takes_no_braces_of_paths(made: dict[str, str]):
    """Braces draw shapes, so that {gameId} in a label breaks the whole diagram."""
    assert not re.search(r"[{}]", made["lineage.md"])


def test_lookups_are_dashed_and_derivations_solid(made: dict[str, str]):
    text = made["lineage.md"]
    assert 'silver_fct_rosters["silver.fct_rosters"] -. athlete_id .-> silver_fct_game_players' in text
    assert 'silver_fct_plays["silver.fct_plays"] --> silver_fct_play_participants[' in text


def test_every_rule_and_known_season_is_listed(made: dict[str, str]):
    for rule in RULES:
        assert f"| `{rule.name}` | {rule.description} | {rule.per} | {rule.severity} |" in made["rules.md"]
    for known in KNOWN_SEASONS:
        assert f"| `{known.rule}` | {known.season} |" in made["rules.md"]


def test_a_percentage_is_documented_on_the_scale_of_its_layer():
    """Bronze has what the API sends, 0-100; silver divides."""
    docs = toy_docs()
    silver = "| `shine` | shine | number | fraction 0-1 | yes | >= 0 and <= 1 | `shine` |"
    assert silver in docs[page_of(FCT_BOXES.qualified)]
    assert "| `shine` | shine | number | percent | yes | >= 0 and <= 100 | `shine` |" in docs["tables/bronze.boxes.md"]


def test_where_a_value_comes_from():
    docs = toy_docs()
    bronze = docs["tables/bronze.boxes.md"] + docs["tables/bronze.every.md"]
    assert "| `maker_city` | maker: city | text |  | yes |  | `maker.city` |" in bronze
    assert "| `state` | state | text |  | never | `old`, `new` | `state` |" in bronze
    assert [text.count("| pipeline |") for name, text in docs.items() if "tables/bronze." in name] == [2, 2]


def test_sources_of_lists_requests_and_lookups(made: dict[str, str]):
    players = made["tables/silver.fct_game_players.md"]
    assert "`players[].rebounds.total` |" in players
    assert (
        "| `game_id` | Game id; stable, but not in chronological order | integer |  | never |  | `gameId` |" in players
    )
    assert "| looked up in `silver.fct_rosters`, `silver.fct_stats_player_season` |" in players
    assert re.search(r"\| `game_date` \|.*\| computed \|", players)
    teams = made["tables/silver.dim_team_seasons.md"]
    assert re.search(r"\| `season` \|.*\| request \|", teams)


@pytest.mark.parametrize(
    ("dtype", "text"),
    [
        (pl.Int64(), "integer"),
        (pl.Datetime("us", "UTC"), "timestamp, UTC"),
        (pl.List(pl.Float64()), "list of number"),
        (pl.List(pl.Struct({"part_id": pl.Int64(), "label": pl.String()})), "list of {part_id integer, label text}"),
    ],
)
def test_types_are_said_in_words(dtype: pl.DataType, text: str):
    assert type_name(dtype) == text


# -- writing and checking ---------------------------------------------------------------------------------------------


def test_only_what_is_out_of_date_is_written(tmp_path: Path):
    assert sorted(write(tmp_path, generated(tmp_path))) == sorted(documents(registry(), season_calls))
    (tmp_path / "rules.md").write_text("edited")
    assert outdated(tmp_path, generated(tmp_path)) == ["rules.md"]
    assert write(tmp_path, generated(tmp_path)) == ["rules.md"]
    assert write(tmp_path, generated(tmp_path)) == []


def test_the_page_of_a_table_that_is_gone_is_reported_and_removed(tmp_path: Path):
    write(tmp_path, generated(tmp_path))
    gone = tmp_path / "tables" / "silver.fct_gone.md"
    gone.write_text("of yesterday")
    assert outdated(tmp_path, generated(tmp_path)) == ["tables/silver.fct_gone.md"]
    write(tmp_path, generated(tmp_path))
    assert not gone.exists()


def test_the_check_names_the_file_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["docs", "--folder", str(tmp_path)]) == 0
    assert main(["docs", "--folder", str(tmp_path), "--check"]) == 0
    (tmp_path / "endpoints.md").write_text("edited")
    capsys.readouterr()
    assert main(["docs", "--folder", str(tmp_path), "--check"]) == 1
    assert re.search(r"out of date in .*: endpoints\.md; `cbbd-etl docs` writes", capsys.readouterr().err)
    assert (tmp_path / "endpoints.md").read_text() == "edited"


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["docs", "--folder", str(tmp_path / "none")]) == 2
    assert "there is no folder" in capsys.readouterr().err
