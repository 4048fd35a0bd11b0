-- +goose Up
-- Agents whom an administrator has shut out. All of an organisation's are read together, again and again: they live in their
-- primary key.
CREATE TABLE deactivated_agents (
    org     TEXT NOT NULL,
    agent   TEXT NOT NULL,
    since   INTEGER NOT NULL,
    by_id   TEXT NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (org, agent)
) STRICT, WITHOUT ROWID;
