"""L: a lake that was copied, restored or damaged: one sentence, and one command that makes it whole."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.commands.cli import main
from flows.commands.query import run_query
from tasks.errors import LakeConflict, LakeDamaged
from tasks.lake.lake import Lake
from tests.faults.invariants import Hashes, hashes, honest_ledger, no_duplicates
from tests.faults.scene import GAMES, PLAYED, Scene
from tests.support.files import fingerprint


@pytest.fixture(scope="module")
def whole(api: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A lake with games and lines, and a copy of its files to restore it from: it cannot be opened elsewhere."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made = Scene(str(folder / "lake"), folder, api, patch)  # type: ignore[arg-type]
        made.api.script()
        assert made.ingest(**PLAYED).status == "completed"
        shutil.copytree(made.place, folder / "files")
        yield made


@pytest.fixture
def restored(whole: Scene) -> Scene:
    shutil.rmtree(whole.place)
    shutil.copytree(whole.folder / "files", whole.place)
    return whole


def file_of(scene: Scene, kind: str, name: str = "silver.fct_games") -> Path:
    """A file of a table's newest version, or the catalog."""
    table = scene.lake.iceberg(name)
    assert table is not None
    snapshot = table.current_snapshot()
    assert snapshot is not None
    (manifest, *_) = snapshot.manifests(table.io)
    (entry, *_) = manifest.fetch_manifest_entry(table.io)
    addresses = {
        "catalog": f"{scene.place}/catalog.db",
        "metadata": table.metadata_location,
        "list": snapshot.manifest_list,
        "manifest": manifest.manifest_path,
        "data": entry.data_file.file_path,
    }
    return Path(addresses[kind].removeprefix("file://"))


def a_bit(file: Path) -> None:
    """Another bit: at the beginning of text and databases, in the footer of Parquet, in the end mark of Avro."""
    data = bytearray(file.read_bytes())
    places = {".parquet": len(data) - 8 - int.from_bytes(data[-8:-4], "little"), ".avro": len(data) - 1}
    data[places.get(file.suffix, 0)] ^= 4
    file.write_bytes(data)


KINDS = ["catalog", "metadata", "list", "manifest", "data"]
DAMAGES: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "zero bytes": lambda file: file.write_bytes(b""),
    "cut": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "a bit": a_bit,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_l2_damage_is_one_sentence_that_names_the_file_and_other_tables_go_on(
    restored: Scene, kind: str, damage: str, capsys: pytest.CaptureFixture[str]
):
    """Trap: the error of a library that fails on the file: a traceback, or advice for another problem."""
    file = file_of(restored, kind)
    DAMAGES[damage](file)
    with pytest.raises(LakeDamaged) as caught:
        run_query("select sum(home_points), max(venue), max(start_at) from silver.fct_games", None, None, restored.lake)
    said = str(caught.value)
    assert file.name in said
    assert said.endswith(f"`cbbd-etl rebuild --lake {restored.place}` rebuilds it from raw")
    assert "\n" not in said
    if kind != "catalog":
        assert run_query("select count(*) from silver.fct_lines", None, None, restored.lake) == 0
        assert "424" in capsys.readouterr().out


@pytest.mark.parametrize("kind", KINDS)
def test_l2_one_command_makes_it_whole(restored: Scene, played: tuple[Hashes, int], kind: str):
    """The tables equal those of a clean run; raw is as it was."""
    raw = fingerprint(Path(restored.place) / "raw")
    DAMAGES["zero bytes" if kind != "manifest" else "deleted"](file_of(restored, kind))
    assert main(["rebuild", "--lake", restored.place]) == 0
    assert hashes(restored.lake) == played[0]
    assert fingerprint(Path(restored.place) / "raw") == raw
    no_duplicates(restored.lake)
    restored.api.script()
    run = restored.ingest(**PLAYED)
    assert (run.status, run.calls, run.datasets[0].layers) == ("completed", 0, []), "an ingest has nothing left to do"


