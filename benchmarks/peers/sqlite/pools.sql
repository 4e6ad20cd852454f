SELECT p.service_id, p.id, p.unit, p.maximum, p.occupied, CASE
    WHEN p.confirmed_at IS NULL OR p.stale_at IS NULL OR p.stale_at <= strftime('%Y-%m-%d %H:%M:%f', 'now') THEN 'STALE'
    WHEN coalesce(p.maximum, 0) - coalesce(p.occupied, 0) > (
      SELECT coalesce(sum(h.quantity), 0) FROM hold h
      WHERE h.pool_id = p.id AND h.status = 'HELD' AND h.expires_at > strftime('%Y-%m-%d %H:%M:%f', 'now')
    ) THEN 'OPEN'
    ELSE 'FULL'
  END AS state
FROM capacity_pool p WHERE p.service_id IN (SELECT value FROM json_each(?1)) ORDER BY p.position, p.id
