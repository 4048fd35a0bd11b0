// People and machines sign in with a real provider.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { BINARY, env, gatewayFor, until } from './gateway.mjs';
import { AUDIENCE, ORG_CLAIM, ROLES_CLAIM, issuerFor, newKey } from './provider.mjs';

// What an operator sets.
const settings = (issuer, ...more) => [
  '--oidc-issuer', issuer.url, '--oidc-audience', AUDIENCE, '--oidc-claim-org', ORG_CLAIM, '--oidc-claim-roles', ROLES_CLAIM,
  '--oidc-role-agent', 'panel-agent', '--oidc-role-integration', 'panel-feed', ...more,
];

describe('a gateway with an OpenID provider', { concurrency: true }, () => {
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    test(`knows who has a token signed with ${alg}`, { timeout: 60_000 }, async (t) => {
      const issuer = await issuerFor(t, { keys: [newKey(alg)] });
      const gateway = await gatewayFor(t, ...settings(issuer, '--org', 'acme'));
      assert.equal((await gateway.get('/readyz')).status, 200);

      const ada = await issuer.forPerson('ada');
      const { data } = await gateway.ask(ada.access);
      assert.deepEqual(data.viewer, { id: 'ada', name: 'Ada Agent', organisation: 'acme', roles: ['AGENT'], teams: ['Care', 'Sales'] });
      const machine = await gateway.ask(await issuer.forMachine());
      assert.deepEqual(machine.data.viewer, { id: 'feed', name: 'feed', organisation: 'acme', roles: ['INTEGRATION'], teams: [] });

      const invalid = 'Bearer realm="contactpanel", error="invalid_token"';
      for (const [what, token] of [
        ['an ID token', ada.id], ['a token for another API', await issuer.forOther()], ['a token without a form', await issuer.opaque()],
        ['a token that was changed', `${ada.access.slice(0, -8)}AAAAAAAA`],
      ]) {
        const { status, code, challenge } = await gateway.ask(token);
        assert.deepEqual({ status, code, challenge }, { status: 401, code: 'UNAUTHENTICATED', challenge: invalid }, what);
      }
      for (const who of ['nora', 'sten']) { // without a role of ours; of an organisation that nobody made
        const { status, code } = await gateway.ask((await issuer.forPerson(who)).access);
        assert.deepEqual({ status, code }, { status: 403, code: 'FORBIDDEN' }, who);
      }
      assert.ok(!gateway.output().includes('eyJ'), 'the log holds no token');
      assert.equal(issuer.fetches, 1);
    });
  }

  test('has nothing of development', { timeout: 60_000 }, async (t) => {
    const issuer = await issuerFor(t, { keys: [newKey('ES256')] });
    const gateway = await gatewayFor(t, ...settings(issuer, '--provision'));
    for (const path of ['/', '/playground', '/playground/', '/schema.graphql', '/metrics', '/debug/pprof/']) {
      assert.equal((await gateway.get(path)).status, 404, path);
    }
    const sten = (await issuer.forPerson('sten')).access; // whose organisation is made now
    assert.equal((await gateway.ask(sten)).data.viewer.organisation, 'initech');
    assert.equal((await gateway.ask(sten, '{ contacts { totalCount } }')).data.contacts.totalCount, 0);
    assert.equal((await gateway.ask(sten, '{ __schema { queryType { name } } }')).code, 'INTROSPECTION_DISABLED');
    const foreign = await fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' } });
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);

    const { stdout } = await promisify(execFile)(BINARY, ['token', '--agent', 'Ada', '--data', gateway.data], { env });
    assert.equal((await gateway.ask(/Bearer (\S+)/.exec(stdout)[1])).status, 401, 'a token of the development issuer');
  });

  test('goes on through a change of keys', { timeout: 150_000 }, async (t) => {
    const [first, second] = [newKey('RS256'), newKey('RS256')];
    const issuer = await issuerFor(t, { keys: [first] });
    const gateway = await gatewayFor(t, ...settings(issuer, '--org', 'acme'));
    const old = await issuer.forMachine();
    assert.equal((await gateway.ask(old)).status, 200);

    await issuer.stop();
    await issuer.start([second, first]);
    const fresh = await issuer.forMachine();
    // The keys were fetched at the start, and are so again a minute later at the earliest.
    await until(async () => {
      assert.equal((await gateway.ask(old)).status, 200, 'the old token');
      return (await gateway.ask(fresh)).status === 200;
    }, 'the new token is accepted', 90);
    assert.equal(issuer.fetches, 2);
    assert.equal((await gateway.ask(old)).status, 200, 'the old token after all');
  });

  test('takes no token that has expired', { timeout: 120_000 }, async (t) => {
    const issuer = await issuerFor(t, { keys: [newKey('ES256')], ttl: 2 });
    const gateway = await gatewayFor(t, ...settings(issuer, '--org', 'acme'));
    const began = Date.now();
    const token = await issuer.forMachine();
    assert.equal((await gateway.ask(token)).status, 200);
    await until(async () => (await gateway.ask(token)).status === 401, 'the token is refused', 60);
    const seconds = (Date.now() - began) / 1000;
    assert.ok(seconds > 30, `refused after ${seconds} s, and 2 s and the clocks' difference are 32`);
  });

  test('waits for a provider that is away, and lives on when it goes', { timeout: 120_000 }, async (t) => {
    const keys = [newKey('ES256')];
    const issuer = await issuerFor(t, { keys });
    const token = await issuer.forMachine();
    await issuer.stop();
    const gateway = await gatewayFor(t, ...settings(issuer, '--org', 'acme'));
    assert.equal((await gateway.get('/livez')).status, 200);
    const ready = await gateway.get('/readyz');
    assert.equal(ready.status, 503);
    assert.match(ready.text, /the issuer .* gives no keys/);
    for (const shown of [token, `${token.slice(0, -8)}AAAAAAAA`]) {
      const { status, code } = await gateway.ask(shown);
      assert.deepEqual({ status, code }, { status: 503, code: 'DB_UNAVAILABLE' });
    }
    await issuer.start(keys);
    await until(async () => (await gateway.get('/readyz')).status === 200, 'the gateway is ready', 60);
    assert.equal((await gateway.ask(token)).status, 200);

    const another = await issuer.forMachine(); // which the gateway has never seen
    await issuer.stop();
    assert.equal((await gateway.ask(another)).status, 200, 'without the provider');
    assert.equal((await gateway.get('/readyz')).status, 200);
  });
});
