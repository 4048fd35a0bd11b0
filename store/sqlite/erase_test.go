package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/sqlite"
	"contactpanel/store/storetest"
)

// patience is what a loaded machine may take to take something out of a file.
const patience = time.Minute

// found gives the texts that stand in any file of a folder, in any case of letters.
func found(t *testing.T, folder string, texts []string) []string {
	t.Helper()
	var out []string
	files, err := os.ReadDir(folder)
	must(t, err)
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(folder, f.Name()))
		must(t, err)
		raw = bytes.ToLower(raw)
		for _, text := range texts {
			if !slices.Contains(out, text) && bytes.Contains(raw, []byte(strings.ToLower(text))) {
				out = append(out, text)
			}
		}
	}
	return out
}

// purges is a log that hears how many erasures are out of the file.
type purges struct {
	slog.Handler
	done chan int64
}

func hearPurges() purges { return purges{slog.DiscardHandler, make(chan int64, 1000)} }

func (p purges) Enabled(context.Context, slog.Level) bool { return true }

func (p purges) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "erasures" {
			p.done <- a.Value.Int64()
		}
		return true
	})
	return nil
}

// await waits until so many erasures are out of the file.
func (p purges) await(t *testing.T, count int64) {
	t.Helper()
	deadline := time.After(patience)
	for got := int64(0); got < count; {
		select {
		case n := <-p.done:
			got += n
		case <-deadline:
			t.Fatalf("%d of %d erasures are out of the file", got, count)
		}
	}
}

func openHeard(t *testing.T, path string) (*sqlite.Store, purges) {
	t.Helper()
	heard := hearPurges()
	s, err := sqlite.Open(t.Context(), path, sqlite.Log(slog.New(heard)))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s, heard
}

func erase(ctx context.Context, s *sqlite.Store, of contact.ID) error {
	return s.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error { return tx.EraseContact(ctx, org, of) })
}

func TestErasedContactsAreInNoFile(t *testing.T) {
	folder := t.TempDir()
	var heard purges
	storetest.RunErasure(t, storetest.Erasure{
		Open: func(t *testing.T) contact.Store {
			t.Helper()
			var s contact.Store
			s, heard = openHeard(t, filepath.Join(folder, "store.db"))
			return s
		},
		Ports: contact.Deps{Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{}},
		Found: func(t *testing.T, texts []string) []string { t.Helper(); return found(t, folder, texts) },
		Await: func(t *testing.T, erasures int) { t.Helper(); heard.await(t, int64(erasures)) },
	})
}

// mark is a text that stands in what is written of one contact, and nowhere else.
func mark(n int) string { return fmt.Sprintf("Zq%05dx", n) }

// crowd writes many contacts with notes and keys of all lengths in no order, and changes them, so that trees are balanced in
// every way.
type crowd struct {
	*testing.T
	store  *sqlite.Store
	random *rand.Rand
	size   int
	notes  []contact.Note
}

func (c *crowd) text(n, longest int) string {
	return mark(n) + strings.Repeat("y", c.random.IntN(longest))
}

func (c *crowd) update(fn func(ctx context.Context, tx contact.Tx) error) {
	c.Helper()
	must(c.T, c.store.Update(c.Context(), org, fn))
}

func (c *crowd) put(ctx context.Context, tx contact.Tx, n int) error {
	of := contact.Contact{ID: contactID(n), Name: c.text(n, 2500), CreatedAt: noon(), UpdatedAt: noon(), Version: 1}
	index := contact.ContactIndex{Sort: fmt.Sprint(c.random.IntN(1000)) + c.text(n, 30)}
	for range 6 {
		index.Search = append(index.Search, fmt.Sprintf("%02d", c.random.IntN(100))+c.text(n, 40))
	}
	index.Lookup = []contact.LookupKey{{Kind: contact.LookupEmail, Value: fmt.Sprint(c.random.IntN(100)) + mark(n)}}
	return tx.PutContact(ctx, org, of, index)
}

