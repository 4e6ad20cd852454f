// Runs the GraphQL-over-HTTP reference audit against a server: node audit.mjs http://127.0.0.1:8000/graphql
// Prints each audit that is not ok, then "N of M ok"; exits with 1 unless all are.
import { auditServer } from "graphql-http";

const url = process.argv[2];
if (!url) {
  console.error("usage: node audit.mjs URL");
  process.exit(2);
}

const results = await auditServer({ url });
const faults = results.filter((result) => result.status !== "ok");
for (const { id, name, status, reason } of faults) {
  console.log(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length - faults.length} of ${results.length} ok`);
process.exitCode = faults.length === 0 ? 0 : 1;
