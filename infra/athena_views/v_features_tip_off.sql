-- What is known of a game at tip-off, from each team's side?
-- One row per game and team, games to come included: the columns of v_features_morning, and the lines at tip-off.
-- Join gold.game_results_labels on game_id, team_id and is_home for the targets. For games to come, the lines are those
-- fetched last, which may still move. The columns are those of gold.game_predictions_features with the clocks morning
-- and tip_off. start_at_utc is in UTC, because an Athena view cannot hold a time zone.
select
    {gold.game_predictions_features:tip_off}
from {gold}.game_predictions_features
