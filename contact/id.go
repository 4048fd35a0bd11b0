package contact

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"time"
)

// ID is the global id of a thing: a type prefix, "_", and 26 characters that sort by time of creation. Clients treat it as
// opaque. An agent's id is the token's subject instead.
type ID string

// The type prefixes of ids.
const (
	PrefixContact    = "contact"
	PrefixProfile    = "profile"
	PrefixNote       = "note"
	PrefixDefinition = "definition"
	PrefixSection    = "section"
	PrefixAttribute  = "attribute"
	PrefixAudit      = "audit"
	PrefixGroup      = "group"
)

// maxIDLength bounds what is looked at: a longer id is unknown without asking the store.
const maxIDLength = 128

// crockford is Crockford's base 32 in lower case: its order is the order of the bytes that it encodes.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// RandomID makes a new id: 64 bits of nanoseconds, then 64 random bits, in base 32. Ids that one process makes one after
// another sort in that order, so that notes of one millisecond keep theirs. Safe for concurrent use.
func RandomID(prefix string) ID {
	var random [8]byte
	rand.Read(random[:])
	hi, lo := uint64(time.Now().UnixNano()), binary.BigEndian.Uint64(random[:])
	var b strings.Builder
	b.Grow(len(prefix) + 27)
	b.WriteString(prefix)
	b.WriteByte('_')
	for shift := 125; shift >= 0; shift -= 5 {
		b.WriteByte(crockford[bits5(hi, lo, uint(shift))])
	}
	return ID(b.String())
}

// bits5 returns five bits of the 128-bit number, counted from the right.
func bits5(hi, lo uint64, shift uint) uint64 {
	switch {
	case shift >= 64:
		return hi >> (shift - 64) & 31
	case shift > 59:
		return (lo>>shift | hi<<(64-shift)) & 31
	default:
		return lo >> shift & 31
	}
}

// Prefix returns the type prefix of the id, "" when it has none.
func (id ID) Prefix() string {
	prefix, rest, ok := strings.Cut(string(id), "_")
	if !ok || rest == "" || len(id) > maxIDLength {
		return ""
	}
	return prefix
}

// AttributeID is the id of an attribute: it never changes, and is known before a value stands.
func AttributeID(contact ID, key string) ID {
	return ID(PrefixAttribute + "_" + strings.TrimPrefix(string(contact), PrefixContact+"_") + "." + key)
}

// attributeOf takes an attribute's id apart.
func attributeOf(id ID) (contact ID, key string, ok bool) {
	rest, isAttribute := strings.CutPrefix(string(id), PrefixAttribute+"_")
	suffix, key, dotted := strings.Cut(rest, ".")
	if !isAttribute || !dotted || len(id) > maxIDLength {
		return "", "", false
	}
	return ID(PrefixContact + "_" + suffix), key, true
}
