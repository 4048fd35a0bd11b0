package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// maxHeader bounds the Authorization header's value, in bytes, before anything is decoded or hashed.
const maxHeader = 16 << 10

// algorithms are the signatures that are accepted. All need a private key to make: with an HMAC among them, a public key
// could pass as the secret; "none" is no signature at all (RFC 8725, 3.1).
func algorithms() []string { return []string{oidc.RS256, oidc.ES256, oidc.EdDSA} }

// bearerToken takes the token out of an Authorization header's value. It refuses what has not the shape of a signed JWS;
// no decoding, no cryptography.
func bearerToken(header string) (string, error) {
	if len(header) > maxHeader {
		return "", fmt.Errorf("the header has %d bytes, more than %d", len(header), maxHeader)
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

// checkHeader looks at the JOSE header before any key is touched.
func checkHeader(token string) error {
	encoded, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return fmt.Errorf("decode the token's header: %w", err)
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(raw, &header); err != nil {
		return fmt.Errorf("read the token's header: %w", err)
	}
	// Members that offer a key or a place to fetch one (RFC 8725, 3.10), and those that change what a signature covers or
	// means (crit, b64). We support none, and to refuse is safer than to look away.
	for _, member := range []string{"jku", "x5u", "x5c", "jwk", "crit", "b64"} {
		if _, ok := header[member]; ok {
			return fmt.Errorf("the token's header has the member %s", member)
		}
	}
	alg, err := stringMember(header, "alg")
	if err != nil {
		return fmt.Errorf("read the token's header: %w", err)
	}
	if !slices.Contains(algorithms(), alg) {
		return errors.New("the token's algorithm is not among those accepted")
	}
	return checkType(header)
}

// checkType accepts a token without typ, a plain JWT and an access token (RFC 9068, 2.1). Other kinds of one issuer, such
// as logout tokens, must not pass for one another (RFC 8725, 3.11). Media types ignore case and may leave out
// "application/" (RFC 7515, 4.1.9).
func checkType(header map[string]json.RawMessage) error {
	if _, ok := header["typ"]; !ok {
		return nil
	}
	typ, err := stringMember(header, "typ")
	if err != nil {
		return fmt.Errorf("read the token's header: %w", err)
	}
	switch strings.TrimPrefix(strings.ToLower(typ), "application/") {
	case "jwt", "at+jwt":
		return nil
	default:
		return errors.New("the token's type is neither JWT nor at+jwt")
	}
}

// stringMember returns a member that must be a JSON string.
func stringMember(object map[string]json.RawMessage, name string) (string, error) {
	raw, ok := object[name]
	if !ok {
		return "", fmt.Errorf("%s is missing", name)
	}
	var s *string // null leaves it nil
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", fmt.Errorf("%s is not a text", name)
	}
	return *s, nil
}
