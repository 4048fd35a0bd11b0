package meter_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"contactpanel/graph/internal/meter"
)

func TestClientIsTheRightmostHopThatIsNoProxy(t *testing.T) {
	proxies := meter.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, tt := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy, no header", "192.0.2.1:1234", nil, "192.0.2.1"},
		{"no proxy, a header", "192.0.2.1:1234", []string{"203.0.113.9"}, "192.0.2.1"},
		{"a proxy without a header", "10.0.0.1:1234", nil, "10.0.0.1"},
		{"a proxy with an empty header", "10.0.0.1:1234", []string{""}, "10.0.0.1"},
		{"a proxy", "10.0.0.1:1234", []string{"203.0.113.9"}, "203.0.113.9"},
		{"a client that writes the header itself", "10.0.0.1:1234", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		{"a client that writes a line of its own", "10.0.0.1:1234", []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		{"a client that calls itself a proxy", "10.0.0.1:1234", []string{"10.9.9.9, 203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "10.0.0.1:1234", []string{"198.51.100.1, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"two proxies on two lines", "10.0.0.1:1234", []string{"203.0.113.9", "10.0.0.2"}, "203.0.113.9"},
		{"proxies alone", "10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a hop that is no address", "10.0.0.1:1234", []string{"203.0.113.9, unknown"}, "10.0.0.1"},
		{"a hop that is a script behind a proxy", "10.0.0.1:1234", []string{"<script>, 10.0.0.2"}, "10.0.0.2"},
		{"an empty hop", "10.0.0.1:1234", []string{"203.0.113.9,"}, "10.0.0.1"},
		{"a hop with a port", "10.0.0.1:1234", []string{"203.0.113.9:443"}, "203.0.113.9"},
		{"IPv6", "[2001:db8:1::1]:443", []string{"2001:db8:2::7"}, "2001:db8:2::7"},
		{"IPv6 with a port", "[2001:db8:1::1]:443", []string{"[2001:db8:2::7]:99"}, "2001:db8:2::7"},
		{"IPv4 within IPv6", "[::ffff:10.0.0.1]:443", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"a zone", "[fe80::1%eth0]:443", nil, "fe80::1"},
		{"a listener without addresses", "@", []string{"203.0.113.9"}, "@"},
		{"a header without end", "10.0.0.1:1234", []string{strings.Repeat("10.0.0.2,", 2000) + "203.0.113.9"}, "203.0.113.9"},
	} {
		r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.forwarded}}
		if got := proxies.Client(r); got != tt.want {
			t.Errorf("%s: the client is %s, want %s", tt.name, got, tt.want)
		}
		if direct := (meter.Proxies{}).Client(r); direct != meter.Host(tt.peer) {
			t.Errorf("%s, but no proxies: the client is %s, want %s", tt.name, direct, meter.Host(tt.peer))
		}
	}
}

func TestSourceOfAnIPv6AddressIsItsNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:1234": "192.0.2.1", "192.0.2.1": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:443": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::": "2001:db8:1:2::/64",
		"2001:db8:1:3::": "2001:db8:1:3::/64", "::ffff:192.0.2.1": "192.0.2.1", "[fe80::1%eth0]:1": "fe80::/64", "@": "@", "": "",
	} {
		if got := meter.Source(address); got != want {
			t.Errorf("Source(%q) = %q, want %q", address, got, want)
		}
	}
}
