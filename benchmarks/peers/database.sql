-- What the peers need in the database that the service fills: a role that reads under the same rules, the
-- texts in the language of the benchmark, and one function for each work that is more than rows.
-- The service owns its tables, so that row-level security never touches it. Run again, it replaces what it made.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bench_peer') THEN
    CREATE ROLE bench_peer LOGIN;
  END IF;
END $$;

GRANT USAGE ON SCHEMA public TO bench_peer;
GRANT SELECT ON
  organisation, organisation_line, denomination, territory, topic, service, service_kind, capacity_pool,
  training_session, training_organiser, activity, activity_district, activity_topic, activity_participant,
  activity_reach, activity_rollup, hold
TO bench_peer;

-- The organisations whose own records the caller reads: the one setting of a request. The inner SELECT lets
-- PostgreSQL read it once for a statement and not once for a row.
DROP FUNCTION IF EXISTS bench_line CASCADE;
CREATE FUNCTION bench_line() RETURNS uuid[] LANGUAGE sql STABLE AS
  $$ SELECT (current_setting('bench.caller')::jsonb ->> 'line')::uuid[] $$;

ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS shared_or_own ON organisation;
CREATE POLICY shared_or_own ON organisation FOR SELECT TO bench_peer USING (
  visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR id = ANY ((SELECT bench_line())::uuid[]));

ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS shared_or_own ON activity;
CREATE POLICY shared_or_own ON activity FOR SELECT TO bench_peer USING (
  visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR owner_id = ANY ((SELECT bench_line())::uuid[]));

ALTER TABLE training_session ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS shared_or_own ON training_session;
CREATE POLICY shared_or_own ON training_session FOR SELECT TO bench_peer USING (
  visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR owner_id = ANY ((SELECT bench_line())::uuid[]));

