package contact

import (
	"context"
	"errors"
	"time"
)

// Store keeps everything, for all organisations. Every method is safe for concurrent use and filters by the organisation
// that it is given: what belongs to another one does not exist. Errors are *[Error] with DB_UNAVAILABLE, STORAGE_FULL,
// OUTCOME_UNKNOWN or INTERNAL_SERVER_ERROR, or the context's error; "not there" is an empty answer, not an error, unless a
// method says otherwise. Reads outside a transaction see what was committed before they began.
type Store interface {
	Reader
	Follower
	ArchiveReader
	ContactWalker
	KeyRenewer

	// Update runs fn in one transaction of the organisation and commits when fn returns nil; any error, fn's own included,
	// rolls everything back and is returned. Two transactions that read and write the same thing never both commit from the
	// same state. fn may run more than once, after a lost race or a fault: it must have no effect outside tx, and the last run counts.
	// When Update returns nil the change survives a crash of the process and of the machine.
	Update(ctx context.Context, org OrgID, fn func(ctx context.Context, tx Tx) error) error

	// Sweep removes what has outlived its time in all organisations, in small transactions, and says how many rows went.
	Sweep(ctx context.Context, limits SweepLimits) (int, error)

	// Ping reports whether the store answers, within the context's deadline.
	Ping(ctx context.Context) error

	// Close waits for running calls and releases everything. Calls after it fail with DB_UNAVAILABLE,
	// caused by ErrClosed.
	Close() error
}

// ErrClosed is the cause of what a closed store answers: it does not come back.
var ErrClosed = errors.New("the store is closed")

// Reader is what can be read, inside a transaction and outside of one. Inside, it sees what the transaction has written.
type Reader interface {
	OrganisationReader
	AgentReader
	DefinitionReader
	ContactReader
	NoteReader
	LogReader
}

// OrganisationReader reads organisations.
type OrganisationReader interface {
	// Organisation returns the organisation; NOT_FOUND when there is none of the name.
	Organisation(ctx context.Context, org OrgID) (Organisation, error)
	// HasOrganisations reports whether the store knows any organisation at all.
	HasOrganisations(ctx context.Context) (bool, error)
}

// AgentReader reads which agents are shut out.
type AgentReader interface {
	// DeactivatedAgents returns all of the organisation's deactivated agents, in no order; none for an unknown organisation.
	DeactivatedAgents(ctx context.Context, org OrgID) ([]DeactivatedAgent, error)
}

// DefinitionReader reads an organisation's catalog.
type DefinitionReader interface {
	// Definitions returns all definitions, archived ones included, all sections and all groups, in no order, with the version of
	// the catalog. All of it is of one moment.
	Definitions(ctx context.Context, org OrgID) (Definitions, error)
}

// ContactReader reads contacts. Every contact comes with the version of its organisation's catalog and with the heads of
// its two topics, all of one moment.
type ContactReader interface {
	// Contacts returns the contacts with the ids, in no order; unknown ids are left out. At most MaxPageSize ids.
	Contacts(ctx context.Context, org OrgID, ids []ID) ([]Contact, error)
	// ContactByKey returns the contact that holds a unique key (a profile), nil when nobody does.
	ContactByKey(ctx context.Context, org OrgID, key LookupKey) (*Contact, error)
	// Match says for each key, in the order of the keys, which contacts hold it.
	Match(ctx context.Context, org OrgID, keys []LookupKey, number string) ([]KeyMatch, error)
	// SearchContacts returns a page of the contacts that the query chooses, in the query's order.
	SearchContacts(ctx context.Context, org OrgID, q ContactQuery) (Slice[Contact], error)
}

// NoteReader reads notes.
type NoteReader interface {
	// Notes returns a page of a contact's notes, ordered by Position.Number then ID, both descending: notes that stand, by
	// CreatedAt, or deleted ones, by DeletedAt.
	Notes(ctx context.Context, org OrgID, q NoteQuery) (Slice[Note], error)
	// NotesByID returns the notes with the ids, tombstones included, in no order; unknown ids are left out.
	NotesByID(ctx context.Context, org OrgID, ids []ID) ([]Note, error)
}

// LogReader reads what was written beside the things themselves.
type LogReader interface {
	// Events returns up to limit events of a contact and topic with seq > after, in the order of seq.
	Events(ctx context.Context, org OrgID, contact ID, topic Topic, after int64, limit int) ([]Event, error)
	// Applied returns the remembered write of an agent's key, nil when there is none.
	Applied(ctx context.Context, org OrgID, agent ID, key string) (*Applied, error)
	// AuditEntries returns a page of the entries that the query chooses, ordered by AuditAt, descending.
	AuditEntries(ctx context.Context, org OrgID, q AuditQuery) (Slice[AuditEntry], error)
}

