SELECT l.activity_id, t.code, coalesce(t.label ->> 'en', t.label ->> 'ro') AS label
FROM activity_topic l JOIN topic t ON t.id = l.topic_id
WHERE l.activity_id = ANY ($1::uuid[]) ORDER BY l.position
