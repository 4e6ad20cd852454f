// Mercurius with JIT and loaders on the tables of the service. Arguments: port, address of the database.
// The caller is told by COALITION_BENCH_TOKEN and COALITION_BENCH_CALLER: whoever sends the token is that caller.
// It answers the documents of the service itself, so that only what the caller may see and read is compared.
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const [port, connectionString] = process.argv.slice(2);
const bearer = `Bearer ${process.env.COALITION_BENCH_TOKEN}`;
const line = JSON.parse(process.env.COALITION_BENCH_CALLER).line;

const pool = new pg.Pool({ connectionString, max: 10 });
// A bigint stays a number, as the service answers it.
pg.types.setTypeParser(20, Number);

const texts = new Map();
function ask(name, ...values) {
  if (!texts.has(name)) {
    texts.set(name, readFileSync(new URL(`postgresql/${name}.sql`, import.meta.url), "utf8"));
  }
  // Named, so that PostgreSQL parses and plans it once for a connection.
  return pool.query({ name, text: texts.get(name), values }).then((result) => result.rows);
}

function grouped(rows, key) {
  const found = new Map();
  for (const row of rows) {
    const there = found.get(row[key]);
    if (there) there.push(row);
    else found.set(row[key], [row]);
  }
  return found;
}

const day = (row) => ({ date: row.starts_on, precision: row.starts_on_precision });
const cursor = (...keys) => Buffer.from(JSON.stringify(keys)).toString("base64url");
const keys = (after) => (after ? JSON.parse(Buffer.from(after, "base64url").toString()) : [null, null]);

function page(rows, size, key) {
  const nodes = rows.slice(0, size);
  const last = nodes.at(-1);
  return {
    nodes,
    pageInfo: { hasNextPage: rows.length > size, endCursor: last ? cursor(last[key], last.id) : null },
  };
}

const schema = `
  type Named { code: String! name: String! }
  type Topic { code: String! label: String! }
  type PartialDate { date: String! precision: String! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Pool { id: ID! unit: String! maximum: Int occupied: Int state: String! }
  type Service { id: ID! name: String! kinds: [String!]! status: String! pools: [Pool!]! }
  type Services { nodes: [Service!]! }
  type Training { id: ID! title: String! startsOn: PartialDate }
  type Trainings { nodes: [Training!]! }
  type Organisation {
    id: ID! slug: String! name: String! kind: String! status: String! place: String
    denomination: Named district: Named
    services(first: Int): Services!
    trainingSessions(first: Int): Trainings!
  }
  type Organisations { nodes: [Organisation!]! pageInfo: PageInfo! }
  type Lead { id: ID! slug: String! name: String! }
  type Reach { sex: String! ageBand: String! count: Int! method: String! qualifier: String! }
  type Activity {
    id: ID! code: String! kind: String! title: String! status: String! visibility: String! place: String
    peopleReached: Int startsOn: PartialDate lead: Lead
    districts: [Named!]! topics: [Topic!]! reach: [Reach!]!
  }
  type Activities { nodes: [Activity!]! pageInfo: PageInfo! }
  type Figures { activities: Int peopleReached: Int activitiesWithReach: Int }
  type Church { slug: String! name: String! }
  type Cell { district: Named churchBody: Church month: String figures: Figures! }
  type Coverage { cells: [Cell!]! total: Figures! }
  scalar Date
  enum Dimension { DISTRICT CHURCH_BODY MONTH }
  input CoverageFilter { from: Date to: Date }
  type Query {
    organisations(first: Int, after: String): Organisations!
    activities(first: Int, after: String): Activities!
    coverage(by: [Dimension!]!, filter: CoverageFilter): Coverage!
  }
`;

const figures = (row) => ({
  activities: row.activities,
  peopleReached: row.people_reached,
  activitiesWithReach: row.activities_with_reach,
});

const resolvers = {
  Query: {
    async organisations(_root, { after }) {
      return page(await ask("organisations", line, ...keys(after)), 50, "sort_en");
    },
    async activities(_root, { after }) {
      return page(await ask("activities", line, ...keys(after)), 100, "sort_on");
    },
    async coverage(_root, { filter }) {
      const [total, ...cells] = await ask("coverage", line, filter.from, filter.to);
      return { cells, total: figures(total) };
    },
  },
  Organisation: {
    denomination: (row) => row.denomination_code && { code: row.denomination_code, name: row.denomination_name },
    district: (row) => row.district_code && { code: row.district_code, name: row.district_name },
  },
  Training: { startsOn: day },
  Activity: {
    startsOn: day,
    peopleReached: (row) => row.people_reached,
    lead: (row) => row.lead_id && { id: row.lead_id, slug: row.lead_slug, name: row.lead_name },
  },
  Reach: { ageBand: (row) => row.age_band },
  Cell: {
    district: (row) => row.district_code && { code: row.district_code, name: row.district_name },
    churchBody: (row) => row.church_body_slug && { slug: row.church_body_slug, name: row.church_body_name },
    figures,
  },
};

// One statement for all parents of a page.
function listed(name, key, ...before) {
  return {
    async loader(queries) {
      const found = grouped(await ask(name, ...before, queries.map(({ obj }) => obj.id)), key);
      return queries.map(({ obj }) => found.get(obj.id) ?? []);
    },
    opts: { cache: false },
  };
}

function connected(name, key) {
  const list = listed(name, key, line);
  return { loader: async (queries) => (await list.loader(queries)).map((nodes) => ({ nodes })), opts: list.opts };
}

const loaders = {
  Organisation: {
    services: connected("services", "provider_id"),
    trainingSessions: connected("trainings", "organisation_id"),
  },
  Service: { pools: listed("pools", "service_id") },
  Activity: {
    districts: listed("districts", "activity_id"),
    topics: listed("topics", "activity_id"),
    reach: listed("reach", "activity_id"),
  },
};

const app = Fastify();
app.addHook("onRequest", async (request) => {
  if (request.headers.authorization !== bearer) throw new Error("Not signed in.");
});
await app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false });
await app.listen({ port: Number(port), host: "127.0.0.1" });
