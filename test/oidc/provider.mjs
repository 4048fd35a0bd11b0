// A certified OpenID provider on loopback, set up as an operator would for the contact panel: access tokens are JWTs for a
// resource, and claims of it say organisation, roles and teams.

import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

export const AUDIENCE = 'urn:contactpanel:api';
const PANEL = 'https://panel.example.com/api'; // the resource; its audience is another name, as in Auth0 or Entra
const OTHER = 'https://shop.example.com/api';
const REDIRECT = 'https://agents.example.com/callback';

// The claims that the gateway is told to read: a name that is a URL, and a path.
export const ORG_CLAIM = 'https://panel.example.com/org';
export const ROLES_CLAIM = 'realm_access.roles';

const people = {
  ada: { name: 'Ada Agent', [ORG_CLAIM]: 'acme', realm_access: { roles: ['offline_access', 'panel-agent'] }, teams: ['Care', 'Sales'] },
  nora: { name: 'Nora Nobody', [ORG_CLAIM]: 'acme', realm_access: { roles: ['offline_access'] } },
  sten: { name: 'Sten Stranger', [ORG_CLAIM]: 'initech', realm_access: { roles: ['panel-agent'] } },
};
const machine = { [ORG_CLAIM]: 'acme', realm_access: { roles: ['panel-feed'] } };

const kinds = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

// newKey makes a key to sign with.
export function newKey(alg) {
  return { ...kinds[alg]().privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg, use: 'sig' };
}

// issuerFor starts a provider, which is stopped at the end of the test. The first key signs; ttl is an access token's life in
// seconds.
export async function issuerFor(t, { keys, ttl = 300 }) {
  const issuer = new Issuer(ttl);
  t.after(() => issuer.stop());
  await issuer.start(keys);
  return issuer;
}

class Issuer {
  url;
  fetches = 0; // of its keys
  #ttl;
  #server = null;

  constructor(ttl) {
    this.#ttl = ttl;
  }

  // start serves with the keys, at the same address each time.
  async start(keys) {
    const port = this.url ? Number(new URL(this.url).port) : 0;
    let answer = null;
    this.#server = createServer((request, response) => {
      if (request.url === '/jwks') this.fetches++;
      response.setHeader('connection', 'close'); // so that no client holds on to a provider that has gone
      answer(request, response);
    });
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url ??= `http://127.0.0.1:${this.#server.address().port}`;
    answer = new Provider(this.url, this.#settings(keys)).callback();
  }

  async stop() {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  #settings(keys) {
    const resource = (audience) => ({
      scope: 'panel', audience, accessTokenFormat: 'jwt', accessTokenTTL: this.#ttl, jwt: { sign: { alg: keys[0].alg, kid: keys[0].kid } },
    });
    const secret = { client_secret: 'secret', token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: keys[0].alg };
    return {
      jwks: { keys },
      cookies: { keys: ['a key for tests'] },
      clients: [
        { client_id: 'feed', ...secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
        { client_id: 'panel', ...secret, grant_types: ['authorization_code'], redirect_uris: [REDIRECT] },
      ],
      ttl: { AccessToken: this.#ttl, ClientCredentials: this.#ttl, Grant: 300, IdToken: 300, Interaction: 300, Session: 300 },
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => undefined,
          useGrantedResource: () => true,
          getResourceServerInfo: (_, name) => resource(name === PANEL ? AUDIENCE : name),
        },
      },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
      extraTokenClaims: (_, token) => (token.kind === 'ClientCredentials' ? machine : people[token.accountId]),
    };
  }

  // forMachine is an access token by client credentials.
  async forMachine(resource = PANEL) {
    const { access_token: token } = await this.#exchange({ client_id: 'feed', grant_type: 'client_credentials', scope: 'panel', resource });
    return token;
  }

  // forOther is one that is meant for another API, and opaque one that is meant for none.
  forOther() {
    return this.forMachine(OTHER);
  }

  async opaque() {
    const { access_token: token } = await this.#exchange({ client_id: 'feed', grant_type: 'client_credentials' });
    return token;
  }

  // forPerson signs somebody in by the authorization code flow, as a browser would; it gives the access token and the ID token.
  async forPerson(login) {
    const verifier = randomBytes(32).toString('base64url');
    const ask = new URLSearchParams({
      client_id: 'panel', response_type: 'code', redirect_uri: REDIRECT, scope: 'openid panel', resource: PANEL, nonce: randomUUID(),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
    });
    const code = await new Browser().visit(`${this.url}/auth?${ask}`, login);
    const tokens = await this.#exchange({ client_id: 'panel', grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: REDIRECT });
    return { access: tokens.access_token, id: tokens.id_token };
  }

  async #exchange(form) {
    const body = new URLSearchParams({ ...form, client_secret: 'secret' });
    const response = await fetch(`${this.url}/token`, { method: 'POST', body });
    if (!response.ok) throw new Error(`no token: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

// Browser follows the provider through its pages until it sends the code away.
class Browser {
  #cookies = new Map();

  async visit(url, login) {
    for (let steps = 0; steps < 20; steps++) {
      let response = await this.#get(url);
      if (response.status === 200) {
        const prompt = (await response.text()).includes('name="login"') ? { prompt: 'login', login, password: 'x' } : { prompt: 'consent' };
        response = await this.#get(url, { method: 'POST', body: new URLSearchParams(prompt) });
      }
      const next = response.headers.get('location');
      if (!next) throw new Error(`stuck at ${url}: ${response.status} ${await response.text()}`);
      if (next.startsWith(REDIRECT)) return new URL(next).searchParams.get('code');
      url = new URL(next, url).href;
    }
    throw new Error('the provider goes round in circles');
  }

  async #get(url, init = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, headers: { cookie }, redirect: 'manual' });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      this.#cookies.set(name, value);
    }
    return response;
  }
}
