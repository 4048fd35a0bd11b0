package contact

import (
	"context"
	"slices"
	"time"
)

// Keys of the standard definitions that identify a contact. An import matches by them, and a contact without name and
// profile is called by them.
const (
	KeyCustomerNumber = "customer_number"
	KeyEmail          = "email"
	KeyPhone          = "phone"
)

// NotEditableReason says why a viewer cannot edit an attribute.
type NotEditableReason string

// The reasons.
const (
	WhyNotConfigured NotEditableReason = "NOT_CONFIGURED" // managed by a CRM, and none is connected
	WhyArchived      NotEditableReason = "ARCHIVED"       // the definition is archived
	WhyRole          NotEditableReason = "ROLE"           // the definition names editors, and the viewer is none
)

// Attribute is one definition applied to one contact, as a viewer reads it: a StandardAttribute, a CRMAttribute or a
// CustomAttribute, no other. Without values it is an empty slot, where a panel shows "Add".
type Attribute interface {
	Node
	isAttribute()
	// Fields gives what all kinds share. It must not be changed.
	Fields() *AttributeFields
}

// AttributeFields is what all kinds of attributes share.
type AttributeFields struct {
	ID         ID
	Definition *AttributeDefinition
	Values     []AttributeValue
	Origin     *Origin    // nil when never set
	SetBy      *Agent     // nil when never set
	SetAt      *time.Time // nil when never set
	// Version is the version of the last change, 0 when never set; clearing raises it.
	Version        int
	ViewerCanEdit  bool
	WhyNotEditable *NotEditableReason // nil exactly when the viewer can edit
}

type (
	// StandardAttribute is one that every inbox knows.
	StandardAttribute struct{ AttributeFields }
	// CRMAttribute is one that the organisation's CRM manages.
	CRMAttribute struct {
		AttributeFields
		Connector *string    // the connection's name; nil while none is connected
		CheckedAt *time.Time // when the CRM was last asked for the value
		IsStale   bool       // older than the connection wants it to be, or not connected
	}
	// CustomAttribute is one that the organisation's administrators defined.
	CustomAttribute struct{ AttributeFields }
)

func (*StandardAttribute) isAttribute() {}
func (*CRMAttribute) isAttribute()      {}
func (*CustomAttribute) isAttribute()   {}

// Fields gives what all kinds share.
func (a *AttributeFields) Fields() *AttributeFields { return a }

// AttributeSection is a group of attributes of one contact, in the viewer's language.
type AttributeSection struct {
	Key        string
	Label      string
	Attributes []Attribute
}

// AttributeFilter chooses attributes of a contact. The zero value chooses those that have values.
type AttributeFilter struct {
	Keys         []string        // nil: all
	Kinds        []AttributeKind // nil: all
	IncludeEmpty bool
}

// whyNot says why an actor cannot write an attribute, "" when it can. Reading and writing ask here alike.
func (d *Definition) whyNot(actor Actor) NotEditableReason {
	switch {
	case d.ArchivedAt != nil:
		return WhyArchived
	case d.Kind == KindCRM && actor.Origin != OriginCRM:
		return WhyNotConfigured
	case !d.mayEdit(actor):
		return WhyRole
	default:
		return ""
	}
}

// attribute applies a definition to a contact.
func (c *Contacts) attribute(contact ID, def *AttributeDefinition, record *AttributeRecord, viewer Actor) Attribute {
	f := AttributeFields{ID: AttributeID(contact, def.Key), Definition: def, ViewerCanEdit: true}
	if record != nil {
		f.Values = c.values(def, record, viewer.Languages)
		f.Origin, f.SetBy, f.SetAt, f.Version = &record.Origin, &record.SetBy, &record.SetAt, record.Version
	}
	if why := def.stored.whyNot(viewer); why != "" {
		f.ViewerCanEdit, f.WhyNotEditable = false, &why
	}
	switch def.Kind {
	case KindCRM:
		return &CRMAttribute{AttributeFields: f, IsStale: true}
	case KindCustom:
		return &CustomAttribute{f}
	default:
		return &StandardAttribute{f}
	}
}

// Sections returns the contact's attributes grouped and ordered for the viewer, empty slots included. Archived definitions
// are left out, and so are those that the viewer may not read and sections without attributes.
func (c *Contacts) Sections(ctx context.Context, of *Contact) ([]AttributeSection, error) {
	catalog, actor, err := c.catalogOf(ctx, of)
	if err != nil {
		return nil, err
	}
	var out []AttributeSection
	for _, def := range catalog.Definitions { // ordered by section
		if def.ArchivedAt != nil || !def.isReadable {
			continue
		}
		if len(out) == 0 || out[len(out)-1].Key != def.Section.Key {
			out = append(out, AttributeSection{Key: def.Section.Key, Label: def.Section.Label})
		}
		s := &out[len(out)-1]
		s.Attributes = append(s.Attributes, c.attribute(of.ID, def, of.record(def.Key), actor))
	}
	return out, nil
}

// AttributesOf returns the contact's attributes that the filter chooses, in the order of the panel. Archived definitions
// are left out, and so are those that the viewer may not read.
func (c *Contacts) AttributesOf(ctx context.Context, of *Contact, f AttributeFilter) ([]Attribute, error) {
	catalog, actor, err := c.catalogOf(ctx, of)
	if err != nil {
		return nil, err
	}
	if len(f.Keys) > MaxValues {
		return nil, FieldErrorf(BadUserInput, "keys", "has %d items; at most %d are allowed", len(f.Keys), MaxValues)
	}
	var out []Attribute
	for _, def := range catalog.Definitions {
		record := of.record(def.Key)
		empty := record == nil || len(record.Values) == 0
		if def.ArchivedAt != nil || !def.isReadable || empty && !f.IncludeEmpty ||
			f.Keys != nil && !slices.Contains(f.Keys, def.Key) || f.Kinds != nil && !slices.Contains(f.Kinds, def.Kind) {
			continue
		}
		out = append(out, c.attribute(of.ID, def, record, actor))
	}
	return out, nil
}

