package contact

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Definitions is an organisation's whole catalog as a store returns it. Version rises with every change of any definition,
// section or group; the same version is the same catalog.
type Definitions struct {
	Version     int
	Definitions []Definition
	Sections    []Section
	Groups      []Group
}

// Catalog is an organisation's definitions as viewers of one language and of the same roles read them, in the order of the
// panel. It is made once per version and such viewers, shared between requests, and must not be changed.
type Catalog struct {
	Definitions []*AttributeDefinition // archived ones included
	Sections    []*SectionDefinition
	Groups      []*ContactGroup // by key; without those that test what the viewer may not know of
	byKey       map[string]*AttributeDefinition
	set         *definitionSet
}

// Definition returns the definition with the key, nil when there is none that the viewer may know of.
func (c *Catalog) Definition(key string) *AttributeDefinition { return c.byKey[key] }

// readable returns the definition with the key, nil when there is none whose values the viewer may read.
func (c *Catalog) readable(key string) *AttributeDefinition {
	if def := c.byKey[key]; def != nil && def.isReadable {
		return def
	}
	return nil
}

// definitionSet is one version of a catalog without a viewer.
type definitionSet struct {
	version  int
	keptAt   time.Time // when it was kept in memory, if it is
	ordered  []*Definition
	sections []*Section
	groups   []*groupRule // by key
	byKey    map[string]*Definition
	patterns map[string]*regexp.Regexp // compiled patterns by definition key
	contacts *Contacts                 // which knows languages and letters

	mu    sync.Mutex
	views map[string]*Catalog // by language preference and roles
}

func (c *Contacts) newDefinitionSet(d Definitions) *definitionSet {
	set := &definitionSet{
		version: d.Version, byKey: make(map[string]*Definition, len(d.Definitions)),
		patterns: map[string]*regexp.Regexp{}, contacts: c, views: map[string]*Catalog{},
	}
	place := make(map[string]int, len(d.Sections))
	for i := range d.Sections {
		set.sections = append(set.sections, &d.Sections[i])
	}
	slices.SortFunc(set.sections, func(a, b *Section) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Key, b.Key))
	})
	for i, s := range set.sections {
		place[s.Key] = i
	}
	for i := range d.Definitions {
		def := &d.Definitions[i]
		set.ordered = append(set.ordered, def)
		set.byKey[def.Key] = def
		if p := def.Rules.Pattern; p != "" {
			set.patterns[def.Key] = regexp.MustCompile(anchored(p)) // it compiled when it was defined
		}
	}
	slices.SortFunc(set.ordered, func(a, b *Definition) int {
		return cmp.Or(cmp.Compare(place[a.Section], place[b.Section]), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Key, b.Key))
	})
	for i := range d.Groups {
		set.groups = append(set.groups, c.newGroupRule(&d.Groups[i], set.byKey))
	}
	slices.SortFunc(set.groups, func(a, b *groupRule) int { return cmp.Compare(a.Key, b.Key) })
	return set
}

// anchored makes a pattern match the whole text.
func anchored(pattern string) string { return `\A(?:` + pattern + `)\z` }

// maxViews bounds the views kept of one version; Accept-Language is the caller's input.
const maxViews = 64

// forViewer returns the set in the viewer's languages: the definitions whose values the viewer's roles may read, and all for
// an administrator, who looks after them.
func (s *definitionSet) forViewer(viewer Actor) *Catalog {
	key := viewKey(viewer)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.views[key]; v != nil {
		return v
	}
	v := &Catalog{byKey: make(map[string]*AttributeDefinition, len(s.ordered)), set: s}
	sections := make(map[string]*SectionDefinition, len(s.sections))
	for _, section := range s.sections {
		view := section.forViewer(viewer.Languages)
		sections[section.Key] = view
		v.Sections = append(v.Sections, view)
	}
	for _, d := range s.ordered {
		if !d.mayRead(viewer) && !viewer.Is(RoleAdmin) {
			continue
		}
		view := d.forViewer(viewer, sections)
		v.Definitions = append(v.Definitions, view)
		v.byKey[d.Key] = view
	}
	for _, g := range s.groups {
		if !slices.ContainsFunc(g.keys, func(key string) bool { return v.byKey[key] == nil }) {
			v.Groups = append(v.Groups, g.forViewer(s.contacts, viewer, v.byKey))
		}
	}
	if len(s.views) >= maxViews {
		clear(s.views)
	}
	s.views[key] = v
	return v
}

