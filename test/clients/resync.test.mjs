// A client is away while more is written than the gateway tells again: it is told to read the contact anew, does so, and goes on.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds } from './clients.mjs';
import { gatewayFor, until } from './gateway.mjs';
import { Author, caughtUp, Follower, newContact } from './notes.mjs';
import { proxyFor } from './proxy.mjs';

const TOLD_AGAIN = 300; // events at most

describe('a client that was away for long', { concurrency: true }, () => {
  for (const { name, make } of kinds) {
    test(`with ${name} reads anew and goes on`, { timeout: 50_000 }, async (t) => {
      const gateway = await gatewayFor(t);
      const contact = await newContact(gateway);
      const author = new Author(gateway, contact);
      const proxy = await proxyFor(t, gateway.port);
      const client = make(t, proxy.url, () => gateway.header);
      const follower = await new Follower(gateway, contact).follow(client);
      await author.round(20);
      await caughtUp(author, follower);
      const before = author.log.length;

      proxy.hold();
      proxy.cut();
      while (author.log.length <= before + TOLD_AGAIN) await author.round(9);
      const missed = author.log.length;
      proxy.release();
      await until(() => follower.count('Resync') > 0, 'the client is told to read anew');
      await author.round(9);
      await caughtUp(author, follower);

      await follower.hasAll();
      assert.equal(follower.count('Resync'), 1);
      author.log.splice(before, missed - before);
      follower.wasTold(author);
      assert.equal(client.seen.connections, 2);
    });
  }
});
