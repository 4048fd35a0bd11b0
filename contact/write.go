package contact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// MaxMutationIDLength is the longest clientMutationId, in code points.
const MaxMutationIDLength = 64

// IdempotentFor is how long a clientMutationId is remembered.
const IdempotentFor = 24 * time.Hour

// Applied is one remembered write: the key that the client sent, bound to organisation and agent, what was asked, and what
// was answered.
type Applied struct {
	Agent  ID
	Key    string
	Hash   string // of the mutation's name and input
	Result []byte // the first answer, as JSON
	At     time.Time
	// Contact is the contact that the answer tells of, and with which it is erased; "" when it tells of none.
	Contact ID
}

// answer is what a use case answers and what is remembered of it.
type answer interface {
	// about is the contact that the answer tells of, "" when it tells of none. It is asked when the write is remembered.
	about() ID
}

// write is one use case that changes something: who, when, and under which key.
type write struct {
	contacts *Contacts
	actor    Actor
	at       time.Time
	key      string
}

// once runs a change in one transaction, for an actor who may make it. With a key it happens at most once in 24 hours: the same
// key with the same input gives the first answer again, with other input IDEMPOTENCY_KEY_REUSED. Refused writes leave nothing
// but an entry in the audit, the key neither. do may run more than once and must have no effect outside the transaction.
func once[T answer](ctx context.Context, c *Contacts, a attempt, do func(context.Context, Tx, *write) (T, error)) (T, error) {
	var none T
	actor, err := ActorFrom(ctx)
	if err != nil {
		return none, err
	}
	result, err := try(ctx, c, actor, a, do)
	if err != nil {
		c.auditRefusal(ctx, actor, a, err)
		return none, err
	}
	return result, nil
}

// try makes a change unless it is refused, or was made before.
func try[T answer](ctx context.Context, c *Contacts, actor Actor, a attempt, do func(context.Context, Tx, *write) (T, error)) (result T, err error) {
	if _, err := actorFor(ctx, a.mutation); err != nil {
		return result, err
	}
	if a.allow != nil {
		if actor, err = a.allow(actor); err != nil {
			return result, err
		}
	}
	if n := utf8.RuneCountInString(a.key); n > MaxMutationIDLength || !utf8.ValidString(a.key) {
		return result, notText("clientMutationId", MaxMutationIDLength, n)
	}
	hash := inputHash(a.mutation, a.input)
	err = c.store.Update(ctx, actor.Org, func(ctx context.Context, tx Tx) error {
		w := &write{c, actor, moment(c.now()), a.key}
		if a.key != "" {
			found, err := tx.Applied(ctx, actor.Org, actor.ID, a.key)
			if err != nil {
				return err
			}
			if found != nil && w.at.Before(found.At.Add(IdempotentFor)) {
				if result, err = firstAnswer[T](found, hash); err != nil {
					return err
				}
				return w.seeNow(ctx, tx, result)
			}
		}
		var err error
		if result, err = do(ctx, tx, w); err != nil || a.key == "" {
			return err
		}
		encoded, err := json.Marshal(result)
		if err != nil {
			return err
		}
		return tx.PutApplied(ctx, actor.Org, Applied{actor.ID, a.key, hash, encoded, w.at, result.about()})
	})
	return result, err
}

func firstAnswer[T any](found *Applied, hash string) (result T, err error) {
	if found.Hash != hash {
		return result, FieldErrorf(IdempotencyKeyReused, "clientMutationId", "this key was used with other input in the last 24 hours")
	}
	err = json.Unmarshal(found.Result, &result)
	return result, err
}

// seeNow makes the contact of a first answer one that is read by today's definitions and their rights.
func (w *write) seeNow(ctx context.Context, tx Tx, a answer) error {
	var of *Contact
	switch a := a.(type) {
	case *Contact:
		of = a
	case *Upserted:
		of = a.Contact
	default:
		return nil
	}
	org, err := tx.Organisation(ctx, w.actor.Org)
	of.CatalogVersion = org.CatalogVersion
	return err
}

// inputHash is bound to the mutation's name and every member of its input.
func inputHash(name string, input []string) string {
	h := sha256.New()
	for _, part := range append([]string{name}, input...) {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// record writes the event and the audit row of a change, and moves the contact's head on, so that the contact in the answer
// is current to its own change. contact may be nil where the answer holds none.
func (w *write) record(ctx context.Context, tx Tx, contact *Contact, e Event) error {
	e.Actor, e.At, e.ClientMutationID = w.actor.Agent, w.at, w.key
	head, err := tx.Append(ctx, w.actor.Org, e)
	if err != nil {
		return err
	}
	if contact != nil && e.Topic == TopicNotes {
		contact.NotesHead = head
	} else if contact != nil {
		contact.EventsHead = head
	}
	return w.audit(ctx, tx, AuditKind(e.Type), e.Contact, e.Subject, e.Version)
}

// audit leaves the entry of a change.
func (w *write) audit(ctx context.Context, tx Tx, kind AuditKind, contact ID, subject string, version int) error {
	e := w.entry(kind)
	e.Contact, e.Subject, e.Version = contact, subject, version
	return tx.PutAudit(ctx, w.actor.Org, e)
}

// entry is a new entry that says who, what, when and from where.
func (w *write) entry(kind AuditKind) AuditEntry {
	return AuditEntry{
		ID: w.contacts.newID(PrefixAudit), At: w.at, Agent: w.actor.Agent, Kind: kind, RequestID: w.actor.RequestID, Address: w.actor.Address,
	}
}

// contact reads a contact to change it; field is the input member that names it.
func (w *write) contact(ctx context.Context, tx Tx, id ID, field string) (*Contact, error) {
	found, err := tx.Contacts(ctx, w.actor.Org, []ID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, FieldErrorf(NotFound, field, "there is no such contact")
	}
	return found[0].clone(), nil
}

// put writes a contact back with its keys, one version on.
func (w *write) put(ctx context.Context, tx Tx, contact *Contact) error {
	contact.Version++
	contact.UpdatedAt = w.at
	return tx.PutContact(ctx, w.actor.Org, *contact, w.contacts.index(contact))
}

// checkExpected refuses a version that no correct client sends.
func checkExpected(version int) error {
	if version < 0 {
		return FieldErrorf(BadUserInput, "expectedVersion", "expectedVersion must not be negative")
	}
	return nil
}

// notText refuses a text of n code points that is none in UTF-8, or longer than a limit.
func notText(field string, limit, n int) *Error {
	e := FieldErrorf(BadUserInput, field, "%s must be at most %d code points of UTF-8", field, limit)
	if n > limit {
		e.Max, e.Got, e.Unit = limit, n, CodePoints
	}
	return e
}

func versionText(version int) string { return strconv.Itoa(version) }

// conflict is the refusal of a write that expects another version; current is the thing as it stands. A version that was not
// reached is of another store, or a mistake of the client: nobody has changed anything then.
func conflict(current any, version, expected int) *Error {
	e := FieldErrorf(Conflict, "expectedVersion", "somebody changed this since; it stands at version %d now", version)
	if expected > version {
		e = FieldErrorf(Conflict, "expectedVersion", "the expected version is not known; it stands at version %d", version)
	}
	e.Current = current
	return e
}
