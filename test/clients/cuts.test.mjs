// The network fails again and again while notes are written: what a client shows in the end is what the gateway has, and
// each change was told once.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds, overSockets } from './clients.mjs';
import { gatewayFor, until } from './gateway.mjs';
import { Author, caughtUp, Follower, newContact } from './notes.mjs';
import { proxyFor } from './proxy.mjs';

const ROUNDS = 4;
const NOTES = 50; // of a round
const CUT_AT = 20; // writes after which a round cuts the client with default settings, which then stays away for seconds

// Milliseconds: how long after the last one the client sends a ping, and how long the answer may take.
const [PING, PONG] = [500, 2_000];

// anyLength is how many bytes of answers a connection lives for: often less than a handshake, or half an event.
const anyLength = () => 1 + Math.floor(Math.random() ** 2 * 12_000);

describe('a client whose connections are cut', { concurrency: true }, () => {
  for (const { name, make, patient } of kinds) {
    test(`${name} misses and repeats nothing`, { timeout: 55_000 }, async (t) => {
      const gateway = await gatewayFor(t);
      const contact = await newContact(gateway);
      const author = new Author(gateway, contact);
      const [calm, wild] = [await proxyFor(t, gateway.port), await proxyFor(t, gateway.port)];
      wild.budget = anyLength;
      const byDefault = make(t, calm.url, () => gateway.header);
      const restless = make(t, wild.url, () => gateway.header, patient);
      const followers = [new Follower(gateway, contact), new Follower(gateway, contact)];
      await followers[0].follow(byDefault);
      await followers[1].follow(restless);
      await until(() => byDefault.seen.connections === 1, 'the client connects');

      for (let round = 1; round <= ROUNDS; round++) {
        let writes = 0;
        await author.round(NOTES, () => ++writes === CUT_AT && calm.cut());
        await caughtUp(author, ...followers);
        assert.equal(byDefault.seen.connections, round + 1, 'one connection more for each cut');
      }
      assert.ok(wild.opened > 20, `the other client was cut ${wild.opened} times`);
      for (const follower of followers) {
        follower.wasTold(author);
        await follower.hasAll();
        assert.equal(follower.count('Resync'), 0);
      }
      assert.equal(followers[0].count('CaughtUp'), ROUNDS + 1);
      movesForward(followers[0], byDefault);
    });
  }

  // Without this an application may wait for ever on a network that has gone without a word.
  test('graphql-ws leaves a silent connection, given keepAlive and who terminates', { timeout: 50_000 }, async (t) => {
    const gateway = await gatewayFor(t);
    const contact = await newContact(gateway);
    const author = new Author(gateway, contact);
    const proxy = await proxyFor(t, gateway.port);
    const client = overSockets(t, proxy.url, () => gateway.header, { keepAlive: PING });
    let late;
    client.on('ping', (isReceived) => isReceived || (late = setTimeout(() => client.terminate(), PONG)));
    client.on('pong', (isReceived) => isReceived && clearTimeout(late));
    const follower = await new Follower(gateway, contact).follow(client);
    await until(() => follower.count('CaughtUp') === 1, 'the client follows');

    proxy.hold();
    await author.round(9);
    await until(() => client.seen.closes.length > 0, 'the client leaves');
    proxy.release();
    await caughtUp(author, follower);
    follower.wasTold(author);
    assert.equal(client.seen.closes[0], '4499 Terminated');
  });
});

// movesForward asserts that each connection went on behind the last event of the one before, because the request object that
// the client was given once is serialised anew.
function movesForward(follower, client) {
  const first = client.seen.subscribed[0].variables.after;
  const cursors = [first, ...follower.events.map((event) => event.cursor)];
  const asked = client.seen.subscribed.map((request) => cursors.lastIndexOf(request.variables.after));
  assert.ok(asked.every((at, i) => at >= 0 && (i === 0 || at > asked[i - 1])), `the cursors asked for stand at ${asked}`);
}
