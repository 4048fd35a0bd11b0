-- +goose Up
-- Times are milliseconds since 1970 UTC. A contact is one row with its aggregate as JSON in document; what is ordered or
-- chosen by stands beside it. contacts.n is the contact's number within this file alone: it keeps the rows that point at a
-- contact small, and it is unique across organisations, so that a row found by it needs no organisation of its own.
-- Small rows live in their primary key (WITHOUT ROWID); rows with texts do not, because pages of a tree should hold many.

CREATE TABLE organisations (
    org             TEXT PRIMARY KEY,
    created         INTEGER NOT NULL,
    catalog_version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE definitions (
    org      TEXT NOT NULL,
    key      TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (org, key)
) STRICT;

CREATE TABLE sections (
    org      TEXT NOT NULL,
    key      TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (org, key)
) STRICT;

CREATE TABLE contacts (
    n           INTEGER PRIMARY KEY,
    org         TEXT NOT NULL,
    id          TEXT NOT NULL,
    sort_key    TEXT NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    vip         INTEGER NOT NULL,
    vip_expires INTEGER,
    document    TEXT NOT NULL,
    UNIQUE (org, id)
) STRICT;
CREATE INDEX contacts_by_name ON contacts (org, sort_key, id);
CREATE INDEX contacts_by_created ON contacts (org, created, id);
CREATE INDEX contacts_by_updated ON contacts (org, updated, id);
CREATE INDEX contacts_vip ON contacts (org, vip_expires) WHERE vip = 1;

CREATE TABLE heads (
    contact INTEGER NOT NULL REFERENCES contacts (n),
    topic   TEXT NOT NULL,
    epoch   INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (contact, topic)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_keys (
    org     TEXT NOT NULL,
    key     TEXT NOT NULL,
    contact INTEGER NOT NULL REFERENCES contacts (n),
    PRIMARY KEY (org, key, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_keys_by_contact ON search_keys (contact, key);

-- number is the customer number of the contact, '' when it has none.
CREATE TABLE contact_lookups (
    org     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    number  TEXT NOT NULL,
    contact INTEGER NOT NULL REFERENCES contacts (n),
    PRIMARY KEY (org, kind, value, number, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_lookups_by_contact ON contact_lookups (contact);
CREATE UNIQUE INDEX contact_lookups_unique ON contact_lookups (org, value) WHERE kind = 'PROFILE';

CREATE TABLE contact_networks (
    org     TEXT NOT NULL,
    network TEXT NOT NULL,
    contact INTEGER NOT NULL REFERENCES contacts (n),
    PRIMARY KEY (org, network, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_networks_by_contact ON contact_networks (contact);

CREATE TABLE notes (
    n               INTEGER PRIMARY KEY,
    org             TEXT NOT NULL,
    id              TEXT NOT NULL,
    contact         TEXT NOT NULL,
    created         INTEGER NOT NULL,
    deleted         INTEGER,
    version         INTEGER NOT NULL,
    author_id       TEXT NOT NULL,
    author_name     TEXT NOT NULL,
    edited          INTEGER,
    edited_by_id    TEXT,
    edited_by_name  TEXT,
    deleted_by_id   TEXT,
    deleted_by_name TEXT,
    body            TEXT NOT NULL,
    UNIQUE (org, id)
) STRICT;
CREATE INDEX notes_standing ON notes (org, contact, created DESC, id DESC) WHERE deleted IS NULL;
CREATE INDEX notes_deleted ON notes (org, contact, deleted DESC, id DESC) WHERE deleted IS NOT NULL;
CREATE INDEX notes_by_deletion ON notes (deleted) WHERE deleted IS NOT NULL;

CREATE TABLE events (
    contact      INTEGER NOT NULL REFERENCES contacts (n),
    topic        TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    type         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    version      INTEGER NOT NULL,
    agent_id     TEXT NOT NULL,
    agent_name   TEXT NOT NULL,
    at           INTEGER NOT NULL,
    mutation_key TEXT NOT NULL,
    PRIMARY KEY (contact, topic, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_time ON events (at);

CREATE TABLE applied (
    n      INTEGER PRIMARY KEY,
    org    TEXT NOT NULL,
    agent  TEXT NOT NULL,
    key    TEXT NOT NULL,
    hash   TEXT NOT NULL,
    result BLOB,
    at     INTEGER NOT NULL,
    UNIQUE (org, agent, key)
) STRICT;
CREATE INDEX applied_by_time ON applied (at);

CREATE TABLE audit (
    n          INTEGER PRIMARY KEY,
    org        TEXT NOT NULL,
    id         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    agent_id   TEXT NOT NULL,
    agent_name TEXT NOT NULL,
    kind       TEXT NOT NULL,
    contact    TEXT NOT NULL,
    subject    TEXT NOT NULL,
    version    INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    address    TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (org, at DESC, id DESC);
CREATE INDEX audit_by_contact ON audit (org, contact, at DESC, id DESC) WHERE contact <> '';
