SELECT provider_id, id, name, status, kinds FROM (
  SELECT s.provider_id, s.id, coalesce(s.name ->> '$.en', s.name ->> '$.ro') AS name, s.status, s.sort_en,
    (SELECT json_group_array(kind) FROM (
      SELECT k.kind FROM service_kind k WHERE k.service_id = s.id ORDER BY k.position
    )) AS kinds,
    row_number() OVER (PARTITION BY s.provider_id ORDER BY s.sort_en, s.id) AS place
  FROM service s
  WHERE s.provider_id IN (SELECT value FROM json_each(?2))
    AND ((s.status <> 'DRAFT' AND s.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') AND NOT s.protected)
      OR s.provider_id IN (SELECT value FROM json_each(?1)))
) WHERE place <= 5 ORDER BY sort_en, id
