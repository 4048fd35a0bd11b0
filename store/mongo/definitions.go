package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
)

// Organisation implements [contact.OrganisationReader].
func (r reader) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	found, err := find(ctx, r, organisations, bson.D{{Key: "_id", Value: string(org)}}, options.Find().SetLimit(1), func(row *organisationRow) contact.Organisation {
		return contact.Organisation{ID: org, CreatedAt: row.Created, CatalogVersion: row.CatalogVersion}
	})
	if err != nil {
		return contact.Organisation{}, err
	}
	if len(found) == 0 {
		return contact.Organisation{}, noOrganisation()
	}
	return found[0], nil
}

func noOrganisation() error {
	return contact.Errorf(contact.NotFound, "there is no such organisation")
}

// HasOrganisations implements [contact.OrganisationReader].
func (r reader) HasOrganisations(ctx context.Context) (bool, error) {
	return exists(ctx, r, organisations, bson.D{}, options.Find().SetHint(indexID))
}

// Definitions implements [contact.DefinitionReader]. It takes four looks, which a transaction makes one moment.
func (r reader) Definitions(ctx context.Context, org contact.OrgID) (contact.Definitions, error) {
	var out contact.Definitions
	o, err := r.Organisation(ctx, org)
	if contact.CodeOf(err) == contact.NotFound {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	filter := bson.D{{Key: "org", Value: string(org)}}
	out.Version = o.CatalogVersion
	if out.Definitions, err = find(ctx, r, definitions, filter, options.Find(), (*definitionRow).definition); err != nil {
		return contact.Definitions{}, err
	}
	if out.Sections, err = find(ctx, r, sections, filter, options.Find(), (*sectionRow).section); err != nil {
		return contact.Definitions{}, err
	}
	if out.Groups, err = find(ctx, r, contactGroups, filter, options.Find(), (*groupRow).group); err != nil {
		return contact.Definitions{}, err
	}
	r.access.saw(out.Version)
	return out, nil
}

// Organisation implements [contact.OrganisationReader]: the transaction reads its organisation once.
func (t *tx) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	if t.known == nil {
		o, err := reader{unflushed{t}, t.org}.Organisation(ctx, org)
		if err != nil {
			return contact.Organisation{}, err
		}
		t.known, t.catalog = &o, o.CatalogVersion
	}
	o := *t.known
	o.CatalogVersion = t.catalog
	return o, nil
}

// hasOrganisation reports whether the transaction's organisation exists.
func (t *tx) hasOrganisation(ctx context.Context) (bool, error) {
	_, err := t.Organisation(ctx, t.org)
	if contact.CodeOf(err) == contact.NotFound {
		return false, nil
	}
	return err == nil, err
}

// PutOrganisation implements [contact.Tx].
func (t *tx) PutOrganisation(ctx context.Context, o contact.Organisation) error {
	if has, err := t.hasOrganisation(ctx); err != nil || has {
		return err
	}
	t.pending = append(t.pending, write{
		collection: organisations, document: organisationRow{ID: string(o.ID), Created: moment(o.CreatedAt)},
	})
	t.known, t.catalog, t.isFresh = &contact.Organisation{ID: o.ID, CreatedAt: moment(o.CreatedAt)}, 0, true
	return nil
}

// PutDefinition implements [contact.Tx]. NOT_FOUND when the organisation was never made.
func (t *tx) PutDefinition(ctx context.Context, org contact.OrgID, d contact.Definition) error {
	return t.putCatalogued(ctx, definitions, keyOf(org, d.Key), definitionToRow(org, &d))
}

// PutSection implements [contact.Tx]. NOT_FOUND when the organisation was never made.
func (t *tx) PutSection(ctx context.Context, org contact.OrgID, s contact.Section) error {
	return t.putCatalogued(ctx, sections, keyOf(org, s.Key), sectionToRow(org, &s))
}

// PutGroup implements [contact.Tx]. NOT_FOUND when the organisation was never made.
func (t *tx) PutGroup(ctx context.Context, org contact.OrgID, g contact.Group) error {
	return t.putCatalogued(ctx, contactGroups, keyOf(org, g.Key), groupToRow(org, &g))
}

// RemoveGroup implements [contact.Tx]. NOT_FOUND when the organisation was never made.
func (t *tx) RemoveGroup(ctx context.Context, org contact.OrgID, key string) error {
	return t.changeCatalog(ctx, write{collection: contactGroups, filter: bson.D{{Key: "_id", Value: keyOf(org, key)}}})
}

func (t *tx) putCatalogued(ctx context.Context, collection, key string, row any) error {
	return t.changeCatalog(ctx, put(collection, key, row))
}

// changeCatalog writes a part of the catalog and raises its version, which makes two that change it conflict.
func (t *tx) changeCatalog(ctx context.Context, part write) error {
	if _, err := t.Organisation(ctx, t.org); err != nil {
		return err
	}
	t.catalog++
	t.raised = true
	t.pending = append(t.pending,
		write{
			collection: organisations, filter: bson.D{{Key: "_id", Value: string(t.org)}},
			update: bson.D{{Key: "$inc", Value: bson.D{{Key: "catalogVersion", Value: 1}}}}, isKnown: true,
		},
		part,
	)
	return nil
}
