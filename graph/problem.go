package graph

import (
	"context"
	"errors"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// problems splits what a use case refused from what failed: a refusal becomes the payload's problems, anything else stays
// an error.
func problems(ctx context.Context, err error) ([]gql.Problem, error) {
	if err == nil {
		return []gql.Problem{}, nil
	}
	var e *contact.Error
	if !errors.As(err, &e) || !e.IsRefusal() {
		return nil, err
	}
	actor, noActor := contact.ActorFrom(ctx)
	if noActor != nil {
		return nil, noActor
	}
	if e.Code == contact.NotFound {
		askedInVain(ctx, 1)
	}
	return []gql.Problem{problem(e, actor.Languages)}, nil
}

func problem(e *contact.Error, languages []string) gql.Problem {
	code, field, message := gql.ProblemCode(e.Code), optional(e.Field), e.MessageIn(languages)
	switch e.Code {
	case contact.Conflict:
		return conflictProblem(e, code, field, message)
	case contact.TooLong:
		return gql.TooLongProblem{Code: code, Message: message, Field: field, Max: e.Max, Got: e.Got, Unit: e.Unit, Index: index(e)}
	case contact.ReadOnly:
		return gql.ReadOnlyProblem{Code: code, Message: message, Field: field, Why: e.Why}
	case contact.NotFound:
		return gql.NotFoundProblem{Code: code, Message: message, Field: field, Index: index(e)}
	case contact.AmbiguousMatch:
		return gql.AmbiguousMatchProblem{Code: code, Message: message, Field: field, ContactIds: e.Fits}
	case contact.Taken:
		return gql.TakenProblem{Code: code, Message: message, Field: field}
	case contact.LimitReached:
		return gql.LimitProblem{Code: code, Message: message, Field: field, Max: e.Max}
	default:
		return gql.InvalidValueProblem{
			Code: gql.ProblemCodeInvalidValue, Message: message, Field: field, Allowed: e.Allowed.In(languages), Index: index(e), Rules: e.Rules,
		}
	}
}

func conflictProblem(e *contact.Error, code gql.ProblemCode, field *string, message string) gql.Problem {
	p := gql.ConflictProblem{Code: code, Message: message, Field: field}
	switch current := e.Current.(type) {
	case *contact.Note:
		p.Note, p.CurrentVersion = current, current.Version
	case contact.Attribute:
		p.Attribute, p.CurrentVersion = current, current.Fields().Version
	case *contact.AttributeDefinition:
		p.Definition, p.CurrentVersion = current, current.Version
	case *contact.SectionDefinition:
		p.Section, p.CurrentVersion = current, current.Version
	case *contact.ContactGroup:
		p.Group, p.CurrentVersion = current, current.Version
	}
	return p
}

func index(e *contact.Error) *int {
	if e.Index < 0 {
		return nil
	}
	return &e.Index
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
