package importer

import (
	"context"
	"time"

	"contactpanel/contact"
)

// Target is where rows go: an organisation, directly or through a running gateway. It is used by one goroutine.
type Target interface {
	// Definitions lists the definitions in use, archived ones left out, with key, value type, whether it is a list, labels in
	// all languages and the options of a choice.
	Definitions(ctx context.Context) ([]*contact.AttributeDefinition, error)
	// Upsert brings the inputs in, in order, a later one seeing the earlier ones, and returns their results in order. With an
	// error the results are those of the first inputs, as far as they were acknowledged. It does not break off a write that has
	// begun when ctx ends. An input that breaks a rule is a result, not an error.
	Upsert(ctx context.Context, inputs []contact.UpsertInput) ([]contact.UpsertResult, error)
}

// patient is a target that waits when it is asked to.
type patient interface {
	// Waited is for how long it has waited since it was made.
	Waited() time.Duration
}

// waitedFor is for how long a target has waited.
func waitedFor(target Target) time.Duration {
	if p, ok := target.(patient); ok {
		return p.Waited()
	}
	return 0
}

// Local is the organisation of the actor in the context of Run, which must be an integration or an administrator. Each
// batch is one transaction.
func Local(contacts *contact.Contacts) Target { return local{contacts} }

type local struct{ contacts *contact.Contacts }

func (l local) Definitions(ctx context.Context) ([]*contact.AttributeDefinition, error) {
	catalog, err := l.contacts.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	var inUse []*contact.AttributeDefinition
	for _, d := range catalog.Definitions {
		if d.ArchivedAt == nil {
			inUse = append(inUse, d)
		}
	}
	return inUse, nil
}

func (l local) Upsert(ctx context.Context, inputs []contact.UpsertInput) ([]contact.UpsertResult, error) {
	return l.contacts.UpsertMany(context.WithoutCancel(ctx), inputs)
}
