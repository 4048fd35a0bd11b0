package graph

import (
	"errors"
	"fmt"
	"time"

	"contactpanel/graph/internal/limit"
	"contactpanel/graph/internal/push"
)

// Bytes is a size, written by an operator as 65536, 64KiB or 2MiB.
type Bytes = limit.Bytes

// Limits bound what one request may ask for and be answered. A zero member is its default. Name is what an operator calls a
// limit and what a refusal names in `extensions.what`; docs/limits.md has them all, in this order and under these groups, which
// are those of the program's help.
type Limits struct {
	HeaderFields        int           `name:"header-fields" env:"HEADER_FIELDS" default:"100" placeholder:"N" help:"Fields of the header of a request. Default: ${default}."`
	HeaderBytes         Bytes         `name:"header" env:"HEADER" default:"16KiB" most:"1MiB" placeholder:"SIZE" help:"Header of a request. Default: ${default}."`
	BodyBytes           Bytes         `name:"body" env:"BODY" default:"128KiB" most:"1024MiB" placeholder:"SIZE" help:"HTTP body. Default: ${default}."`
	BodyTime            time.Duration `name:"body-time" env:"BODY_TIME" default:"10s" placeholder:"DURATION" help:"Until the body of a request has come. Default: ${default}."`
	DocumentBytes       Bytes         `name:"document" env:"DOCUMENT" default:"16KiB" most:"1024MiB" placeholder:"SIZE" help:"GraphQL document. Default: ${default}."`
	Tokens              int           `name:"tokens" env:"TOKENS" default:"1000" most:"1000000" placeholder:"N" help:"Tokens of a document, comments included. Default: ${default}."`
	Operations          int           `name:"operations" env:"OPERATIONS" default:"10" placeholder:"N" help:"Operations of a document. Default: ${default}."`
	Fragments           int           `name:"fragments" env:"FRAGMENTS" default:"30" placeholder:"N" help:"Fragments of a document. Default: ${default}."`
	Variables           int           `name:"variables" env:"VARIABLES" default:"50" placeholder:"N" help:"Variables of a document. Default: ${default}."`
	Directives          int           `name:"directives" env:"DIRECTIVES" default:"50" placeholder:"N" help:"Directives of a document. Default: ${default}."`
	Aliases             int           `name:"aliases" env:"ALIASES" default:"15" placeholder:"N" help:"Aliases of a document. Default: ${default}."`
	IntrospectionDepth  int           `name:"introspection-depth" env:"INTROSPECTION_DEPTH" default:"20" placeholder:"N" help:"Levels of a question for the schema, where that may be asked. Default: ${default}."`
	IntrospectionFields int           `name:"introspection-fields" env:"INTROSPECTION_FIELDS" default:"300" placeholder:"N" help:"Fields of the questions for the schema. Default: ${default}."`
	Depth               int           `name:"depth" env:"DEPTH" default:"12" placeholder:"N" help:"Levels that a document selects, fragments followed. Default: ${default}."`
	RootFields          int           `name:"root-fields" env:"ROOT_FIELDS" default:"20" placeholder:"N" help:"Fields at the root of an operation, fragments followed. Default: ${default}."`
	Fields              int           `name:"fields" env:"FIELDS" default:"500" placeholder:"N" help:"Fields of an operation, a fragment's as often as it is spread. Default: ${default}."`
	Items               int           `name:"items" env:"ITEMS" default:"50" placeholder:"N" help:"Items of a list in an argument or variable. Default: ${default}."`
	Cost                int           `name:"cost" env:"COST" default:"2000" most:"1000000000" placeholder:"POINTS" help:"What an operation may cost, in points. Default: ${default}."`
	Errors              int           `name:"errors" env:"ERRORS" default:"10" most:"1000" placeholder:"N" help:"Mistakes of a document that are told. Default: ${default}."`
	First               int           `name:"first" env:"FIRST" default:"100" least:"20" most:"100" placeholder:"N" help:"Largest page, 20 to 100. Default: ${default}."`
	Operation           time.Duration `name:"operation-time" env:"OPERATION_TIME" default:"10s" placeholder:"DURATION" help:"A query or mutation, the reading of its body excluded. Default: ${default}."`
	StoreCall           time.Duration `name:"store-call" env:"STORE_CALL" default:"2s" most:"1m" placeholder:"DURATION" help:"A call to a database on the network. Default: ${default}."`
	Export              time.Duration `name:"export-time" env:"EXPORT_TIME" default:"50s" placeholder:"DURATION" help:"The export of a contact, the client's taking of it included. Default: ${default}."`

	RefusalBytes Bytes `name:"refused-answer" env:"REFUSED_ANSWER" default:"8KiB" least:"1KiB" most:"1024MiB" placeholder:"SIZE" help:"Answer to an operation that does not run. Default: ${default}." group:"Limits of answers:"`
	AnswerBytes  Bytes `name:"answer" env:"ANSWER" default:"2MiB" most:"1024MiB" placeholder:"SIZE" help:"Data that a query or mutation answers. Default: ${default}." group:"Limits of answers:"`
	EventBytes   Bytes `name:"event-answer" env:"EVENT_ANSWER" default:"256KiB" most:"1024MiB" placeholder:"SIZE" help:"Data that a subscription answers to an event. Default: ${default}." group:"Limits of answers:"`

	Cached       int   `name:"cached-documents" env:"CACHED_DOCUMENTS" default:"1000" most:"1000000" placeholder:"N" help:"Documents that are kept parsed. Default: ${default}." group:"Limits of memory:"`
	CachedBytes  Bytes `name:"cached-document" env:"CACHED_DOCUMENT" default:"8KiB" most:"1024MiB" placeholder:"SIZE" help:"Longest document that is kept parsed. Default: ${default}." group:"Limits of memory:"`
	CachedMemory Bytes `name:"cached-memory" env:"CACHED_MEMORY" default:"64MiB" most:"1024MiB" placeholder:"SIZE" help:"Memory of all documents that are kept parsed. Default: ${default}." group:"Limits of memory:"`

	// Live are the limits of sockets and streams.
	Live push.Limits `embed:"" group:"Limits of sockets and streams:"`
	// Rates are those of agents, organisations and addresses.
	Rates Rates `embed:"" group:"Limits of rates:"`

	Connections int `name:"connections" env:"CONNECTIONS" default:"10000" most:"10000000" placeholder:"N" help:"Connections of the process, those of sockets included, and no more than the operating system allows. Default: ${default}." group:"Limits of rates:"`
}

