package contact

import (
	"context"
	"slices"
	"time"
)

// AuditKind says what was done, or tried. Kinds that an event has too carry the event type's name.
type AuditKind string

// The kinds. A change of several things leaves an entry of each; one that was refused leaves one entry.
const (
	AuditNoteAdded          = AuditKind(NoteAdded)
	AuditNoteEdited         = AuditKind(NoteEdited)
	AuditNoteDeleted        = AuditKind(NoteDeleted)
	AuditNoteRestored       = AuditKind(NoteRestored)
	AuditContactCreated     = AuditKind("CONTACT_CREATED")
	AuditContactChanged     = AuditKind(ContactChanged)
	AuditContactUpserted    = AuditKind("CONTACT_UPSERTED") // refused ones alone: one that is done says what it did
	AuditContactErased      = AuditKind("CONTACT_ERASED")
	AuditContactExported    = AuditKind("CONTACT_EXPORTED")
	AuditProfileChanged     = AuditKind(ProfileChanged)
	AuditAttributeChanged   = AuditKind(AttributeChanged)
	AuditVIPChanged         = AuditKind(VIPChanged)
	AuditValidationChanged  = AuditKind(ValidationChanged)
	AuditDefinitionCreated  = AuditKind("DEFINITION_CREATED")
	AuditDefinitionUpdated  = AuditKind("DEFINITION_UPDATED") // its place in its section too
	AuditDefinitionArchived = AuditKind("DEFINITION_ARCHIVED")
	AuditDefinitionRestored = AuditKind("DEFINITION_RESTORED")
	AuditSectionChanged     = AuditKind("SECTION_CHANGED") // made too
	AuditGroupCreated       = AuditKind("GROUP_CREATED")
	AuditGroupUpdated       = AuditKind("GROUP_UPDATED")
	AuditGroupDeleted       = AuditKind("GROUP_DELETED")
	AuditAgentDeactivated   = AuditKind("AGENT_DEACTIVATED")
	AuditAgentReactivated   = AuditKind("AGENT_REACTIVATED")
)

// AuditKinds lists every kind, in the order of the schema.
func AuditKinds() []AuditKind {
	return []AuditKind{
		AuditNoteAdded, AuditNoteEdited, AuditNoteDeleted, AuditNoteRestored, AuditContactCreated, AuditContactChanged,
		AuditContactUpserted, AuditContactErased, AuditContactExported, AuditProfileChanged, AuditAttributeChanged, AuditVIPChanged, AuditValidationChanged,
		AuditDefinitionCreated, AuditDefinitionUpdated, AuditDefinitionArchived, AuditDefinitionRestored, AuditSectionChanged,
		AuditGroupCreated, AuditGroupUpdated, AuditGroupDeleted, AuditAgentDeactivated, AuditAgentReactivated,
	}
}

// AuditEntry says who changed what, when and from where, or tried to, by id. It carries no text and no value: what a caller
// wrote is in it only where it is the id or the key of something that the organisation has.
type AuditEntry struct {
	ID        ID
	At        time.Time
	Agent     Agent
	Kind      AuditKind
	Contact   ID     // "" when no contact is meant, or when there is none of the id that a refused change named
	Subject   string // as in Event; a definition's, section's or group's key; "" when there is none of the name
	Version   int    // after the change; 0 of a refused one
	RequestID string
	Address   string
	// Refused is the code of the refusal, one of AuditedRefusals; "" of a change that was made.
	Refused Code
	// Omitted is how many refused changes of the agent before this one left no entry: see refusals.
	Omitted int
}

// AuditAt is the entry's place in the audit: newest first.
func AuditAt(e *AuditEntry) Position { return Position{Number: e.At.UnixMilli(), ID: e.ID} }

// AuditQuery chooses entries; all members that are set must hold.
type AuditQuery struct {
	Contact   ID          // "": all
	Agent     ID          // "": all
	Kinds     []AuditKind // each once; nil: all
	IsRefused *bool       // refused changes, or those that were made; nil: both
	Span      Span
}

// AuditedRefusals lists the codes of refusals that leave an entry: what an agent meets in normal work and what a use case
// calls the caller's mistake. A fault is none, whatever was asked: nobody decided against it.
func AuditedRefusals() []Code {
	return []Code{
		Conflict, TooLong, InvalidValue, ReadOnly, NotFound, AmbiguousMatch, Taken, LimitReached, BadUserInput, Forbidden, IdempotencyKeyReused,
	}
}

