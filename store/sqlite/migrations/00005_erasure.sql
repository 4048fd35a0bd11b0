-- +goose Up
-- contact is the contact that the answer tells of, '' when it tells of none, NULL in rows of earlier versions, which do not say.
ALTER TABLE applied ADD COLUMN contact TEXT;
CREATE INDEX applied_by_contact ON applied (org, contact);

-- An erasure of which the file may still hold traces: see purge.go. AUTOINCREMENT, so that a number is never given twice.
CREATE TABLE erasures (n INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
