package mongo

import (
	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

type definitionRow struct {
	RowKey string            `bson:"_id"`
	Org    string            `bson:"org"`
	Key    string            `bson:"key"`
	ID     contact.ID        `bson:"id"`
	Rest   record.Definition `bson:",inline"`
}

type sectionRow struct {
	RowKey string         `bson:"_id"`
	Org    string         `bson:"org"`
	Key    string         `bson:"key"`
	ID     contact.ID     `bson:"id"`
	Rest   record.Section `bson:",inline"`
}

type groupRow struct {
	RowKey string       `bson:"_id"`
	Org    string       `bson:"org"`
	Key    string       `bson:"key"`
	ID     contact.ID   `bson:"id"`
	Rest   record.Group `bson:",inline"`
}

func definitionToRow(org contact.OrgID, d *contact.Definition) definitionRow {
	return definitionRow{keyOf(org, d.Key), string(org), d.Key, d.ID, record.OfDefinition(d)}
}

func (r *definitionRow) definition() contact.Definition {
	d := r.Rest.Definition()
	d.Key, d.ID = r.Key, r.ID
	return d
}

func sectionToRow(org contact.OrgID, s *contact.Section) sectionRow {
	return sectionRow{keyOf(org, s.Key), string(org), s.Key, s.ID, record.OfSection(s)}
}

func (r *sectionRow) section() contact.Section {
	s := r.Rest.Section()
	s.Key, s.ID = r.Key, r.ID
	return s
}

func groupToRow(org contact.OrgID, g *contact.Group) groupRow {
	return groupRow{keyOf(org, g.Key), string(org), g.Key, g.ID, record.OfGroup(g)}
}

func (r *groupRow) group() contact.Group {
	g := r.Rest.Group()
	g.Key, g.ID = r.Key, r.ID
	return g
}
