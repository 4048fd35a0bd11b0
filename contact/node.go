package contact

import "context"

// Node is a thing with a global id: a contact, a note, an attribute, a definition, a section or a group.
type Node interface{ isNode() }

func (*Contact) isNode()             {}
func (*Note) isNode()                {}
func (*StandardAttribute) isNode()   {}
func (*CRMAttribute) isNode()        {}
func (*CustomAttribute) isNode()     {}
func (*AttributeDefinition) isNode() {}
func (*SectionDefinition) isNode()   {}
func (*ContactGroup) isNode()        {}

// MaxNodes is how many ids one call may name.
const MaxNodes = 50

// Nodes returns the things with the ids, in their order, nil in the place of an id that is unknown, deleted, of another
// organisation or not for the actor. It reads each kind of thing at most once.
func (c *Contacts) Nodes(ctx context.Context, ids []ID) ([]Node, error) {
	actor, err := actorFor(ctx, "nodes")
	if err != nil {
		return nil, err
	}
	if len(ids) > MaxNodes {
		return nil, FieldErrorf(BadUserInput, "ids", "has %d items; at most %d are allowed", len(ids), MaxNodes)
	}
	found := nodes{contacts: map[ID]*Contact{}, notes: map[ID]*Note{}}
	if err := c.readNodes(ctx, actor, ids, &found); err != nil {
		return nil, err
	}
	out := make([]Node, len(ids))
	for i, id := range ids {
		out[i] = c.node(actor, id, &found)
	}
	return out, nil
}

// nodes is what Nodes read at once.
type nodes struct {
	contacts map[ID]*Contact
	notes    map[ID]*Note
	catalog  *Catalog
}

func (c *Contacts) readNodes(ctx context.Context, actor Actor, ids []ID, found *nodes) error {
	var contacts, notes []ID
	wantsCatalog := false
	for _, id := range ids {
		switch id.Prefix() {
		case PrefixContact:
			contacts = append(contacts, id)
		case PrefixNote:
			notes = append(notes, id)
		case PrefixAttribute:
			if of, _, ok := attributeOf(id); ok {
				contacts, wantsCatalog = append(contacts, of), true
			}
		case PrefixDefinition, PrefixSection, PrefixGroup:
			wantsCatalog = true
		}
	}
	if len(contacts) > 0 {
		read, err := c.store.Contacts(ctx, actor.Org, contacts)
		if err != nil {
			return err
		}
		for i := range read {
			found.contacts[read[i].ID] = &read[i]
		}
	}
	if len(notes) > 0 {
		read, err := c.store.NotesByID(ctx, actor.Org, notes)
		if err != nil {
			return err
		}
		for i := range read {
			found.notes[read[i].ID] = &read[i]
		}
	}
	if !wantsCatalog {
		return nil
	}
	set, err := c.nodeDefinitions(ctx, actor.Org, found)
	if err == nil {
		found.catalog = set.forViewer(actor)
	}
	return err
}

// nodeDefinitions returns the definitions with at most one look at the store: a contact that was read says their version,
// and without one it costs as much to read them as to ask for it.
func (c *Contacts) nodeDefinitions(ctx context.Context, org OrgID, found *nodes) (*definitionSet, error) {
	for _, of := range found.contacts {
		return c.definitionsAt(ctx, org, of.CatalogVersion)
	}
	return c.readDefinitions(ctx, org)
}

// node finds one thing among what was read, nil when it is not there. It takes care never to return a typed nil.
func (c *Contacts) node(viewer Actor, id ID, found *nodes) Node {
	switch id.Prefix() {
	case PrefixContact:
		if of := found.contacts[id]; of != nil {
			return of
		}
	case PrefixNote:
		if n := found.notes[id]; n != nil && n.DeletedAt == nil && viewer.mayUse("notes") {
			return n
		}
	case PrefixAttribute:
		contact, key, _ := attributeOf(id)
		if of := found.contacts[contact]; of != nil && found.catalog.readable(key) != nil {
			return c.attribute(contact, found.catalog.byKey[key], of.record(key), viewer)
		}
	case PrefixDefinition:
		for _, d := range found.catalog.Definitions {
			if d.ID == id {
				return d
			}
		}
	case PrefixGroup:
		for _, g := range found.catalog.Groups {
			if g.ID == id {
				return g
			}
		}
	case PrefixSection:
		for _, s := range found.catalog.Sections {
			if s.ID == id {
				return s
			}
		}
	}
	return nil
}
