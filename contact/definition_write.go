package contact

import (
	"context"
	"slices"
)

// DefinitionInput is a new definition.
type DefinitionInput struct {
	Key              string
	Kind             AttributeKind
	ValueType        ValueType
	IsList           bool
	Labels           Localised // at least one
	Descriptions     Localised
	Section          string
	Order            *int // nil: after the section's last
	Rules            RuleSet
	Readers          []Role `json:",omitempty"` // none: everybody
	Editors          []Role `json:",omitempty"` // none: everybody who may read
	ClientMutationID string
}

// DefinitionChange is a change of a definition; nil members stay as they are.
type DefinitionChange struct {
	Key              string
	ExpectedVersion  int
	Labels           *Localised
	Descriptions     *Localised
	Section          *string
	Order            *int
	Rules            *RuleSet
	Readers          *[]Role `json:",omitempty"`
	Editors          *[]Role `json:",omitempty"`
	ClientMutationID string
}

// VersionedKey names a definition and the version that the caller saw.
type VersionedKey struct {
	Key             string
	ExpectedVersion int
}

// orderGap is left between neighbours, so that one can be put between two without touching either.
const orderGap = 100

const maxOrder = 1 << 30

// CreateDefinition makes a definition. FORBIDDEN but for administrators. Problems: a key that is or was in use (TAKEN), an
// unknown section, wordings or rules that do not hold, more than 200 definitions.
func (c *Contacts) CreateDefinition(ctx context.Context, in DefinitionInput) (*AttributeDefinition, error) {
	asked := attempt{
		mutation: "createAttributeDefinition", key: in.ClientMutationID, input: []string{inputText(in)}, kind: AuditDefinitionCreated, definition: in.Key,
	}
	return c.changeDefinition(ctx, asked,
		func(_ context.Context, _ Tx, w *write, set *definitionSet) (*Definition, error) {
			in := in // a transaction may run twice, on another set
			if err := w.newDefinition(set, &in); err != nil {
				return nil, err
			}
			d := &Definition{
				ID: c.newID(PrefixDefinition), Key: in.Key, Kind: in.Kind, ValueType: in.ValueType, IsList: in.IsList, Section: in.Section,
				CreatedAt: w.at, Version: 1,
			}
			return d, w.shape(set, d, DefinitionChange{
				Labels: &in.Labels, Descriptions: &in.Descriptions, Section: &in.Section, Order: in.Order, Rules: &in.Rules,
				Readers: &in.Readers, Editors: &in.Editors,
			})
		})
}

// newDefinition checks what only a new definition can break.
func (w *write) newDefinition(set *definitionSet, in *DefinitionInput) error {
	if err := checkKey("key", in.Key); err != nil {
		return err
	}
	if !slices.Contains([]AttributeKind{KindStandard, KindCRM, KindCustom}, in.Kind) {
		return invalid("kind", say("STANDARD, CRM or CUSTOM"), "is not a kind of attributes")
	}
	if !slices.Contains(ValueTypes(), in.ValueType) {
		return invalid("valueType", say("one of the value types"), "is not a value type")
	}
	if set.byKey[in.Key] != nil {
		return FieldErrorf(Taken, "key", "this key is in use, or was once; keys are never used again")
	}
	if len(set.ordered) >= MaxDefinitions {
		return limitReached("key", "an organisation has at most %d definitions", MaxDefinitions, len(set.ordered)+1)
	}
	if in.Kind == KindCRM && w.actor.Origin != OriginCRM {
		return invalid("kind", say("STANDARD or CUSTOM"), "is given to definitions by the connection of a CRM")
	}
	if in.Order == nil {
		next := orderGap
		for _, d := range set.ordered {
			if d.Section == in.Section {
				next = max(next, d.Order+orderGap)
			}
		}
		in.Order = &next
	}
	return nil
}

