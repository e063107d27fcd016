"""The simulated API plays possessions, not this model: its true ratings are found from its scores."""

from datetime import UTC, datetime

import polars as pl

from sandbox import SandboxConfig
from sandbox.atlas.days import EASTERN
from sandbox.season.world import SeasonState, World
from tasks.gold.ratings import solve

SEASON = 2025


def results(season: SeasonState) -> pl.DataFrame:
    """Final games as the ratings read them."""
    return pl.DataFrame(
        {
            "season": game.fixture.season,
            "game_id": game.id,
            "game_date": game.start.astimezone(EASTERN).date(),
            "home_team_id": game.fixture.home,
            "away_team_id": game.fixture.away,
            "neutral_site": game.fixture.neutral,
            "home_points": game.home_points,
            "away_points": game.away_points,
        }
        for game in season.games
        if game.status == "final"
    )


def test_true_ratings_of_the_sandbox_are_recovered() -> None:
    season = World(SandboxConfig(now=datetime(SEASON, 5, 1, tzinfo=UTC))).season(SEASON)
    truth = pl.DataFrame(
        {"team_id": team, "truth": rating.offence - rating.defence} for team, rating in season.true_ratings.items()
    )
    rated = solve(results(season)).filter("is_division_i").join(truth, on="team_id")
    assert rated.height > 25
    assert rated.select(pl.corr("net", "truth")).item() > 0.93
    error = (rated["net"] - rated["truth"] - (rated["net"] - rated["truth"]).mean()) / rated["uncertainty"]
    assert float(error.std() or 9) < 1.6
    assert rated["home_advantage"][0] > 1.0
