package main

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// origins is the list of pages that may call the gateway from a browser. Origins are compared exactly, scheme, host and
// port (RFC 6454): no prefix, no suffix, no "null".
type origins struct {
	exact    map[string]bool
	families []originFamily // https://*.example.com
	loopback bool           // any page of this machine, for development
}

type originFamily struct{ scheme, suffix, port string }

// parseOrigins reads the operator's list. A * is allowed only as the whole left label of a host.
func parseOrigins(list []string, loopback bool) (*origins, error) {
	o := &origins{exact: map[string]bool{}, loopback: loopback}
	for _, s := range list {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != s {
			return nil, fmt.Errorf("--allow-origin %s: want scheme, host and port alone, such as https://app.example.com", s)
		}
		rest, isFamily := strings.CutPrefix(u.Hostname(), "*.")
		if strings.Contains(rest, "*") || isFamily && !strings.Contains(rest, ".") {
			return nil, fmt.Errorf("--allow-origin %s: * may stand only for the whole first label, as in https://*.example.com", s)
		}
		if isFamily {
			o.families = append(o.families, originFamily{u.Scheme, "." + strings.ToLower(rest), u.Port()})
			continue
		}
		o.exact[strings.ToLower(s)] = true
	}
	return o, nil
}

// allows reports whether a page of the origin may call. Browsers write origins in lower case, so that anything else is not
// a browser's.
func (o *origins) allows(origin string) bool {
	if o.exact[origin] {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin || origin != strings.ToLower(origin) {
		return false
	}
	for _, f := range o.families {
		label, ok := strings.CutSuffix(u.Hostname(), f.suffix)
		if ok && label != "" && !strings.ContainsAny(label, ".*") && u.Scheme == f.scheme && u.Port() == f.port {
			return true
		}
	}
	if !o.loopback || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
