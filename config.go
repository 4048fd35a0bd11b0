package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"contactpanel/contact"
	"contactpanel/graph"
	"contactpanel/store"
)

// Config is everything that an operator sets: flags, or the variables of the same name with the prefix CONTACTPANEL_.
// A flag wins over a variable.
type Config struct {
	Store     string `placeholder:"URL" env:"CONTACTPANEL_STORE" help:"Where the data lives: file:PATH, a path, or a MongoDB connection string (mongodb://, mongodb+srv://). Default: contactpanel.db in the data folder."`
	StoreFile string `placeholder:"FILE" env:"CONTACTPANEL_STORE_FILE" help:"File that holds the value of --store, so that a password in it stands in no list of processes."`
	Data      string `placeholder:"DIR" default:"./data" env:"CONTACTPANEL_DATA" help:"Folder of the development key and of the default store. Default: ${default}."`

	Serve  serveCommand  `cmd:"" default:"withargs" help:"Run the gateway (the default command)."`
	Import importCommand `cmd:"" help:"Bring contacts of CSV and vCard files into an organisation, or a whole organisation of an export into the store."`
	Export exportCommand `cmd:"" help:"Write a whole organisation into a file that import reads."`
	Token  tokenCommand  `cmd:"" help:"Print an Authorization header for development."`
	Schema schemaCommand `cmd:"" help:"Print the GraphQL schema (SDL)."`
}

// serveCommand runs the gateway.
type serveCommand struct {
	Listen       string   `placeholder:"HOST:PORT" default:"127.0.0.1:8080" env:"CONTACTPANEL_LISTEN" help:"Address to listen on; port 0 takes a free one. Default: ${default}."`
	NoDemo       bool     `env:"CONTACTPANEL_NO_DEMO" help:"Do not make the demo organisation in an empty store."`
	AllowOrigin  []string `placeholder:"ORIGIN" env:"CONTACTPANEL_ALLOW_ORIGIN" help:"Origin of an agent UI, such as https://app.example.com or https://*.example.com. Repeatable, also with commas between, as in the variable. For development loopback origins are allowed besides."`
	TrustedProxy []string `placeholder:"CIDR" env:"CONTACTPANEL_TRUSTED_PROXY" help:"Network of the proxies in front, such as 10.0.0.0/8: what they say in X-Forwarded-For is believed, nobody else's. Repeatable, also with commas between, as in the variable. Default: none."`
	Org          []filled `placeholder:"NAME" sep:"none" env:"CONTACTPANEL_ORG" help:"Organisation to make when it does not exist yet. Repeatable; the variable holds one name, commas included."`
	Provision    bool     `env:"CONTACTPANEL_PROVISION" help:"Make any organisation that a valid token names, at its first use. Always so for development."`
	Playground   bool     `env:"CONTACTPANEL_PLAYGROUND" help:"Serve the playground and let clients ask for the schema. Always so for development."`

	OIDC oidcConfig `embed:"" prefix:"oidc-" group:"Sign-in (docs/sign-in.md has examples):"`

	Limits graph.Limits `embed:"" prefix:"limit-" envprefix:"CONTACTPANEL_LIMIT_" group:"Limits of requests (docs/limits.md says what is answered beyond them):"`
}

// Validate refuses settings before anything is opened.
func (s *serveCommand) Validate() error { return s.Limits.Validate() }

// importCommand brings files in.
type importCommand struct {
	Org       filled   `placeholder:"NAME" help:"Organisation; one that does not exist yet is made. Default: the demo's. A whole organisation gets this name instead of the one in its file."`
	TokenFile string   `placeholder:"FILE" env:"CONTACTPANEL_TOKEN_FILE" help:"File with an access token for the gateway that holds the store, where --oidc-issuer says who signs in; the organisation is the token's. Where none holds it, as on MongoDB, --org names the organisation instead."`
	Issuer    *string  `name:"oidc-issuer" placeholder:"URL" env:"CONTACTPANEL_OIDC_ISSUER" help:"As the gateway has it: then --token-file is needed where it holds the store, and --org where not."`
	Region    string   `placeholder:"DE" help:"Country of national phone numbers (ISO 3166-1 alpha-2). Without it they are refused."`
	Map       string   `placeholder:"FILE" help:"JSON object from column to key; null leaves a column out." type:"existingfile"`
	Encoding  string   `placeholder:"NAME" help:"Encoding of the files, such as windows-1252. Default: UTF-8."`
	JSON      bool     `name:"json" help:"Report as JSON, one object a line."`
	Files     []string `arg:"" name:"file" help:"CSV (header row) or vCard 3.0/4.0 files; or one file of an export (*.jsonl), alone."`
}

// exportCommand writes an organisation out.
type exportCommand struct {
	Org filled `placeholder:"NAME" help:"Organisation. Default: the demo's."`
	Out string `required:"" placeholder:"FILE" help:"File to write, such as acme.jsonl; one of the name is replaced. - is standard output."`
}

// tokenCommand makes a token.
type tokenCommand struct {
	Agent string   `required:"" placeholder:"NAME" help:"Name of the agent."`
	Org   filled   `placeholder:"NAME" help:"Organisation. Default: the demo's."`
	Role  string   `enum:"AGENT,ADMIN,INTEGRATION" default:"AGENT" help:"AGENT, ADMIN or INTEGRATION. Default: ${default}."`
	Team  []string `placeholder:"NAME" sep:"none" help:"Team of the agent. Repeatable."`
	// Issuer says that tokens for development are of no use.
	Issuer *string       `name:"oidc-issuer" hidden:"" env:"CONTACTPANEL_OIDC_ISSUER"`
	TTL    time.Duration `name:"ttl" placeholder:"DURATION" default:"12h" help:"How long the token holds. Default: ${default}."`
}

// schemaCommand prints the schema.
type schemaCommand struct{}

// storeURL is where the data lives.
func (c *Config) storeURL() (string, error) {
	switch {
	case c.Store != "" && c.StoreFile != "":
		return "", errors.New("--store and --store-file (CONTACTPANEL_STORE and CONTACTPANEL_STORE_FILE) cannot be used together")
	case c.StoreFile != "":
		raw, err := os.ReadFile(c.StoreFile)
		if err != nil {
			return "", fmt.Errorf("read --store-file: %w", err)
		}
		url := strings.TrimSpace(string(raw))
		if url == "" {
			return "", fmt.Errorf("--store-file %s: the file is empty", c.StoreFile)
		}
		return url, nil
	case c.Store != "":
		return c.Store, nil
	default:
		return filepath.Join(c.Data, "contactpanel.db"), nil
	}
}

// openStore opens the store.
func (c *Config) openStore(ctx context.Context, with store.Settings) (contact.Store, error) {
	url, err := c.storeURL()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, url, with)
}

// checkListen refuses what is no address, and what the development issuer must not do: anybody who reaches it could be signed
// in as anybody.
func (s *serveCommand) checkListen(isDevelopment bool) error {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: want HOST:PORT, such as 127.0.0.1:8080", s.Listen)
	}
	if !isDevelopment {
		return nil
	}
	if ip := net.ParseIP(host); !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %s: the development issuer serves loopback addresses only, such as 127.0.0.1; elsewhere --oidc-issuer says who signs in", s.Listen)
	}
	return nil
}
