package mongo

import (
	"sync"

	"contactpanel/contact"
)

// maxCatalogs bounds what is remembered; forgetting costs one more read.
const maxCatalogs = 10_000

// catalogVersions remembers the latest version of each organisation's catalog that this process has seen.
type catalogVersions struct {
	mu   sync.RWMutex
	seen map[contact.OrgID]int
}

// of gives the version that was seen, -1 when none was.
func (c *catalogVersions) of(org contact.OrgID) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if v, ok := c.seen[org]; ok {
		return v
	}
	return -1
}

// learn notes a version that a majority has had. It may be older than one that is known: that costs one more read.
func (c *catalogVersions) learn(org contact.OrgID, version int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) >= maxCatalogs {
		c.seen = map[contact.OrgID]int{}
	}
	c.seen[org] = version
}