// Tx is a transaction: it reads, and it writes. Nothing is visible outside before the commit. It must not be used after fn
// returned, nor by several goroutines.
type Tx interface {
	Reader

	// PutOrganisation makes an organisation; one that exists stays as it is.
	PutOrganisation(ctx context.Context, o Organisation) error
	// PutDeactivatedAgent makes or replaces a deactivated agent by id. NOT_FOUND when the organisation was never made. Of two
	// transactions that change agents of one organisation, the later one has read what the earlier one wrote.
	PutDeactivatedAgent(ctx context.Context, org OrgID, d DeactivatedAgent) error
	// RemoveDeactivatedAgent removes a deactivated agent by id; one that is not there is no error. Else as PutDeactivatedAgent.
	RemoveDeactivatedAgent(ctx context.Context, org OrgID, agent ID) error
	// PutDefinition makes or replaces a definition by key, and raises the catalog's version.
	PutDefinition(ctx context.Context, org OrgID, d Definition) error
	// PutSection makes or replaces a section by key, and raises the catalog's version.
	PutSection(ctx context.Context, org OrgID, s Section) error
	// PutGroup makes or replaces a group by key, and raises the catalog's version.
	PutGroup(ctx context.Context, org OrgID, g Group) error
	// RemoveGroup removes a group by key, and raises the catalog's version; one that is not there is no error.
	RemoveGroup(ctx context.Context, org OrgID, key string) error
	// PutContact makes or replaces a contact with its keys; making one also makes the heads of its topics. TAKEN when
	// another contact holds one of its unique keys.
	PutContact(ctx context.Context, org OrgID, c Contact, index ContactIndex) error
	// PutNote makes or replaces a note.
	PutNote(ctx context.Context, org OrgID, n Note) error
	// Append numbers an event with the next seq of its contact and topic, writes it, and returns the head as it is then.
	// Epoch and Seq of the argument are not looked at. NOT_FOUND when the contact was never made.
	Append(ctx context.Context, org OrgID, e Event) (Head, error)
	// PutApplied remembers a write; one of the same agent and key is replaced. NOT_FOUND when it tells of a contact that there is
	// not. Of a transaction that remembers one and another that erases its contact, the later one has read what the earlier one
	// wrote: no remembered write outlives its contact.
	PutApplied(ctx context.Context, org OrgID, a Applied) error
	// PutAudit writes an audit row. None is ever written twice.
	PutAudit(ctx context.Context, org OrgID, e AuditEntry) error
	// EraseContact removes a contact with its keys, heads and events, its notes in every state, and the remembered writes that
	// tell of it; audit rows stay. NOT_FOUND when there is none. After the commit nothing reads any of it, in any process, and
	// streams of the contact end with NOT_FOUND. What a backend does so that nothing of it can be found in its files either is
	// said in docs/erasure.md: it goes on after the commit, and after a crash with the next start.
	EraseContact(ctx context.Context, org OrgID, of ID) error
}

// Organisation is a tenant.
type Organisation struct {
	ID        OrgID
	CreatedAt time.Time
	// CatalogVersion rises with every change of a definition, section or group; a store keeps it, PutOrganisation does not set it.
	CatalogVersion int
}

// LookupKind says what a key is.
type LookupKind string

// The kinds of keys. Only a profile is unique.
const (
	LookupCustomerNumber LookupKind = "NUMBER"
	LookupProfile        LookupKind = "PROFILE" // network:handle, lower case
	LookupEmail          LookupKind = "EMAIL"   // ASCII, lower case
	LookupPhone          LookupKind = "PHONE"   // E.164
	LookupRow            LookupKind = "ROW"     // digest of an imported row that has none of the others
)

// LookupKey is one value by which a contact is found exactly.
type LookupKey struct {
	Kind  LookupKind
	Value string
}

// KeyMatch says who holds a key.
type KeyMatch struct {
	Key LookupKey
	// Fits are up to two contacts that hold the key and have no customer number or just the one that was asked with; with
	// no number asked, up to two of all holders. Two already mean "several".
	Fits []ID
	// IsHeld says that any contact holds the key.
	IsHeld bool
}

// ContactIndex is how a contact is found and ordered: made in this package, kept by stores as it is.
type ContactIndex struct {
	Sort   string      // orders by name
	Search []string    // a search finds the contact when each of its terms is a prefix of one of these; see SearchMark
	Lookup []LookupKey // the exact keys
	Number string      // the customer number, "" when there is none
	Rules  int         // the version of the rules that made Sort and Search, see KeyRules
}

// SearchMark stands in a search key between what is found and the key of the definition that it comes from. A search key
// without it comes from names and profiles. No term of a search holds it.
const SearchMark = "\x1f"

// ContactField is what contacts can be ordered by.
type ContactField string

// The orders; each is made total by the id.
const (
	ByName      ContactField = "NAME"       // Position.Text, byte order
	ByCreatedAt ContactField = "CREATED_AT" // Position.Number, milliseconds
	ByUpdatedAt ContactField = "UPDATED_AT" // Position.Number, milliseconds
)

// ContactQuery chooses and orders contacts.
type ContactQuery struct {
	// Terms must all fit; a term fits when one of its forms is a prefix of one of the contact's search keys.
	Terms [][]string
	// Hidden are keys of definitions whose search keys do not count: the searcher may not read their values.
	Hidden []string
	// Networks chooses contacts with a profile on one of them; nil: all.
	Networks []Network
	// IsVIP chooses by the VIP state at Now; nil: all.
	IsVIP *bool
	Now   time.Time

	By         ContactField
	Descending bool // of the field and of the id
	Span       Span
}

// NoteQuery chooses notes of one contact.
type NoteQuery struct {
	Contact      ID
	DeletedSince *time.Time // nil: notes that stand; else those deleted after the moment
	Span         Span
}

// SweepLimits are the moments before which things have outlived their time.
type SweepLimits struct {
	NotesDeleted time.Time // tombstones deleted before
	Events       time.Time // events written before
	Applied      time.Time // remembered writes made before
	Refusals     time.Time // audit rows of refused changes written before
}
