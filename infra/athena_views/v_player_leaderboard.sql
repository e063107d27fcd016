-- Who leads a season, by what, and for which team?
-- One row per season, team and athlete. Ranks are among the rows whose flag is not few_minutes, 1 is best, and null for
-- the others. A player on two teams has two rows. The team's name is that of the season; of a team outside Division I,
-- which has no season of its own in the lake, today's.
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
    i.recruit_stars,
    i.is_transfer,
    i.previous_team_id,
    i.teams_in_season,
    i.stats_as_of_date,
    i.flag
from {gold}.player_season_impact i
left join ranked k on k.season = i.season and k.team_id = i.team_id and k.athlete_id = i.athlete_id
left join {silver}.dim_team_seasons s on s.season = i.season and s.team_id = i.team_id
left join {silver}.dim_teams t on t.team_id = i.team_id
