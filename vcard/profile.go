package vcard

import (
	"net/url"
	"strings"
	"unicode/utf8"

	govcard "github.com/emersion/go-vcard"
)

// profiles reads the three properties that hold profiles: the one that address books write, the one that was
// standardised later (RFC 9554, section 4.9) and the one for messengers (RFC 6350, section 6.4.3).
func (p properties) profiles() []Profile {
	var profiles []Profile
	for _, name := range []string{"X-SOCIALPROFILE", "SOCIALPROFILE", "IMPP"} {
		for _, f := range p.fields(name) {
			if profile := profileOf(f); profile.Handle != "" || profile.URL != "" {
				profiles = append(profiles, profile)
			}
		}
	}
	return profiles
}

func profileOf(f *govcard.Field) Profile {
	value := strings.TrimSpace(unescape(f.Value))
	profile := Profile{Network: namedNetwork(f.Params), Handle: value}
	if u, ok := uri(f, value); ok {
		profile.Handle = lastSegment(u)
		if web, ok := webURL(value); ok {
			profile.URL = value
			if profile.Network == "" {
				profile.Network = networkOf(web.Hostname())
			}
		}
	}
	if username := paramText(f.Params, "USERNAME"); username != "" {
		profile.Handle = username
	}
	profile.Handle = strings.TrimSpace(strings.TrimLeft(profile.Handle, "@"))
	if profile.Network == "" {
		profile.Network = "other"
	}
	return profile
}

// uri reads the value as a URI with something behind its scheme; else, and where the card says so, it is text.
func uri(f *govcard.Field, value string) (*url.URL, bool) {
	if strings.EqualFold(f.Params.Get("VALUE"), "text") {
		return nil, false
	}
	u, err := url.Parse(value)
	return u, err == nil && u.Scheme != "" && (u.Opaque != "" || u.Host != "" || u.Path != "")
}

// namedNetwork is the network that the parameters name: SERVICE-TYPE of RFC 9554, its forerunner, or TYPE, which also
// says where and how a profile is used.
func namedNetwork(params govcard.Params) string {
	for _, key := range []string{"SERVICE-TYPE", "X-SERVICE-TYPE"} {
		if name := paramText(params, key); name != "" {
			return strings.ToLower(name)
		}
	}
	for _, name := range params["TYPE"] {
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case "", "pref", "home", "work", "personal", "business", "mobile", "cell", "internet":
		default:
			return name
		}
	}
	return ""
}

// paramText is a parameter that holds one text. The decoder splits at commas, and RFC 6868 writes what a parameter
// cannot hold with circumflexes.
func paramText(params govcard.Params, key string) string {
	text := strings.Join(params[key], ",")
	return strings.TrimSpace(strings.NewReplacer("^n", "\n", "^'", `"`, "^^", "^").Replace(text))
}

// networkOf names the network of a host that is known well enough; "" for any other.
func networkOf(host string) string {
	host = "." + strings.ToLower(host)
	for _, known := range []struct{ domain, network string }{
		{".instagram.com", "instagram"},
		{".facebook.com", "facebook"},
		{".x.com", "x"},
		{".twitter.com", "x"},
		{".linkedin.com", "linkedin"},
		{".t.me", "telegram"},
		{".wa.me", "whatsapp"},
		{".whatsapp.com", "whatsapp"},
	} {
		if strings.HasSuffix(host, known.domain) {
			return known.network
		}
	}
	return ""
}

// lastSegment is the part of a URI that names a person: the last segment of its path, or all after the scheme where there
// is no path ("xmpp:rita@example.com"). Two well-known paths lead to everybody, and their query names the person.
func lastSegment(u *url.URL) string {
	if u.Opaque != "" {
		return decoded(u.Opaque)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	segment := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case segment == "profile.php": // Facebook, for who has no name there
		return strings.ToValidUTF8(u.Query().Get("id"), "")
	case segment == "send" && networkOf(u.Hostname()) == "whatsapp":
		return strings.ToValidUTF8(u.Query().Get("phone"), "")
	}
	return decoded(segment)
}

// decoded resolves percent-encoding unless that would not give text.
func decoded(s string) string {
	if text, err := url.PathUnescape(s); err == nil && utf8.ValidString(text) {
		return text
	}
	return s
}
