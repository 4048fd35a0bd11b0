package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // tells small letters from capitals, and refuses a member that is there twice

	"contactpanel/contact"
)

// maxHeader bounds the Authorization header's value, in bytes, before anything is decoded or hashed.
const maxHeader = 16 << 10

// algorithms are the signatures that are accepted. All need a private key to make: with an HMAC among them, a public key
// could pass as the secret; "none" is no signature at all (RFC 8725, 3.1).
func algorithms() []string { return []string{oidc.RS256, oidc.ES256, oidc.EdDSA} }

// signatureAlgorithms are the same, for the other library.
func signatureAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}
}

// bearerToken takes the token out of an Authorization header's value. It refuses what has not the shape of a signed JWS;
// no decoding, no cryptography.
func bearerToken(header string) (string, error) {
	if len(header) > maxHeader {
		return "", reasoned{contact.ReasonTooLarge, fmt.Errorf("the header has %d bytes, more than %d", len(header), maxHeader)}
	}
	scheme, rest, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return "", errors.New("the scheme is not Bearer and a space")
	}
	token := strings.TrimLeft(rest, " ")
	if n := strings.Count(token, "."); n != 2 {
		return "", fmt.Errorf("the token has %d dots instead of the two of a signed JWT", n)
	}
	for part := range strings.SplitSeq(token, ".") {
		if part == "" {
			return "", errors.New("a part of the token is empty")
		}
	}
	if strings.ContainsFunc(token, isNotTokenCharacter) {
		return "", errors.New("the token has a character that is not of base64url")
	}
	return token, nil
}

func isNotTokenCharacter(c rune) bool {
	isToken := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
	return !isToken
}

// Types of tokens, as the header says them.
const (
	typeNone   = ""
	typeJWT    = "jwt"
	typeAccess = "at+jwt" // RFC 9068, 2.1
)

// checkHeader looks at the JOSE header before any key is touched, and returns the type that it gives the token.
func checkHeader(token string) (typ string, err error) {
	encoded, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return "", fmt.Errorf("decode the token's header: %w", err)
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(raw, &header); err != nil {
		return "", errors.New("the token's header is no JSON object whose members have different names")
	}
	// Members that offer a key or a place to fetch one (RFC 8725, 3.10), and those that change what a signature covers or
	// means (crit, b64). We support none, and to refuse is safer than to look away.
	for _, member := range []string{"jku", "x5u", "x5c", "jwk", "crit", "b64"} {
		if _, ok := header[member]; ok {
			return "", fmt.Errorf("the token's header has the member %s", member)
		}
	}
	alg, err := stringMember(header, "alg")
	if err != nil {
		return "", fmt.Errorf("read the token's header: %w", err)
	}
	if !slices.Contains(algorithms(), alg) {
		return "", reasoned{contact.ReasonAlgorithm, errors.New("the token's algorithm is not among those accepted")}
	}
	return typeOf(header)
}

// typeOf accepts a token without typ, a plain JWT and an access token (RFC 9068, 2.1). Other kinds of one issuer, such as
// logout tokens, must not pass for one another (RFC 8725, 3.11). Media types ignore case and may leave out "application/"
// (RFC 7515, 4.1.9).
func typeOf(header map[string]json.RawMessage) (string, error) {
	if _, ok := header["typ"]; !ok {
		return typeNone, nil
	}
	said, err := stringMember(header, "typ")
	if err != nil {
		return "", fmt.Errorf("read the token's header: %w", err)
	}
	typ := strings.TrimPrefix(strings.ToLower(said), "application/")
	if typ != typeJWT && typ != typeAccess {
		return "", reasoned{contact.ReasonUse, errors.New("the token's type is neither JWT nor at+jwt")}
	}
	return typ, nil
}

// checkUse refuses what the issuer signs for other uses, as far as that can be told. An ID token tells a client who signed in,
// passes through more hands and lives by other rules. An issuer that follows RFC 9068 says so in the header; Keycloak and
// Cognito have claims for it; for all others there are the claims that OpenID Connect Core 1.0, 2 and 3.3.2.11, has for ID
// tokens alone.
func checkUse(typ string, payload map[string]json.RawMessage) error {
	if typ == typeAccess {
		return nil
	}
	kind, err := stringMember(payload, "typ") // Keycloak's
	if err == nil && slices.Contains([]string{"ID", "Refresh", "Offline", "Logout"}, kind) {
		return errors.New("the claim typ says that it is no access token")
	}
	if use, err := stringMember(payload, "token_use"); err == nil && use != "access" { // Cognito's
		return errors.New("the claim token_use says that it is no access token")
	}
	if err == nil && kind == "Bearer" {
		return nil
	}
	for _, claim := range []string{"nonce", "at_hash", "c_hash"} {
		if _, ok := payload[claim]; ok {
			return fmt.Errorf("the claim %s is one of ID tokens", claim)
		}
	}
	return nil
}

// stringMember returns a member that must be a JSON string.
func stringMember(object map[string]json.RawMessage, name string) (string, error) {
	raw, ok := object[name]
	if !ok {
		return "", fmt.Errorf("%s is missing", name)
	}
	return stringOf(raw, name)
}

func stringOf(raw json.RawMessage, name string) (string, error) {
	var s *string // null leaves it nil
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", fmt.Errorf("%s is not a text", name)
	}
	return *s, nil
}