// UpdateDefinition changes wordings, place, rules or rights. Key, kind and value type never change. Values that stand stay, even
// when new rules would refuse them. FORBIDDEN but for administrators. Problems as with CreateDefinition, and an unknown
// key, and another version than the expected one.
func (c *Contacts) UpdateDefinition(ctx context.Context, in DefinitionChange) (*AttributeDefinition, error) {
	asked := attempt{
		mutation: "updateAttributeDefinition", key: in.ClientMutationID, input: []string{inputText(in)}, kind: AuditDefinitionUpdated, definition: in.Key,
	}
	return c.changeDefinition(ctx, asked,
		func(_ context.Context, _ Tx, w *write, set *definitionSet) (*Definition, error) {
			d, err := w.definition(set, in.Key, in.ExpectedVersion)
			if err != nil {
				return nil, err
			}
			return d, w.shape(set, d, in)
		})
}

// ArchiveDefinition takes a definition out of the panel; contacts keep its values. Archiving an archived one succeeds and
// changes nothing. FORBIDDEN but for administrators. Problems: an unknown key, another version than the expected one.
func (c *Contacts) ArchiveDefinition(ctx context.Context, key string, expected int, mutationID string) (*AttributeDefinition, error) {
	asked := attempt{
		mutation: "archiveAttributeDefinition", key: mutationID, input: []string{inputText(VersionedKey{key, expected})}, kind: AuditDefinitionArchived, definition: key,
	}
	return c.changeDefinition(ctx, asked,
		func(_ context.Context, _ Tx, w *write, set *definitionSet) (*Definition, error) {
			d, err := w.definition(set, key, expected)
			if err != nil || d.ArchivedAt != nil {
				return set.byKey[key], err
			}
			d.ArchivedAt = &w.at
			return d, nil
		})
}

// RestoreDefinition brings an archived definition and its values back. Restoring one that stands succeeds and changes
// nothing. FORBIDDEN but for administrators. Problems as with ArchiveDefinition.
func (c *Contacts) RestoreDefinition(ctx context.Context, key string, expected int, mutationID string) (*AttributeDefinition, error) {
	asked := attempt{
		mutation: "restoreAttributeDefinition", key: mutationID, input: []string{inputText(VersionedKey{key, expected})}, kind: AuditDefinitionRestored, definition: key,
	}
	return c.changeDefinition(ctx, asked,
		func(_ context.Context, _ Tx, w *write, set *definitionSet) (*Definition, error) {
			d, err := w.definition(set, key, expected)
			if err != nil || d.ArchivedAt == nil {
				return set.byKey[key], err
			}
			d.ArchivedAt = nil
			return d, nil
		})
}

// OrderDefinitions puts definitions into a section in the given order; others of the section keep their place after them.
// FORBIDDEN but for administrators. Problems: an unknown section or key, a key twice, another version than the expected one.
func (c *Contacts) OrderDefinitions(ctx context.Context, section string, keys []VersionedKey, mutationID string) ([]*AttributeDefinition, error) {
	asked := attempt{
		mutation: "orderAttributeDefinitions", key: mutationID, input: []string{section, inputText(keys)}, kind: AuditDefinitionUpdated,
	}
	changed, err := once(ctx, c, asked,
		func(ctx context.Context, tx Tx, w *write) (definitionKeys, error) {
			set, err := w.definitionSet(ctx, tx)
			if err != nil {
				return nil, err
			}
			return w.order(ctx, tx, set, section, keys)
		})
	if err != nil {
		return nil, err
	}
	catalog, err := c.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	var out []*AttributeDefinition
	for _, key := range changed {
		out = append(out, catalog.Definition(key))
	}
	return out, nil
}