// AttributeOf returns one attribute of the contact, an empty slot when nothing stands there, nil when the organisation has
// no definition of that key that the viewer may read. An archived definition's attribute is returned too.
func (c *Contacts) AttributeOf(ctx context.Context, of *Contact, key string) (Attribute, error) {
	catalog, actor, err := c.catalogOf(ctx, of)
	if err != nil {
		return nil, err
	}
	def := catalog.readable(key)
	if def == nil {
		return nil, nil //nolint:nilnil // the absence of a definition is the answer
	}
	return c.attribute(of.ID, def, of.record(key), actor), nil
}

// AttributeChange is one attribute's new values.
type AttributeChange struct {
	Contact          ID
	Key              string
	Values           []ValueInput
	ExpectedVersion  int
	ClientMutationID string
}

// Changed is a changed attribute and the contact that has it now.
type Changed struct {
	Contact   *Contact
	Attribute Attribute
}

// SetAttribute replaces the values of one attribute and touches no other. Problems: an unknown contact or key, an
// attribute that is not editable, values that break the rules, another version than the expected one.
func (c *Contacts) SetAttribute(ctx context.Context, in AttributeChange) (*Changed, error) {
	return c.changeAttribute(ctx, "setAttribute", in, func(k checker) ([]StoredValue, error) { return k.all(in.Values) })
}

// ClearAttribute empties one attribute. Problems as with SetAttribute.
func (c *Contacts) ClearAttribute(ctx context.Context, contact ID, key string, expected int, mutationID string) (*Changed, error) {
	in := AttributeChange{Contact: contact, Key: key, ExpectedVersion: expected, ClientMutationID: mutationID}
	return c.changeAttribute(ctx, "clearAttribute", in, func(checker) ([]StoredValue, error) { return nil, nil })
}

func (c *Contacts) changeAttribute(ctx context.Context, name string, in AttributeChange, values func(checker) ([]StoredValue, error)) (*Changed, error) {
	asked := attempt{
		mutation: name, key: in.ClientMutationID, input: []string{string(in.Contact), in.Key, versionText(in.ExpectedVersion), inputText(in.Values)},
		kind: AuditAttributeChanged, contact: in.Contact, definition: in.Key,
	}
	contact, err := once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Contact, error) {
		if err := checkExpected(in.ExpectedVersion); err != nil {
			return nil, err
		}
		contact, err := w.contact(ctx, tx, in.Contact, "contactId")
		if err != nil {
			return nil, err
		}
		set, err := c.definitionsIn(ctx, tx, w.actor.Org, contact.CatalogVersion)
		if err != nil {
			return nil, err
		}
		stored, err := w.newValues(set, contact, in, values)
		if err != nil {
			return nil, err
		}
		return contact, w.setAttribute(ctx, tx, contact, set.byKey[in.Key], stored)
	})
	if err != nil {
		return nil, err
	}
	attribute, err := c.AttributeOf(ctx, contact, in.Key)
	return &Changed{contact, attribute}, err
}

// newValues checks everything about a change of one attribute: that it is known and editable, its values and its version.
func (w *write) newValues(set *definitionSet, contact *Contact, in AttributeChange, values func(checker) ([]StoredValue, error)) ([]StoredValue, error) {
	def := set.readable(in.Key, w.actor)
	if def == nil {
		return nil, FieldErrorf(NotFound, "key", "the organisation has no definition of this key")
	}
	if err := w.editable(def); err != nil {
		return nil, err
	}
	record := contact.record(in.Key)
	stored, err := values(w.contacts.checker(set, def, record, w.actor.Languages))
	if err != nil {
		return nil, err
	}
	version := 0
	if record != nil {
		version = record.Version
	}
	if version != in.ExpectedVersion {
		view := set.forViewer(w.actor).Definition(in.Key)
		return nil, conflict(w.contacts.attribute(contact.ID, view, record, w.actor), version, in.ExpectedVersion)
	}
	return stored, nil
}

func (w *write) editable(def *Definition) error {
	why := def.whyNot(w.actor)
	if why == "" {
		return nil
	}
	e := FieldErrorf(ReadOnly, def.Key, "this attribute cannot be edited")
	if why == WhyRole { // which is told to nobody who may not read it, and with that its definition
		e = FieldErrorf(ReadOnly, def.Key, "only these roles may edit this attribute: %s", roleList(def.Editors, ", "))
	}
	e.Why = why
	return e
}

// setAttribute writes one attribute of a contact, the contact with it, and its event.
func (w *write) setAttribute(ctx context.Context, tx Tx, contact *Contact, def *Definition, values []StoredValue) error {
	version := w.stamp(contact, def, values)
	if err := w.put(ctx, tx, contact); err != nil {
		return err
	}
	return w.record(ctx, tx, contact, Event{Contact: contact.ID, Topic: TopicContact, Type: AttributeChanged, Subject: def.Key, Version: version})
}

// stamp replaces the record of an attribute and returns its new version.
func (w *write) stamp(contact *Contact, def *Definition, values []StoredValue) int {
	r := AttributeRecord{Key: def.Key, Type: def.ValueType, Values: values, Origin: w.actor.Origin, SetBy: w.actor.Agent, SetAt: w.at, Version: 1}
	if old := contact.record(def.Key); old != nil {
		r.Version = old.Version + 1
	}
	contact.put(r)
	return r.Version
}
