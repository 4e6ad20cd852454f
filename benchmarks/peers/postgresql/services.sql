SELECT s.provider_id, s.id, s.name, s.status, s.kinds FROM unnest($2::uuid[]) AS asked(id)
CROSS JOIN LATERAL (
  SELECT s.provider_id, s.id, coalesce(s.name ->> 'en', s.name ->> 'ro') AS name, s.status,
    ARRAY (SELECT k.kind::text FROM service_kind k WHERE k.service_id = s.id ORDER BY k.position) AS kinds
  FROM service s
  WHERE s.provider_id = asked.id
    AND ((s.status <> 'DRAFT' AND s.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') AND NOT s.protected) OR s.provider_id = ANY ($1::uuid[]))
  ORDER BY s.sort_en, s.id LIMIT 5
) s
