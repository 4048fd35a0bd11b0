package contact

import (
	"net/url"
	"strings"
)

// Network is where a profile lives.
type Network string

// The networks.
const (
	Instagram    Network = "INSTAGRAM"
	Facebook     Network = "FACEBOOK"
	WhatsApp     Network = "WHATSAPP"
	LinkedIn     Network = "LINKEDIN"
	X            Network = "X"
	SMS          Network = "SMS"
	Telegram     Network = "TELEGRAM"
	EmailNetwork Network = "EMAIL"
	OtherNetwork Network = "OTHER"
)

// Networks lists every network, in the order of the schema.
func Networks() []Network {
	return []Network{Instagram, Facebook, WhatsApp, LinkedIn, X, SMS, Telegram, EmailNetwork, OtherNetwork}
}

// ParseNetwork reads a network's name without regard to case.
func ParseNetwork(s string) (Network, bool) {
	wanted := Network(strings.ToUpper(strings.TrimSpace(s)))
	for _, n := range Networks() {
		if n == wanted {
			return n, true
		}
	}
	return "", false
}

// MaxProfiles bounds the profiles of one contact.
const MaxProfiles = 50

// Profile is one identity of a contact on one network. Network and handle together, compared without case, belong to one
// contact of an organisation.
type Profile struct {
	ID          ID
	Network     Network
	Handle      string // without a leading @
	DisplayName string // the name used on the network; "" when it is not known
	AvatarURL   string // "" when it is not known
	ProfileURL  string // as it was fed in; "" when it was not: see URL
}

// ProfileInput is a profile as a caller writes it; empty members are not known.
type ProfileInput struct {
	Network     Network
	Handle      string
	DisplayName string
	AvatarURL   string
	ProfileURL  string
}

// cutAt takes the @ away that people write before a handle.
func cutAt(handle string) string { return strings.TrimPrefix(strings.TrimSpace(handle), "@") }

// profileKey is how a profile is found.
func profileKey(network Network, handle string) LookupKey {
	return LookupKey{LookupProfile, string(network) + ":" + strings.ToLower(handle)}
}

// Address is the page of the profile: as fed in, else where the network is known to keep it, else nil.
func (p *Profile) Address() *string {
	if p.ProfileURL != "" {
		return &p.ProfileURL
	}
	handle := url.PathEscape(p.Handle)
	var address string
	switch p.Network {
	case Instagram:
		address = "https://www.instagram.com/" + handle + "/"
	case Facebook:
		address = "https://www.facebook.com/" + handle
	case LinkedIn:
		address = "https://www.linkedin.com/in/" + handle + "/"
	case X:
		address = "https://x.com/" + handle
	case Telegram:
		address = "https://t.me/" + handle
	case WhatsApp:
		if digits := strings.TrimPrefix(p.Handle, "+"); digits != "" && strings.Trim(digits, "0123456789") == "" {
			address = "https://wa.me/" + digits
		}
	case SMS, EmailNetwork, OtherNetwork:
	}
	return optional(address)
}

// Name is the display name, nil when it is not known.
func (p *Profile) Name() *string { return optional(p.DisplayName) }

// Avatar is the address of the picture, nil when it is not known.
func (p *Profile) Avatar() *string { return optional(p.AvatarURL) }

// cleanProfile checks a profile; a refusal blames network, handle or the member of the profile.
func cleanProfile(in ProfileInput) (ProfileInput, error) {
	network, ok := ParseNetwork(string(in.Network))
	if !ok {
		return in, invalid("network", networkNames(), "is not a known network")
	}
	in.Network = network
	var err error
	if in.Handle, err = (textRule{field: "handle", max: MaxHandleLength}).clean(cutAt(in.Handle)); err != nil {
		return in, err
	}
	if in.DisplayName, err = (textRule{field: "displayName", max: MaxNameLength, optional: true}).clean(in.DisplayName); err != nil {
		return in, err
	}
	if in.AvatarURL, err = optionalURL("avatarUrl", in.AvatarURL); err != nil {
		return in, err
	}
	in.ProfileURL, err = optionalURL("profileUrl", in.ProfileURL)
	return in, err
}

func networkNames() Phrase {
	names := make([]string, 0, len(Networks()))
	for _, n := range Networks() {
		names = append(names, strings.ToLower(string(n)))
	}
	return say("one of %s", strings.Join(names, ", "))
}

func optionalURL(field, s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", nil
	}
	s, err := CheckURL(s)
	if e, ok := err.(*Error); ok && e != nil { //nolint:errorlint // made there, never wrapped
		e.Field = field
	}
	return s, err
}
