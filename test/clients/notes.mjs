// The notes of one contact: who writes them, and who follows them as the schema tells clients to.

import assert from 'node:assert/strict';
import { until } from './gateway.mjs';

const NOTE = 'fragment N on Note { id body version createdAt }';

const FOLLOW = `subscription Follow($contact: ID!, $after: String) {
  noteEvents(contactId: $contact, after: $after) {
    __typename
    cursor
    ... on NoteChange { noteId version clientMutationId actor { name } }
    ... on NoteAdded { note { ...N } }
    ... on NoteEdited { note { ...N } }
    ... on NoteRestored { note { ...N } }
  }
} ${NOTE}`;

const READ = `query ($contact: ID!, $after: String) {
  contact(id: $contact) {
    notesCursor
    notes(first: 100, after: $after) { nodes { ...N } pageInfo { hasNextPage endCursor } }
  }
} ${NOTE}`;

// newContact makes a contact without notes and returns its id.
export async function newContact(gateway, authorization) {
  const made = await gateway.ask('mutation { upsertContact(input: { name: "Karla" }) { contact { id } problems { message } } }', {}, authorization);
  return made.upsertContact.contact.id;
}

// readAll reads all notes of a contact, page by page, and the cursor that the first page is current to.
export async function readAll(gateway, contact) {
  const notes = [];
  let cursor = null;
  for (let after = null; ; ) {
    const page = (await gateway.ask(READ, { contact, after })).contact;
    cursor ??= page.notesCursor;
    notes.push(...page.notes.nodes);
    if (!page.notes.pageInfo.hasNextPage) return { notes, cursor };
    after = page.notes.pageInfo.endCursor;
  }
}

// Author writes notes by HTTP, one after another, and remembers what the events have to say.
export class Author {
  log = []; // what was done, as `shown` shows an event of it
  standing = [];
  deleted = [];
  #gateway;
  #contact;

  constructor(gateway, contact) {
    this.#gateway = gateway;
    this.#contact = contact;
  }

