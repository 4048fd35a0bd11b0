package meter

// Known counts the agents and organisations that a gate keeps something of.
func (g *Gate) Known() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queues)
}
