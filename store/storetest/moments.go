package storetest

import (
	"cmp"
	"context"
	"sync"

	"contactpanel/contact"
)

// momentCases look at things from outside while they change: what the port calls "of one moment" must fit together.
func momentCases() []testCase {
	return []testCase{
		{name: "a contact, its heads and its catalog's version are read of one moment", run: (*harness).momentOfContact},
		{name: "definitions, sections, groups and the catalog's version are read of one moment", run: (*harness).momentOfCatalog},
		{name: "a reader never sees a part of a transaction, nor what stood before one that it has seen", run: (*harness).momentsFollow},
	}
}

func (h *harness) momentOfContact() {
	sections, _ := h.catalog()
	e := h.full(1)
	e.contact.Version = 1
	h.put(sections[0], e)
	key := e.index.Lookup[0]
	var catalogs sync.Map // the catalog's version by the contact's, noted before each commit
	catalogs.Store(1, h.catalogVersion())
	check := func(call string, c contact.Contact, err error) {
		catalog, _ := catalogs.Load(c.Version)
		if seq := int64(c.Version - 1); err != nil || c.NotesHead.Seq != seq || c.EventsHead.Seq != seq || c.CatalogVersion != catalog {
			h.Errorf("%s while it is written: version %d, heads %+v and %+v, catalog %d, want %v; %v",
				call, c.Version, c.NotesHead, c.EventsHead, c.CatalogVersion, catalog, err)
		}
	}
	h.whileWriting(func(ctx context.Context, tx contact.Tx) error {
		found, err := tx.Contacts(ctx, h.org, []contact.ID{contactID(1)})
		if err != nil {
			return err
		}
		found[0].Version++
		if err := putAll(ctx, tx, h.org, entry{found[0], e.index}, sections[0],
			h.event(1, contactID(1), contact.TopicNotes), h.event(1, contactID(1), contact.TopicContact)); err != nil {
			return err
		}
		catalog, err := catalogVersion(ctx, tx, h.org)
		catalogs.Store(found[0].Version, catalog)
		return err
	}, func(ctx context.Context) {
		found, err := h.store.Contacts(ctx, h.org, []contact.ID{contactID(1)})
		check("Contacts", firstOf(found), err)
		held, err := h.store.ContactByKey(ctx, h.org, key)
		check("ContactByKey", *cmp.Or(held, &contact.Contact{}), err)
		page, err := h.store.SearchContacts(ctx, h.org, contact.ContactQuery{
			Terms: [][]string{{"word"}}, By: contact.ByName, Now: at(0), Span: contact.Span{Limit: 2},
		})
		check("SearchContacts", firstOf(page.Items), err)
	})
}

func (h *harness) momentOfCatalog() {
	sections, definitions := h.catalog()
	section, definition, group := sections[0], definitions[0], h.groups()[1]
	section.Version, definition.Version, group.Version = 1, 1, 1
	h.put(section, definition, group)
	var catalogs sync.Map // the catalog's version by that of its things, noted before each commit
	catalogs.Store(1, h.catalogVersion())
	h.whileWriting(func(ctx context.Context, tx contact.Tx) error {
		d, err := tx.Definitions(ctx, h.org)
		if err != nil {
			return err
		}
		next := d.Sections[0].Version + 1
		section.Version, definition.Version, group.Version = next, next, next
		if err := putAll(ctx, tx, h.org, group, definition, section); err != nil {
			return err
		}
		catalog, err := catalogVersion(ctx, tx, h.org)
		catalogs.Store(next, catalog)
		return err
	}, func(ctx context.Context) {
		d, err := h.store.Definitions(ctx, h.org)
		if err != nil || len(d.Sections) != 1 || len(d.Definitions) != 1 || len(d.Groups) != 1 {
			h.Errorf("Definitions while they are written: %d sections, %d definitions, %d groups, %v", len(d.Sections), len(d.Definitions), len(d.Groups), err)
			return
		}
		v := d.Sections[0].Version
		if catalog, _ := catalogs.Load(v); d.Definitions[0].Version != v || d.Groups[0].Version != v || d.Version != catalog {
			h.Errorf("Definitions while they are written: section %d, definition %d, group %d, catalog %d, want %v",
				v, d.Definitions[0].Version, d.Groups[0].Version, d.Version, catalog)
		}
	})
}

func (h *harness) momentsFollow() {
	h.put(h.plain(1), h.standing(1, contactID(1)))
	var mu sync.Mutex
	seen := 0
	h.whileWriting(func(ctx context.Context, tx contact.Tx) error { return editNote(ctx, tx, h, 1) }, func(ctx context.Context) {
		mu.Lock()
		atLeast := seen
		mu.Unlock()
		events, err := h.store.Events(ctx, h.org, contactID(1), contact.TopicNotes, 0, many)
		notes, errNotes := h.store.NotesByID(ctx, h.org, []contact.ID{noteID(1)})
		if err != nil || errNotes != nil || len(notes) != 1 {
			h.Errorf("reading while writing: %v, %v, %d notes", err, errNotes, len(notes))
			return
		}
		if now := len(events); now < atLeast || notes[0].Version < now+1 {
			h.Errorf("%d events, %d were seen before; then the note at version %d", now, atLeast, notes[0].Version)
		}
		mu.Lock()
		seen = max(seen, len(events))
		mu.Unlock()
	})
}

// whileWriting repeats a transaction and reads beside it until it is done.
func (h *harness) whileWriting(write func(context.Context, contact.Tx) error, read func(context.Context)) {
	h.Helper()
	const writes, readers = 25, 2
	done := make(chan struct{})
	var wait sync.WaitGroup
	for range readers {
		wait.Go(func() {
			for {
				read(h.Context())
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range writes {
		if err := h.try(write); err != nil {
			h.Errorf("Update = %v", err)
		}
	}
	close(done)
	wait.Wait()
}

// firstOf is the only item of a list, a zero value when there is none or another.
func firstOf[T any](items []T) T {
	var none T
	if len(items) != 1 {
		return none
	}
	return items[0]
}
