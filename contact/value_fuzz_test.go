package contact_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"contactpanel/contact"
)

// mostTime is what no value may take; it is generous, because the machine does other things besides.
const mostTime = 10 * time.Second

// sheet is a store that keeps one contact in memory, beside what another store has: a commit for each run would leave few runs.
// That a store gives back what it was given is tested where the stores are.
type sheet struct {
	contact.Store
	of    contact.Contact
	index contact.ContactIndex
}

func (s *sheet) Contacts(context.Context, contact.OrgID, []contact.ID) ([]contact.Contact, error) {
	return []contact.Contact{s.of}, nil
}

func (s *sheet) Update(ctx context.Context, _ contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	draft := *s
	err := fn(ctx, sheetTx{sheet: &draft})
	if err == nil {
		s.of, s.index = draft.of, draft.index
	}
	return err
}

// sheetTx is what a change of one attribute asks for; anything else panics.
type sheetTx struct {
	contact.Tx
	sheet *sheet
}

func (tx sheetTx) Contacts(context.Context, contact.OrgID, []contact.ID) ([]contact.Contact, error) {
	return []contact.Contact{tx.sheet.of}, nil
}

func (tx sheetTx) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	return tx.sheet.Organisation(ctx, org)
}

func (tx sheetTx) Definitions(ctx context.Context, org contact.OrgID) (contact.Definitions, error) {
	return tx.sheet.Definitions(ctx, org)
}

func (tx sheetTx) PutContact(_ context.Context, _ contact.OrgID, c contact.Contact, index contact.ContactIndex) error {
	tx.sheet.of, tx.sheet.index = c, index
	return nil
}

func (sheetTx) Append(context.Context, contact.OrgID, contact.Event) (contact.Head, error) {
	return contact.Head{Epoch: 1, Seq: 1}, nil
}

func (sheetTx) PutAudit(context.Context, contact.OrgID, contact.AuditEntry) error { return nil }

