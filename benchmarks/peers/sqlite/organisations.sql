SELECT o.id, o.slug, coalesce(o.name ->> '$.en', o.name ->> '$.ro') AS name, o.kind, o.status, o.place, o.sort_en,
  d.code AS denomination_code, coalesce(d.name ->> '$.en', d.name ->> '$.ro') AS denomination_name,
  t.code AS district_code, coalesce(t.name ->> '$.en', t.name ->> '$.ro') AS district_name
FROM organisation o
LEFT JOIN denomination d ON d.id = o.denomination_id
LEFT JOIN territory t ON t.id = o.district_id
WHERE (o.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR o.id IN (SELECT value FROM json_each(?1)))
  AND (o.sort_en, o.id) > (coalesce(?2, ''), coalesce(?3, '00000000000000000000000000000000'))
ORDER BY o.sort_en, o.id LIMIT 51
