// The gateway is stopped as an operator stops it, under clients that follow notes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds, overSockets, overStreams } from './clients.mjs';
import { gatewayFor, until } from './gateway.mjs';
import { Author, caughtUp, Follower, newContact } from './notes.mjs';
import { proxyFor } from './proxy.mjs';

// following makes what every test here begins with: a client that follows a contact through a proxy, and was told a change.
async function following(t, make, settings) {
  const gateway = await gatewayFor(t);
  const contact = await newContact(gateway);
  const author = new Author(gateway, contact);
  const proxy = await proxyFor(t, gateway.port);
  const client = make(t, proxy.url, () => gateway.header, settings);
  const follower = await new Follower(gateway, contact).follow(client);
  await author.add();
  await caughtUp(author, follower);
  return { gateway, author, proxy, client, follower };
}

// startAgain starts the gateway on the same data, at another port; the proxy leads there.
async function startAgain(gateway, proxy) {
  await gateway.start();
  proxy.target = gateway.port;
}

describe('a gateway that is restarted', { concurrency: true }, () => {
  for (const { name, make } of kinds) {
    test(`lets ${name} with default settings come back, which misses nothing`, { timeout: 50_000 }, async (t) => {
      const { gateway, author, proxy, client, follower } = await following(t, make);
      proxy.keepOut(); // until there is another gateway: a connection that is refused is another matter, see below
      await gateway.stop();
      if (client.seen.closes) {
        await until(() => client.seen.closes.length > 0, 'the socket is closed');
        assert.deepEqual(client.seen.closes, ['1012 Service restart']);
      }
      await startAgain(gateway, proxy);
      await author.round(9);
      proxy.release();
      await caughtUp(author, follower);
      follower.wasTold(author);
      await follower.hasAll();
      assert.equal(client.seen.connections, 2);
    });
  }

  const surviving = [
    { name: 'graphql-ws with shouldRetry', make: overSockets, settings: { shouldRetry: () => true } },
    { name: 'graphql-sse with default settings', make: overStreams, settings: {} },
  ];
  for (const { name, make, settings } of surviving) {
    test(`is waited for by ${name} while connections are refused`, { timeout: 50_000 }, async (t) => {
      const { gateway, author, proxy, client, follower } = await following(t, make, settings);
      proxy.refuse();
      await gateway.stop();
      await startAgain(gateway, proxy);
      await author.round(9);
      await until(() => client.seen.failures > 0, 'the client meets a refusal');
      await proxy.accept();
      await caughtUp(author, follower);
      follower.wasTold(author);
    });
  }

  test('loses graphql-ws with default settings when a connection is refused', { timeout: 50_000 }, async (t) => {
    const { gateway, proxy, client, follower } = await following(t, overSockets);
    proxy.refuse();
    await gateway.stop();
    await until(() => follower.ended.length > 0, 'the client gives up');
    assert.equal(client.seen.closes[0], '1012 Service restart');
    assert.equal(follower.ended[0].error.code, 'ECONNREFUSED');
    assert.equal(client.seen.tries, 2);
  });
});
