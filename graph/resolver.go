package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// resolver is the root of all resolvers; each type has one file.
type resolver struct {
	contacts *contact.Contacts
	limits   *Limits
}

func (r *resolver) Query() gql.QueryResolver               { return query{r.contacts, r.limits} }
func (r *resolver) Mutation() gql.MutationResolver         { return mutation{r.contacts} }
func (r *resolver) Subscription() gql.SubscriptionResolver { return subscription{r.contacts} }
func (r *resolver) AttributeChanged() gql.AttributeChangedResolver {
	return attributeChanged{r.contacts}
}
func (r *resolver) VipChanged() gql.VipChangedResolver                   { return vipChanged{r.contacts} }
func (r *resolver) ValidationChanged() gql.ValidationChangedResolver     { return validationChanged{} }
func (r *resolver) Contact() gql.ContactResolver                         { return contactFields{r.contacts} }
func (r *resolver) AttributeRulesInput() gql.AttributeRulesInputResolver { return rulesInput{} }
func (r *resolver) ChoiceOptionInput() gql.ChoiceOptionInputResolver     { return choiceInput{} }

type (
	query struct {
		contacts *contact.Contacts
		limits   *Limits
	}
	mutation      struct{ contacts *contact.Contacts }
	contactFields struct{ contacts *contact.Contacts }
	subscription  struct{ contacts *contact.Contacts }
	rulesInput    struct{}
	choiceInput   struct{}

	attributeChanged  struct{ contacts *contact.Contacts }
	vipChanged        struct{ contacts *contact.Contacts }
	validationChanged struct{}
)

// Viewer answers who asks.
func (query) Viewer(ctx context.Context) (*gql.Viewer, error) {
	a, err := contact.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	return &gql.Viewer{
		ID: a.ID, Name: a.Name, Organisation: string(a.Org), Roles: a.Roles, Teams: orEmpty(a.Teams), Languages: orEmpty(a.Languages),
	}, nil
}

// Limits answers what the server keeps.
func (q query) Limits(context.Context) (*gql.Limits, error) {
	return &gql.Limits{
		NoteLength: contact.MaxNoteLength, NoteUnit: contact.CodePoints, NoteBytes: contact.MaxNoteBytes,
		NoteRestorableDays: int(contact.RestorableFor.Hours() / 24), DefaultPageSize: contact.DefaultPageSize, MaxPageSize: q.limits.First,
		MaxValues: contact.MaxValues, TextLength: contact.MaxTextLength, SearchLength: contact.MaxSearchLength,
		ClientMutationIDLength: contact.MaxMutationIDLength, ClientMutationIDHours: int(contact.IdempotentFor.Hours()),
		MaxGroups: contact.MaxGroups, MaxGroupConditions: contact.MaxConditions, MaxConditionValues: contact.MaxConditionValues,
		MaxGroupTeams: contact.MaxGroupTeams, MaxGroupWeight: contact.MaxGroupWeight,
	}, nil
}

// Node answers the thing with an id.
func (q query) Node(ctx context.Context, id contact.ID) (contact.Node, error) {
	found, err := q.Nodes(ctx, []contact.ID{id})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// Nodes answers the things with ids.
func (q query) Nodes(ctx context.Context, ids []contact.ID) ([]contact.Node, error) {
	found, err := q.contacts.Nodes(ctx, ids)
	missing := 0
	for _, each := range found {
		if each == nil {
			missing++
		}
	}
	askedInVain(ctx, missing)
	return found, err
}

// orEmpty makes a list that is not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// text reads an optional argument.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
