SELECT p.service_id, p.id, p.unit, p.maximum, p.occupied, CASE
    WHEN p.confirmed_at IS NULL OR p.stale_at IS NULL OR p.stale_at <= now() THEN 'STALE'
    WHEN coalesce(p.maximum, 0) - coalesce(p.occupied, 0) > (
      SELECT coalesce(sum(h.quantity), 0) FROM hold h
      WHERE h.pool_id = p.id AND h.status = 'HELD' AND h.expires_at > now()
    ) THEN 'OPEN'
    ELSE 'FULL'
  END AS state
FROM capacity_pool p WHERE p.service_id = ANY ($1::uuid[]) ORDER BY p.position, p.id
