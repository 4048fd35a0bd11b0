package contact

import (
	"context"
	"sync/atomic"
	"time"
)

// Phones reads and writes phone numbers. Error texts are reasons for a person and quote nothing.
type Phones interface {
	// E164 reads a number; region (ISO 3166-1 alpha-2) is the country of national writing, "" for none.
	E164(number, region string) (string, error)
	// Display writes an E.164 number for people.
	Display(e164 string) string
	// National gives the digits of an E.164 number as dialled within its country, "" when that is not known.
	National(e164 string) string
	// Region reports whether the region is known.
	Region(region string) bool
}

// Languages knows human languages.
type Languages interface {
	// Tag returns the canonical form of a BCP 47 tag, an error when it names no known language.
	Tag(tag string) (string, error)
	// Name gives the name of a language in the language of the locale, the tag itself when it is not known.
	Name(tag, locale string) string
}

// Domains knows mail domains.
type Domains interface {
	// ASCII gives the ASCII form of a domain in lower case (IDNA), an error when it is none.
	ASCII(domain string) (string, error)
}

// Letters takes letters apart.
type Letters interface {
	// Decompose gives the compatibility decomposition (Unicode NFKD).
	Decompose(s string) string
}

// Deps is what the domain needs. All but Provision, RenewsKeys and AuditLost are required.
type Deps struct {
	Store     Store
	Phones    Phones
	Languages Languages
	Domains   Domains
	Letters   Letters
	Now       func() time.Time
	NewID     func(prefix string) ID
	// Provision makes an organisation at its first use by a valid token. Without it an unknown organisation is FORBIDDEN.
	Provision bool
	// RenewsKeys says that somebody calls [Contacts.OldKeys] and [Contacts.RenewKeys], and that [Contacts.Search] is to be
	// DB_UNAVAILABLE until one of them has found no old keys, once. Without it a search finds by the keys that there are.
	RenewsKeys bool
	// AuditLost is told why the entry of a refused change could not be written; nil: nobody is. The refusal itself was
	// answered. It may be called by several goroutines at once, and must not wait.
	AuditLost func(ctx context.Context, err error)
}

// Contacts holds the use cases and the rules. It is what the wire, the import and the demo talk to. Safe for concurrent
// use.
type Contacts struct {
	store     Store
	phones    Phones
	languages Languages
	domains   Domains
	letters   Letters
	now       func() time.Time
	newID     func(prefix string) ID
	provision bool
	catalogs  catalogs
	known     knownOrganisations
	agents    knownAgents
	live      *live
	refusals  *refusals
	auditLost func(context.Context, error)

	keysAreNew atomic.Bool // no search meets keys of older rules, or nobody renews them
}

// New makes the use cases.
func New(d Deps) *Contacts {
	c := &Contacts{
		store: d.Store, phones: d.Phones, languages: d.Languages, domains: d.Domains, letters: d.Letters,
		now: d.Now, newID: d.NewID, provision: d.Provision,
		catalogs: catalogs{now: d.Now, sets: map[OrgID]*definitionSet{}, running: map[OrgID]chan struct{}{}}, known: knownOrganisations{names: map[OrgID]bool{}},
		agents: knownAgents{now: d.Now, read: d.Store.DeactivatedAgents, byOrg: map[OrgID]*orgAgents{}},
		live:   newLive(d.Now), refusals: newRefusals(d.Now), auditLost: d.AuditLost,
	}
	c.keysAreNew.Store(!d.RenewsKeys)
	return c
}
