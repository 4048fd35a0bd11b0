// Two agents look at one contact.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overSockets, overStreams } from './clients.mjs';
import { gatewayFor, until } from './gateway.mjs';
import { Follower, newContact } from './notes.mjs';

const ADD = `mutation ($input: AddNoteInput!) { addNote(input: $input) { note { id } problems { message } } }`;

test('what an agent writes is seen by the other within a second, and known again by its writer', { timeout: 50_000 }, async (t) => {
  const gateway = await gatewayFor(t);
  const contact = await newContact(gateway);
  const url = `127.0.0.1:${gateway.port}/graphql`;
  const [anna, ben] = [gateway.header, await gateway.signIn({ agent: 'Ben' })];
  const agents = [
    { name: 'Anna', client: overSockets(t, url, () => anna) },
    { name: 'Ben', client: overStreams(t, url, () => ben) },
  ];
  const followers = await Promise.all(agents.map(({ client }) => new Follower(gateway, contact).follow(client)));
  await until(() => followers.every((follower) => follower.count('CaughtUp') === 1), 'both follow');

  const written = [];
  for (const { name, client } of [...agents, ...agents]) {
    const clientMutationId = `${name} ${written.length}`;
    const input = { contactId: contact, body: `Hello from ${name}`, clientMutationId };
    for await (const { data } of client.iterate({ query: ADD, variables: { input } })) {
      written.push({ noteId: data.addNote.note.id, clientMutationId, by: name });
    }
    const seen = () => followers.every((follower) => follower.told.length === written.length);
    await until(seen, 'both are told', 1);
  }
  for (const follower of followers) {
    const told = follower.told.map((event) => ({ noteId: event.noteId, clientMutationId: event.clientMutationId, by: event.actor.name }));
    assert.deepEqual(told, written);
    await follower.hasAll();
  }
});
