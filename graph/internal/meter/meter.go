// Package meter says how much each client may ask for: how fast (Buckets), how much at once (Gate), and who an address is
// (Proxies, Source). It is for the wire, which knows what an operation costs and what a refusal looks like.
//
// The invariant: what is kept does not grow with the clients. A table has its size from the start, a gate knows only those who
// are inside or wait, and no key has a goroutine or a timer of its own. Every call takes the same time however many there are.
package meter

import (
	"cmp"
	"fmt"
	"time"
)

// Limits bound what clients may ask for. A zero member is its default. The tags are for the program's flags.
type Limits struct {
	// Rates, in points of cost; docs/limits.md says what costs what.
	AgentRate          int `name:"agent-rate" env:"AGENT_RATE" default:"12000" placeholder:"POINTS" help:"Points of cost that an agent may spend a minute. Default: ${default}."`
	AgentBurst         int `name:"agent-burst" env:"AGENT_BURST" default:"4000" placeholder:"POINTS" help:"Points that an agent may spend at once; twice the dearest operation at least. Default: ${default}."`
	OrganisationAgents int `name:"organisation-agents" env:"ORGANISATION_AGENTS" default:"20" placeholder:"N" help:"How many agents' worth of points an organisation may spend. Default: ${default}."`
	AddressRate        int `name:"address-rate" env:"ADDRESS_RATE" default:"60" placeholder:"N" help:"Requests a minute without an accepted token from an address (IPv6: a /64 network). Default: ${default}."`
	NotFoundRate       int `name:"not-found-rate" env:"NOT_FOUND_RATE" default:"50" placeholder:"N" help:"Ids a minute that an agent may ask for in vain. Default: ${default}."`

	// Queries and mutations that run at once.
	AgentRunning        int           `name:"agent-running" env:"AGENT_RUNNING" default:"10" placeholder:"N" help:"Queries and mutations of an agent that run at once. Default: ${default}."`
	OrganisationRunning int           `name:"organisation-running" env:"ORGANISATION_RUNNING" default:"128" placeholder:"N" help:"Queries and mutations of an organisation that run at once in this process. Default: ${default}."`
	ProcessRunning      int           `name:"process-running" env:"PROCESS_RUNNING" default:"256" placeholder:"N" help:"Queries and mutations that run at once in this process. Default: ${default}."`
	Wait                time.Duration `name:"running-wait" env:"RUNNING_WAIT" default:"1s" placeholder:"DURATION" help:"How long an operation may wait for its turn before it is refused. Default: ${default}."`
}

// WithDefaults gives the members that are zero their defaults.
func (l Limits) WithDefaults() Limits {
	l.AgentRate = cmp.Or(l.AgentRate, 12000)
	l.AgentBurst = cmp.Or(l.AgentBurst, 4000)
	l.OrganisationAgents = cmp.Or(l.OrganisationAgents, 20)
	l.AddressRate = cmp.Or(l.AddressRate, 60)
	l.NotFoundRate = cmp.Or(l.NotFoundRate, 50)
	l.AgentRunning = cmp.Or(l.AgentRunning, 10)
	l.OrganisationRunning = cmp.Or(l.OrganisationRunning, 128)
	l.ProcessRunning = cmp.Or(l.ProcessRunning, 256)
	l.Wait = cmp.Or(l.Wait, time.Second)
	return l
}

// most is the largest number that a limit may be: a limit beyond it is none, and a product of two of them still a number.
const most = 1_000_000_000

// Check says which limit makes no sense, by the name of its flag.
func (l Limits) Check() error {
	for _, n := range []struct {
		name  string
		value int
	}{
		{"agent-rate", l.AgentRate}, {"agent-burst", l.AgentBurst}, {"organisation-agents", l.OrganisationAgents},
		{"address-rate", l.AddressRate}, {"not-found-rate", l.NotFoundRate}, {"agent-running", l.AgentRunning},
		{"organisation-running", l.OrganisationRunning}, {"process-running", l.ProcessRunning},
	} {
		if n.value < 1 || n.value > most {
			return fmt.Errorf("--limit-%s %d: want 1 to %d", n.name, n.value, most)
		}
	}
	if l.Wait <= 0 || l.Wait > 10*time.Second {
		return fmt.Errorf("--limit-running-wait %s: want more than 0s and at most 10s", l.Wait)
	}
	return nil
}
