"""A tour of a lake: what it has, the best teams, a team, its next games, a question in SQL.

`marimo edit notebooks/tour.py` opens it; `python notebooks/tour.py` runs it. It reads `./lake`, or CBBD_LAKE, which
needs gold: `cbbd-etl gold`.
"""

import marimo

app = marimo.App(width="medium", app_title="Tour of the lake")


@app.cell
def _():
    import marimo as mo

    import cbbd_etl as cbb

    return cbb, mo


@app.cell
def _(cbb, mo):
    tables = cbb.tables()
    mo.vstack([mo.md("# What the lake has"), tables])


@app.cell
def _(cbb, mo):
    top25 = cbb.rankings(top=25)
    season, morning = top25["season"][0], top25["as_of_date"][0]
    mo.vstack(
        [
            mo.md(f"# The 25 best teams of {season}, on the morning of {morning}"),
            mo.md(
                "`net` is points per 100 possessions above the average team; `uncertainty` is its standard deviation."
            ),
            top25,
        ]
    )
    return season, top25


@app.cell
def _(mo, top25):
    choice = mo.ui.dropdown(top25["team"].to_list(), value=top25["team"][0], label="Team")
    choice
    return (choice,)


@app.cell
def _(cbb, choice, mo, season):
    chosen = cbb.team(choice.value, season)
    mo.vstack([mo.md(f"# {choice.value}"), chosen.profile, chosen.schedule])
    return (chosen,)


@app.cell
def _(chosen, mo):
    played = chosen.schedule.filter(chosen.schedule["status"] == "final")
    to_come = chosen.schedule.filter(chosen.schedule["status"] != "final")
    mo.vstack(
        [
            mo.md(
                f"{played.height} games played, {to_come.height} to come. `predicted_margin` is our forecast, points."
            ),
            to_come.select("game_date", "site", "opponent", "predicted_margin", "win_probability"),
        ]
    )


@app.cell
def _(cbb, mo, season):
    best_defences = cbb.query(
        f"""
        select team, conference, adjusted_defence, defence_turnover_pct
        from gold.v_team_dashboard
        where season = {int(season)}
        order by adjusted_defence
        limit 10
        """
    )
    mo.vstack([mo.md("# A question in SQL: the ten best defences"), best_defences])


if __name__ == "__main__":
    app.run()
