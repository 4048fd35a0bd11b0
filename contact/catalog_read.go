package contact

import "context"

// find returns the organisation's set when it serves. Otherwise running is closed when the read that goes on has ended; without
// such a read it is nil, and the caller is to read and then to call end.
func (c *catalogs) find(org OrgID, serves func(*definitionSet) bool) (s *definitionSet, running <-chan struct{}, end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.sets[org]; s != nil && serves(s) {
		return s, nil, nil
	}
	if running := c.running[org]; running != nil {
		return nil, running, nil
	}
	done := make(chan struct{})
	c.running[org] = done
	return nil, nil, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.running, org)
		close(done)
	}
}

// readOnce returns the organisation's set when it serves, and else reads it: once for all who ask meanwhile, because the fields of
// an answer ask side by side. Who has waited for a read that failed, or began too early, reads without waiting for another.
func (c *Contacts) readOnce(ctx context.Context, org OrgID, serves func(*definitionSet) bool) (*definitionSet, error) {
	s, running, end := c.catalogs.find(org, serves)
	if running != nil {
		select {
		case <-running:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		s, _, end = c.catalogs.find(org, serves)
	}
	if s != nil {
		return s, nil
	}
	if end != nil {
		defer end() // in a panic too: nobody waits for ever
	}
	return c.readDefinitions(ctx, org)
}
