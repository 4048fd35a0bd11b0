// A token ends under a client that follows notes. The gateway accepts a token until 30 s after its end, because clocks differ,
// but closes what was opened with it at its end.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { overSockets, overStreams } from './clients.mjs';
import { gatewayFor, until } from './gateway.mjs';
import { Author, caughtUp, Follower, newContact } from './notes.mjs';
import { proxyFor } from './proxy.mjs';

const TTL = '4s'; // cut to whole seconds, so three at least
const RETRIES = 2; // what a client with default pauses does in seconds

// following makes a client that follows a contact with one token after another, each made when it is asked for, and with the
// last one for ever.
async function following(t, make, tokensOf, settings) {
  const gateway = await gatewayFor(t);
  const contact = await newContact(gateway);
  const proxy = await proxyFor(t, gateway.port);
  const tokens = tokensOf(gateway);
  const client = make(t, proxy.url, () => (tokens.length > 1 ? tokens.shift() : tokens[0])(), settings);
  const author = new Author(gateway, contact);
  const follower = await new Follower(gateway, contact).follow(client);
  return { author, proxy, client, follower };
}

const brief = (gateway) => () => gateway.signIn({ ttl: TTL });
const longExpired = (gateway) => () => gateway.longExpired();
const good = (gateway) => () => gateway.header;

// goesOn asserts that the follower misses nothing of what is written before and after its first connection ends.
async function goesOn({ author, proxy, client, follower }) {
  await author.round(3);
  await caughtUp(author, follower);
  await until(() => client.seen.closes?.length > 0 || client.seen.tries > 1, 'the connection ends with the token');
  await author.round(9);
  await caughtUp(author, follower);
  follower.wasTold(author);
  await follower.hasAll();
  assert.ok(proxy.opened <= 4, `${proxy.opened} connections`);
}

describe('a token that ends', { concurrency: true }, () => {
  test('closes the socket of graphql-ws, which comes back with a fresh one', { timeout: 50_000 }, async (t) => {
    const it = await following(t, overSockets, (g) => [brief(g), good(g)]);
    await goesOn(it);
    assert.deepEqual(it.client.seen.closes, ['4403 Token expired']);
    assert.equal(it.client.seen.connections, 2);
  });

  test('cuts the stream of graphql-sse, which comes back with a fresh one', { timeout: 50_000 }, async (t) => {
    const it = await following(t, overStreams, (g) => [brief(g), good(g)]);
    await goesOn(it);
    assert.deepEqual(it.client.seen.statuses, [200, 200]);
  });

  test('makes graphql-sse ask for another after a 401', { timeout: 50_000 }, async (t) => {
    const it = await following(t, overStreams, (g) => [brief(g), longExpired(g), good(g)]);
    await goesOn(it);
    assert.deepEqual(it.client.seen.statuses, [200, 401, 200]);
  });

  test('is no end for graphql-sse when it just ended and comes again', { timeout: 50_000 }, async (t) => {
    let token;
    const again = () => token;
    const it = await following(t, overStreams, (g) => [async () => (token = await brief(g)()), again, good(g)]);
    await goesOn(it);
    assert.deepEqual(it.client.seen.statuses, [200, 401, 200]);
  });
});

describe('a token that has ended and is never replaced', { concurrency: true }, () => {
  const settings = { retryAttempts: RETRIES };

  test('is tried by graphql-ws a few times with pauses, and no more', { timeout: 50_000 }, async (t) => {
    const { proxy, client, follower } = await following(t, overSockets, (g) => [longExpired(g)], settings);
    await until(() => follower.ended.length > 0, 'the client gives up');
    assert.equal(`${follower.ended[0].code} ${follower.ended[0].reason}`, '4403 Forbidden');
    assert.deepEqual(client.seen.closes, Array(1 + RETRIES).fill('4403 Forbidden'));
    assert.equal(proxy.opened, 1 + RETRIES);
  });

  test('is tried by graphql-ws as seldom when it just ended', { timeout: 50_000 }, async (t) => {
    let token;
    const only = (g) => [async () => (token ??= await g.signIn({ ttl: '1s' }))];
    const { proxy, client, follower } = await following(t, overSockets, only, settings);
    await until(() => follower.ended.length > 0, 'the client gives up');
    assert.equal(`${follower.ended[0].code} ${follower.ended[0].reason}`, '4403 Token expired');
    assert.deepEqual(client.seen.closes, Array(1 + RETRIES).fill('4403 Token expired'));
    assert.equal(proxy.opened, 1 + RETRIES);
  });

  test('is tried by graphql-sse a few times with pauses, and no more', { timeout: 50_000 }, async (t) => {
    const { proxy, client, follower } = await following(t, overStreams, (g) => [longExpired(g)], settings);
    await until(() => follower.ended.length > 0, 'the client gives up');
    assert.equal(follower.ended[0].response?.status, 401);
    assert.deepEqual(client.seen.statuses, Array(1 + RETRIES).fill(401));
    assert.ok(proxy.opened <= 1 + RETRIES);
  });
});
