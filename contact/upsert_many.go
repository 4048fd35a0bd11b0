package contact

import (
	"context"
	"errors"
)

// MaxUpsertMany is how many inputs one UpsertMany takes.
const MaxUpsertMany = 500

// UpsertResult is what became of one input of UpsertMany: the outcome, or the refusal.
type UpsertResult struct {
	Contact ID
	Outcome UpsertOutcome // "" when refused
	Refused *Error
}

// UpsertMany does what Upsert does for each input in order, in one transaction: a later input sees the earlier ones, a
// refused input leaves nothing and does not stop the others, and all are committed together or, after a fault, none.
// ClientMutationID of the inputs is not looked at. Results are in the order of the inputs.
func (c *Contacts) UpsertMany(ctx context.Context, inputs []UpsertInput) ([]UpsertResult, error) {
	actor, err := actorFor(ctx, "upsertContact")
	if err != nil {
		return nil, err
	}
	if len(inputs) > MaxUpsertMany {
		return nil, FieldErrorf(BadUserInput, "inputs", "has %d items; at most %d are allowed", len(inputs), MaxUpsertMany)
	}
	var results []UpsertResult
	err = c.store.Update(ctx, actor.Org, func(ctx context.Context, tx Tx) error {
		results = make([]UpsertResult, 0, len(inputs))
		// Once for all rows: within the transaction the definitions cannot change.
		set, err := (&write{contacts: c, actor: actor}).definitionsNow(ctx, tx)
		if err != nil {
			return err
		}
		for _, in := range inputs {
			stamped, err := importActor(actor, in)
			if err != nil {
				return err
			}
			w := &write{contacts: c, actor: stamped, at: moment(c.now())}
			r, err := w.upsert(ctx, tx, set, in)
			var refused *Error
			switch {
			case err == nil:
				results = append(results, UpsertResult{Contact: r.Contact.ID, Outcome: r.Outcome})
			case errors.As(err, &refused) && refused.IsRefusal():
				results = append(results, UpsertResult{Refused: refused})
			default:
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// importActor is the actor with the origin that the input asks for.
func importActor(actor Actor, in UpsertInput) (Actor, error) {
	if !in.IsImport || actor.Origin == OriginCRM {
		return actor, nil
	}
	if !actor.Is(RoleIntegration) && !actor.Is(RoleAdmin) {
		return actor, FieldErrorf(Forbidden, "origin", "only an integration or an administrator may write as an import")
	}
	actor.Origin = OriginImport
	return actor, nil
}