def test_l2_a_run_over_a_damaged_table_builds_the_others(restored: Scene):
    """It ends failed, names the file once per step, and its report exists."""
    file = file_of(restored, "manifest")
    file.unlink()
    restored.api.script()
    run = restored.ingest(**PLAYED, refresh=True)
    assert run.status == "failed"
    assert all(file.name in key.error for key in run.failed), run.failed
    assert {"bronze.lines", "silver.fct_lines"} <= {layer.table for item in run.datasets for layer in item.layers}


def test_l1_a_copy_is_adopted_and_the_original_untouched(scene: Scene, games: tuple[Hashes, int]):
    """Trap: an ingest into the copy writes into the original, and after some runs deletes its metadata."""
    scene.ingest(**GAMES)
    original, scene.place = Path(scene.place), str(scene.folder / "copy")
    shutil.copytree(original, scene.place)
    before = fingerprint(original)
    with pytest.raises(LakeConflict, match="nothing is written here"):
        scene.ingest(**GAMES, refresh=True)
    assert main(["ingest", "--season", "2025", "--lake", scene.place]) == 2
    assert main(["lake", "relocate", "--dry-run", "--lake", scene.place]) == 0
    assert fingerprint(original) == before
    assert main(["lake", "relocate", "--lake", scene.place]) == 0
    for _ in range(3):
        assert scene.ingest(**GAMES, refresh=True).status == "completed"
    assert fingerprint(original) == before
    assert hashes(scene.lake) == hashes(Lake.open(original)) == games[0]


def test_l1_raw_and_marker_alone_are_a_back_up(restored: Scene, played: tuple[Hashes, int], tmp_path: Path):
    """docs/backup.md: a back-up of raw/ and lake.json is enough, at any path."""
    place = tmp_path / "restored"
    place.mkdir()
    shutil.copy(Path(restored.place) / "lake.json", place)
    shutil.copytree(Path(restored.place) / "raw", place / "raw")
    assert main(["rebuild", "--dry-run", "--lake", str(place)]) == 0
    assert sorted(path.name for path in place.iterdir()) == ["lake.json", "raw"], "a dry run writes nothing"
    assert main(["rebuild", "--lake", str(place)]) == 0
    made = Lake.open(place)
    assert (hashes(made), made.home.elsewhere) == (played[0], None)
    honest_ledger(place)


def test_l1_a_rebuilt_copy_is_a_lake_of_its_own(restored: Scene, played: tuple[Hashes, int], tmp_path: Path):
    """As an alternative to relocate; nothing of the original's tables is kept or changed."""
    shutil.copytree(restored.place, tmp_path / "copy")
    before = fingerprint(Path(restored.place))
    assert main(["rebuild", "--lake", str(tmp_path / "copy")]) == 0
    made = Lake.open(tmp_path / "copy")
    assert (hashes(made), made.home.elsewhere) == (played[0], None)
    assert fingerprint(Path(restored.place)) == before


@pytest.mark.parametrize("point", ["silver.committed", "catalog.written", "catalog.replaced"])
def test_l2_a_killed_rebuild_leaves_whole_tables(restored: Scene, played: tuple[Hashes, int], point: str):
    """Readers see the old tables or the new ones; the next rebuild starts again."""
    with restored.command("rebuild", CBBD_CRASH_AT=point) as process:
        assert process.wait(120) == -signal.SIGKILL, restored.printed
    assert hashes(restored.lake) == played[0]
    assert main(["rebuild", "--lake", restored.place]) == 0
    assert hashes(restored.lake) == played[0]


def test_l2_what_raw_does_not_have_is_kept_and_reported(restored: Scene, capsys: pytest.CaptureFixture[str]):
    """Trap: a rebuild from an incomplete raw store publishes less over more."""
    before = hashes(restored.lake)
    shutil.rmtree(Path(restored.place) / "raw/lines")
    assert main(["rebuild", "--lake", restored.place]) == 0
    assert "kept as it was:    silver.fct_lines: raw does not have season=2025" in capsys.readouterr().out
    assert hashes(restored.lake) == before
