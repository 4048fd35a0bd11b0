package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

type eventRow struct {
	Stream           string       `bson:"stream"` // of its contact and topic
	Org              string       `bson:"org"`
	Contact          string       `bson:"contact"`
	Topic            string       `bson:"topic"`
	Seq              int64        `bson:"seq"`
	Epoch            int64        `bson:"epoch"`
	Type             string       `bson:"type"`
	Subject          string       `bson:"subject"`
	Version          int          `bson:"version"`
	Actor            record.Agent `bson:"actor"`
	At               time.Time    `bson:"at"`
	ClientMutationID string       `bson:"clientMutationId"`
}

func eventToRow(org contact.OrgID, e *contact.Event) eventRow {
	return eventRow{
		streamOf(org, e.Contact, e.Topic), string(org), string(e.Contact), string(e.Topic), e.Seq, e.Epoch, string(e.Type), e.Subject, e.Version,
		record.Agent(e.Actor), e.At, e.ClientMutationID,
	}
}

// streamOf names the events of a contact and topic.
func streamOf(org contact.OrgID, of contact.ID, topic contact.Topic) string {
	return keyOf(org, string(of), string(topic))
}

func (r *eventRow) event() contact.Event {
	return contact.Event{
		Contact: contact.ID(r.Contact), Topic: contact.Topic(r.Topic), Epoch: r.Epoch, Seq: r.Seq, Type: contact.EventType(r.Type),
		Subject: r.Subject, Version: r.Version, Actor: r.Actor.Agent(), At: r.At, ClientMutationID: r.ClientMutationID,
	}
}

// Events implements [contact.LogReader].
func (r reader) Events(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after int64, limit int) ([]contact.Event, error) {
	filter := bson.D{{Key: "stream", Value: streamOf(org, of, topic)}, {Key: "seq", Value: bson.D{{Key: "$gt", Value: after}}}}
	o := options.Find().SetSort(bson.D{{Key: "seq", Value: 1}}).SetLimit(int64(limit))
	return find(ctx, r, events, filter, o, (*eventRow).event)
}

// Append implements [contact.Tx]. The head is a part of the contact, so that transactions that append to one conflict.
func (t *tx) Append(ctx context.Context, org contact.OrgID, e contact.Event) (contact.Head, error) {
	if err := t.tracked(ctx, e.Contact); err != nil {
		return contact.Head{}, err
	}
	known := t.contacts[e.Contact]
	if !known.exists {
		return contact.Head{}, contact.Errorf(contact.NotFound, "there is no such contact")
	}
	head := &known.row.EventsHead
	if e.Topic == contact.TopicNotes {
		head = &known.row.NotesHead
	}
	head.Seq++
	t.change(e.Contact, &known.hasLog)
	e.Epoch, e.Seq, e.At = head.Epoch, head.Seq, moment(e.At)
	t.pending = append(t.pending, write{collection: events, document: eventToRow(org, &e)})
	t.events = append(t.events, e)
	return contact.Head(*head), nil
}

type appliedRow struct {
	RowKey string    `bson:"_id"`
	Org    string    `bson:"org"`
	Agent  string    `bson:"agent"`
	Key    string    `bson:"key"`
	Hash   string    `bson:"hash"`
	Result []byte    `bson:"result"`
	At     time.Time `bson:"at"`
	// About is the key of the contact that the answer tells of, "" when it tells of none; rows of earlier versions lack it.
	About   string `bson:"about"`
	Contact string `bson:"contact"`
}

func (r *appliedRow) applied() contact.Applied {
	return contact.Applied{Agent: contact.ID(r.Agent), Key: r.Key, Hash: r.Hash, Result: r.Result, At: r.At, Contact: contact.ID(r.Contact)}
}

// appliedKey is the key of a remembered write. They sort by agent; a NUL, which no id holds, ends the agent's id.
func appliedKey(org contact.OrgID, agent contact.ID, key string) string {
	return keyOf(org, string(agent)+"\x00"+key)
}

// Applied implements [contact.LogReader].
func (r reader) Applied(ctx context.Context, org contact.OrgID, agent contact.ID, key string) (*contact.Applied, error) {
	found, err := find(ctx, r, applied, bson.D{{Key: "_id", Value: appliedKey(org, agent, key)}}, options.Find().SetLimit(1), (*appliedRow).applied)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// PutApplied implements [contact.Tx]. A write that only read the contact writes it here, so that it conflicts with an erasure.
func (t *tx) PutApplied(ctx context.Context, org contact.OrgID, a contact.Applied) error {
	row := appliedRow{
		RowKey: appliedKey(org, a.Agent, a.Key), Org: string(org), Agent: string(a.Agent), Key: a.Key, Hash: a.Hash, Result: a.Result,
		At: moment(a.At), Contact: string(a.Contact),
	}
	if a.Contact != "" {
		if err := t.tracked(ctx, a.Contact); err != nil {
			return err
		}
		known := t.contacts[a.Contact]
		if !known.exists {
			return contact.Errorf(contact.NotFound, "there is no such contact")
		}
		row.About = keyOf(org, row.Contact)
		t.change(a.Contact, &known.isTold)
	}
	t.pending = append(t.pending, put(applied, row.RowKey, row))
	return nil
}
