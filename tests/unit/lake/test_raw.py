"""The raw store: what came back is kept as it came, once, and nobody can change it unnoticed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore

from tasks.errors import LakeConflict
from tasks.lake.raw import RawObject, RawStore
from tasks.requests import Request
from tests.support.lakes import NOON, envelope_of

REQUEST = Request("toys", (("season", 2025), ("startDateRange", datetime(2025, 1, 1, tzinfo=UTC))), 2025)
BODY = json.dumps([{"id": number, "label": "Zoë"} for number in range(500)]).encode()


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(LocalStore(tmp_path))


def put(store: RawStore, body: bytes = BODY, at: datetime = NOON, request: Request = REQUEST) -> RawObject:
    return store.put(request, envelope_of(request, body, at), body)


def test_a_body_comes_back_to_the_byte(store: RawStore):
    kept = put(store)
    envelope, body = store.body(kept.path)
    assert (body, envelope) == (BODY, envelope_of(REQUEST, BODY))
    assert store.envelope(kept.path) == envelope
    assert envelope.records == 500


@given(body=st.binary(max_size=300))
def test_any_bytes_come_back(body: bytes):
    store = RawStore(MemoryStore())
    kept = store.put(REQUEST, envelope_of(REQUEST, body, records=0), body, good=False)
    assert store.body(kept.path)[1] == body


def test_the_name_says_what_when_and_which(store: RawStore):
    kept = put(store, at=datetime(2025, 6, 1, 14, 0, 0, 123_456, tzinfo=UTC))
    sha8 = envelope_of(REQUEST, BODY).sha256[:8]
    assert kept.path == (
        f"toys/season=2025/season=2025,startDateRange=2025-01-01T000000.000Z/20250601T140000123456Z-{sha8}.json.zst"
    )
    assert RawObject.parse(kept.path) == kept


def test_an_object_is_read_with_the_usual_tools(store: RawStore, tmp_path: Path):
    """Two frames in the standard format: a line of JSON, then the body. No need of this code to get data out."""
    path = tmp_path / "raw" / put(store).path
    with zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True) as reader:
        line, _, body = io.BytesIO(reader.read()).read().partition(b"\n")
    assert body == BODY
    assert json.loads(line) == asdict(envelope_of(REQUEST, BODY))
    if (tool := shutil.which("zstd")) is not None:
        assert subprocess.run([tool, "-dc", path], capture_output=True, check=True).stdout == line + b"\n" + BODY


def test_the_same_put_twice_is_harmless(store: RawStore):
    """A put whose reply was lost is sent again."""
    assert put(store) == put(store)
    assert len(list(store.objects("toys"))) == 1


def test_another_content_under_the_same_name_is_refused(store: RawStore):
    """Trap: raw objects that are overwritten; four seasons left one."""
    kept = put(store)
    liar = replace(envelope_of(REQUEST, BODY), records=7)
    with pytest.raises(LakeConflict, match="never overwritten"):
        store.put(REQUEST, liar, BODY)
    assert store.body(kept.path)[0].records == 500


def test_every_flipped_bit_is_noticed(store: RawStore, tmp_path: Path):
    """A disk or a hand that changes one bit must not change a row, nor the count that the ledger reads."""
    body = b'[{"id":1},{"id":2}]'
    kept = put(store, body)
    path = tmp_path / "raw" / kept.path
    whole, truth = path.read_bytes(), store.body(kept.path)
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        try:
            found = store.body(kept.path)
        except LakeConflict as error:
            assert kept.path in str(error)  # noqa: PT017  most flips are refused, a few change nothing
            continue
        assert found == truth, f"byte {position}"


def test_every_cut_is_noticed(store: RawStore, tmp_path: Path):
    kept = put(store, b'[{"id":1}]')
    path = tmp_path / "raw" / kept.path
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(LakeConflict, match="again"):
            store.body(kept.path)


def test_a_swapped_body_is_noticed(store: RawStore, tmp_path: Path):
    kept = put(store)
    head = zstandard.ZstdCompressor().compress(json.dumps(asdict(envelope_of(REQUEST, BODY))).encode())
    forged = head + zstandard.ZstdCompressor().compress(b'[{"id": 1}]')
    (tmp_path / "raw" / kept.path).write_bytes(forged)
    with pytest.raises(LakeConflict, match="does not match its sha256"):
        store.body(kept.path)


def test_a_swapped_object_is_noticed(store: RawStore, tmp_path: Path):
    kept, other = put(store), put(store, b"[]", NOON + timedelta(hours=1))
    shutil.copy(tmp_path / "raw" / other.path, tmp_path / "raw" / kept.path)
    for read in (store.body, store.envelope):
        with pytest.raises(LakeConflict, match="contains the response to another request"):
            read(kept.path)


def test_a_lost_object_is_named(store: RawStore, tmp_path: Path):
    kept = put(store)
    (tmp_path / "raw" / kept.path).unlink()
    with pytest.raises(LakeConflict, match=r"is missing; fetch its request again with --refresh"):
        store.body(kept.path)


def test_names_sort_by_time_of_arrival(store: RawStore):
    times = [NOON + timedelta(seconds=1) * factor for factor in (5, -86_400 * 200, 0.000001, 3600, 86_400 * 300, 0)]
    kept = [put(store, at=at) for at in times]
    by_time = sorted(kept)
    assert [item.fetched_at for item in by_time] == sorted(times)
    assert [item.path for item in by_time] == sorted(item.path for item in kept)


def test_the_latest_of_each_request():
    """Trap: the order of a listing is not the order of time."""
    store = RawStore(MemoryStore())
    other = Request("toys", (("season", 2024),), 2024)
    for hours in (3, 1, 2):
        put(store, BODY, NOON + timedelta(hours=hours))
    put(store, at=NOON + timedelta(hours=9), request=other)
    latest = store.latest("toys")
    assert {place: item.fetched_at - NOON for place, item in latest.items()} == {
        (2025, REQUEST.key): timedelta(hours=3),
        (2024, other.key): timedelta(hours=9),
    }
    assert list(store.latest("toys", 2024)) == [(2024, other.key)]
    assert [item.fetched_at.hour for item in store.history("toys", 2025)[2025, REQUEST.key]] == [15, 14, 13]


def test_listings_are_complete_and_by_endpoint():
    """S3 lists a thousand names at a time; `games` is not a prefix of `games_media`."""
    store = RawStore(MemoryStore())
    for number in range(1_050):
        put(store, b"[]", NOON + timedelta(seconds=number))
    put(store, b"[]", request=Request("toys_more", (), None))
    assert len(list(store.objects("toys"))) == 1_050
    assert [item.season for item in store.objects("toys_more")] == [None]
    assert list(store.objects("nothing")) == []


def test_rejected_answers_never_count(store: RawStore, tmp_path: Path):
    """A page of a proxy is kept for people, not for the ledger."""
    kept = store.put(REQUEST, envelope_of(REQUEST, b"<html>", records=0), b"<html>", good=False)
    assert kept.path.endswith(".rejected.zst")
    assert (tmp_path / "raw" / kept.path).is_file()
    assert (list(store.objects("toys")), store.latest("toys"), RawObject.parse(kept.path)) == ([], {}, None)


@pytest.mark.parametrize(
    "path",
    [
        "toys/season=2025/all/20250601T140000123456Z-0123abcd.json.zst#1",
        "toys/season=2025/all/notes.txt",
        "toys/season=20/all/20250601T140000123456Z-0123abcd.json.zst",
        "toys/season=2025/20250601T140000123456Z-0123abcd.json.zst",
    ],
)
def test_other_files_are_not_taken_for_answers(path: str):
    assert RawObject.parse(path) is None


def test_many_envelopes_at_once(store: RawStore):
    kept = [put(store, at=NOON + timedelta(hours=hours)) for hours in range(20)]
    found = store.envelopes([item.path for item in kept])
    assert [envelope.fetched_at for envelope in found.values()] == [item.fetched_at.isoformat() for item in kept]
    assert store.envelopes([]) == {}
