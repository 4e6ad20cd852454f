// PostGraphile 5 on the tables of the service. Arguments: port, address of the database.
// The caller is told by COALITION_BENCH_TOKEN and COALITION_BENCH_CALLER: whoever sends the token is that caller.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [port, connectionString] = process.argv.slice(2);
const bearer = `Bearer ${process.env.COALITION_BENCH_TOKEN}`;
const caller = process.env.COALITION_BENCH_CALLER;

const preset = {
  extends: [PostGraphileAmberPreset],
  // Orders by any column, not only by the first of an index: children have an order of their own.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  schema: { defaultBehavior: "connection list" },
  pgServices: [makePgService({ connectionString, schemas: ["public"], pubsub: false })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: {
    explain: false,
    context(request) {
      if (request.node?.req.headers.authorization !== bearer) throw new Error("Not signed in.");
      return { pgSettings: { "bench.caller": caller } };
    },
  },
};

const instance = postgraphile(preset);
if (process.argv[4] === "--print") {
  const { printSchema } = await import("graphql");
  console.log(printSchema((await instance.getSchemaResult()).schema));
  await instance.release();
} else {
  const server = createServer();
  await instance.createServ(grafserv).addTo(server);
  server.listen(Number(port), "127.0.0.1");
}
