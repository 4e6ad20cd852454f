-- From the rollup, and of live rows what it does not count for the caller: activities that are not taken in yet,
-- and those that only the own line sees. The total stands in the first row, the cells after it by name.
WITH others AS MATERIALIZED (
  SELECT a.id, a.people_reached, coalesce(a.first_day, current_date) AS day,
    CASE WHEN a.starts_on_precision IN ('DAY', 'MONTH')
      THEN extract(year FROM a.starts_on)::int * 100 + extract(month FROM a.starts_on)::int ELSE 0 END AS month
  FROM activity a
  WHERE a.id IN (
      SELECT n.id FROM activity n WHERE NOT n.is_rolled_up
      UNION ALL
      SELECT n.id FROM activity n WHERE n.owner_id = ANY ($1::uuid[]) AND n.visibility = 'PRIVATE' AND n.is_rolled_up
    )
    AND (a.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR a.owner_id = ANY ($1::uuid[]))
    AND a.last_day >= date_trunc('month', $2::date)::date
    AND a.first_day < (date_trunc('month', $3::date) + interval '1 month')::date
    AND a.kind <> 'ASSISTANCE' AND a.status <> 'CANCELLED'
), church_line AS (
  SELECT l.descendant_id, l.ancestor_id, l.since, l.until
  FROM organisation_line l JOIN organisation b ON b.id = l.ancestor_id WHERE b.church_body_id = b.id
), belonging AS MATERIALIZED (
  SELECT DISTINCT c.id, c.people_reached, c.month, l.ancestor_id AS church_body_id
  FROM others c
  JOIN activity_participant p ON p.activity_id = c.id
  JOIN organisation o ON o.id = p.organisation_id AND (o.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR o.id = ANY ($1::uuid[]))
  JOIN church_line l ON l.descendant_id = o.id
    AND (l.since IS NULL OR l.since <= c.day) AND (l.until IS NULL OR l.until >= c.day)
), placed AS (
  SELECT id, people_reached, month, church_body_id FROM belonging
  UNION ALL
  SELECT c.id, c.people_reached, c.month, NULL FROM others c
  WHERE NOT EXISTS (SELECT FROM belonging b WHERE b.id = c.id)
), rolled AS (
  SELECT r.sides, r.district_id, r.church_body_id, r.month, r.activities_3, r.people_reached_3, r.with_reach_3
  FROM activity_rollup r
  WHERE r.sides IN (16, 25) AND r.activities_3 > 0
    AND r.last_month >= extract(year FROM $2::date)::int * 100 + extract(month FROM $2::date)::int
    AND r.first_month BETWEEN 1 AND extract(year FROM $3::date)::int * 100 + extract(month FROM $3::date)::int
), cells AS (
  SELECT c.district_id, c.church_body_id, c.month, sum(c.activities)::bigint AS activities,
    CASE WHEN sum(c.with_reach) > 0 THEN sum(c.people_reached)::bigint END AS people_reached,
    sum(c.with_reach)::bigint AS activities_with_reach
  FROM (
    SELECT r.district_id, r.church_body_id, r.month, r.activities_3 AS activities,
      r.people_reached_3 AS people_reached, r.with_reach_3 AS with_reach
    FROM rolled r WHERE r.sides = 25
    UNION ALL
    SELECT coalesce(d.district_id, '00000000-0000-0000-0000-000000000000'),
      coalesce(p.church_body_id, '00000000-0000-0000-0000-000000000000'), p.month, 1, p.people_reached,
      CASE WHEN p.people_reached IS NULL THEN 0 ELSE 1 END
    FROM placed p LEFT JOIN activity_district d ON d.activity_id = p.id
  ) c
  GROUP BY c.district_id, c.church_body_id, c.month
), total AS (
  SELECT sum(c.activities)::bigint AS activities,
    CASE WHEN sum(c.with_reach) > 0 THEN sum(c.people_reached)::bigint END AS people_reached,
    sum(c.with_reach)::bigint AS activities_with_reach
  FROM (
    SELECT r.activities_3 AS activities, r.people_reached_3 AS people_reached, r.with_reach_3 AS with_reach
    FROM rolled r WHERE r.sides = 16
    UNION ALL
    SELECT 1, c.people_reached, CASE WHEN c.people_reached IS NULL THEN 0 ELSE 1 END FROM others c
  ) c
)
SELECT true AS is_total, NULL AS district_code, NULL AS district_name, NULL AS church_body_slug,
  NULL AS church_body_name, NULL AS month,
  coalesce(c.activities, 0) AS activities, c.people_reached,
  coalesce(c.activities_with_reach, 0) AS activities_with_reach
FROM total c
UNION ALL (
  SELECT false, t.code, coalesce(t.name ->> 'en', t.name ->> 'ro'), o.slug,
    coalesce(o.name ->> 'en', o.name ->> 'ro'),
    CASE WHEN c.month > 0 THEN c.month / 100 || '-' || lpad((c.month % 100)::text, 2, '0') END,
    c.activities, c.people_reached, c.activities_with_reach
  FROM cells c
  LEFT JOIN territory t ON t.id = c.district_id
  LEFT JOIN organisation o ON o.id = c.church_body_id
  ORDER BY t.sort_en NULLS LAST, o.sort_en NULLS LAST, nullif(c.month, 0) NULLS LAST
)
