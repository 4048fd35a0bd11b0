package graph_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/graph"
	"contactpanel/store/sqlite"
)

// putChoices makes 180 definitions of 500 choices with eight labels each: 720,000 objects, 300 MB of memory and 20 MB of answer.
func (w *world) putChoices(tb testing.TB) {
	tb.Helper()
	wordings := make(contact.Localised, 8)
	for i := range wordings {
		wordings[i] = contact.LocalisedText{Locale: fmt.Sprintf("a%c", 'a'+i), Text: "x"}
	}
	options := make([]contact.ChoiceOption, contact.MaxChoices)
	for i := range options {
		options[i] = contact.ChoiceOption{Key: fmt.Sprint("c", i), Labels: wordings}
	}
	w.put(tb, acme, func(ctx context.Context, tx contact.Tx) error {
		for i := range 180 {
			d := contact.Definition{
				ID: contact.ID(fmt.Sprint("definition_choice", i)), Key: fmt.Sprint("choice", i), Kind: contact.KindCustom, ValueType: contact.TypeChoice,
				Labels: wordings[:1], Section: "about", Order: 2000 + i, Rules: contact.RuleSet{MaxValues: 1, Choices: options},
				Version: 1, CreatedAt: early, UpdatedAt: early,
			}
			if err := tx.PutDefinition(ctx, acme, d); err != nil {
				return err
			}
		}
		return nil
	})
	w.do(tb, ada, "{ attributeDefinitions { key } }", nil) // the catalog is read, and made for ada
}

// Selections of all choices in all languages, which cost less than a page of contacts.
const (
	labelsOf     = "rules { ... on ChoiceRules { choices { labels { locale text } } } }"
	labelsOfAll  = "{ attributeDefinitions { " + labelsOf + " } }"
	labelsOfEach = "contact { sections { attributes { ... on CustomAttribute { definition { " + labelsOf + " } } } } }"
)

// fewBytes are what a request may take that has 2 MiB to answer at most; one that is built to its end takes 300 MB.
const fewBytes = 100 << 20

// allocated is how many bytes of memory something takes, with those that it gives back at once.
func allocated(do func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

func TestAnswerThatCannotFitIsNotBuilt(t *testing.T) {
	l := newLive(t)
	l.putChoices(t)
	for name, query := range map[string]string{
		"labels":               labelsOfAll,
		"objects of one field": strings.Replace(labelsOfAll, "locale text", "a:locale", 1),
		"objects of none":      strings.Replace(labelsOfAll, "locale text", "locale @skip(if: true)", 1),
		"labels of a contact":  `{ contact(id: "contact_empty") ` + strings.TrimPrefix(labelsOfEach, "contact") + ` }`,
		"labels of contacts":   `{ contacts(first: 1) { nodes ` + strings.TrimPrefix(labelsOfEach, "contact") + ` } }`,
	} {
		var got answer
		used := allocated(func() { got = l.ask(t, ada, query, nil) })
		extensions, _ := got.at(t, "errors", 0, "extensions").(map[string]any)
		if got.status != http.StatusOK || got.codes(t) != "ANSWER_TOO_LARGE" || extensions["max"] != 2097152.0 || extensions["got"] != nil {
			t.Errorf("%s: %d %.300s, want ANSWER_TOO_LARGE, which nobody counted to the end", name, got.status, got.body)
		}
		if used > fewBytes {
			t.Errorf("%s: %d bytes of memory are used", name, used)
		}
	}
	c := l.socket(t, ada)
	used := allocated(func() {
		c.say(asks(t, "a", labelsOfAll, nil))
		if got := payloadOf(t, c.hear()); got.codes(t) != "ANSWER_TOO_LARGE" {
			t.Errorf("by socket %.300s", got.body)
		}
	})
	if used > fewBytes {
		t.Errorf("by socket %d bytes of memory are used", used)
	}
}

func TestAnswerToAnEventThatCannotFitIsNotBuilt(t *testing.T) {
	w := newFullWorld(t)
	w.putChoices(t)
	s := w.listen(t, ada, `subscription { contactEvents(contactId: "contact_full") { ... on VipChanged { `+labelsOfEach+` } } }`, nil)
	used := allocated(func() {
		w.do(t, adam, `mutation { removeVip(input: { contactId: "contact_full" }) { problems { code } } }`, nil)
		if got := s.next(t).data; !strings.Contains(got, "ANSWER_TOO_LARGE") || strings.Contains(got, `"got"`) {
			t.Errorf("the event is told as %.300s", got)
		}
	})
	if used > fewBytes {
		t.Errorf("%d bytes of memory are used", used)
	}
}

// lingering is a store whose calls come back when the time of their operation is over, having done what they were asked.
type lingering struct {
	contact.Store
	isOn atomic.Bool
}

func (s *lingering) linger(ctx context.Context) {
	if s.isOn.Load() {
		<-ctx.Done()
	}
}

func (s *lingering) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	defer s.linger(ctx)
	return s.Store.Contacts(ctx, org, ids)
}

func (s *lingering) Update(ctx context.Context, org contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	defer s.linger(ctx)
	return s.Store.Update(ctx, org, fn)
}

func TestAnswerIsNotBuiltFurtherWhenItsTimeIsOver(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	store := &lingering{Store: db}
	w := newWorldOn(t, store, func(d *graph.Deps) { d.Limits.AnswerBytes, d.Limits.Operation = 1<<30, time.Second })
	w.putSamples(t)
	w.putFull(t)
	w.putChoices(t)
	write := func(selected string) string {
		return `mutation { promoteToVip(input: { contactId: "contact_full", reason: "Press" }) { problems { code } ` + selected + ` } }`
	}
	store.isOn.Store(true)
	for _, tt := range []struct {
		query, code string
	}{
		{`{ contact(id: "contact_full") ` + strings.TrimPrefix(labelsOfEach, "contact") + ` }`, "DB_UNAVAILABLE"},
		{write(labelsOfEach), "OUTCOME_UNKNOWN"},
		{write("contact { vip { isVip } }"), ""}, // nothing to stop
	} {
		var got answer
		used := allocated(func() { got = w.ask(t, ada, tt.query, nil) })
		isNull := strings.HasSuffix(string(got.body), `"data":null}`)
		if got.status != http.StatusOK || got.codes(t) != tt.code || isNull != (tt.code != "") || used > fewBytes {
			t.Errorf("%s: %d %.300s with %d bytes of memory, want %s", tt.query, got.status, got.body, used, tt.code)
		}
	}
}
