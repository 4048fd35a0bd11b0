package contact_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"contactpanel/contact"
)

func TestManyRowsAreBroughtInInOrderAndARefusedOneStopsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := func(name, number string, more ...contact.AttributeInput) contact.UpsertInput {
		return contact.UpsertInput{Name: name, Attributes: append([]contact.AttributeInput{customer(number)}, more...)}
	}
	taken := row("Taken", "T")
	taken.Profiles = profiles("X:one")
	one := row("One", "1")
	one.Profiles = profiles("X:one")
	one.ClientMutationID = "is not looked at"
	again := one
	again.Name = "Uno"
	got, err := w.UpsertMany(w.as(robot), []contact.UpsertInput{
		one, row("Two", "2", emails("no address")), again, row("Three", "3", emails("x@x.example")), {}, taken, row("", "3", emails("y@x.example")), row("Three", "3"),
	})
	w.must("UpsertMany", err)
	var outcomes []string
	for _, r := range got {
		if r.Refused != nil {
			outcomes = append(outcomes, string(r.Refused.Code)+" "+r.Refused.Field)
			if r.Outcome != "" || r.Contact != "" {
				t.Errorf("a refused row has the outcome %q of %q", r.Outcome, r.Contact)
			}
			continue
		}
		outcomes = append(outcomes, string(r.Outcome)+" "+w.contact(r.Contact).Name)
	}
	w.same("the outcomes", outcomes, []string{
		"CREATED Uno", "INVALID_VALUE email", "UPDATED Uno", "CREATED Three", "INVALID_VALUE name", "TAKEN handle", "UPDATED Three", "UNCHANGED Three",
	})
	w.same("the contacts", w.find(contact.SearchInput{}), []string{"Three", "Uno"})
	if got, err := w.UpsertMany(w.as(robot), nil); err != nil || len(got) != 0 {
		t.Errorf("UpsertMany of nothing = %v, %v", got, err)
	}
}

func TestTooManyRowsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := make([]contact.UpsertInput, contact.MaxUpsertMany+1)
	for i := range rows {
		rows[i].Name = fmt.Sprint("Row ", i)
	}
	_, err := w.UpsertMany(w.as(robot), rows)
	w.refused("501 rows", err, contact.BadUserInput, "inputs")
	got, err := w.UpsertMany(w.as(robot), rows[1:])
	if err != nil || len(got) != 500 || got[499].Outcome != contact.Created {
		t.Errorf("UpsertMany of 500 gave %d results, %v", len(got), err)
	}
}

func TestOnlyIntegrationsAndAdministratorsWriteAsAnImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := func(number string) contact.UpsertInput {
		return contact.UpsertInput{Name: "Row", Attributes: []contact.AttributeInput{customer(number)}, IsImport: true}
	}
	_, err := w.Upsert(w.as(anna), row("1"))
	w.refused("Upsert by an agent", err, contact.Forbidden, "origin")
	_, err = w.UpsertMany(w.as(anna), []contact.UpsertInput{{Name: "Row"}, row("1")})
	w.refused("UpsertMany by an agent", err, contact.Forbidden, "origin")
	if left := w.find(contact.SearchInput{}); len(left) != 0 {
		t.Errorf("forbidden rows left %q", left)
	}
	for who, want := range map[*contact.Actor]contact.Origin{&robot: contact.OriginImport, &clara: contact.OriginImport, &crm: contact.OriginCRM} {
		number := string(who.ID)
		got, err := w.Upsert(w.as(*who), row(number))
		w.must("Upsert", err)
		if origin := *w.attribute(got.Contact, "customer_number").Origin; origin != want {
			t.Errorf("%s writes as %s, want %s", who.ID, origin, want)
		}
		many, err := w.UpsertMany(w.as(*who), []contact.UpsertInput{row(number + "-2")})
		w.must("UpsertMany", err)
		if origin := *w.attribute(w.contact(many[0].Contact), "customer_number").Origin; origin != want {
			t.Errorf("%s writes many as %s, want %s", who.ID, origin, want)
		}
	}
}

// failingStore loses its transactions' commits.
type failingStore struct{ contact.Store }

var errLost = errors.New("lost")

func (f failingStore) Update(ctx context.Context, org contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	return f.Store.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return errLost
	})
}

func TestAfterAFaultNoneOfTheRowsIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := contact.New(w.deps(failingStore{w.store}))
	got, err := broken.UpsertMany(w.as(robot), []contact.UpsertInput{{Name: "One"}, {Name: "Two"}})
	if !errors.Is(err, errLost) || got != nil {
		t.Errorf("UpsertMany = %v, %v; want the fault alone", got, err)
	}
	if up, err := broken.Upsert(w.as(robot), contact.UpsertInput{Name: "One"}); !errors.Is(err, errLost) || up != nil {
		t.Errorf("Upsert = %v, %v; want the fault alone", up, err)
	}
	if left := w.find(contact.SearchInput{}); len(left) != 0 {
		t.Errorf("lost rows left %q", left)
	}
}
