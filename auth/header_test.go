package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

func TestD7WhatIsNoSignedTokenIsRefusedBeforeAnyKeyIsAsked(t *testing.T) {
	_, key := development(t)
	keys := &counted{KeySet: static(key.Public())}
	guard := guardWith(t, keys, at(noon))
	token := forge(t, object{"alg": "EdDSA"}, claims(), withKey(key))
	parts := strings.Split(token, ".")
	for name, bad := range map[string]string{
		"encrypted, five parts":        segment(t, object{"alg": "dir", "enc": "A256GCM"}) + "..aXY.Y2lwaGVy.dGFn",
		"encrypted, no part empty":     segment(t, object{"alg": "RSA-OAEP", "enc": "A256GCM"}) + ".a2V5.aXY.Y2lwaGVy.dGFn",
		"a megabyte":                   strings.Repeat("a", 1<<20),
		"a megabyte of signature":      parts[0] + "." + parts[1] + "." + strings.Repeat("a", 1<<20),
		"a megabyte of payload":        parts[0] + "." + strings.Repeat("a", 1<<20) + "." + parts[2],
		"a thousand dots":              strings.Repeat(".", 1000),
		"a thousand parts":             strings.Repeat("a.", 1000) + "a",
		"no dot":                       parts[0],
		"two parts":                    parts[0] + "." + parts[1],
		"four parts":                   token + "." + parts[2],
		"an empty header":              "." + parts[1] + "." + parts[2],
		"an empty payload":             parts[0] + ".." + parts[2],
		"an empty signature":           parts[0] + "." + parts[1] + ".",
		"the JSON form":                `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"padded base64":                parts[0] + "==." + parts[1] + "." + parts[2],
		"base64 of the other alphabet": parts[0] + "+/." + parts[1] + "." + parts[2],
		"a line break inside":          parts[0] + "\n." + parts[1] + "." + parts[2],
		"letters of another script":    parts[0] + "é." + parts[1] + "." + parts[2],
		"a zero byte":                  token + "\x00",
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, guard, "Bearer "+bad, contact.Unauthenticated)
			// The message shows that nothing was decoded.
			wantMessage(t, guard, "Bearer "+bad, "the Authorization header must be Bearer and a signed token")
		})
	}
	strayInput := stray(segment(t, `{"alg": "EdDSA"}`)) + "." + parts[1]
	for name, bad := range map[string]string{
		"a header of brackets":          segment(t, strings.Repeat("[", 9000)) + "." + parts[1] + "." + parts[2],
		"a header of objects":           segment(t, strings.Repeat(`{"a":`, 1800)) + "." + parts[1] + "." + parts[2],
		"a header that is not base 64":  "A." + parts[1] + "." + parts[2],
		"something behind the header's": segment(t, `{"alg":"EdDSA"}{}`) + "." + parts[1] + "." + parts[2],
		"stray bits behind the header":  strayInput + "." + segment(t, string(withKey(key)(strayInput))),
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, guard, "Bearer "+bad, contact.Unauthenticated)
			wantMessage(t, guard, "Bearer "+bad, "the token is not accepted")
		})
	}
	if n := keys.asked.Load(); n != 0 {
		t.Errorf("the key set was asked %d times, want never", n)
	}
	accepted(t, guard, "Bearer "+token)
}

// stray sets a bit of the last character that stands for nothing; the encoded text must not have a multiple of 3 bytes.
func stray(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + alphabet[last+1:last+2]
}

func TestD7AHeaderHasAtMostSixteenKiB(t *testing.T) {
	guard, sign := signIn(t)
	const limit = 16 << 10
	good := sign(claims())
	atLimit := "Bearer" + strings.Repeat(" ", limit-len(good)+1) + strings.TrimPrefix(good, "Bearer ")
	if len(atLimit) != limit {
		t.Fatalf("the header has %d bytes, want %d", len(atLimit), limit)
	}
	accepted(t, guard, atLimit)
	refused(t, guard, "Bearer "+strings.TrimPrefix(atLimit, "Bearer"), contact.Unauthenticated)
}

func TestD8OnlyOneBearerTokenIsAccepted(t *testing.T) {
	guard, sign := signIn(t)
	token := strings.TrimPrefix(sign(claims()), "Bearer ")
	for _, tt := range []struct {
		name   string
		header string
		good   bool
	}{
		{"Bearer", "Bearer " + token, true},
		{"in lower case", "bearer " + token, true},
		{"in upper case", "BEARER " + token, true},
		{"in mixed case", "bEaReR " + token, true},
		{"with several spaces", "Bearer   " + token, true},
		{"without the header, as when the token is in the query string", "", false},
		{"the scheme alone", "Bearer", false},
		{"the scheme and a space", "Bearer ", false},
		{"the token alone", token, false},
		{"no space between", "Bearer" + token, false},
		{"a tab between", "Bearer\t" + token, false},
		{"a space and a tab", "Bearer \t" + token, false},
		{"a tab and a space", "Bearer\t " + token, false},
		{"a no-break space", "Bearer\u00a0" + token, false},
		{"a space before", " Bearer " + token, false},
		{"a space behind", "Bearer " + token + " ", false},
		{"a tab behind", "Bearer " + token + "\t", false},
		{"a colon", "Bearer: " + token, false},
		{"another scheme", "Basic " + token, false},
		{"twice the scheme", "Bearer Bearer " + token, false},
		{"twice the header, as HTTP joins it", "Bearer " + token + ", Bearer " + token, false},
		{"twice the header, one empty", "Bearer " + token + ", ", false},
		{"twice the header, the first empty", ", Bearer " + token, false},
		{"two tokens", "Bearer " + token + " " + token, false},
		{"parameters", `Bearer token="` + token + `"`, false},
		{"a quoted token", `Bearer "` + token + `"`, false},
		{"as a query string", "access_token=" + token, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.good {
				accepted(t, guard, tt.header)
			} else {
				refused(t, guard, tt.header, contact.Unauthenticated)
			}
		})
	}
}

func FuzzHeader(f *testing.F) {
	issuer, key := development(f)
	guard := issuer.Guard(at(noon))
	token, err := issuer.Issue(auth.TokenRequest{Agent: "Anna", Org: "Demo", Role: contact.RoleAgent, Teams: []string{"Support"}}, noon)
	if err != nil {
		f.Fatal(err)
	}
	parts := strings.Split(token, ".")
	f.Add("Bearer " + token)
	f.Add("bearer  " + token)
	f.Add("Bearer\t" + token)
	f.Add("Bearer " + parts[0] + "." + parts[1] + ".")
	f.Add("Bearer " + forge(f, object{"alg": "none"}, claims(), func(string) []byte { return nil }))
	f.Add("Bearer " + forge(f, object{"alg": "EdDSA", "kid": 7}, claims(), withKey(key)))
	f.Add("Bearer " + forge(f, object{"alg": "EdDSA", "jwk": object{"kty": "oct", "k": ""}}, claims(), withKey(key)))
	f.Add(`{"payload":"` + parts[1] + `","signatures":[]}`)
	f.Fuzz(func(t *testing.T, header string) {
		actor, err := guard.Actor(t.Context(), header)
		if err != nil {
			refused(t, guard, header, contact.CodeOf(err))
			if code := contact.CodeOf(err); code != contact.Unauthenticated && code != contact.Forbidden {
				t.Errorf("Actor(%q) = %v, a code that is not auth's", header, err)
			}
			return
		}
		if !isSigned(header, key) {
			t.Fatalf("Actor(%q) accepted what the key did not sign: %+v", header, actor)
		}
	})
}

func FuzzPayload(f *testing.F) {
	issuer, key := development(f)
	guard := issuer.Guard(at(noon))
	f.Add(string(marshal(f, claims())))
	f.Add(string(marshal(f, claims().but("aud", []string{"a", "contactpanel"}).but("exp", 1.5e9))))
	f.Add(string(marshal(f, claims().but("org", []string{"Demo"}))))
	f.Add(string(marshal(f, claims().but("_claim_names", object{"org": "x"}).but("_claim_sources", object{"x": object{"endpoint": "http://127.0.0.1"}}))))
	f.Add(`{"exp":1e400}`)
	f.Fuzz(func(t *testing.T, payload string) {
		actor, err := guard.Actor(t.Context(), "Bearer "+forge(t, object{"alg": "EdDSA"}, payload, withKey(key)))
		if code := contact.CodeOf(err); err != nil && code != contact.Unauthenticated && code != contact.Forbidden {
			t.Errorf("payload %q = %v, a code that is not auth's", payload, err)
		}
		if err != nil {
			return
		}
		if actor.ID == "" || actor.Name == "" || actor.Org == "" || len(actor.Roles) == 0 || actor.Origin == "" {
			t.Errorf("payload %q made an actor with gaps: %+v", payload, actor)
		}
		if year := actor.Expires.Year(); actor.Expires.Before(noon.Add(-30*time.Second)) || year > 9999 {
			t.Errorf("payload %q expires %s", payload, actor.Expires)
		}
	})
}

// isSigned checks an accepted header without the code under test.
func isSigned(header string, key ed25519.PrivateKey) bool {
	token := header[strings.LastIndexByte(header, ' ')+1:]
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	return err == nil && ed25519.Verify(key.Public().(ed25519.PublicKey), []byte(token[:dot]), signature)
}
