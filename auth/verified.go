package auth

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"contactpanel/contact"
)

const (
	// generationSize makes 4,096 tokens in two generations: a few MB when full.
	generationSize = 2048
	// recheckAfter is how long a verification is believed. A key that the issuer withdrew counts for no longer than this.
	recheckAfter = time.Minute
)

// digest is the SHA-256 of a token: the memory holds nothing that could be used to sign in.
type digest = [sha256.Size]byte

// verified remembers the actors of verified tokens, because checking a signature takes dozens of times as long as finding
// one here. It holds at most two generations: when the young one is full the old one is dropped whole, so that what is in
// use stays and a flood of tokens costs no more than checking each. Only tokens that held come in, so nobody without one
// can fill it. The zero value is empty and ready. It is safe for concurrent use.
type verified struct {
	mu         sync.Mutex
	young, old map[digest]verification
}

type verification struct {
	actor contact.Actor
	at    time.Time
}

// holds reports whether the verification may be believed now. One from the future is none: the clock was put back, and
// nbf may lie ahead again.
func (v verification) holds(now time.Time) bool {
	return !now.Before(v.at) && now.Before(v.at.Add(recheckAfter)) && !hasEnded(v.actor.Expires, now)
}

func (v *verified) actor(key digest, now time.Time) (contact.Actor, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	found, ok := v.young[key]
	if !ok {
		if found, ok = v.old[key]; !ok {
			return contact.Actor{}, false
		}
		delete(v.old, key)
		v.put(key, found)
	}
	if !found.holds(now) {
		delete(v.young, key)
		return contact.Actor{}, false
	}
	return withOwnLists(found.actor), true
}

func (v *verified) add(key digest, actor contact.Actor, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.put(key, verification{actor: withOwnLists(actor), at: now})
}

// put needs the lock.
func (v *verified) put(key digest, found verification) {
	if v.young == nil || len(v.young) >= generationSize {
		v.old, v.young = v.young, make(map[digest]verification)
	}
	v.young[key] = found
}

// withOwnLists keeps a caller who changes the actor's lists from changing the next one's rights.
func withOwnLists(a contact.Actor) contact.Actor {
	a.Roles, a.Teams = slices.Clone(a.Roles), slices.Clone(a.Teams)
	return a
}