// How operators call the limits.
const (
	limitFlag     = "--limit-"
	limitVariable = "CONTACTPANEL_LIMIT_"
)

// Validate refuses limits with which no client could work, by the flag and the variable that an operator sets. Zero is
// refused, too: the flags' defaults stand there when nothing was set.
func (l Limits) Validate() error {
	err := limit.Check(l, func(name, env string) string { return fmt.Sprintf("%s%s (%s%s)", limitFlag, name, limitVariable, env) })
	switch {
	case err != nil:
		return err
	case l.CachedBytes > l.DocumentBytes:
		return errors.New("--limit-cached-document (CONTACTPANEL_LIMIT_CACHED_DOCUMENT) is more than --limit-document, the longest that is read")
	case l.Live.Silence <= l.Live.Ping:
		return errors.New("--limit-silence (CONTACTPANEL_LIMIT_SILENCE) is not more than --limit-ping: a socket would be given up before it can answer one")
	case l.Rates.AgentBurst < l.Cost:
		return errors.New("--limit-agent-burst (CONTACTPANEL_LIMIT_AGENT_BURST) is less than --limit-cost: an operation of that cost could never run")
	case l.Rates.IntegrationRate/integrationBursts < l.Cost:
		return errors.New("--limit-integration-rate (CONTACTPANEL_LIMIT_INTEGRATION_RATE) is less than ten times --limit-cost: an operation of that cost could never run")
	default:
		return nil
	}
}