  async add() {
    const body = `Note ${this.log.length} – äöü 🙂\n${'word '.repeat(this.log.length % 40)}end`;
    this.standing.push(await this.#write('NoteAdded', 'addNote', 'AddNoteInput', { contactId: this.#contact, body }));
  }

  async edit() {
    const note = pick(this.standing);
    this.standing.push(await this.#write('NoteEdited', 'editNote', 'EditNoteInput', { ...note, body: `Edited ${this.log.length}` }));
  }

  async delete() {
    this.deleted.push(await this.#write('NoteDeleted', 'deleteNote', 'DeleteNoteInput', pick(this.standing)));
  }

  async restore() {
    this.standing.push(await this.#write('NoteRestored', 'restoreNote', 'RestoreNoteInput', pick(this.deleted)));
  }

  // round adds notes, and edits, deletes and restores some meanwhile; what has begun after each write is waited for.
  async round(notes, between = () => {}) {
    for (let i = 0; i < notes; i++) {
      const writes = [() => this.add()];
      if (i % 2 === 1) writes.push(() => this.edit());
      if (i % 3 === 2) writes.push(() => this.delete());
      if (i % 9 === 8) writes.push(() => this.restore());
      for (const write of writes) {
        await write();
        await between();
      }
    }
  }

  async #write(event, mutation, type, input) {
    const document = `mutation ($input: ${type}!) { ${mutation}(input: $input) { note { id version } problems { message } } }`;
    const { note, problems } = (await this.#gateway.ask(document, { input }))[mutation];
    assert.deepEqual(problems, []);
    this.log.push(shown({ __typename: event, noteId: note.id, version: note.version }));
    return { noteId: note.id, expectedVersion: note.version };
  }
}

// pick takes any element out.
function pick(list) {
  return list.splice(Math.floor(Math.random() * list.length), 1)[0];
}

const shown = (event) => `${event.__typename} ${event.noteId} ${event.version}`;

// Follower is an application that shows the notes of a contact. It reads them, follows them behind the cursor that came with
// them, drops an event whose cursor it has seen and a note whose version is lower than the one it has, and reads anew when it
// is told to.
export class Follower {
  told = []; // the events that were not dropped, CaughtUp and Resync apart
  events = []; // all that were told
  ended = []; // what reached the sink besides events, in order
  request; // what the client sends, serialised anew at each connection
  #gateway;
  #contact;
  #notes = new Map();
  #versions = new Map(); // of notes that are gone, too
  #seen = new Set();
  #waiting = null; // what was told while notes are read
  #stop;

  constructor(gateway, contact) {
    this.#gateway = gateway;
    this.#contact = contact;
  }

  // follow reads the notes, and follows them until `leave`.
  async follow(client) {
    await this.#readAnew((cursor) => {
      this.request = { query: FOLLOW, variables: { contact: this.#contact, after: cursor } };
    });
    this.#stop = client.subscribe(this.request, {
      next: (result) => this.#take(result),
      error: (err) => this.ended.push(err),
      complete: () => this.ended.push('complete'),
    });
    return this;
  }

  leave() {
    this.#stop();
  }

  get after() {
    return this.request.variables.after;
  }

  count(type) {
    return this.events.filter((event) => event.__typename === type).length;
  }

  // isAt reports whether the follower was told all that the author did, or whether it never will be.
  isAt(author) {
    return this.ended.length > 0 || (this.told.at(-1) && shown(this.told.at(-1)) === author.log.at(-1));
  }

  // wasTold asserts that each of the author's changes was told once, in order, and that nothing ended.
  wasTold(author) {
    assert.deepEqual(this.ended, []);
    assert.deepEqual(this.told.map(shown), author.log);
  }

  // hasAll asserts that the notes are what the gateway answers.
  async hasAll() {
    assert.deepEqual(this.ended, []);
    const { notes } = await readAll(this.#gateway, this.#contact);
    assert.deepEqual(sorted([...this.#notes.values()]), sorted(notes));
  }

  #take(result) {
    if (result.errors) {
      this.ended.push(result.errors);
      return;
    }
    const event = result.data.noteEvents;
    this.events.push(event);
    // In place: the request object is what the client has, and serialises when it connects again.
    this.request.variables.after = event.cursor;
    if (this.#waiting) this.#waiting.push(event);
    else this.#apply(event);
  }

  #apply(event) {
    if (event.__typename === 'Resync') {
      this.#readAnew(() => {}).catch((err) => this.ended.push(err));
      return;
    }
    if (event.__typename === 'CaughtUp' || this.#seen.has(event.cursor)) return;
    this.#seen.add(event.cursor);
    this.told.push(event);
    if (event.__typename === 'NoteDeleted') this.#put(event.noteId, event.version, null);
    else if (event.note) this.#put(event.noteId, event.note.version, event.note);
  }

  #put(id, version, note) {
    if (version < (this.#versions.get(id) ?? 0)) return;
    this.#versions.set(id, version);
    if (note) this.#notes.set(id, note);
    else this.#notes.delete(id);
  }

  // readAnew takes the notes as they are. What is told meanwhile is applied behind that: it may be later than what is read.
  async #readAnew(begin) {
    this.#waiting = [];
    const { notes, cursor } = await readAll(this.#gateway, this.#contact);
    begin(cursor);
    this.#notes.clear();
    for (const note of notes) this.#put(note.id, note.version, note);
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const event of waiting) this.#apply(event);
  }
}

function sorted(notes) {
  return notes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

// caughtUp waits until the followers were told all that the author did.
export function caughtUp(author, ...followers) {
  const where = () => followers.map((f) => `${f.told.length} of ${author.log.length}, ended ${JSON.stringify(f.ended)}`).join('; ');
  return until(() => followers.every((f) => f.isAt(author)), () => `the followers are told all: ${where()}`);
}
