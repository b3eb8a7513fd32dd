// A second real OpenID provider for the tests: strict where canaille is lenient, groups in the ID token, PKCE required.
// Reads one line of JSON from standard input, prints its issuer when it is ready, ends when standard input closes.

import { createServer } from "node:http";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const options = JSON.parse((await lines.next()).value);
lines.next().then(() => process.exit(0));

const server = createServer();
await new Promise((done) => server.listen(options.port, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const people = new Map(options.people.map((person) => [person.login, person]));
const minutes = (count) => count * 60;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: options.client_id,
      client_secret: options.client_secret,
      redirect_uris: [`${options.portal_url}/auth/callback`],
      post_logout_redirect_uris: [`${options.portal_url}/`],
      backchannel_logout_uri: `${options.portal_url}/auth/backchannel-logout`,
      backchannel_logout_session_required: true,
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "tests" }] },
  cookies: { keys: [randomBytes(32).toString("hex")], names: { session: "provider", interaction: "provider_step", resume: "provider_resume" } },
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"], groups: ["groups"] },
  conformIdTokenClaims: false,
  // Its own guard keeps it from addresses of this machine, where the portal listens.
  fetch: (url, { dispatcher: _guard, ...rest }) => fetch(url, rest),
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (context, form) => {
        context.body = `<!doctype html><title>Sign out</title>${form}<button autofocus name="logout" value="yes" form="op.logoutForm">Sign out</button>`;
      },
    },
  },
  ttl: {
    AccessToken: minutes(10),
    AuthorizationCode: minutes(1),
    Grant: minutes(60),
    IdToken: minutes(10),
    Interaction: minutes(10),
    Session: minutes(60),
  },
  findAccount: (_, login) => {
    const person = people.get(login);
    return person && { accountId: login, claims: () => claims(person) };
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  // Everything that the one client asks for is granted: consent is no part of what is tested.
  loadExistingGrant: async (context) => {
    const { client, session, params } = context.oidc;
    const known = session.grantIdFor(client.clientId);
    const grant = known
      ? await context.oidc.provider.Grant.find(known)
      : new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(params.scope);
    await grant.save();
    return grant;
  },
});

function claims(person) {
  return {
    sub: person.login,
    name: person.name,
    preferred_username: person.login,
    email: `${person.login}@provider.example`,
    email_verified: true,
    ...(person.groups === null ? {} : { groups: person.groups }),
  };
}

async function signIn(request, response) {
  if (request.method !== "POST") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(
      '<!doctype html><html lang="en"><title>Provider</title><form method="post">' +
        '<label>Name <input name="login"></label> <label>Password <input name="password" type="password"></label>' +
        "<button>Sign in</button></form></html>",
    );
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  const sent = new URLSearchParams(body);
  const person = people.get(sent.get("login"));
  const result =
    person && person.password === sent.get("password")
      ? { login: { accountId: person.login } }
      : { error: "access_denied", error_description: "Wrong name or password" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const answer = provider.callback();
server.on("request", (request, response) => {
  if (request.url.startsWith("/interaction/")) signIn(request, response).catch(() => response.writeHead(400).end());
  else answer(request, response);
});
console.log(issuer);
