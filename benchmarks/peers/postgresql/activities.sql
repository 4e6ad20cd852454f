SELECT a.id, a.code, a.kind, coalesce(a.title ->> 'en', a.title ->> 'ro') AS title, a.status, a.visibility, a.place,
  a.people_reached, a.starts_on::text, a.starts_on_precision, a.sort_on::text,
  o.id AS lead_id, o.slug AS lead_slug, coalesce(o.name ->> 'en', o.name ->> 'ro') AS lead_name
FROM activity a
LEFT JOIN organisation o ON o.id = a.owner_id AND (o.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR o.id = ANY ($1::uuid[]))
WHERE (a.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR a.owner_id = ANY ($1::uuid[]))
  AND (a.sort_on, a.id) < (coalesce($2::date, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY a.sort_on DESC, a.id DESC LIMIT 101
