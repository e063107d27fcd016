-- How does a conference stand, and how is it likely to end?
-- One row per season and Division I team of a conference. Games left are its scheduled conference games of the regular
-- season without the conference tournament; those without a forecast count half a win. Projected wins are wins so far
-- plus the chances of the games left; who is level keeps the order of now. Postponed games are not counted
-- until they have a date again.
with left_to_play as (
    select
        g.season, g.game_id, g.home_team_id, g.away_team_id,
        coalesce(p.home_win_probability, 0.5e0) as home_win_probability
    from {silver}.fct_games g
    join {silver}.dim_team_seasons h on h.season = g.season and h.team_id = g.home_team_id
    join {silver}.dim_team_seasons a on a.season = g.season and a.team_id = g.away_team_id
    left join {gold}.game_predictions p on p.season = g.season and p.game_id = g.game_id
        and p.variant = 'predictive'
    where g.conference_game and g.season_type = 'regular' and coalesce(g.game_type, 'STD') = 'STD'
        and g.status in ('scheduled', 'in_progress') and not g.has_result
        and h.conference_id = a.conference_id
),
sides as (
    select season, home_team_id as team_id, home_win_probability as chance from left_to_play
    union all
    select season, away_team_id as team_id, 1.0e0 - home_win_probability as chance from left_to_play
),
outlook as (
    select season, team_id, count(*) as games_left, sum(chance) as expected_wins from sides group by season, team_id
),
projected as (
    select
        c.season, c.conference_id, c.conference, c.conference_rank, c.team_id, c.team,
        c.conference_wins, c.conference_losses, c.conference_win_pct, c.games_behind, c.conference_average_margin,
        c.tie_break, c.total_wins, c.total_losses, c.net, c.rank, c.flag,
        coalesce(o.games_left, 0) as games_left,
        cast(c.conference_wins as double) + coalesce(o.expected_wins, 0.0e0) as projected_wins,
        cast(c.conference_losses as double) + cast(coalesce(o.games_left, 0) as double)
            - coalesce(o.expected_wins, 0.0e0) as projected_losses
    from {gold}.conference_standings c
    left join outlook o on o.season = c.season and o.team_id = c.team_id
    where c.conference_id is not null
)
select
    season,
    conference_id,
    conference,
    conference_rank,
    team_id,
    team,
    conference_wins,
    conference_losses,
    conference_win_pct,
    games_behind,
    games_left,
    projected_wins,
    projected_losses,
    rank() over (
        partition by season, conference_id
        order by projected_wins / nullif(projected_wins + projected_losses, 0.0e0) desc nulls last, conference_rank
    ) as projected_rank,
    conference_average_margin,
    tie_break,
    total_wins,
    total_losses,
    net,
    rank,
    flag
from projected
