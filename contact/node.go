package contact

import "context"

// Node is a thing with a global id: a contact, a note, an attribute, a definition or a section.
type Node interface{ isNode() }

func (*Contact) isNode()             {}
func (*Note) isNode()                {}
func (*StandardAttribute) isNode()   {}
func (*CRMAttribute) isNode()        {}
func (*CustomAttribute) isNode()     {}
func (*AttributeDefinition) isNode() {}
func (*SectionDefinition) isNode()   {}

// MaxNodes is how many ids one call may name.
const MaxNodes = 50

// Nodes returns the things with the ids, in their order, nil in the place of an id that is unknown, deleted or of another
// organisation. It reads each kind of thing at most once.
func (c *Contacts) Nodes(ctx context.Context, ids []ID) ([]Node, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if len(ids) > MaxNodes {
		return nil, FieldErrorf(BadUserInput, "ids", "has %d items; at most %d are allowed", len(ids), MaxNodes)
	}
	found := nodes{contacts: map[ID]*Contact{}, notes: map[ID]*Note{}}
	if err := c.readNodes(ctx, actor.Org, ids, &found); err != nil {
		return nil, err
	}
	out := make([]Node, len(ids))
	for i, id := range ids {
		if out[i], err = c.node(ctx, id, &found); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nodes is what Nodes read at once.
type nodes struct {
	contacts map[ID]*Contact
	notes    map[ID]*Note
	catalog  *Catalog
}

func (c *Contacts) readNodes(ctx context.Context, org OrgID, ids []ID, found *nodes) error {
	var contacts, notes []ID
	for _, id := range ids {
		switch id.Prefix() {
		case PrefixContact:
			contacts = append(contacts, id)
		case PrefixNote:
			notes = append(notes, id)
		case PrefixAttribute:
			if of, _, ok := attributeOf(id); ok {
				contacts = append(contacts, of)
			}
		case PrefixDefinition, PrefixSection:
			if found.catalog != nil {
				continue
			}
			catalog, err := c.Catalog(ctx)
			if err != nil {
				return err
			}
			found.catalog = catalog
		}
	}
	if len(contacts) > 0 {
		read, err := c.store.Contacts(ctx, org, contacts)
		if err != nil {
			return err
		}
		for i := range read {
			found.contacts[read[i].ID] = &read[i]
		}
	}
	if len(notes) > 0 {
		read, err := c.store.NotesByID(ctx, org, notes)
		if err != nil {
			return err
		}
		for i := range read {
			found.notes[read[i].ID] = &read[i]
		}
	}
	return nil
}

// node finds one thing among what was read. It takes care never to return a typed nil.
func (c *Contacts) node(ctx context.Context, id ID, found *nodes) (Node, error) {
	switch id.Prefix() {
	case PrefixContact:
		if of := found.contacts[id]; of != nil {
			return of, nil
		}
	case PrefixNote:
		if n := found.notes[id]; n != nil && n.DeletedAt == nil {
			return n, nil
		}
	case PrefixAttribute:
		return c.attributeNode(ctx, id, found)
	case PrefixDefinition:
		for _, d := range found.catalog.Definitions {
			if d.ID == id {
				return d, nil
			}
		}
	case PrefixSection:
		for _, s := range found.catalog.Sections {
			if s.ID == id {
				return s, nil
			}
		}
	}
	return nil, nil //nolint:nilnil // an unknown node is null
}

func (c *Contacts) attributeNode(ctx context.Context, id ID, found *nodes) (Node, error) {
	contact, key, ok := attributeOf(id)
	if !ok || found.contacts[contact] == nil {
		return nil, nil //nolint:nilnil // an unknown node is null
	}
	a, err := c.AttributeOf(ctx, found.contacts[contact], key)
	if err != nil || a == nil {
		return nil, err
	}
	return a, nil
}
