package contact_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"contactpanel/contact"
)

// wantShared checks that a write which every follower is told of is read once and told to all with the same value: to those
// who wait, while it is read, and to those who come later.
func wantShared[E comparable](w *world, d *door, reads *atomic.Int64, follow func() *contact.Following[E], write func()) {
	const followers = 200
	w.Helper()
	var all []*contact.Following[E]
	for range followers {
		all = append(all, follow())
	}
	release := make(chan struct{})
	d.before = func(context.Context) error { <-release; return nil }
	events, errs := make([][]E, followers), make([]error, followers)
	w.wantReads("a write with 200 followers", reads, 1, func() {
		write()
		var waiting sync.WaitGroup
		for i := range followers / 2 {
			waiting.Go(func() { events[i], errs[i] = next(w, all[i]) })
		}
		synctest.Wait()
		close(release)
		waiting.Wait()
		for i := followers / 2; i < followers; i++ {
			events[i], errs[i] = next(w, all[i])
		}
	})
	for i := range all {
		if errs[i] != nil || len(events[i]) != 1 || events[i][0] != events[0][0] {
			w.Fatalf("follower %d is told %v, %v, and the first %v", i, events[i], errs[i], events[0])
		}
	}
}

func TestOneReadServesAllWhoFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := newDoor(t)
		of := w.person("Eve")
		wantShared(w, d, &d.notes, func() *contact.Following[contact.NoteEvent] { return w.followNotes(ben, of.ID, "") }, func() { w.note(of.ID, "x") })
		d.before = nil
		wantShared(w, d, &d.contacts, func() *contact.Following[contact.ContactEvent] { return w.followContact(ben, of.ID, "") }, func() {
			w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), ""))
		})
	})
}

func TestWhoComesLaterIsToldTheSameWithoutARead(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	of := w.person("Eve")
	f := w.followNotes(anna, of.ID, "")
	n := w.note(of.ID, "one")
	live := told(w, f, 1)
	_, err := w.EditNote(w.as(anna), n.ID, "two", 1, "")
	w.must("EditNote", err)
	live = append(live, told(w, f, 1)...)
	w.wantReads("a deletion", &d.notes, 0, func() {
		_, err := w.DeleteNote(w.as(anna), n.ID, 2, "")
		w.must("DeleteNote", err)
		live = append(live, told(w, f, 1)...)
	})
	w.clock.advance(5*time.Second - time.Millisecond)
	w.wantReads("a replay within 5 s", &d.notes, 0, func() {
		replayed := told(w, w.followNotes(ben, of.ID, of.NotesCursor()), 4)
		for i := range live {
			if later, is := live[i].(*contact.EditedNote); is && replayed[i].(*contact.EditedNote).Note != later.Note {
				t.Errorf("the replay shows another note than %+v", later)
			}
		}
		if replayed[2] != live[2] {
			t.Errorf("the deletion is told as %+v, and was told as %+v", replayed[2], live[2])
		}
	})
}

func TestNothingIsKeptForLongerThanTenSeconds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		pauses []time.Duration // after each a follower replays what is there
		reads  []int64
	}{
		{"within 5 s", []time.Duration{4999 * time.Millisecond}, []int64{0}},
		{"at 10 s", []time.Duration{10 * time.Second}, []int64{1}},
		{"at 10 s, with somebody between", []time.Duration{4 * time.Second, 5 * time.Second, time.Second}, []int64{0, 0, 1}},
		{"at 10 s, with somebody just before", []time.Duration{9999 * time.Millisecond, time.Millisecond}, []int64{0, 1}},
		{"with a clock that is set back", []time.Duration{-time.Hour}, []int64{1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, d := newDoor(t)
			of := w.person("Eve")
			notes, changes := w.followNotes(anna, of.ID, ""), w.followContact(anna, of.ID, "")
			n := w.note(of.ID, "secret")
			w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), ""))
			told(w, notes, 1)
			told(w, changes, 1)
			_, err := w.DeleteNote(w.as(anna), n.ID, 1, "")
			w.must("DeleteNote", err)
			for i, pause := range tt.pauses {
				w.clock.advance(pause)
				w.wantReads("a replay of notes", &d.notes, tt.reads[i], func() {
					added := told(w, w.followNotes(anna, of.ID, of.NotesCursor()), 3)[0].(*contact.AddedNote)
					if isShown := added.Note != nil; isShown != (tt.reads[i] == 0) {
						t.Errorf("after %v the deleted note is shown: %v", pause, isShown)
					}
				})
				w.wantReads("a replay of changes", &d.contacts, tt.reads[i], func() { told(w, w.followContact(anna, of.ID, of.EventsCursor()), 2) })
			}
		})
	}
}

