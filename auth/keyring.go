package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Bounds of what is kept of an issuer's keys. A token without a key's id is tried with each of its kind.
const (
	maxKeys    = 100
	minRSABits = 2048 // RFC 7518, 3.3
	maxRSABits = 8192 // beyond, a signature takes milliseconds to check
)

// errUnknownKey says that the issuer may have a key for the token that is not known here.
var errUnknownKey = errors.New("no key is known that could have signed the token")

// keyring holds the keys of an issuer that can be used here: public, for signatures, of an algorithm that is accepted.
type keyring []jose.JSONWebKey

// keyringOf reads the members of a set of keys. Those that cannot be used are passed over, as RFC 7517, 5 wants it; that none
// can is an error.
func keyringOf(set []json.RawMessage) (keyring, error) {
	if len(set) > maxKeys {
		return nil, fmt.Errorf("the issuer has %d keys, more than %d", len(set), maxKeys)
	}
	var keys keyring
	for _, raw := range set {
		var key jose.JSONWebKey
		if err := json.Unmarshal(raw, &key); err != nil {
			continue
		}
		if algorithmOf(key) != "" && (key.Use == "" || key.Use == "sig") {
			// No more of it: certificates that come with a key are not looked at.
			keys = append(keys, jose.JSONWebKey{Key: key.Key, KeyID: key.KeyID, Algorithm: algorithmOf(key)})
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("of the issuer's %d keys none can be used", len(set))
	}
	return keys, nil
}

// algorithmOf is the one algorithm that a key is for here; "" when it is for none. The key decides and not the token: an RSA
// key that is meant for another algorithm is no key for RS256.
func algorithmOf(key jose.JSONWebKey) string {
	algorithm := jose.SignatureAlgorithm("")
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits >= minRSABits && bits <= maxRSABits {
			algorithm = jose.RS256
		}
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P256() {
			algorithm = jose.ES256
		}
	case ed25519.PublicKey:
		algorithm = jose.EdDSA
	}
	// RFC 9864 gives EdDSA with this curve a name of its own.
	isNamed := key.Algorithm == "" || key.Algorithm == string(algorithm) || algorithm == jose.EdDSA && key.Algorithm == "Ed25519"
	if !isNamed {
		return ""
	}
	return string(algorithm)
}

// verify returns the payload of a token whose signature is that of one of the keys. A signature that is not that of the key
// it names is forged, whatever other keys the issuer has; without such a key it is errUnknownKey.
func (k keyring) verify(jws *jose.JSONWebSignature) ([]byte, error) {
	header, isKnown := jws.Signatures[0].Header, false
	for _, key := range k {
		if key.Algorithm != header.Algorithm || header.KeyID != "" && header.KeyID != key.KeyID {
			continue
		}
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, nil
		}
		isKnown = header.KeyID != ""
	}
	if isKnown {
		return nil, errors.New("the signature is not that of the key it names")
	}
	return nil, errUnknownKey
}

// equals reports whether both hold the same keys in the same order, by their ids.
func (k keyring) equals(other keyring) bool {
	if len(k) != len(other) {
		return false
	}
	for i, key := range k {
		if key.KeyID != other[i].KeyID {
			return false
		}
	}
	return true
}
