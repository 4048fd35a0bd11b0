// Package store opens the store that a URL names. It is for the program alone: everything else knows [contact.Store].
// Backends stand in one table, and none is registered from elsewhere.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/sqlite"
)

// HeldError is the error of Open when another process holds the store's file, with what is known about the holder.
type HeldError = sqlite.HeldError

// Announcer is a store that can tell another process, by [HeldError], where this one's gateway answers. A store that is
// shared between gateways is none.
type Announcer interface {
	// Announce says where the gateway answers, until the store is closed.
	Announce(url string) error
}

// Settings are what an operator sets of a store besides its URL.
type Settings struct {
	// Log takes what a store has to say while it works.
	Log *slog.Logger
	// CallTime is what one call to a database on the network may take, unless the work is patient ([contact.Patiently]); 0: two
	// seconds. A file has no such bound: what it does is work of this process.
	CallTime time.Duration
}

// opener opens a backend. It gets the whole URL.
type opener func(ctx context.Context, url string, with Settings) (contact.Store, error)

// backends are the schemes of URLs.
func backends() map[string]opener {
	return map[string]opener{"file": openFile, "mongodb": openMongo, "mongodb+srv": openMongo}
}

// Open opens the store at a URL: file:relative/path.db, file:///absolute/path.db (percent-encoded), a plain path, or a MongoDB
// connection string (mongodb://, mongodb+srv://). The caller closes it. Errors are for the operator who wrote the URL, and quote
// nothing of it, because a URL may hold a password. A database that cannot be reached is no error of Open: Ping says so.
func Open(ctx context.Context, url string, with Settings) (contact.Store, error) {
	known := backends()
	scheme, isURL := schemeOf(url)
	if !isURL {
		return openPath(ctx, url, with)
	}
	open, ok := known[scheme]
	if !ok {
		names := make([]string, 0, len(known))
		for name := range known {
			names = append(names, name+":")
		}
		slices.Sort(names)
		return nil, fmt.Errorf("open the store: the URL has a scheme that is not known; use %s or a plain path", strings.Join(names, ", "))
	}
	return open(ctx, url, with)
}

// schemeOf gives the scheme of a URL (RFC 3986, section 3.1) in lower case. One letter is a drive of Windows, and so the
// beginning of a path.
func schemeOf(s string) (scheme string, ok bool) {
	scheme, _, found := strings.Cut(s, ":")
	if !found || len(scheme) < 2 {
		return "", false
	}
	for i, c := range strings.ToLower(scheme) {
		isLetter := c >= 'a' && c <= 'z'
		if !isLetter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return "", false
		}
	}
	return strings.ToLower(scheme), true
}

func openFile(ctx context.Context, text string, with Settings) (contact.Store, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("open the store: the file URL cannot be read; write file:relative/path.db or file:///absolute/path.db")
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("open the store: a file URL takes no parameters; write ? and # of a path as %3F and %23")
	}
	if u.Host != "" && u.Host != "localhost" || u.User != nil {
		return nil, errors.New("open the store: a file URL names no host; write file:relative/path.db or file:///absolute/path.db")
	}
	path := u.Path
	if u.Opaque != "" {
		if path, err = url.PathUnescape(u.Opaque); err != nil {
			return nil, errors.New("open the store: the file URL has a percent sign that encodes nothing; write it as %25")
		}
	}
	return openPath(ctx, path, with)
}

func openPath(ctx context.Context, path string, with Settings) (contact.Store, error) {
	s, err := sqlite.Open(ctx, path, sqlite.Log(with.Log))
	if err != nil {
		return nil, err // not s: a nil *sqlite.Store is no nil Store
	}
	return s, nil
}

func openMongo(ctx context.Context, uri string, with Settings) (contact.Store, error) {
	s, err := mongo.Open(ctx, uri, with.Log, mongo.CallTime(with.CallTime))
	if err != nil {
		return nil, err
	}
	return s, nil
}
