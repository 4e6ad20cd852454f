// An OpenID provider on loopback for tests: node provider.mjs CLIENT_ID CLIENT_SECRET
// Prints its issuer, reads the address to come back to from its standard input, says "ready", and ends with its
// standard input. Whoever types the name of one of PEOPLE is that person, with any password. The pages for
// signing in and agreeing are those that oidc-provider brings.
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

const [clientId, clientSecret] = process.argv.slice(2);
if (!clientSecret) {
  console.error("usage: node provider.mjs CLIENT_ID CLIENT_SECRET");
  process.exit(2);
}

const PEOPLE = {
  ana: { email: "ana@example.org", email_verified: true },
  somebody: { email: "elsewhere@example.org", email_verified: false },
  eve: { email: "eve@example.org", email_verified: true },
};

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;
console.log(issuer);

const lines = createInterface({ input: process.stdin });
lines.on("close", () => process.exit(0));
const [redirectUri] = await once(lines, "line");

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      id_token_signed_response_alg: "ES256",
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "one", alg: "ES256", use: "sig" }] },
  cookies: { keys: ["a key of a provider that lives for one test"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  pkce: { required: () => true },
  findAccount: (_, id) =>
    PEOPLE[id] && { accountId: id, claims: async () => ({ sub: id, ...PEOPLE[id] }) },
});
server.on("request", provider.callback());
console.log("ready");