func (w *write) order(ctx context.Context, tx Tx, set *definitionSet, section string, keys []VersionedKey) ([]string, error) {
	if !set.hasSection(section) {
		return nil, FieldErrorf(NotFound, "section", "there is no such section")
	}
	var named []*Definition
	for _, k := range keys {
		d, err := w.definition(set, k.Key, k.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(named, func(n *Definition) bool { return n.Key == d.Key }) {
			return nil, invalid("definitions", say("each key once"), "names a key twice")
		}
		named = append(named, d)
	}
	for _, rest := range set.ordered {
		if rest.Section == section && !slices.ContainsFunc(named, func(n *Definition) bool { return n.Key == rest.Key }) {
			d := *rest
			named = append(named, &d)
		}
	}
	var changed []string
	for i, d := range named {
		place := (i + 1) * orderGap
		if i < len(keys) {
			changed = append(changed, d.Key)
		}
		if d.Section == section && d.Order == place {
			continue
		}
		d.Section, d.Order = section, place
		if err := w.putDefinition(ctx, tx, d, AuditDefinitionUpdated); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// changeDefinition runs one administrator's change of one definition and answers with the definition as the viewer reads
// it. A change that gives back the set's own definition changes nothing.
func (c *Contacts) changeDefinition(
	ctx context.Context, asked attempt, change func(context.Context, Tx, *write, *definitionSet) (*Definition, error),
) (*AttributeDefinition, error) {
	d, err := once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Definition, error) {
		set, err := w.definitionSet(ctx, tx)
		if err != nil {
			return nil, err
		}
		d, err := change(ctx, tx, w, set)
		if err != nil || d == set.byKey[d.Key] {
			return d, err
		}
		return d, w.putDefinition(ctx, tx, d, asked.kind)
	})
	if err != nil {
		return nil, err
	}
	catalog, err := c.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	return d.forViewer(actor, catalog.sectionsByKey()), nil
}

func (w *write) definitionSet(ctx context.Context, tx Tx) (*definitionSet, error) {
	d, err := tx.Definitions(ctx, w.actor.Org)
	if err != nil {
		return nil, err
	}
	return w.contacts.newDefinitionSet(d), nil
}

// definition returns a copy of a definition to change it.
func (w *write) definition(set *definitionSet, key string, expected int) (*Definition, error) {
	if err := checkExpected(expected); err != nil {
		return nil, err
	}
	found := set.byKey[key]
	if found == nil {
		return nil, FieldErrorf(NotFound, "key", "the organisation has no definition of this key")
	}
	if found.Version != expected {
		return nil, conflict(set.forViewer(w.actor).Definition(key), found.Version, expected)
	}
	d := *found
	return &d, nil
}

func (w *write) putDefinition(ctx context.Context, tx Tx, d *Definition, kind AuditKind) error {
	if !d.UpdatedAt.IsZero() {
		d.Version++
	}
	d.UpdatedAt = w.at
	if err := tx.PutDefinition(ctx, w.actor.Org, *d); err != nil {
		return err
	}
	return w.audit(ctx, tx, kind, "", d.Key, d.Version)
}

// shape applies wordings, place, rules and rights that are given, each checked.
func (w *write) shape(set *definitionSet, d *Definition, in DefinitionChange) (err error) {
	if in.Labels != nil {
		if d.Labels, err = w.contacts.cleanLocalised(*in.Labels, "labels", MaxLabelLength, true); err != nil {
			return err
		}
	}
	if in.Descriptions != nil {
		if d.Descriptions, err = w.contacts.cleanLocalised(*in.Descriptions, "descriptions", MaxReasonLength, false); err != nil {
			return err
		}
	}
	if in.Section != nil {
		if !set.hasSection(*in.Section) {
			return FieldErrorf(NotFound, "section", "there is no such section")
		}
		d.Section = *in.Section
	}
	if in.Order != nil {
		if *in.Order < -maxOrder || *in.Order > maxOrder {
			return FieldErrorf(BadUserInput, "order", "is out of range")
		}
		d.Order = *in.Order
	}
	if in.Rules != nil {
		if d.Rules, err = w.contacts.cleanRules(*in.Rules, d.ValueType, d.IsList); err != nil {
			return err
		}
	}
	return d.setRights(in.Readers, in.Editors)
}

func (s *definitionSet) hasSection(key string) bool {
	return slices.ContainsFunc(s.sections, func(section *Section) bool { return section.Key == key })
}

func (c *Catalog) sectionsByKey() map[string]*SectionDefinition {
	out := make(map[string]*SectionDefinition, len(c.Sections))
	for _, s := range c.Sections {
		out[s.Key] = s
	}
	return out
}
