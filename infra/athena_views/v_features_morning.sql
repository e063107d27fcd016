-- What is known of a game on its morning, from each team's side?
-- One row per game and team, games to come included: features from results of earlier dates, ratings and our forecast.
-- No closing line is among them. Join gold.game_results_labels on game_id, team_id and is_home for the targets.
-- The columns are those of gold.game_predictions_features with the clock morning. start_at_utc is in UTC, because an
-- Athena view cannot hold a time zone.
select
    {gold.game_predictions_features:morning}
from {gold}.game_predictions_features
