-- +goose Up
CREATE TABLE contact_groups (
    org      TEXT NOT NULL,
    key      TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (org, key)
) STRICT;
