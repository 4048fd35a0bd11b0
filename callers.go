package main

import (
	"fmt"
	"net/netip"
)

// callers reads who may call, from where: the origins of pages, and the proxies that stand before clients. It refuses an address
// to listen on that is open to others than a development gateway is for.
func (s *serveCommand) callers(isDevelopment bool) (*origins, []netip.Prefix, error) {
	if err := s.checkListen(isDevelopment); err != nil {
		return nil, nil, err
	}
	allowed, err := parseOrigins(s.AllowOrigin, isDevelopment)
	if err != nil {
		return nil, nil, err
	}
	proxies, err := s.proxies()
	return allowed, proxies, err
}

// proxies reads the networks of trusted proxies.
func (s *serveCommand) proxies() ([]netip.Prefix, error) {
	networks := make([]netip.Prefix, 0, len(s.TrustedProxy))
	for _, cidr := range s.TrustedProxy {
		network, err := netip.ParsePrefix(cidr)
		if err != nil || network.Masked() != network || network.Addr().Is4In6() {
			return nil, fmt.Errorf("--trusted-proxy %s: want a network in CIDR notation, such as 10.0.0.0/8 or 192.0.2.7/32", cidr)
		}
		if network.Bits() == 0 {
			return nil, fmt.Errorf("--trusted-proxy %s: everybody would be a proxy, and could say to be anybody", cidr)
		}
		networks = append(networks, network)
	}
	return networks, nil
}
