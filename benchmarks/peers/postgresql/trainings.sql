SELECT asked.id AS organisation_id, s.id, s.title, s.starts_on, s.starts_on_precision
FROM unnest($2::uuid[]) AS asked(id)
CROSS JOIN LATERAL (
  SELECT s.id, coalesce(s.title ->> 'en', s.title ->> 'ro') AS title, s.starts_on::text, s.starts_on_precision
  FROM training_organiser g JOIN training_session s ON s.id = g.training_session_id
  WHERE g.organisation_id = asked.id AND (s.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR s.owner_id = ANY ($1::uuid[]))
  ORDER BY s.sort_on DESC, s.id DESC LIMIT 1
) s