// FuzzAValueIsKeptAsItIsOrRefused writes values of every type through the door that agents use, and looks at what is kept. A list's
// values are those between the bars of the text.
func FuzzAValueIsKeptAsItIsOrRefused(f *testing.F) {
	w := newWorld(f)
	defineEveryType(w)
	of := w.person("Vera")
	s := &sheet{Store: w.store, of: *of}
	w.store, w.Contacts = s, contact.New(w.deps(s))
	var defs []*contact.AttributeDefinition
	for _, def := range w.catalog(anna).Definitions {
		if def.Kind != contact.KindCRM {
			defs = append(defs, def)
		}
	}
	slices.SortFunc(defs, func(a, b *contact.AttributeDefinition) int { return strings.Compare(a.Key, b.Key) })
	texts, numbers := anyText(), anyNumber()
	for i, def := range defs {
		for k, s := range slices.Concat(textsOf(def.ValueType), texts) {
			if isOther := k >= len(textsOf(def.ValueType)); isOther && def.ValueType != contact.TypeText && (k+i)%8 > 0 {
				continue // each is for some
			}
			f.Add(byte(i), s, numbers[k%len(numbers)], numbers[(k+5)%len(numbers)])
		}
		for k, n := range numbers {
			if def.ValueType == contact.TypeNumber {
				f.Add(byte(i), "1|2", n, numbers[k])
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, s string, a, b float64) {
		def := defs[int(which)%len(defs)]
		parts := []string{s}
		if def.IsList {
			parts = strings.Split(s, "|")
		}
		var values []contact.ValueInput
		for i, part := range parts[:min(len(parts), 2*contact.MaxValues)] {
			values = append(values, written(def.ValueType, part, a+float64(i), b))
		}
		w.in(t).keepsOrRefuses(t, of.ID, def, s, values)
	})
}

// keepsOrRefuses writes values, and reads what is there, or why not.
func (w *world) keepsOrRefuses(t *testing.T, of contact.ID, def *contact.AttributeDefinition, typed string, values []contact.ValueInput) {
	t.Helper()
	set := func(values []contact.ValueInput) (*contact.Changed, error) {
		had := w.attribute(w.contact(of), def.Key)
		return w.SetAttribute(w.as(anna), contact.AttributeChange{Contact: of, Key: def.Key, Values: values, ExpectedVersion: had.Version})
	}
	before := w.contact(of).Version
	began := time.Now()
	changed, err := set(values)
	if took := time.Since(began); took > mostTime {
		t.Errorf("%s of %.200q takes %v", def.Key, typed, took)
	}
	if err != nil {
		w.isTypedRefusal(def, typed, err)
		w.same("the contact's version after a refusal", w.contact(of).Version, before)
		return
	}
	got := changed.Attribute.Fields().Values
	w.same("what is read", w.attribute(w.contact(of), def.Key).Values, got)
	kept := w.kept(of, def.Key)
	if len(got) != len(values) || len(kept) != len(values) {
		t.Fatalf("%s: %d values of %.200q are kept, and %d read", def.Key, len(kept), typed, len(got))
	}
	for _, found := range w.store.(*sheet).index.Search {
		if !utf8.ValidString(found) {
			t.Errorf("%s: %.200q is found by %.200q", def.Key, typed, found)
		}
	}
	for _, v := range kept {
		if all := v.Value + v.Extra; !utf8.ValidString(all) || strings.Contains(all, "\ufffd") && !strings.Contains(typed, "\ufffd") || strings.ContainsRune(all, 0) {
			t.Errorf("%s: %.200q is kept as %.200q", def.Key, typed, v)
		}
	}
	again := make([]contact.ValueInput, len(got))
	for i, v := range got {
		again[i] = writtenAgain(v)
		if was, is := meaning(values[i]), meaning(again[i]); was != is {
			t.Errorf("%s: %.200q is read as %.200q", def.Key, was, is)
		}
	}
	if _, err := set(again); err != nil {
		t.Fatalf("%s: %.200q is accepted, and refused as it is read, %.200v: %v", def.Key, typed, got, err)
	}
	if twice := w.kept(of, def.Key); !reflect.DeepEqual(twice, kept) {
		t.Errorf("%s: %.200q is kept as %.200q, and as %.200q when it is written as it is read", def.Key, typed, kept, twice)
	}
}

// kept is what the store holds of an attribute.
func (w *world) kept(of contact.ID, key string) []contact.StoredValue {
	w.Helper()
	found, err := w.store.Contacts(w.Context(), acme, []contact.ID{of})
	w.must("Contacts", err)
	for _, r := range found[0].Attributes {
		if r.Key == key {
			return r.Values
		}
	}
	return nil
}

// isTypedRefusal fails unless an error says which value is wrong, in what way and what is allowed, without quoting it.
func (w *world) isTypedRefusal(def *contact.AttributeDefinition, typed string, err error) {
	w.Helper()
	var e *contact.Error
	switch {
	case !errors.As(err, &e) || e.Code != contact.InvalidValue && e.Code != contact.TooLong:
		w.Fatalf("%s of %.200q = %v, want a refusal", def.Key, typed, err)
	case e.Field != def.Key || e.Message == "" || e.Err != nil:
		w.Errorf("%s of %.200q is refused with %+v", def.Key, typed, e)
	case e.Code == contact.InvalidValue && e.Allowed.String() == "", e.Code == contact.TooLong && (e.Got <= e.Max || e.Unit == ""):
		w.Errorf("%s of %.200q is refused without a limit: %+v", def.Key, typed, e)
	case e.Index >= 0 && e.Rules == nil:
		w.Errorf("%s of %.200q is refused without the rules", def.Key, typed)
	}
	if said := fmt.Sprint(e.Message, e.Allowed); len(said) > 500 || !utf8.ValidString(said) || len(typed) > 20 && strings.Contains(said, typed) {
		w.Errorf("%s of %.200q is refused in the words %.600q", def.Key, typed, said)
	}
}