-- Of a protected service that is not the caller's an organisation's page says nothing.
ALTER TABLE service ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS shared_or_own ON service;
CREATE POLICY shared_or_own ON service FOR SELECT TO bench_peer USING (
  (status <> 'DRAFT' AND visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') AND NOT protected)
  OR provider_id = ANY ((SELECT bench_line())::uuid[]));

DROP FUNCTION IF EXISTS organisation_label CASCADE;
CREATE FUNCTION organisation_label(o organisation) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(o.name ->> 'en', o.name ->> 'ro') $$;
DROP FUNCTION IF EXISTS denomination_label CASCADE;
CREATE FUNCTION denomination_label(d denomination) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(d.name ->> 'en', d.name ->> 'ro') $$;
DROP FUNCTION IF EXISTS territory_label CASCADE;
CREATE FUNCTION territory_label(t territory) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(t.name ->> 'en', t.name ->> 'ro') $$;
DROP FUNCTION IF EXISTS topic_text CASCADE;
CREATE FUNCTION topic_text(t topic) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(t.label ->> 'en', t.label ->> 'ro') $$;
DROP FUNCTION IF EXISTS service_label CASCADE;
CREATE FUNCTION service_label(s service) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(s.name ->> 'en', s.name ->> 'ro') $$;
DROP FUNCTION IF EXISTS training_session_label CASCADE;
CREATE FUNCTION training_session_label(s training_session) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(s.title ->> 'en', s.title ->> 'ro') $$;
DROP FUNCTION IF EXISTS activity_label CASCADE;
CREATE FUNCTION activity_label(a activity) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(a.title ->> 'en', a.title ->> 'ro') $$;

DROP FUNCTION IF EXISTS capacity_pool_state CASCADE;
CREATE FUNCTION capacity_pool_state(p capacity_pool) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN p.confirmed_at IS NULL OR p.stale_at IS NULL OR p.stale_at <= now() THEN 'STALE'
    WHEN coalesce(p.maximum, 0) - coalesce(p.occupied, 0) > (
      SELECT coalesce(sum(h.quantity), 0) FROM hold h
      WHERE h.pool_id = p.id AND h.status = 'HELD' AND h.expires_at > now()
    ) THEN 'OPEN'
    ELSE 'FULL'
  END
$$;

-- The last training session that an organisation gives: the next one where one is planned.
DROP FUNCTION IF EXISTS organisation_next_training CASCADE;
CREATE FUNCTION organisation_next_training(o organisation) RETURNS training_session
LANGUAGE sql STABLE AS $$
  SELECT s.* FROM training_organiser g JOIN training_session s ON s.id = g.training_session_id
  WHERE g.organisation_id = o.id ORDER BY s.sort_on DESC, s.id DESC LIMIT 1
$$;

-- Districts × church bodies × months, from the rollup. Row-level security says which rows; else it is the text
-- of postgresql/coverage.sql.
DROP FUNCTION IF EXISTS coverage_cells CASCADE;
CREATE FUNCTION coverage_cells(from_day date, to_day date) RETURNS TABLE (
  is_total boolean, district_code text, district_name text, church_body_slug text, church_body_name text,
  month text, activities bigint, people_reached bigint, activities_with_reach bigint
) LANGUAGE sql STABLE AS $$
  WITH others AS MATERIALIZED (
    SELECT a.id, a.people_reached, coalesce(a.first_day, current_date) AS day,
      CASE WHEN a.starts_on_precision IN ('DAY', 'MONTH')
        THEN extract(year FROM a.starts_on)::int * 100 + extract(month FROM a.starts_on)::int ELSE 0 END AS month
    FROM activity a
    WHERE a.id IN (
        SELECT n.id FROM activity n WHERE NOT n.is_rolled_up
        UNION ALL
        SELECT n.id FROM activity n WHERE n.owner_id = ANY ((SELECT bench_line())::uuid[]) AND n.visibility = 'PRIVATE' AND n.is_rolled_up
      )
      AND a.last_day >= date_trunc('month', from_day)::date
      AND a.first_day < (date_trunc('month', to_day) + interval '1 month')::date
      AND a.kind <> 'ASSISTANCE' AND a.status <> 'CANCELLED'
  ), church_line AS (
    SELECT l.descendant_id, l.ancestor_id, l.since, l.until
    FROM organisation_line l JOIN organisation b ON b.id = l.ancestor_id WHERE b.church_body_id = b.id
  ), belonging AS MATERIALIZED (
    SELECT DISTINCT c.id, c.people_reached, c.month, l.ancestor_id AS church_body_id
    FROM others c
    JOIN activity_participant p ON p.activity_id = c.id
    JOIN organisation o ON o.id = p.organisation_id
    JOIN church_line l ON l.descendant_id = o.id
      AND (l.since IS NULL OR l.since <= c.day) AND (l.until IS NULL OR l.until >= c.day)
  ), placed AS (
    SELECT id, people_reached, month, church_body_id FROM belonging
    UNION ALL
    SELECT c.id, c.people_reached, c.month, NULL FROM others c
    WHERE NOT EXISTS (SELECT FROM belonging b WHERE b.id = c.id)
  ), rolled AS (
    SELECT r.sides, r.district_id, r.church_body_id, r.month, r.activities_3, r.people_reached_3, r.with_reach_3
    FROM activity_rollup r
    WHERE r.sides IN (16, 25) AND r.activities_3 > 0
      AND r.last_month >= extract(year FROM from_day)::int * 100 + extract(month FROM from_day)::int
      AND r.first_month BETWEEN 1 AND extract(year FROM to_day)::int * 100 + extract(month FROM to_day)::int
  ), cells AS (
    SELECT c.district_id, c.church_body_id, c.month, sum(c.activities)::bigint AS activities,
      CASE WHEN sum(c.with_reach) > 0 THEN sum(c.people_reached)::bigint END AS people_reached,
      sum(c.with_reach)::bigint AS activities_with_reach
    FROM (
      SELECT r.district_id, r.church_body_id, r.month, r.activities_3 AS activities,
        r.people_reached_3 AS people_reached, r.with_reach_3 AS with_reach
      FROM rolled r WHERE r.sides = 25
      UNION ALL
      SELECT coalesce(d.district_id, '00000000-0000-0000-0000-000000000000'),
        coalesce(p.church_body_id, '00000000-0000-0000-0000-000000000000'), p.month, 1, p.people_reached,
        CASE WHEN p.people_reached IS NULL THEN 0 ELSE 1 END
      FROM placed p LEFT JOIN activity_district d ON d.activity_id = p.id
    ) c
    GROUP BY c.district_id, c.church_body_id, c.month
  ), total AS (
    SELECT sum(c.activities)::bigint AS activities,
      CASE WHEN sum(c.with_reach) > 0 THEN sum(c.people_reached)::bigint END AS people_reached,
      sum(c.with_reach)::bigint AS activities_with_reach
    FROM (
      SELECT r.activities_3 AS activities, r.people_reached_3 AS people_reached, r.with_reach_3 AS with_reach
      FROM rolled r WHERE r.sides = 16
      UNION ALL
      SELECT 1, c.people_reached, CASE WHEN c.people_reached IS NULL THEN 0 ELSE 1 END FROM others c
    ) c
  )
  SELECT true AS is_total, NULL AS district_code, NULL AS district_name, NULL AS church_body_slug,
    NULL AS church_body_name, NULL AS month,
    coalesce(c.activities, 0) AS activities, c.people_reached,
    coalesce(c.activities_with_reach, 0) AS activities_with_reach
  FROM total c
  UNION ALL (
    SELECT false, t.code, coalesce(t.name ->> 'en', t.name ->> 'ro'), o.slug,
      coalesce(o.name ->> 'en', o.name ->> 'ro'),
      CASE WHEN c.month > 0 THEN c.month / 100 || '-' || lpad((c.month % 100)::text, 2, '0') END,
      c.activities, c.people_reached, c.activities_with_reach
    FROM cells c
    LEFT JOIN territory t ON t.id = c.district_id
    LEFT JOIN organisation o ON o.id = c.church_body_id
    ORDER BY t.sort_en NULLS LAST, o.sort_en NULLS LAST, nullif(c.month, 0) NULLS LAST
  )
$$;

-- What `logActivity` writes: the claim of the client's id, the activity with its children and its number, the
-- audit entry and the outbox entry. It does without what the service checks in texts, and signs with a plain
-- hash, so that it is never slower for what SQL is bad at.
DROP FUNCTION IF EXISTS log_activity CASCADE;
CREATE FUNCTION log_activity(
  organisation uuid, kind text, title jsonb, starts_on date, districts text[], topics text[],
  partner uuid, reach jsonb, client_id uuid
) RETURNS activity LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
#variable_conflict use_column
DECLARE
  given alias FOR title;
  first_day alias FOR starts_on;
  counts alias FOR reach;
  lead organisation;
  made activity;
  last_number integer;
  own_id uuid := uuidv7();
  entry_nonce uuid := gen_random_uuid();
  moment timestamptz := now();
  subject text := 'account:' || (current_setting('bench.caller')::jsonb ->> 'account');
BEGIN
  SELECT * INTO lead FROM organisation o WHERE o.id = $1 AND o.id = ANY (bench_line());
  IF NOT FOUND THEN
    RAISE EXCEPTION 'NOT_PERMITTED';
  END IF;
  INSERT INTO deed_key (organisation_id, mutation, client_id, input_hash, subject_id, created_at)
  VALUES (lead.id, 'logActivity', $9,
    encode(sha256(convert_to(concat($1, $2, given, first_day, $5, $6, $7, counts), 'UTF8')), 'hex'), own_id, moment);
  INSERT INTO activity_counter AS c (organisation_id, year, last_number)
  VALUES (lead.id, extract(year FROM first_day)::int, 1)
  ON CONFLICT (organisation_id, year) DO UPDATE SET last_number = c.last_number + 1
  RETURNING c.last_number INTO last_number;
  INSERT INTO activity (
    id, code, owner_id, visibility, is_loaded, kind, title, status,
    starts_on, starts_on_precision, starts_on_certainty, starts_on_text, first_day, last_day, sort_on,
    country, audience, materials, organiser_names, people_reached, search,
    created_at, created_by, updated_at, revision)
  VALUES (
    own_id, lead.slug || '-' || extract(year FROM first_day) || '-' || last_number, lead.id, 'COALITION', false,
    $2, given, 'HELD', first_day, 'DAY', 'STATED', first_day::text, first_day, first_day, first_day,
    (SELECT t.country FROM territory t JOIN territory_spelling s ON s.territory_id = t.id
     WHERE s.spelling = lower($5[1])),
    '[]', '[]', '[]',
    (SELECT sum((r ->> 'count')::int) FROM jsonb_array_elements(counts) r WHERE r ->> 'method' <> 'DIGITAL'),
    lower(concat_ws(' ', lead.slug, given ->> 'en', given ->> 'ro', lead.name ->> 'en', lead.name ->> 'ro')),
    moment, subject, moment, 1)
  RETURNING * INTO made;
  INSERT INTO activity_participant (activity_id, organisation_id, role, position)
  SELECT own_id, lead.id, 'LEAD', 0
  UNION ALL
  SELECT own_id, o.id, 'IMPLEMENTING', 1 FROM organisation o
  WHERE o.id = $7 AND (o.visibility IN ('PUBLIC', 'COALITION', 'PARTNERS') OR o.id = ANY (bench_line()));
  INSERT INTO activity_district (activity_id, district_id, position)
  SELECT own_id, s.territory_id, d.place - 1
  FROM unnest($5) WITH ORDINALITY AS d(code, place) JOIN territory_spelling s ON s.spelling = lower(d.code);
  INSERT INTO activity_topic (activity_id, topic_id, position)
  SELECT own_id, t.id, d.place - 1
  FROM unnest($6) WITH ORDINALITY AS d(code, place) JOIN topic t ON t.code = d.code;
  INSERT INTO activity_reach (id, activity_id, position, sex, age_band, count, method, qualifier)
  SELECT uuidv7(), own_id, r.place - 1, r.said ->> 'sex', r.said ->> 'ageBand', (r.said ->> 'count')::int,
    r.said ->> 'method', 'EXACT'
  FROM jsonb_array_elements(counts) WITH ORDINALITY AS r(said, place);
  INSERT INTO audit_entry (
    happened_at, actor, organisation_id, action, subject_type, subject_id, fields, nonce, tag)
  VALUES (moment, subject, lead.id, 'outreach:activity:log', 'Activity', own_id,
    '["districts", "kind", "participants", "reach", "starts_on", "status", "title", "topics", "visibility"]',
    entry_nonce, encode(sha256(convert_to(concat(moment, subject, lead.id, own_id, entry_nonce), 'UTF8')), 'hex'));
  INSERT INTO outbox (name, subject_id, payload, happened_at)
  VALUES ('activity.logged', own_id,
    jsonb_build_object('organisation', lead.id, 'districts', $5, 'visibility', 'COALITION', 'kind', $2), moment);
  PERFORM pg_notify('coalition_outbox', '');
  RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION log_activity FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log_activity TO bench_peer;
