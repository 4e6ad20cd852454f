-- Of live rows: the figures of the total stand in the first row, those of the cells after it by name.
WITH counted AS MATERIALIZED (
  SELECT a.id, a.people_reached, coalesce(a.first_day, current_date) AS day,
    CASE WHEN a.starts_on_precision IN ('DAY', 'MONTH') THEN to_char(a.starts_on, 'YYYY-MM') END AS month
  FROM activity a
  WHERE (a.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR a.owner_id = ANY ($1::uuid[]))
    AND a.last_day >= date_trunc('month', $2::date)::date
    AND a.first_day < (date_trunc('month', $3::date) + interval '1 month')::date
    AND a.kind <> 'ASSISTANCE' AND a.status <> 'CANCELLED'
), church_line AS (
  SELECT l.descendant_id, l.ancestor_id, l.since, l.until
  FROM organisation_line l JOIN organisation b ON b.id = l.ancestor_id WHERE b.church_body_id = b.id
), belonging AS MATERIALIZED (
  SELECT DISTINCT c.id, c.people_reached, c.month, l.ancestor_id AS church_body_id
  FROM counted c
  JOIN activity_participant p ON p.activity_id = c.id
  JOIN organisation o ON o.id = p.organisation_id AND (o.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR o.id = ANY ($1::uuid[]))
  JOIN church_line l ON l.descendant_id = o.id
    AND (l.since IS NULL OR l.since <= c.day) AND (l.until IS NULL OR l.until >= c.day)
), placed AS (
  SELECT id, people_reached, month, church_body_id FROM belonging
  UNION ALL
  SELECT c.id, c.people_reached, c.month, NULL FROM counted c
  WHERE NOT EXISTS (SELECT FROM belonging b WHERE b.id = c.id)
), cells AS (
  SELECT d.district_id, p.church_body_id, p.month, count(*) AS activities,
    sum(p.people_reached)::bigint AS people_reached, count(p.people_reached) AS activities_with_reach
  FROM placed p LEFT JOIN activity_district d ON d.activity_id = p.id
  GROUP BY d.district_id, p.church_body_id, p.month
)
SELECT true AS is_total, NULL AS district_code, NULL AS district_name, NULL AS church_body_slug,
  NULL AS church_body_name, NULL AS month,
  count(*) AS activities, sum(c.people_reached)::bigint AS people_reached,
  count(c.people_reached) AS activities_with_reach
FROM counted c
UNION ALL (
  SELECT false, t.code, coalesce(t.name ->> 'en', t.name ->> 'ro'), o.slug,
    coalesce(o.name ->> 'en', o.name ->> 'ro'), c.month, c.activities, c.people_reached, c.activities_with_reach
  FROM cells c
  LEFT JOIN territory t ON t.id = c.district_id
  LEFT JOIN organisation o ON o.id = c.church_body_id
  ORDER BY t.sort_en NULLS LAST, o.sort_en NULLS LAST, c.month NULLS LAST
)