func TestTheTextOfADeletedNoteLeavesTheMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	f := w.followNotes(anna, of.ID, "")
	id := w.note(of.ID, "secret").ID
	text := weak.Make(told(w, f, 1)[0].(*contact.AddedNote).Note)
	_, err := w.DeleteNote(w.as(anna), id, 1, "")
	w.must("DeleteNote", err)
	told(w, f, 1)
	if runtime.GC(); text.Value() == nil {
		t.Error("what was told is forgotten at once")
	}
	w.clock.advance(10 * time.Second)
	w.note(of.ID, "another")
	told(w, f, 1)
	if runtime.GC(); text.Value() != nil {
		t.Error("the text of a deleted note is kept")
	}
}

func TestNoMoreThanSomeThousandThingsAreKept(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	of := w.person("Eve")
	w.writeNotes(of, contact.MaxReplay)
	const rounds = 14 // of 300 things each: more than twice 2,048
	replay := func(round int) func() {
		return func() {
			d.follow = rewritten(func(d *contact.Delivery) {
				for i := range d.Events {
					d.Events[i].Subject += fmt.Sprint(".", round)
				}
			})
			told(w, w.followNotes(anna, of.ID, of.NotesCursor()), contact.MaxReplay+1)
		}
	}
	for round := range rounds {
		replay(round)()
	}
	w.wantReads("a replay of what was just read", &d.notes, 0, replay(rounds-1))
	before := d.notes.Load()
	if replay(0)(); d.notes.Load()-before < contact.MaxReplay/16 {
		t.Errorf("a replay of what was read long ago costs %d reads: it was kept", d.notes.Load()-before)
	}
}

func TestAThingNeverBecomesOlder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := newDoor(t)
		of := w.person("Eve")
		early, late := w.followNotes(anna, of.ID, ""), w.followNotes(ben, of.ID, "")
		n := w.note(of.ID, "version 1")
		release := make(chan struct{})
		d.after = func(found []contact.Note) []contact.Note { <-release; return found } // on its way while the note changes
		var first, others []contact.NoteEvent
		var firstErr, othersErr error
		var both sync.WaitGroup
		both.Go(func() { first, firstErr = take(w, early, 1) })
		synctest.Wait()
		for version := 1; version <= 2; version++ {
			_, err := w.EditNote(w.as(anna), n.ID, fmt.Sprint("version ", version+1), version, "")
			w.must("EditNote", err)
		}
		both.Go(func() { others, othersErr = take(w, late, 3) })
		synctest.Wait()
		close(release)
		both.Wait()
		w.must("the first follower", firstErr)
		w.must("the other follower", othersErr)
		if e := first[0].(*contact.AddedNote); e.Note.Version != 1 {
			t.Errorf("the first read is told as %+v", e.Note)
		}
		for _, all := range [][]contact.NoteEvent{others[1:], told(w, early, 2)} {
			for i, e := range all {
				if e := e.(*contact.EditedNote); e.Version != i+2 || e.Note.Version != 3 || e.Note.Body != "version 3" {
					t.Errorf("version %d is told with %+v", e.Version, e.Note)
				}
			}
		}
		old := *first[0].(*contact.AddedNote).Note
		d.after = func([]contact.Note) []contact.Note { return []contact.Note{old} } // a server that lags behind
		_, err := w.EditNote(w.as(anna), n.ID, "version 4", 3, "")
		w.must("EditNote", err)
		if e := told(w, early, 1)[0].(*contact.EditedNote); e.Note.Version != 3 {
			t.Errorf("after a read that lagged behind the note is %+v, and was of version 3", e.Note)
		}
	})
}

// inOrder reads so many changes of the contact's one note, and checks that each is the next, and no text older than any before.
func inOrder(w *world, f *contact.Following[contact.NoteEvent], changes int) error {
	all, err := take(w, f, changes+1)
	if err != nil {
		return err
	}
	seq, shown, isOwed := 0, 0, false // a deletion is owed for a change that came without its note
	for _, e := range all {
		var s contact.StandingNote
		switch e := e.(type) {
		case *contact.CaughtUp:
			continue
		case *contact.AddedNote:
			s = e.StandingNote
		case *contact.EditedNote:
			s = e.StandingNote
		case *contact.RestoredNote:
			s = e.StandingNote
		case *contact.DeletedNote:
			s.ChangedNote = e.ChangedNote
		}
		seq++
		_, isDeletion := e.(*contact.DeletedNote)
		switch isOwed = !isDeletion && (isOwed || s.Note == nil); {
		case s.Version != seq:
			return fmt.Errorf("change %d is told as %+v", seq, s)
		case s.Note == nil:
		case s.Note.Version < max(seq, shown) || s.Note.DeletedAt != nil:
			return fmt.Errorf("change %d is told with %+v, behind version %d", seq, s.Note, shown)
		default:
			shown = s.Note.Version
		}
	}
	if isOwed {
		return fmt.Errorf("a change came without its note, and no deletion followed: %+v", all[len(all)-3:])
	}
	return nil
}

