// A client that is not ours goes through the grants of a coalition: node openid.mjs ISSUER CLIENTS
// CLIENTS is JSON: {"system": {id, secret}, "app": {id, secret, redirect}, "device": {id}}.
// What a person has to do is printed as a line of JSON: {"open": address} or {"type": code}; for the first,
// the address that the browser was sent back to is read from standard input. Ends with {"done": [grants]}.
import { createInterface } from "node:readline/promises";
import * as oauth from "openid-client";

const [issuer, given] = process.argv.slice(2);
const clients = JSON.parse(given);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => console.log(JSON.stringify(message));
const done = [];

const discover = (id, secret) =>
  oauth.discovery(new URL(issuer), id, secret ?? {}, secret ? oauth.ClientSecretBasic(secret) : oauth.None(), {
    algorithm: "oauth2",
    execute: [oauth.allowInsecureRequests],
  });

async function viewer(token) {
  const answer = await fetch(`${issuer}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: "{ viewer { client permissions } }" }),
  });
  return answer.ok ? (await answer.json()).data.viewer : null;
}

function check(condition, words) {
  if (!condition) throw new Error(words);
}

async function clientCredentials() {
  const config = await discover(clients.system.id, clients.system.secret);
  const tokens = await oauth.clientCredentialsGrant(config, { scope: "capacity:read" });
  check((await viewer(tokens.access_token)).permissions.includes("capacity:read"), "no capacity");
  check((await oauth.tokenIntrospection(config, tokens.access_token)).active, "not active");
  await oauth.tokenRevocation(config, tokens.access_token);
  check((await viewer(tokens.access_token)) === null, "revoked, and still good");
  done.push("client_credentials");
}

async function authorizationCode() {
  const { id, secret, redirect } = clients.app;
  const config = await discover(id, secret);
  const answered = async () => {
    const verifier = oauth.randomPKCECodeVerifier();
    const state = oauth.randomState();
    const address = oauth.buildAuthorizationUrl(config, {
      redirect_uri: redirect,
      scope: "activity:log records:read",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
    });
    say({ open: address.href });
    const back = new URL((await lines.next()).value);
    return [back, { pkceCodeVerifier: verifier, expectedState: state }];
  };

  const tokens = await oauth.authorizationCodeGrant(config, ...(await answered()));
  check((await viewer(tokens.access_token)).client === id, "another client");
  const renewed = await oauth.refreshTokenGrant(config, tokens.refresh_token);
  check(renewed.refresh_token !== tokens.refresh_token, "not rotated");
  check((await viewer(renewed.access_token)).client === id, "another client after refresh");

  // Mix-up: the answer seems to come from another server (RFC 9207), or does not say from whom.
  for (const change of [(it) => it.set("iss", "https://evil.example"), (it) => it.delete("iss")]) {
    const [back, checks] = await answered();
    change(back.searchParams);
    const refused = await oauth.authorizationCodeGrant(config, back, checks).catch((error) => error);
    check(refused instanceof Error && /iss/.test(`${refused.message} ${refused.cause?.message}`), "mixed up");
  }
  done.push("authorization_code", "refresh_token");
}

async function deviceCode() {
  const config = await discover(clients.device.id);
  const asked = await oauth.initiateDeviceAuthorization(config, { scope: "activity:log" });
  say({ type: asked.user_code });
  const tokens = await oauth.pollDeviceAuthorizationGrant(config, asked);
  check((await viewer(tokens.access_token)).permissions.join() === "activity:log", "other permissions");
  done.push("device_code");
}

try {
  await clientCredentials();
  await authorizationCode();
  await deviceCode();
  say({ done });
} catch (error) {
  console.error(`after ${done}: ${error.message} ${error.error_description ?? error.cause?.message ?? ""}`);
}
process.exit(0);
