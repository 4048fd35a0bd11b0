// Package meter says how much each client may ask for: how fast (Buckets), how much at once and in what order (Gate), and who an address is
// (Proxies, Source). It is for the wire, which knows what an operation costs and what a refusal looks like.
//
// The invariant: what is kept does not grow with the clients. A table has its size from the start, a gate knows only those who
// are inside or wait, and no key has a goroutine or a timer of its own. Every call takes the same time however many there are.
package meter

import "time"

// Limits bound what clients may ask for.
type Limits struct {
	// Rates, in points of cost; docs/limits.md says what costs what.
	AgentRate          int `name:"agent-rate" env:"AGENT_RATE" default:"60000" most:"1000000000" placeholder:"POINTS" help:"Points of cost that an agent may spend a minute. Default: ${default}."`
	AgentBurst         int `name:"agent-burst" env:"AGENT_BURST" default:"12000" most:"1000000000" placeholder:"POINTS" help:"Points that an agent may spend at once; not less than --limit-cost. Default: ${default}."`
	IntegrationRate    int `name:"integration-rate" env:"INTEGRATION_RATE" default:"600000" most:"1000000000" placeholder:"POINTS" help:"Points that an integration may spend a minute, a tenth of them at once; together no more than half of the organisation's. Default: ${default}."`
	OrganisationAgents int `name:"organisation-agents" env:"ORGANISATION_AGENTS" default:"50" most:"1000000000" placeholder:"N" help:"How many agents' worth of points an organisation may spend. Default: ${default}."`
	AddressRate        int `name:"address-rate" env:"ADDRESS_RATE" default:"60" most:"1000000000" placeholder:"N" help:"Requests a minute without an accepted token from an address (IPv6: a /64 network). Default: ${default}."`
	NotFoundRate       int `name:"not-found-rate" env:"NOT_FOUND_RATE" default:"50" most:"1000000000" placeholder:"N" help:"Ids a minute that an agent may ask for in vain. Default: ${default}."`

	// Queries and mutations that run at once.
	AgentRunning        int           `name:"agent-running" env:"AGENT_RUNNING" default:"10" most:"1000000000" placeholder:"N" help:"Queries and mutations of an agent that run at once. Default: ${default}."`
	OrganisationRunning int           `name:"organisation-running" env:"ORGANISATION_RUNNING" default:"128" most:"1000000000" placeholder:"N" help:"Queries and mutations of an organisation that run at once in this process. Default: ${default}."`
	ProcessRunning      int           `name:"process-running" env:"PROCESS_RUNNING" default:"256" most:"1000000000" placeholder:"N" help:"Queries and mutations that run at once in this process. Default: ${default}."`
	CoreRunning         int           `name:"core-running" env:"CORE_RUNNING" default:"3" most:"10000" placeholder:"N" help:"Queries of those that work at once for each processor core; the others take turns. Default: ${default}."`
	Wait                time.Duration `name:"running-wait" env:"RUNNING_WAIT" default:"1s" most:"10s" placeholder:"DURATION" help:"How long an operation may wait for a place before it is refused. Default: ${default}."`
}