func (c *crowd) write() {
	c.Helper()
	order := c.random.Perm(c.size)
	for some := range slices.Chunk(order, 200) {
		c.update(func(ctx context.Context, tx contact.Tx) error {
			for _, n := range some {
				if err := c.put(ctx, tx, n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range 5 * c.size / 200 {
		c.update(func(ctx context.Context, tx contact.Tx) error {
			for i := range 200 {
				if err := c.change(ctx, tx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func (c *crowd) change(ctx context.Context, tx contact.Tx, i int) error {
	n := c.random.IntN(c.size)
	note := contact.Note{
		ID: contact.RandomID(contact.PrefixNote), Contact: contactID(n), Body: c.text(n, 900), Author: contact.Agent{ID: "a"}, CreatedAt: noon(), Version: n + 1,
	}
	c.notes = append(c.notes, note)
	err := tx.PutNote(ctx, org, note)
	if i%3 == 0 {
		edited := c.notes[c.random.IntN(len(c.notes))]
		edited.Body = c.text(edited.Version-1, 2500)
		err = errors.Join(err, tx.PutNote(ctx, org, edited))
	}
	if i%4 == 0 {
		err = errors.Join(err, c.put(ctx, tx, c.random.IntN(c.size)))
	}
	return err
}

// TestNothingIsLeftInTheFreeSpaceOfPages fails when SQLite's own secure_delete is all that is done.
func TestNothingIsLeftInTheFreeSpaceOfPages(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store.db")
	s, heard := openHeard(t, path)
	must(t, makeContacts(t.Context(), s, 0))
	c := &crowd{T: t, store: s, random: rand.New(rand.NewPCG(1, 2)), size: 2000}
	c.write()
	var gone, left []string
	for n := range c.size {
		if n%10 != 0 {
			left = append(left, mark(n))
			continue
		}
		must(t, erase(t.Context(), s, contactID(n)))
		gone = append(gone, mark(n))
	}
	heard.await(t, int64(len(gone)))
	if got := found(t, folder, gone); len(got) > 0 {
		t.Errorf("of %d erased contacts %d are in the files still: %v", len(gone), len(got), got)
	}
	if got := found(t, folder, left); len(got) != len(left) {
		t.Errorf("of %d contacts that stay %d are in the files", len(left), len(got))
	}
	for n := range c.size {
		read, err := s.Contacts(t.Context(), org, []contact.ID{contactID(n)})
		must(t, err)
		if isErased := n%10 == 0; isErased != (len(read) == 0) || !isErased && !strings.HasPrefix(read[0].Name, mark(n)) {
			t.Errorf("contact %d reads as %.60v", n, read)
		}
	}
	if got := integrity(t, path); got != "ok" {
		t.Errorf("integrity_check: %s", got)
	}
}

func TestWhatIsErasedWhileAnOlderStateIsReadGoesWhenThatEnds(t *testing.T) {
	folder := t.TempDir()
	s, heard := openHeard(t, filepath.Join(folder, "store.db"))
	must(t, makeContacts(t.Context(), s, 1))
	c := &crowd{T: t, store: s, random: rand.New(rand.NewPCG(3, 4)), size: 1}
	c.update(func(ctx context.Context, tx contact.Tx) error { return c.put(ctx, tx, 0) })
	reading, resume, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		isFirst := true
		ended <- s.Walk(context.Background(), org, func(contact.ArchiveRow) error {
			if isFirst {
				close(reading)
				<-resume
			}
			isFirst = false
			return nil
		})
	}()
	<-reading
	must(t, erase(t.Context(), s, contactID(0)))
	_, err := addNote(t.Context(), s, contactID(0)) // whoever writes does not wait for it
	must(t, ignore(err, contact.NotFound))
	if got := found(t, folder, []string{mark(0)}); len(got) == 0 {
		t.Error("the contact is in no file, although an older state of it is being read")
	}
	select {
	case <-heard.done:
		t.Error("the erasure is reported as done while an older state is being read")
	default:
	}
	close(resume)
	must(t, <-ended)
	heard.await(t, 1)
	if got := found(t, folder, []string{mark(0)}); len(got) > 0 {
		t.Errorf("the files hold %v", got)
	}
}

func ignore(err error, code contact.Code) error {
	if contact.CodeOf(err) == code {
		return nil
	}
	return err
}

func TestAStoreThatIsClosedAtOnceHoldsNothingOfWhatWasErased(t *testing.T) {
	folder := t.TempDir()
	s, err := sqlite.Open(t.Context(), filepath.Join(folder, "store.db"))
	must(t, err)
	must(t, makeContacts(t.Context(), s, 1))
	c := &crowd{T: t, store: s, random: rand.New(rand.NewPCG(5, 6)), size: 1}
	c.update(func(ctx context.Context, tx contact.Tx) error { return c.put(ctx, tx, 0) })
	must(t, erase(t.Context(), s, contactID(0)))
	must(t, s.Close())
	if got := found(t, folder, []string{mark(0)}); len(got) > 0 {
		t.Errorf("the files hold %v", got)
	}
}

// eraseAndWait erases a contact while an older state is being read, so that the file holds it still, says so, and waits to be
// killed.
func eraseAndWait(path string) {
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	err = s.Walk(context.Background(), org, func(contact.ArchiveRow) error {
		if err := erase(context.Background(), s, contactID(0)); err != nil {
			return err
		}
		fmt.Println("erased")
		select {}
	})
	fmt.Println("error:", err)
}

func TestAnErasureIsFinishedByTheNextStartAfterACrash(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	must(t, makeContacts(t.Context(), s, 1))
	c := &crowd{T: t, store: s, random: rand.New(rand.NewPCG(7, 8)), size: 1}
	c.update(func(ctx context.Context, tx contact.Tx) error { return c.put(ctx, tx, 0) })
	must(t, s.Close())

	cmd := child(t, "erase", path)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	said := make([]byte, len("erased"))
	_, err = out.Read(said)
	must(t, err)
	must(t, cmd.Process.Kill())
	if err := cmd.Wait(); err == nil || string(said) != "erased" {
		t.Fatalf("the process said %q and ended with %v", said, err)
	}
	if got := found(t, folder, []string{mark(0)}); len(got) == 0 {
		t.Fatal("the killed process left nothing to take out of the files")
	}

	s, heard := openHeard(t, path)
	heard.await(t, 1)
	if got := found(t, folder, []string{mark(0)}); len(got) > 0 {
		t.Errorf("after the next start the files hold %v", got)
	}
	if left, err := s.Contacts(t.Context(), org, []contact.ID{contactID(0)}); err != nil || len(left) > 0 {
		t.Errorf("the contact is there: %v, %v", left, err)
	}
}

// TestAFileOfTheFirstVersionIsRidOfWhatWasDeleted makes a file as the first version did, with what it left: a deleted note on a
// page that was given back, and a remembered write that does not say of whom it tells.
func TestAFileOfTheFirstVersionIsRidOfWhatWasDeleted(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store.db")
	first, err := os.ReadFile(filepath.Join("migrations", "00001_first.sql"))
	must(t, err)
	db, err := sql.Open("sqlite", path+"?_pragma=secure_delete(0)")
	must(t, err)
	for _, text := range []string{
		string(first), `PRAGMA application_id = 0x43506e6c`,
		`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`,
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1)`,
		`INSERT INTO organisations VALUES ('demo', 0, 1)`,
		`INSERT INTO contacts VALUES (1, 'demo', 'contact_1', '', 0, 0, 0, NULL, '{"v":1}'), (2, 'demo', 'contact_12', '', 0, 0, 0, NULL, '{"v":1}')`,
		`INSERT INTO heads VALUES (1, 'NOTES', 1, 0), (1, 'CONTACT', 1, 0)`,
		`INSERT INTO notes SELECT value, 'demo', 'note_' || value, 'contact_1', 0, NULL, 1, 'a', 'a', NULL, NULL, NULL, NULL, NULL, 'deleted text ' || hex(zeroblob(3000)) FROM json_each('[1,2,3,4,5,6,7,8,9]')`,
		`DELETE FROM notes`,
		`INSERT INTO applied VALUES (1, 'demo', 'a', 'key one', 'h', CAST('{"ID":"note_1","Contact":"contact_1","Body":"remembered text"}' AS BLOB), 0)`,
		`INSERT INTO applied VALUES (2, 'demo', 'a', 'key two', 'h', CAST('{"ID":"note_2","Contact":"contact_12","Body":"other text"}' AS BLOB), 0)`,
	} {
		_, err := db.Exec(text)
		must(t, err)
	}
	must(t, db.Close())
	texts := []string{"deleted text", "remembered text", "other text"}
	if got := found(t, folder, texts); len(got) != 3 {
		t.Fatalf("the old file holds %v", got)
	}
	s, heard := openHeard(t, path)
	if got := found(t, folder, texts); !slices.Equal(got, texts[1:]) {
		t.Errorf("once brought up to date the file holds %q", got)
	}
	must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
		for key, of := range map[string]contact.ID{"key new": "contact_1", "key other": "contact_12", "key three": "contact_1"} {
			if err := tx.PutApplied(ctx, org, contact.Applied{Agent: "a", Key: key, At: noon(), Contact: of}); err != nil {
				return err
			}
		}
		return nil
	}))
	var shown []string
	must(t, s.WalkContact(t.Context(), org, "contact_1", func(row contact.ContactRow) error {
		if row.Applied != nil {
			shown = append(shown, row.Applied.Key)
		}
		return nil
	}))
	if !slices.Equal(shown, []string{"key new", "key one", "key three"}) {
		t.Errorf("of the contact are remembered %q", shown)
	}
	must(t, erase(t.Context(), s, "contact_1"))
	heard.await(t, 1)
	if got := found(t, folder, append(texts, "key one", "key three")); !slices.Equal(got, texts[2:]) {
		t.Errorf("after the erasure the file holds %q", got)
	}
}
