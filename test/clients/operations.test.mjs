// Queries, mutations and mistakes by way of the clients.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { overSockets, overStreams } from './clients.mjs';
import { gatewayFor, until } from './gateway.mjs';
import { Author, caughtUp, Follower, newContact, readAll } from './notes.mjs';
import { proxyFor } from './proxy.mjs';

const ADD = `mutation ($input: AddNoteInput!) {
  addNote(input: $input) { note { id body } problems { code } clientMutationId }
}`;
const NAME = 'query ($id: ID!) { contact(id: $id) { displayName } }';
const FOLLOW = 'subscription ($id: ID!) { noteEvents(contactId: $id) { cursor } }';

// setUp makes a gateway with a contact, and one of another organisation, which must be as if it were not.
async function setUp(t, make) {
  const gateway = await gatewayFor(t);
  const contact = await newContact(gateway);
  const unknown = await newContact(gateway, await gateway.signIn({ org: 'others' }));
  const proxy = await proxyFor(t, gateway.port);
  const client = make(t, proxy.url, () => gateway.header);
  return { gateway, contact, unknown, proxy, client };
}

// all runs an operation to its end and returns its results.
async function all(client, query, variables) {
  const results = [];
  for await (const result of client.iterate({ query, variables })) results.push(result);
  return results;
}

// addAndCut sends a mutation through a proxy that cuts its first answer off at the first byte, and asserts that the client
// sends it again, and that the note was written once.
async function addAndCut({ gateway, contact, client }) {
  const input = { contactId: contact, body: 'Once', clientMutationId: 'once' };
  const [added, ...rest] = await all(client, ADD, { input });
  assert.deepEqual(rest, []);
  const { notes } = await readAll(gateway, contact);
  assert.deepEqual(notes.map((note) => note.id), [added.data.addNote.note.id]);
  const sent = client.seen.subscribed.filter((request) => request.query === ADD);
  assert.equal(sent.length, 2);
}

const codes = (errors) => errors.map((error) => error.extensions.code);

// The requests that are answered with errors and nothing else.
const mistakes = [
  { query: '{ viewer { nobody } }', code: 'GRAPHQL_VALIDATION_FAILED' },
  { query: '{ viewer {', code: 'GRAPHQL_PARSE_FAILED' },
  { query: 'query ($id: ID!) { node(id: $id) { id } }', code: 'BAD_USER_INPUT' },
  { query: FOLLOW, isOfUnknown: true, code: 'NOT_FOUND' },
];

describe('an operation', { concurrency: true }, () => {
  test('over graphql-ws is answered on the socket of a subscription, and a mistake does not end that', { timeout: 50_000 }, async (t) => {
    const { gateway, contact, unknown, client } = await setUp(t, overSockets);
    const author = new Author(gateway, contact);
    const follower = await new Follower(gateway, contact).follow(client);
    await until(() => follower.count('CaughtUp') === 1, 'the subscription is there');

    assert.deepEqual(await all(client, NAME, { id: contact }), [{ data: { contact: { displayName: 'Karla' } } }]);
    const input = { contactId: contact, body: ' Hello ', clientMutationId: 'one' };
    const [added, ...rest] = await all(client, ADD, { input });
    assert.deepEqual(rest, []);
    assert.deepEqual({ ...added.data.addNote, note: added.data.addNote.note.body }, { note: 'Hello', problems: [], clientMutationId: 'one' });

    for (const { query, isOfUnknown, code } of mistakes) {
      const variables = isOfUnknown ? { id: unknown } : {};
      await assert.rejects(all(client, query, variables), (errors) => codes(errors).join() === code, code);
    }
    const [absent] = await all(client, NAME, { id: unknown });
    assert.deepEqual([absent.data, codes(absent.errors)], [{ contact: null }, ['NOT_FOUND']]);

    await author.add();
    await caughtUp(author, follower);
    await follower.hasAll();
    assert.deepEqual(follower.told.map((event) => event.clientMutationId), ['one', null]);
    assert.deepEqual(client.seen.closes, []);
    assert.equal(client.seen.connections, 1);
  });

  test('over graphql-sse is answered, and a mistake is a result with errors', { timeout: 50_000 }, async (t) => {
    const { contact, unknown, client } = await setUp(t, overStreams);
    assert.deepEqual(await all(client, NAME, { id: contact }), [{ data: { contact: { displayName: 'Karla' } } }]);
    const [added] = await all(client, ADD, { input: { contactId: contact, body: 'Hello' } });
    assert.equal(added.data.addNote.note.body, 'Hello');

    for (const { query, isOfUnknown, code } of mistakes) {
      const results = await all(client, query, isOfUnknown ? { id: unknown } : {});
      assert.deepEqual(results.map((result) => codes(result.errors).join()), [code]);
    }
  });

  // Both clients send a mutation again when the connection ends before its answer is there.
  test('over graphql-ws is sent again when its answer is cut off, and happens once by its clientMutationId', { timeout: 50_000 }, async (t) => {
    const it = await setUp(t, overSockets);
    const follower = await new Follower(it.gateway, it.contact).follow(it.client);
    await until(() => follower.count('CaughtUp') === 1, 'the subscription is there');
    it.proxy.cutAt(1);
    await addAndCut(it);
  });

  test('over graphql-sse is sent again when its answer is cut off, and happens once by its clientMutationId', { timeout: 50_000 }, async (t) => {
    const it = await setUp(t, overStreams);
    it.proxy.budget = () => (it.proxy.opened === 1 ? 1 : Infinity);
    await addAndCut(it);
  });
});
