SELECT a.id, a.code, a.kind, coalesce(a.title ->> '$.en', a.title ->> '$.ro') AS title, a.status, a.visibility, a.place,
  a.people_reached, a.starts_on, a.starts_on_precision, a.sort_on,
  o.id AS lead_id, o.slug AS lead_slug, coalesce(o.name ->> '$.en', o.name ->> '$.ro') AS lead_name
FROM activity a
LEFT JOIN organisation o ON o.id = a.owner_id AND (o.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR o.id IN (SELECT value FROM json_each(?1)))
WHERE (a.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR a.owner_id IN (SELECT value FROM json_each(?1)))
  AND (a.sort_on, a.id) < (coalesce(?2, '9999-12-31'), coalesce(?3, 'ffffffffffffffffffffffffffffffff'))
ORDER BY a.sort_on DESC, a.id DESC LIMIT 101
