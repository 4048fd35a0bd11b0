-- +goose Up
-- key_rules is the version of the rules that made the contact's sort key and search keys; of all before, 0.
ALTER TABLE contacts ADD COLUMN key_rules INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contacts_by_key_rules ON contacts (key_rules);