// AuditOutcome is what became of a change: AuditDone or the code of its refusal.
type AuditOutcome string

// AuditDone is the outcome of a change that was made.
const AuditDone AuditOutcome = "DONE"

// AuditRecord is an entry as an administrator reads it; nil members are not there.
type AuditRecord struct {
	ID        ID
	At        time.Time
	Agent     Agent
	Kind      AuditKind
	Outcome   AuditOutcome
	ContactID *ID
	Contact   *Contact // nil too when the contact is gone, or was not asked for
	Subject   *string
	Version   *int
	RequestID *string
	Address   *string
	Omitted   int
}

// AuditFilter chooses entries; every member that is set must hold. What nobody has finds nothing.
type AuditFilter struct {
	ContactID *ID
	AgentID   *ID // the token's subject
	Kinds     []AuditKind
	IsRefused *bool
}

// AuditInput is a look into the audit.
type AuditInput struct {
	Filter AuditFilter
	Page   PageArgs
	// WantContacts asks for the contacts, which costs one look at the store more.
	WantContacts bool
}

// AuditEntries returns a page of the organisation's audit, newest first. FORBIDDEN but for administrators.
func (c *Contacts) AuditEntries(ctx context.Context, in AuditInput) (Page[AuditRecord], error) {
	var none Page[AuditRecord]
	actor, err := actorFor(ctx, "auditEntries")
	if err != nil {
		return none, err
	}
	q := AuditQuery{Kinds: kindsOf(in.Filter), IsRefused: in.Filter.IsRefused}
	l := list{"auditEntries", string(actor.Org) + "\x00" + inputText(in.Filter)}
	if q.Span, err = in.Page.span(l); err != nil {
		return none, err
	}
	if !in.Filter.choose(&q) {
		return pageOf(l, Slice[AuditRecord]{}, in.Page.WantTotal, nil), nil
	}
	found, err := c.store.AuditEntries(ctx, actor.Org, q)
	if err != nil {
		return none, err
	}
	records := Slice[AuditRecord]{HasBefore: found.HasBefore, HasAfter: found.HasAfter, Total: found.Total}
	for i := range found.Items {
		records.Items = append(records.Items, found.Items[i].record())
	}
	if in.WantContacts {
		if err := c.addContacts(ctx, actor.Org, records.Items); err != nil {
			return none, err
		}
	}
	at := func(r *AuditRecord) Position { return Position{Number: r.At.UnixMilli(), ID: r.ID} }
	return pageOf(l, records, in.Page.WantTotal, at), nil
}

// choose sets whose entries are asked for. False: nobody has such an id.
func (f *AuditFilter) choose(q *AuditQuery) bool {
	for _, m := range []struct {
		from *ID
		to   *ID
	}{{f.ContactID, &q.Contact}, {f.AgentID, &q.Agent}} {
		if m.from == nil {
			continue
		}
		if *m.to = *m.from; *m.from == "" {
			return false
		}
	}
	return true
}

// kindsOf are the kinds of a filter, each once.
func kindsOf(f AuditFilter) []AuditKind {
	kinds := slices.Sorted(slices.Values(f.Kinds))
	if f.Kinds != nil && kinds == nil {
		return []AuditKind{} // none, which is not all
	}
	return slices.Compact(kinds)
}

// record is the entry for a reader.
func (e *AuditEntry) record() AuditRecord {
	r := AuditRecord{
		ID: e.ID, At: e.At, Agent: e.Agent, Kind: e.Kind, Outcome: AuditDone, ContactID: optional(e.Contact), Subject: optional(e.Subject),
		RequestID: optional(e.RequestID), Address: optional(e.Address), Omitted: e.Omitted,
	}
	if e.Refused != "" {
		r.Outcome = AuditOutcome(e.Refused)
	} else {
		r.Version = &e.Version
	}
	return r
}

// addContacts reads the contacts that records are about, those that are still there.
func (c *Contacts) addContacts(ctx context.Context, org OrgID, records []AuditRecord) error {
	var ids []ID
	for _, r := range records {
		if r.ContactID != nil && !slices.Contains(ids, *r.ContactID) {
			ids = append(ids, *r.ContactID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := c.store.Contacts(ctx, org, ids)
	if err != nil {
		return err
	}
	for i := range records {
		for k := range found {
			if id := records[i].ContactID; id != nil && found[k].ID == *id {
				records[i].Contact = &found[k]
			}
		}
	}
	return nil
}
