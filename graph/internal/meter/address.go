package meter

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks whose X-Forwarded-For is believed. None is the default: anybody can write the header.
type Proxies []netip.Prefix

// Client is the address of a request's client, without a port: the peer's, or, where the peer is a proxy, the right-most address
// of X-Forwarded-For that is no proxy's. What stands left of that is the client's own word and is not looked at.
func (p Proxies) Client(r *http.Request) string {
	peer, ok := parse(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr // a listener that is none of TCP
	}
	hops := r.Header.Values("X-Forwarded-For")
	for line := len(hops) - 1; line >= 0; line-- {
		for rest := hops[line]; rest != ""; {
			if !p.trusts(peer) {
				return peer.String()
			}
			at := strings.LastIndexByte(rest, ',')
			hop, ok := parse(strings.TrimSpace(rest[at+1:]))
			if !ok { // what a proxy of ours does not write
				return peer.String()
			}
			peer, rest = hop, rest[:max(at, 0)]
		}
	}
	return peer.String()
}

func (p Proxies) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(a) })
}

// Source is what the client of an address is counted as: an IPv4 address, or an IPv6 network of 64 bits, of which a client
// can choose any address. The address may have a port.
func Source(address string) string {
	a, ok := parse(address)
	if !ok {
		return address
	}
	if a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			return network.String()
		}
	}
	return a.String()
}

// Host is an address without its port.
func Host(address string) string {
	if a, ok := parse(address); ok {
		return a.String()
	}
	return address
}

// parse reads an address with or without a port. An IPv4 address within IPv6 is one of IPv4; a zone, which means something only
// on one machine, is left out.
func parse(s string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
