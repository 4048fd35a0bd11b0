package auth_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

// noon is when all tests happen.
var noon = time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// object is a JSON object of a token. A json.RawMessage in it is written as it is.
type object map[string]any

// but returns a copy with one member set, or left out when the value is absent.
func (o object) but(name string, value any) object {
	o = maps.Clone(o)
	if value == absent {
		delete(o, name)
		return o
	}
	o[name] = value
	return o
}

// absent as a value leaves the member out.
const absent = leftOut("left out")

type leftOut string

// claims is a full, good payload of the development issuer.
func claims() object {
	return object{
		"iss": "urn:contactpanel:development", "aud": "contactpanel", "sub": "anna", "name": "Anna Becker",
		"org": "Demo", "roles": []string{"AGENT"}, "teams": []string{"Support", "Sales"},
		"iat": noon.Unix(), "nbf": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}
}

// signature makes the third part of a token from the first two.
type signature func(input string) []byte

// forge writes a token by hand, so that it may hold what a library would refuse to write.
func forge(tb testing.TB, header, payload any, sign signature) string {
	tb.Helper()
	input := segment(tb, header) + "." + segment(tb, payload)
	return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
}

// segment encodes a part of a token: text as it is, anything else as JSON.
func segment(tb testing.TB, part any) string {
	tb.Helper()
	text, ok := part.(string)
	if !ok {
		raw, err := json.Marshal(part)
		if err != nil {
			tb.Fatal(err)
		}
		text = string(raw)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// development opens an issuer in a new folder and returns it with its private key.
func development(tb testing.TB) (*auth.DevelopmentIssuer, ed25519.PrivateKey) {
	tb.Helper()
	dir := tb.TempDir()
	issuer, err := auth.Development(dir)
	if err != nil {
		tb.Fatalf("Development = %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "development-key.pem"))
	if err != nil {
		tb.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	return issuer, key.(ed25519.PrivateKey)
}

func withKey(key ed25519.PrivateKey) signature {
	return func(input string) []byte { return ed25519.Sign(key, []byte(input)) }
}

// counted is a real key set that counts how often it is asked.
type counted struct {
	auth.KeySet
	asked atomic.Int64
}

func (c *counted) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	c.asked.Add(1)
	return c.KeySet.VerifySignature(ctx, jwt)
}

// guardWith makes a guard for the development issuer's claims with other keys or another clock.
func guardWith(tb testing.TB, keys auth.KeySet, now func() time.Time) *auth.Guard {
	tb.Helper()
	guard, err := auth.New(auth.Config{Issuer: "urn:contactpanel:development", Audience: "contactpanel", Keys: keys, Now: now})
	if err != nil {
		tb.Fatalf("New = %v", err)
	}
	return guard
}

// refused checks that a header is refused with the code, and that neither message nor cause repeats the token.
func refused(tb testing.TB, guard *auth.Guard, header string, want contact.Code) {
	tb.Helper()
	actor, err := guard.Actor(tb.Context(), header)
	if got := contact.CodeOf(err); got != want {
		tb.Errorf("Actor(%.60q) = %v, want %s", header, err, want)
		return
	}
	if !reflect.DeepEqual(actor, contact.Actor{}) {
		tb.Errorf("Actor(%.60q) returned an actor beside its error: %+v", header, actor)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		for _, part := range strings.FieldsFunc(header, func(c rune) bool { return strings.ContainsRune(" ,.\t", c) }) {
			if len(part) > len("Authorization") && strings.Contains(err.Error(), part) {
				tb.Errorf("the error quotes the token: %v", err)
			}
		}
	}
}

func accepted(tb testing.TB, guard *auth.Guard, header string) contact.Actor {
	tb.Helper()
	actor, err := guard.Actor(tb.Context(), header)
	if err != nil {
		tb.Fatalf("Actor(%.60q) = %v, want it accepted", header, err)
	}
	return actor
}

// wantMessage checks what the sender of a refused header is told.
func wantMessage(tb testing.TB, guard *auth.Guard, header, want string) {
	tb.Helper()
	_, err := guard.Actor(tb.Context(), header)
	var refusal *contact.Error
	if !errors.As(err, &refusal) || refusal.Message != want {
		tb.Errorf("Actor(%.60q) = %v, want the message %q", header, err, want)
	}
}
