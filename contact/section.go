package contact

import (
	"context"
	"slices"
)

// SectionInput is a new section.
type SectionInput struct {
	Key              string
	Labels           Localised // at least one
	Order            *int      // nil: after the last
	ClientMutationID string
}

// SectionChange is a change of a section; nil members stay as they are.
type SectionChange struct {
	Key              string
	ExpectedVersion  int
	Labels           *Localised
	Order            *int
	ClientMutationID string
}

// CreateSection makes a section. FORBIDDEN but for administrators. Problems: a key in use, wordings that do not hold, more
// than 50 sections.
func (c *Contacts) CreateSection(ctx context.Context, in SectionInput) (*SectionDefinition, error) {
	asked := attempt{mutation: "createAttributeSection", key: in.ClientMutationID, input: []string{inputText(in)}, section: in.Key}
	return c.changeSection(ctx, asked, func(w *write, set *definitionSet) (*Section, error) {
		if err := checkKey("key", in.Key); err != nil {
			return nil, err
		}
		if set.hasSection(in.Key) {
			return nil, FieldErrorf(Taken, "key", "this key is in use")
		}
		if len(set.sections) >= MaxSections {
			return nil, limitReached("key", "an organisation has at most %d sections", MaxSections, len(set.sections)+1)
		}
		s := &Section{ID: c.newID(PrefixSection), Key: in.Key, Order: orderGap}
		if n := len(set.sections); n > 0 {
			s.Order = set.sections[n-1].Order + orderGap
		}
		return s, w.shapeSection(s, &in.Labels, in.Order)
	})
}

// UpdateSection changes a section's wordings or place. FORBIDDEN but for administrators. Problems: an unknown key, wordings
// that do not hold, another version than the expected one.
func (c *Contacts) UpdateSection(ctx context.Context, in SectionChange) (*SectionDefinition, error) {
	asked := attempt{mutation: "updateAttributeSection", key: in.ClientMutationID, input: []string{inputText(in)}, section: in.Key}
	return c.changeSection(ctx, asked, func(w *write, set *definitionSet) (*Section, error) {
		if err := checkExpected(in.ExpectedVersion); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(set.sections, func(s *Section) bool { return s.Key == in.Key })
		if i < 0 {
			return nil, FieldErrorf(NotFound, "key", "there is no such section")
		}
		s := *set.sections[i]
		if s.Version != in.ExpectedVersion {
			return nil, conflict(s.forViewer(w.actor.Languages), s.Version, in.ExpectedVersion)
		}
		return &s, w.shapeSection(&s, in.Labels, in.Order)
	})
}

func (w *write) shapeSection(s *Section, labels *Localised, order *int) (err error) {
	if labels != nil {
		if s.Labels, err = w.contacts.cleanLocalised(*labels, "labels", MaxLabelLength, true); err != nil {
			return err
		}
	}
	if order != nil {
		if *order < -maxOrder || *order > maxOrder {
			return FieldErrorf(BadUserInput, "order", "is out of range")
		}
		s.Order = *order
	}
	return nil
}

// changeSection runs one administrator's change of one section and answers with the section as the viewer reads it.
func (c *Contacts) changeSection(ctx context.Context, asked attempt, change func(*write, *definitionSet) (*Section, error)) (*SectionDefinition, error) {
	asked.kind = AuditSectionChanged
	s, err := once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Section, error) {
		set, err := w.definitionSet(ctx, tx)
		if err != nil {
			return nil, err
		}
		s, err := change(w, set)
		if err != nil {
			return nil, err
		}
		s.Version++
		if err := tx.PutSection(ctx, w.actor.Org, *s); err != nil {
			return nil, err
		}
		return s, w.audit(ctx, tx, AuditSectionChanged, "", s.Key, s.Version)
	})
	if err != nil {
		return nil, err
	}
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	return s.forViewer(actor.Languages), nil
}
