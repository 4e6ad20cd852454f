SELECT activity_id, sex, age_band, count, method, qualifier FROM activity_reach
WHERE activity_id = ANY ($1::uuid[]) ORDER BY position
