SELECT l.activity_id, t.code, coalesce(t.name ->> '$.en', t.name ->> '$.ro') AS name
FROM activity_district l JOIN territory t ON t.id = l.district_id
WHERE l.activity_id IN (SELECT value FROM json_each(?1)) ORDER BY l.position
