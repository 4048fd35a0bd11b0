package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/demo"
	"contactpanel/importer"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store"
)

// Exit statuses.
const (
	exitFine   = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is the program: it parses the arguments, runs a command and returns the exit status.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var cfg Config
	exited := -1
	parser, err := kong.New(&cfg, kong.Name("contactpanel"), kong.Writers(out, errOut), kong.Exit(func(code int) { exited = code }),
		kong.Description("The GraphQL gateway behind the contact panel of a customer-care inbox."))
	if err != nil {
		complain(errOut, err)
		return exitFailed
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		complain(errOut, fmt.Errorf("%w\nRun contactpanel --help to see what there is", err))
		return exitUsage
	}
	if err := checkEnvironment(parser.Model, os.Environ()); err != nil {
		complain(errOut, err)
		return exitUsage
	}
	if err := cfg.command(ctx, command.Command(), out, errOut); err != nil {
		if !errors.Is(err, errRefused) {
			complain(errOut, err)
		}
		return exitFailed
	}
	return exitFine
}

// complain tells the person at the terminal; when even that fails there is nobody to tell.
func complain(errOut io.Writer, err error) {
	fmt.Fprintln(errOut, "contactpanel:", err) //nolint:errcheck // see above
}

func (c *Config) command(ctx context.Context, name string, out, errOut io.Writer) error {
	switch name {
	case "token":
		return c.Token.print(c, out, errOut)
	case "schema":
		_, err := out.Write(sdl)
		return err
	case "import <file>":
		return c.Import.run(ctx, c, out, errOut)
	case "export":
		return c.Export.run(ctx, c, out, errOut)
	default:
		return c.Serve.serve(ctx, c, out, logTo(errOut))
	}
}

// logTo is the log of the program.
func logTo(errOut io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(errOut, nil)) }

// print writes one header line and nothing else, so that scripts can use it as it is; what a person should know goes to errOut.
func (t *tokenCommand) print(cfg *Config, out, errOut io.Writer) error {
	if t.Issuer != nil {
		return errors.New("tokens for development are not accepted where --oidc-issuer (CONTACTPANEL_OIDC_ISSUER) says who signs in")
	}
	issuer, err := auth.Development(cfg.Data)
	if err != nil {
		return err
	}
	token, err := issuer.Issue(auth.TokenRequest{
		Agent: t.Agent, Org: orDemo(t.Org), Role: contact.Role(t.Role), Teams: t.Team, TTL: t.TTL,
	}, time.Now())
	if err != nil {
		return err
	}
	if issuer.IsNew() {
		complain(errOut, fmt.Errorf("there was no key in %s, so that a new one was made: the token is for a gateway with this folder (--data)", cfg.Data))
	}
	_, err = fmt.Fprintln(out, "Authorization: Bearer "+token)
	return err
}

func orDemo(org filled) string {
	if org == "" {
		return string(demo.Org)
	}
	return string(org)
}

// errRefused says that rows were refused; the report has named them already.
var errRefused = errors.New("rows were refused")

// run imports the files, through the gateway that holds the store when there is one. A whole organisation needs the store.
func (i *importCommand) run(ctx context.Context, cfg *Config, out, errOut io.Writer) error {
	if i.isArchive() {
		return i.load(ctx, cfg, out, errOut)
	}
	columns, err := i.columns()
	if err != nil {
		return err
	}
	target, closeTarget, err := i.target(ctx, cfg, logTo(errOut))
	if err != nil {
		return err
	}
	summary, err := importer.Run(i.as(ctx), target, i.Files, importer.Options{
		Region: i.Region, Map: columns, Encoding: i.Encoding, JSON: i.JSON, Progress: !i.JSON && isTerminal(errOut), Out: out, Log: errOut,
		Phones: phone.Book{}, Languages: language.New(),
	})
	err = errors.Join(err, closeTarget())
	if err == nil && summary.Refused > 0 {
		return errRefused
	}
	return err
}

// importAgent is who notes and VIP states of files are written as.
const importAgent = "import"

// as is the context of the import: the integration in the organisation.
func (i *importCommand) as(ctx context.Context) context.Context {
	return contact.WithActor(ctx, contact.Actor{
		Agent: contact.Agent{ID: importAgent, Name: importAgent}, Org: contact.OrgID(orDemo(i.Org)),
		Roles: []contact.Role{contact.RoleIntegration}, Origin: contact.OriginAPI,
	})
}

// target is where the rows go: the store, or the gateway that has it for itself.
func (i *importCommand) target(ctx context.Context, cfg *Config, log *slog.Logger) (importer.Target, func() error, error) {
	db, err := cfg.openStore(ctx, store.Settings{Log: log})
	var held *store.HeldError
	switch {
	case errors.As(err, &held) && held.URL != "":
		return i.gateway(cfg, held.URL)
	case err != nil:
		return nil, nil, err
	}
	deps, _ := domainDeps(db)
	contacts := contact.New(deps)
	err = i.checkAlone()
	if err == nil {
		err = contacts.MakeOrganisation(ctx, contact.OrgID(orDemo(i.Org)))
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return importer.Local(contacts), db.Close, nil
}

// checkAlone refuses settings for a gateway where the rows go into the store itself: they would go to another organisation than the
// token's, and the demo's is for development.
func (i *importCommand) checkAlone() error {
	switch {
	case i.TokenFile != "":
		return errors.New("no gateway holds the store, so that the rows go into it and no token says whose they are: leave --token-file out, and name the organisation with --org")
	case i.Issuer != nil && i.Org == "":
		return errors.New("the rows go into the store itself, and where --oidc-issuer says who signs in there is no demo: --org names the organisation")
	default:
		return nil
	}
}

func (i *importCommand) gateway(cfg *Config, url string) (importer.Target, func() error, error) {
	token, err := i.token(cfg)
	if err != nil {
		return nil, nil, err
	}
	client := &http.Client{Timeout: time.Minute}
	return importer.Remote(client, url+"/graphql", "Bearer "+token), func() error { client.CloseIdleConnections(); return nil }, nil
}

// token is what the import shows the gateway that holds the store.
func (i *importCommand) token(cfg *Config) (string, error) {
	switch {
	case i.TokenFile != "" && i.Org != "":
		return "", errors.New("a gateway holds the store, and the organisation is that of --token-file: leave --org out")
	case i.TokenFile != "":
		raw, err := os.ReadFile(i.TokenFile)
		if err != nil {
			return "", fmt.Errorf("read --token-file: %w", err)
		}
		return strings.TrimSpace(string(raw)), nil
	case i.Issuer != nil:
		return "", errors.New("a gateway holds the store and accepts the tokens of --oidc-issuer: --token-file names one with the role INTEGRATION")
	}
	issuer, err := auth.Development(cfg.Data)
	if err != nil {
		return "", err
	}
	return issuer.Issue(auth.TokenRequest{Agent: importAgent, Org: orDemo(i.Org), Role: contact.RoleIntegration}, time.Now())
}

// columns reads the --map file.
func (i *importCommand) columns() (map[string]*string, error) {
	if i.Map == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(i.Map)
	if err != nil {
		return nil, fmt.Errorf("read --map: %w", err)
	}
	columns, err := importer.ParseMap(raw)
	if err != nil {
		return nil, fmt.Errorf("--map %s: %w", i.Map, err)
	}
	return columns, nil
}

// isTerminal reports whether a person watches the writer.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
