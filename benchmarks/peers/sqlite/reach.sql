SELECT activity_id, sex, age_band, count, method, qualifier FROM activity_reach
WHERE activity_id IN (SELECT value FROM json_each(?1)) ORDER BY position