// viewKey names what a view depends on.
func viewKey(viewer Actor) string {
	var b strings.Builder
	for _, role := range Roles() {
		if viewer.Is(role) {
			b.WriteString(string(role))
		}
		b.WriteByte(',')
	}
	for _, language := range viewer.Languages {
		b.WriteString(language)
		b.WriteByte(',')
	}
	return b.String()
}

// catalogs keeps the current definitions of organisations, so that a panel query reads them from the store only after a
// change. Every contact is read together with its organisation's catalog version: a copy is never used when it is older.
type catalogs struct {
	now  func() time.Time
	mu   sync.Mutex
	sets map[OrgID]*definitionSet
	// running are the reads that go on, each closed at its end.
	running map[OrgID]chan struct{}
}

// maxCatalogs bounds the organisations kept in memory.
const maxCatalogs = 1024

func (c *catalogs) at(org OrgID, version int) *definitionSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.sets[org]; s != nil && s.version == version {
		return s
	}
	return nil
}

// last returns the set that was kept last, nil when there is none. It may be old.
func (c *catalogs) last(org OrgID) *definitionSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sets[org]
}

// keep remembers a set that was read outside a transaction, and returns the one to use. One that is there and not older stays,
// with all that was made of it; but a newer one that was known before the read began only shows that the store has gone back,
// as when a backup is restored.
func (c *catalogs) keep(org OrgID, s, known *definitionSet) *definitionSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.sets[org]
	if old != nil && (old.version == s.version || old.version > s.version && old != known) {
		return old
	}
	if old == nil && len(c.sets) >= maxCatalogs {
		for other := range c.sets { // any: a scan of many organisations must not push out each before its next turn
			delete(c.sets, other)
			break
		}
	}
	s.keptAt = c.now()
	c.sets[org] = s
	return s
}

// definitionsIn returns the definitions inside a transaction, at the version that the transaction sees. What it reads is
// not kept, because the transaction may not commit.
func (c *Contacts) definitionsIn(ctx context.Context, tx Tx, org OrgID, version int) (*definitionSet, error) {
	if s := c.catalogs.at(org, version); s != nil {
		return s, nil
	}
	d, err := tx.Definitions(ctx, org)
	if err != nil {
		return nil, err
	}
	return c.newDefinitionSet(d), nil
}

// outrunFor is how long definitions serve what was read before they changed: longer than a request lasts, and a contact is kept
// for its followers. A version below theirs after that is one of a store that has gone back.
const outrunFor = time.Minute

// definitionsAt returns the definitions at the version or, when they changed since, newer ones. At 0, which is no version, they are
// read as they stand now.
func (c *Contacts) definitionsAt(ctx context.Context, org OrgID, version int) (*definitionSet, error) {
	if version <= 0 {
		return c.readDefinitions(ctx, org)
	}
	return c.readOnce(ctx, org, func(s *definitionSet) bool {
		return s.version == version || s.version > version && c.now().Sub(s.keptAt) < outrunFor
	})
}

// readDefinitions reads the definitions as they stand now and keeps them.
func (c *Contacts) readDefinitions(ctx context.Context, org OrgID) (*definitionSet, error) {
	known := c.catalogs.last(org)
	d, err := c.store.Definitions(ctx, org)
	if err != nil {
		return nil, err
	}
	if known != nil && known.version == d.Version {
		return known, nil // spares compiling its patterns
	}
	return c.catalogs.keep(org, c.newDefinitionSet(d), known), nil
}

// Catalog returns the organisation's definitions for the viewer, as they stand now.
func (c *Contacts) Catalog(ctx context.Context) (*Catalog, error) {
	return c.catalogFor(ctx, "attributeDefinitions")
}

func (c *Contacts) catalogFor(ctx context.Context, useCase string) (*Catalog, error) {
	actor, err := actorFor(ctx, useCase)
	if err != nil {
		return nil, err
	}
	org, err := c.store.Organisation(ctx, actor.Org)
	if err != nil {
		return nil, err
	}
	set, err := c.definitionsAt(ctx, actor.Org, org.CatalogVersion)
	if err != nil {
		return nil, err
	}
	return set.forViewer(actor), nil
}

// catalogOf returns the definitions for the viewer of a contact that was just read.
func (c *Contacts) catalogOf(ctx context.Context, contact *Contact) (*Catalog, Actor, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, Actor{}, err
	}
	set, err := c.definitionsAt(ctx, actor.Org, contact.CatalogVersion)
	if err != nil {
		return nil, Actor{}, err
	}
	return set.forViewer(actor), actor, nil
}
