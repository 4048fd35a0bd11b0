package sqlite

import (
	"context"
	"database/sql"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

const (
	sqlOrganisation     = `SELECT created, catalog_version FROM organisations WHERE org = ?`
	sqlHasOrganisations = `SELECT EXISTS (SELECT 1 FROM organisations)`
	sqlPutOrganisation  = `INSERT INTO organisations (org, created) VALUES (?, ?) ON CONFLICT DO NOTHING`
	sqlRaiseCatalog     = `UPDATE organisations SET catalog_version = catalog_version + 1 WHERE org = ?`

	// One statement, so that the version is that of what comes with it.
	sqlDefinitions = `SELECT 'o', catalog_version, '' FROM organisations WHERE org = ?1
		UNION ALL SELECT 'd', 0, document FROM definitions WHERE org = ?1
		UNION ALL SELECT 's', 0, document FROM sections WHERE org = ?1
		UNION ALL SELECT 'g', 0, document FROM contact_groups WHERE org = ?1`
	sqlPutDefinition = `INSERT INTO definitions (org, key, document) VALUES (?, ?, ?)
		ON CONFLICT (org, key) DO UPDATE SET document = excluded.document`
	sqlPutSection = `INSERT INTO sections (org, key, document) VALUES (?, ?, ?)
		ON CONFLICT (org, key) DO UPDATE SET document = excluded.document`
	sqlPutGroup = `INSERT INTO contact_groups (org, key, document) VALUES (?, ?, ?)
		ON CONFLICT (org, key) DO UPDATE SET document = excluded.document`
	sqlRemoveGroup = `DELETE FROM contact_groups WHERE org = ? AND key = ?`
)

// Organisation implements [contact.OrganisationReader].
func (r reader) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	rows, err := r.session.query(ctx, sqlOrganisation, string(org))
	o, found, err := first(rows, err, func(rows *sql.Rows) (contact.Organisation, error) {
		o := contact.Organisation{ID: org}
		var created int64
		err := rows.Scan(&created, &o.CatalogVersion)
		o.CreatedAt = moment(created)
		return o, err
	})
	if err != nil {
		return contact.Organisation{}, r.fail(err)
	}
	if !found {
		return contact.Organisation{}, noOrganisation()
	}
	return o, nil
}

func noOrganisation() error {
	return contact.Errorf(contact.NotFound, "there is no such organisation")
}

// HasOrganisations implements [contact.OrganisationReader].
func (r reader) HasOrganisations(ctx context.Context) (bool, error) {
	rows, err := r.session.query(ctx, sqlHasOrganisations)
	has, _, err := first(rows, err, scanOne[bool])
	return has, r.fail(err)
}

// Definitions implements [contact.DefinitionReader].
func (r reader) Definitions(ctx context.Context, org contact.OrgID) (contact.Definitions, error) {
	var out contact.Definitions
	rows, err := r.session.query(ctx, sqlDefinitions, string(org))
	_, err = collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var kind string
		var version int
		var raw []byte
		if err := rows.Scan(&kind, &version, &raw); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, addDefinition(&out, kind, version, raw)
	})
	if err != nil {
		return contact.Definitions{}, r.fail(err)
	}
	return out, nil
}

func addDefinition(to *contact.Definitions, kind string, version int, raw []byte) error {
	switch kind {
	case "o":
		to.Version = version
	case "d":
		var d record.Definition
		if err := decode(raw, &d); err != nil {
			return err
		}
		to.Definitions = append(to.Definitions, d.Definition())
	case "g":
		var g record.Group
		if err := decode(raw, &g); err != nil {
			return err
		}
		to.Groups = append(to.Groups, g.Group())
	default:
		var s record.Section
		if err := decode(raw, &s); err != nil {
			return err
		}
		to.Sections = append(to.Sections, s.Section())
	}
	return nil
}

// PutOrganisation implements [contact.Tx].
func (t *tx) PutOrganisation(ctx context.Context, o contact.Organisation) error {
	_, err := t.exec(ctx, sqlPutOrganisation, string(o.ID), millis(o.CreatedAt))
	return err
}

// PutDefinition implements [contact.Tx]. NOT_FOUND when the organisation was never made.
func (t *tx) PutDefinition(ctx context.Context, org contact.OrgID, d contact.Definition) error {
	return t.putCatalogued(ctx, sqlPutDefinition, org, d.Key, record.OfDefinition(&d))
}

// PutSection implements [contact.Tx]. NOT_FOUND when the organisation was never made.
func (t *tx) PutSection(ctx context.Context, org contact.OrgID, s contact.Section) error {
	return t.putCatalogued(ctx, sqlPutSection, org, s.Key, record.OfSection(&s))
}

// PutGroup implements [contact.Tx]. NOT_FOUND when the organisation was never made.
func (t *tx) PutGroup(ctx context.Context, org contact.OrgID, g contact.Group) error {
	return t.putCatalogued(ctx, sqlPutGroup, org, g.Key, record.OfGroup(&g))
}

// RemoveGroup implements [contact.Tx]. NOT_FOUND when the organisation was never made.
func (t *tx) RemoveGroup(ctx context.Context, org contact.OrgID, key string) error {
	if err := t.raiseCatalog(ctx, org); err != nil {
		return err
	}
	_, err := t.exec(ctx, sqlRemoveGroup, string(org), key)
	return err
}

func (t *tx) putCatalogued(ctx context.Context, put string, org contact.OrgID, key string, document any) error {
	raw, err := encode(document)
	if err != nil {
		return t.fail(err)
	}
	if err := t.raiseCatalog(ctx, org); err != nil {
		return err
	}
	_, err = t.exec(ctx, put, string(org), key, raw)
	return err
}

func (t *tx) raiseCatalog(ctx context.Context, org contact.OrgID) error {
	raised, err := t.exec(ctx, sqlRaiseCatalog, string(org))
	if err == nil && raised == 0 {
		return noOrganisation()
	}
	return err
}
