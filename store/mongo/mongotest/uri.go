package mongotest

import (
	"net/url"
	"strings"
)

// withDatabase puts the database's name into a connection string. The name that stands there says by default where the user
// is known, so it moves to authSource.
func withDatabase(uri, name string) string {
	scheme, rest, _ := strings.Cut(uri, "://")
	rest, query, _ := strings.Cut(rest, "?")
	hosts, known, _ := strings.Cut(rest, "/")
	options := strings.ToLower("&" + query)
	external := strings.Contains(options, "&authmechanism=") && !strings.Contains(options, "&authmechanism=scram")
	if strings.Contains(hosts, "@") && !strings.Contains(options, "&authsource=") && !external {
		if known == "" {
			known = "admin"
		}
		query = join(query, "authSource="+known)
	}
	return scheme + "://" + hosts + "/" + name + prefixed("?", query)
}

// withOption adds an option to a connection string that has a path, if only "/".
func withOption(uri, name, value string) string {
	rest, query, _ := strings.Cut(uri, "?")
	return rest + "?" + join(query, name+"="+url.QueryEscape(value))
}

func join(query, option string) string {
	if query == "" {
		return option
	}
	return query + "&" + option
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
