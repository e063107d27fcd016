"""Names as people write them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from cbbd_etl._names import Named, pick, plain, plains
from tasks.errors import BadInput


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("St. John's", "st johns"),
        ("Saint Mary's", "st. marys"),
        ("Michigan State", "michigan st"),
        ("North Carolina A&T", "north carolina a and t"),
        ("San José State", "san jose st."),
        ("Miami (OH)", "miami oh"),
        ("Mount St. Mary's", "mt st marys"),
        ("UCONN", "uconn"),
    ],
)
def test_spellings_of_one_name(one: str, other: str):
    assert plain(one) == plain(other)


def test_names_that_differ_stay_different():
    """Trap: `state` at the end and `saint` at the start are both written `st`."""
    assert plain("Michigan") != plain("Michigan State")
    assert plain("State College") != plain("Saint College")
    assert plain("!") == ""


@pytest.fixture(scope="module")
def real(shared: Path) -> list[Named]:
    """All teams as the API lists them; Division I are those with a conference."""
    file = shared / "recorded/teams.json.gz"
    rows = json.loads(gzip.decompress(file.read_bytes()))
    return [
        Named(
            row["id"],
            row["school"],
            plains(
                [row["school"], row["displayName"], row["shortDisplayName"], f"{row['school']} {row['currentState']}"]
            ),
            plains([row["abbreviation"], row["mascot"]]),
            row["conference"] is not None,
        )
        for row in rows
    ]


@pytest.mark.parametrize(
    ("typed", "school"),
    [
        ("duke", "Duke"),
        ("uconn", "UConn"),
        ("st johns", "St. John's"),
        ("Saint John's", "St. John's"),
        ("miami fl", "Miami"),
        ("miami", "Miami"),
        ("miami oh", "Miami (OH)"),
        ("unc", "North Carolina"),
        ("usc", "USC"),
        ("umass", "Massachusetts"),
        ("ole miss", "Ole Miss"),
        ("gonzga", "Gonzaga"),
        ("mississippi st", "Mississippi State"),
        ("north carolina a and t", "North Carolina A&T"),
        ("blue devils duke", None),
    ],
)
def test_real_teams(real: list[Named], typed: str, school: str | None):
    if school is None:
        with pytest.raises(BadInput, match="there is no team"):
            pick("team", typed, real)
        return
    assert pick("team", typed, real).label == school


@pytest.mark.parametrize(
    ("typed", "candidates"),
    [
        ("tigers", "Auburn"),
        ("connecticut", "Central Connecticut"),
        ("dukee st", "did you mean"),
    ],
)
def test_doubt_is_answered_with_candidates(real: list[Named], typed: str, candidates: str):
    with pytest.raises(BadInput, match=candidates):
        pick("team", typed, real)


def test_a_candidate_can_be_typed_as_it_is_shown():
    known = [
        Named(1, "A Smith (X)", plains(["A Smith", "A Smith X"])),
        Named(2, "A Smith (Y)", plains(["A Smith", "A Smith Y"])),
    ]
    with pytest.raises(BadInput, match=r"several players can be meant by 'a smith': A Smith \(X\), A Smith \(Y\)"):
        pick("player", "a smith", known)
    assert pick("player", "A Smith (Y)", known).id == 2
    with pytest.raises(BadInput, match="name a player"):
        pick("player", "?", known)
