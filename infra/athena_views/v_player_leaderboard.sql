-- Who leads a season, by what, and for which team?
-- One row per season, team and athlete. Ranks are among the rows whose flag is not few_minutes, 1 is best, and null for
-- the others. A player on two teams has two rows. The team's name is that of the season; of a team outside Division I,
-- which has no season of its own in the lake, today's. The impact is that of the newest morning; it is null for teams
-- outside Division I, and its rank is among the same rows as the other ranks.
with ranked as (
    select
        season, team_id, athlete_id,
        rank() over (partition by season order by points_per_game desc) as points_per_game_rank,
        rank() over (partition by season order by rebounds_per_game desc) as rebounds_per_game_rank,
        rank() over (partition by season order by assists_per_game desc) as assists_per_game_rank,
        case
            when win_shares_total is not null
                then rank() over (partition by season order by win_shares_total desc nulls last)
        end as win_shares_total_rank
    from {gold}.player_season_impact
    where flag <> 'few_minutes'
),
newest as (
    select
        season, team_id, athlete_id,
        max(as_of_date) as as_of_date
    from {gold}.player_impact_adjusted
    group by season, team_id, athlete_id
),
adjusted as (
    select
        a.season, a.team_id, a.athlete_id, a.as_of_date,
        a.offence_impact, a.defence_impact, a.net_impact, a.net_impact_sd, a.flag,
        rank() over (partition by a.season, r.team_id is not null order by a.net_impact desc) as net_impact_rank,
        r.team_id is not null as is_ranked
    from {gold}.player_impact_adjusted a
    join newest n
        on n.season = a.season and n.team_id = a.team_id and n.athlete_id = a.athlete_id and n.as_of_date = a.as_of_date
    left join ranked r on r.season = a.season and r.team_id = a.team_id and r.athlete_id = a.athlete_id
)
select
    i.season,
    i.athlete_id,
    i.name,
    i.position,
    i.team_id,
    coalesce(s.school, t.school) as team,
    s.conference_id,
    s.conference,
    i.games,
    i.starts,
    i.minutes_per_game,
    i.points_per_game,
    k.points_per_game_rank,
    i.rebounds_per_game,
    k.rebounds_per_game_rank,
    i.assists_per_game,
    k.assists_per_game_rank,
    i.steals_per_game,
    i.blocks_per_game,
    i.turnovers_per_game,
    i.points_per40,
    i.usage_pct,
    i.true_shooting_pct,
    i.effective_field_goal_pct,
    i.three_point_field_goals_pct,
    i.free_throws_pct,
    i.net_rating,
    i.porpag,
    i.win_shares_total,
    k.win_shares_total_rank,
    a.offence_impact,
    a.defence_impact,
    a.net_impact,
    a.net_impact_sd,
    case when a.is_ranked then a.net_impact_rank end as net_impact_rank,
    a.as_of_date as impact_as_of_date,
    a.flag as impact_flag,
    i.recruit_stars,
    i.is_transfer,
    i.previous_team_id,
    i.teams_in_season,
    i.stats_as_of_date,
    i.flag
from {gold}.player_season_impact i
left join ranked k on k.season = i.season and k.team_id = i.team_id and k.athlete_id = i.athlete_id
left join adjusted a on a.season = i.season and a.team_id = i.team_id and a.athlete_id = i.athlete_id
left join {silver}.dim_team_seasons s on s.season = i.season and s.team_id = i.team_id
left join {silver}.dim_teams t on t.team_id = i.team_id
