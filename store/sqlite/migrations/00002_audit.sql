-- +goose Up
-- refused is the code of the refusal, '' of a change that was made, as are all of before. omitted counts refused changes of
-- the agent before this one that have no row.
ALTER TABLE audit ADD COLUMN refused TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN omitted INTEGER NOT NULL DEFAULT 0;

-- kind at the end of the first one: of an agent's rows those of some kinds are told without reading the others.
CREATE INDEX audit_by_agent ON audit (org, agent_id, at DESC, id DESC, kind);
CREATE INDEX audit_by_kind ON audit (org, kind, at DESC, id DESC);
CREATE INDEX audit_refused ON audit (org, at DESC, id DESC) WHERE refused <> '';
CREATE INDEX audit_refused_by_time ON audit (at) WHERE refused <> '';
