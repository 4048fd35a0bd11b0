package contact

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// Topic is one of a contact's two event streams.
type Topic string

// The topics.
const (
	TopicNotes   Topic = "NOTES"   // notes added, edited, deleted, restored
	TopicContact Topic = "CONTACT" // everything else about the contact
)

// EventType says what happened.
type EventType string

// The event types; the first four belong to TopicNotes.
const (
	NoteAdded        EventType = "NOTE_ADDED"
	NoteEdited       EventType = "NOTE_EDITED"
	NoteDeleted      EventType = "NOTE_DELETED"
	NoteRestored     EventType = "NOTE_RESTORED"
	ContactChanged   EventType = "CONTACT_CHANGED" // the name or picture
	ProfileChanged   EventType = "PROFILE_CHANGED"
	AttributeChanged EventType = "ATTRIBUTE_CHANGED"
	VIPChanged       EventType = "VIP_CHANGED"
	// ValidationChanged is another answer of the CRM.
	ValidationChanged EventType = "VALIDATION_CHANGED"
)

// Event is one committed change of one contact. It is thin: it names what changed and carries no text, so that erasing a
// contact needs no rewriting of history. Seq is contiguous per contact and topic and equals the order of commits.
type Event struct {
	Contact ID
	Topic   Topic
	Epoch   int64
	Seq     int64
	Type    EventType
	Subject string // note id, attribute key, profile id, or "" when the contact itself is meant
	Version int    // of the subject, after the change
	Actor   Agent
	At      time.Time
	// ClientMutationID is the key that the writer sent, so that its own echo can be told; "" when it sent none.
	ClientMutationID string
}

// Head is how far a stream has come. Epoch is random and stays for the life of the stream: another epoch is another
// history. A head that was never written to has seq 0.
type Head struct {
	Epoch int64
	Seq   int64
}

const cursorVersion = 1

// Cursor gives the opaque form of the position: base64url of a version, the epoch and the seq. There is no organisation
// and no contact in it, and nothing in it can be forged to see more.
func (h Head) Cursor() string {
	raw := make([]byte, 0, 17)
	raw = append(raw, cursorVersion)
	raw = binary.BigEndian.AppendUint64(raw, uint64(h.Epoch)) //nolint:gosec // round trip of the bits
	raw = binary.AppendUvarint(raw, uint64(h.Seq))            //nolint:gosec // seq is never negative
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParseHead reads a cursor made by [Head.Cursor]; INVALID_CURSOR for anything else.
func ParseHead(cursor string) (Head, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < 10 || raw[0] != cursorVersion {
		return Head{}, Errorf(InvalidCursor, "this is no cursor of an event stream")
	}
	seq, n := binary.Uvarint(raw[9:])
	if n != len(raw)-9 || seq > 1<<62 {
		return Head{}, Errorf(InvalidCursor, "this is no cursor of an event stream")
	}
	return Head{int64(binary.BigEndian.Uint64(raw[1:9])), int64(seq)}, nil //nolint:gosec // round trip of the bits
}

// NewEpoch makes the random epoch of a new stream. It is positive. Stores call it when they make a head.
func NewEpoch() int64 {
	var raw [8]byte
	rand.Read(raw[:])
	return int64(binary.BigEndian.Uint64(raw[:])>>1) | 1
}
