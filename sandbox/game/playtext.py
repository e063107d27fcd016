"""Names of play types, and the text of a play in the wording of its season."""

from typing import Any

from sandbox.game import events as ev

# Ids and names of the real API; names repeat.
PLAY_TYPES = (
    (0, "Not Available"), (91, "Shot"), (97, "Free Throw 1 of 1"), (215, "Coach's Challenge (Stands)"),
    (216, "Coach's Challenge (Overturned)"), (402, "End Game"), (412, "End Period"), (420, "Offensive Charge"),
    (437, "TipShot"), (449, "Dead Ball Rebound"), (519, "PersonalFoul"), (521, "Technical Foul"),
    (540, "MadeFreeThrow"), (558, "JumpShot"), (572, "LayUpShot"), (574, "DunkShot"), (578, "RegularTimeOut"),
    (579, "ShortTimeOut"), (580, "OfficialTVTimeOut"), (584, "Substitution"), (586, "Offensive Rebound"),
    (587, "Defensive Rebound"), (598, "Lost Ball Turnover"), (601, "Foul Turnover"), (607, "Steal"),
    (615, "Jumpball"), (618, "Block Shot"), (20424, "LayupShot"), (20429, "RegularJumpShot"), (20437, "TipShot"),
    (20558, "JumpShot"), (20572, "LayUpShot"), (20574, "DunkShot"), (30495, "Three Pointer"),
    (30558, "Three Point Jump Shot"),
)  # fmt: skip

TYPES = {
    ev.JUMP_BALL: "Jumpball", ev.LAYUP: "LayUpShot", ev.DUNK: "DunkShot", ev.TIP: "TipShot",
    ev.JUMPER: "JumpShot", ev.THREE: "JumpShot", ev.FREE_THROW: "MadeFreeThrow",
    ev.OFF_REBOUND: "Offensive Rebound", ev.DEF_REBOUND: "Defensive Rebound",
    ev.DEAD_REBOUND: "Dead Ball Rebound", ev.TURNOVER: "Lost Ball Turnover", ev.FOUL_TURNOVER: "Foul Turnover",
    ev.STEAL: "Steal", ev.BLOCK: "Block Shot", ev.FOUL: "PersonalFoul", ev.TECHNICAL: "Technical Foul",
    ev.TV_TIMEOUT: "OfficialTVTimeOut", ev.SHORT_TIMEOUT: "ShortTimeOut", ev.FULL_TIMEOUT: "RegularTimeOut",
    ev.SUB: "Substitution", ev.END_PERIOD: "End Period", ev.END_GAME: "End Game",
}  # fmt: skip

SHOTS = {
    ev.LAYUP: "Layup", ev.DUNK: "Dunk", ev.TIP: "Two Point Tip Shot", ev.JUMPER: "Jumper",
    ev.THREE: "Three Point Jumper", ev.FREE_THROW: "Free Throw",
}  # fmt: skip

NEW_WORDING = 2026
ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th")
AFTER_NAME = {
    ev.OFF_REBOUND: "Offensive Rebound.", ev.DEF_REBOUND: "Defensive Rebound.",
    ev.DEAD_REBOUND: "Deadball Team Rebound.", ev.TURNOVER: "Turnover.", ev.FOUL_TURNOVER: "Turnover.",
    ev.STEAL: "Steal.", ev.BLOCK: "Block.",
}  # fmt: skip


def text(event: ev.Event, people: tuple[list[Any], list[Any]], names: tuple[str, str], season: int) -> str:
    """playText of an event. people: by side and place; names: of the teams."""
    kind = event.kind
    team = names[event.side] if event.side >= 0 else ""
    who = people[event.side][event.one]["name"] if event.side >= 0 and event.one >= 0 else team
    if kind in SHOTS:
        helper = people[event.side][event.two]["name"] if event.two >= 0 else None
        return (_shot if season < NEW_WORDING else _new_shot)(event, who, helper)
    if kind in AFTER_NAME:
        return f"{who} {AFTER_NAME[kind]}"
    if kind == ev.SUB:
        return f"{who} subbing in for {people[event.side][event.two]['name']}"
    return _other(event, who, team)


def _shot(event: ev.Event, who: str, helper: str | None) -> str:
    words = f"{who} {'made' if event.made else 'missed'} {SHOTS[event.kind]}."
    return f"{words} Assisted by {helper}." if helper else words


def _new_shot(event: ev.Event, who: str, helper: str | None) -> str:
    words = f"{who} {'makes' if event.made else 'misses'} {SHOTS[event.kind].lower()}"
    return f"{words} ({helper} assists)" if helper else words


def _other(event: ev.Event, who: str, team: str) -> str:
    words = {
        ev.FOUL: f"Foul on {who}.",
        ev.TECHNICAL: f"Technical Foul on {who}.",
        ev.JUMP_BALL: f"Jump Ball won by {team}",
        ev.TV_TIMEOUT: "Official TV Timeout",
        ev.END_GAME: "End of Game",
        ev.END_PERIOD: _end_of(event.period),
    }
    return words.get(event.kind, f"{team}  Timeout")


def _end_of(period: int) -> str:
    return f"End of {ORDINALS[period - 1]} half" if period <= 2 else f"End of {ORDINALS[(period - 3) % 6]} OT"
