package importer

import (
	"fmt"

	"contactpanel/contact"
)

// refusal says why a row is not imported, and what is to blame: a definition's key, one of the fixed keys, the header of a
// column, or nothing.
type refusal struct{ field, reason string }

func refuse(field, format string, args ...any) *refusal {
	return &refusal{field, fmt.Sprintf(format, args...)}
}

// columnOf names the columns that fill members of an upsert which are called otherwise.
var columnOf = map[string]string{ //nolint:gochecknoglobals // a table that nothing writes
	"notes": "note", "displayName": "profile_name", "profileUrl": "profile_url", "avatarUrl": "avatar_url",
}

// refusalOf keeps the message of the domain.
func refusalOf(e *contact.Error) *refusal {
	if column, ok := columnOf[e.Field]; ok {
		return &refusal{column, e.Message}
	}
	return &refusal{e.Field, e.Message}
}
