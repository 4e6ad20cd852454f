SELECT organisation_id, id, title, starts_on, starts_on_precision FROM (
  SELECT g.organisation_id, s.id, coalesce(s.title ->> '$.en', s.title ->> '$.ro') AS title, s.starts_on,
    s.starts_on_precision,
    row_number() OVER (PARTITION BY g.organisation_id ORDER BY s.sort_on DESC, s.id DESC) AS place
  FROM training_organiser g JOIN training_session s ON s.id = g.training_session_id
  WHERE g.organisation_id IN (SELECT value FROM json_each(?2))
    AND (s.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR s.owner_id IN (SELECT value FROM json_each(?1)))
) WHERE place = 1