func TestWhileANoteChangesAllFollowersSeeItGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	const rounds, changes = 25, 25*3 + 1
	n := w.note(of.ID, "version 1")
	var reading sync.WaitGroup
	for round := range rounds {
		if round%3 == 0 {
			f := w.followNotes(ben, of.ID, of.NotesCursor())
			reading.Go(func() {
				if err := inOrder(w, f, changes); err != nil {
					t.Errorf("the follower that came in round %d: %v", round, err)
				}
			})
		}
		_, err := w.EditNote(w.as(anna), n.ID, fmt.Sprint("round ", round), 3*round+1, "")
		w.must("EditNote", err)
		_, err = w.DeleteNote(w.as(ben), n.ID, 3*round+2, "")
		w.must("DeleteNote", err)
		_, err = w.RestoreNote(w.as(anna), n.ID, 3*round+3, "")
		w.must("RestoreNote", err)
	}
	reading.Wait()
}

func TestManyMissedEventsComeInOrderAndTooManyAreAResync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	w.writeNotes(of, contact.MaxReplay+1)
	at := func(seq int64) string { return contact.Head{Epoch: of.NotesHead.Epoch, Seq: seq}.Cursor() }
	f := w.followNotes(anna, of.ID, at(1))
	for i, e := range told(w, f, contact.MaxReplay) {
		if cursorOf(e) != at(int64(i)+2) || e.(*contact.AddedNote).Note.Body != fmt.Sprint("note ", i+1) {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
	late := w.followNotes(anna, of.ID, at(0))
	w.same("what is told of one more", told(w, late, 1), []contact.NoteEvent{&contact.Resync{Cursor: at(contact.MaxReplay + 1)}})
	for _, one := range []*contact.Following[contact.NoteEvent]{f, late} {
		w.same("the end", told(w, one, 1), []contact.NoteEvent{&contact.CaughtUp{Cursor: at(contact.MaxReplay + 1)}})
	}
	w.note(of.ID, "live")
	for _, one := range []*contact.Following[contact.NoteEvent]{f, late} {
		if e := told(w, one, 1)[0]; cursorOf(e) != at(contact.MaxReplay+2) {
			t.Errorf("what is live is %+v", e)
		}
	}
}

// answer is what one call of Next came to.
type answer struct {
	events []contact.NoteEvent
	err    error
}

// wantNoHarm has one of some followers lose its way in the read that the others wait for.
func wantNoHarm(t *testing.T, lose func(w *world, cancel context.CancelFunc) error, check func(w *world, lost answer)) {
	t.Helper()
	w, d := newDoor(t)
	of := w.person("Eve")
	var all []*contact.Following[contact.NoteEvent]
	for range 5 {
		all = append(all, w.followNotes(anna, of.ID, ""))
	}
	patient, end := context.WithTimeout(t.Context(), time.Minute)
	defer end()
	ctx, cancel := context.WithCancel(patient)
	defer cancel()
	release := make(chan struct{})
	d.before = func(context.Context) error {
		if <-release; d.notes.Load() == 1 {
			return lose(w, cancel)
		}
		return nil
	}
	w.note(of.ID, "one")
	lost, others := make(chan answer, 1), make(chan answer, 3)
	go func() {
		var a answer
		defer func() { lost <- a }()
		defer func() {
			if cause := recover(); cause != nil {
				a.err = fmt.Errorf("panic: %v", cause)
			}
		}()
		a.events, a.err = all[0].Next(ctx)
	}()
	synctest.Wait()
	for _, f := range all[1:4] {
		go func() { events, err := f.Next(patient); others <- answer{events, err} }()
	}
	synctest.Wait()
	if events, err := next(w, all[4]); len(events) > 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who waits no longer is told %v, %v", events, err)
	}
	if n := d.notes.Load(); n != 1 {
		t.Fatalf("%d reads go on at once", n)
	}
	close(release)
	check(w, <-lost)
	for range 3 {
		if a := <-others; a.err != nil || len(a.events) != 1 || a.events[0].(*contact.AddedNote).Note.Body != "one" {
			t.Errorf("another is told %v, %v", a.events, a.err)
		}
	}
	if n := d.notes.Load(); n != 2 {
		t.Errorf("after one read that was lost there were %d, want 2", n)
	}
	if e := told(w, all[0], 1)[0].(*contact.AddedNote); e.Note.Body != "one" {
		t.Errorf("who lost its way is told %+v", e)
	}
}

func TestAFollowerThatIsLostInAReadStopsNobody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		lose  func(w *world, cancel context.CancelFunc) error
		check func(w *world, lost answer)
	}{
		{
			"its context ends", func(_ *world, cancel context.CancelFunc) error { cancel(); return context.Canceled },
			func(w *world, lost answer) { w.same("its answer", lost, answer{nil, context.Canceled}) },
		},
		{
			"its context ends, and the store says that it does not answer", func(_ *world, cancel context.CancelFunc) error { cancel(); return away() },
			func(w *world, lost answer) { w.same("its answer", lost, answer{nil, context.Canceled}) },
		},
		{
			"it panics", func(*world, context.CancelFunc) error { panic("a bad row") },
			func(w *world, lost answer) { w.same("its answer", lost.err, fmt.Errorf("panic: %v", "a bad row")) },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { wantNoHarm(t, tt.lose, tt.check) })
		})
	}
}
