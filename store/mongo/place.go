package mongo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"contactpanel/contact"
)

// What is looked up, and what orders a list, is one text that begins with the organisation. So a query is one exact value or
// one range of one field, which a single index answers without a choice for the server to make, and no value of another
// organisation lies in between.

// scope is what the texts of an organisation begin with. Its length in front keeps one name from being the beginning of
// another's.
func scope(org contact.OrgID) string { return strconv.Itoa(len(org)) + ":" + string(org) + "/" }

// keyOf is a key within an organisation. All parts but the last bring their length, so that no two keys are one text.
func keyOf(org contact.OrgID, parts ...string) string {
	var b strings.Builder
	b.WriteString(scope(org))
	for i, part := range parts {
		if i < len(parts)-1 {
			b.WriteString(strconv.Itoa(len(part)) + ":")
		}
		b.WriteString(part)
		if i < len(parts)-1 {
			b.WriteByte('/')
		}
	}
	return b.String()
}

// keysOf are keys of one part.
func keysOf[T ~string](org contact.OrgID, parts []T) []string {
	out := make([]string, len(parts))
	for i, part := range parts {
		out[i] = keyOf(org, string(part))
	}
	return out
}

// listOf names a list within an organisation; places in it begin with this.
func listOf(org contact.OrgID, parts ...string) string { return keyOf(org, append(parts, "")...) }

// timePlace is a moment as a text that sorts by time, in milliseconds before and after 1970.
func timePlace(ms int64) string { return fmt.Sprintf("%016x", uint64(ms)^1<<63) } //nolint:gosec // the bits are meant

// dated is a place in an order of moments, and named one in an order of texts. The id decides between equals. No text holds a
// NUL, so that what begins another text sorts before it.
func dated(p contact.Position) string { return timePlace(p.Number) + string(p.ID) }

func named(p contact.Position) string { return p.Text + "\x00" + string(p.ID) }

func datedAt(t time.Time, id contact.ID) string {
	return dated(contact.Position{Number: t.UnixMilli(), ID: id})
}

// inside asks for the places of a list strictly between two, nil being its ends.
func inside(list string, above, below *contact.Position, place func(contact.Position) string) bson.D {
	low, high := list, afterList(list)
	if above != nil {
		low = list + place(*above)
	}
	if below != nil {
		high = list + place(*below)
	}
	return bson.D{{Key: "$gt", Value: low}, {Key: "$lt", Value: high}}
}

// allOf asks for all documents of an organisation, by their keys.
func allOf(org contact.OrgID) bson.D {
	return bson.D{{Key: "_id", Value: inside(scope(org), nil, nil, dated)}}
}

// afterList is the first text behind all that begin with the list: it ends with a slash, and a zero comes next.
func afterList(list string) string { return strings.TrimSuffix(list, "/") + "0" }
