package meter

// Known counts the agents and organisations that a gate keeps something of.
func (g *Gate) Known() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turns.mu.Lock()
	defer g.turns.mu.Unlock()
	return len(g.queues) + len(g.turns.parties)
}
