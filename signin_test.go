package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/auth/authtest"
	"contactpanel/demo"
	"contactpanel/store/mongo/mongotest"
)

// provider is an OpenID provider on loopback.
type provider struct {
	*authtest.Provider
	key *authtest.Key
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	key := authtest.NewKey(t, "one", authtest.ES256)
	p := &provider{authtest.New("http://"+server.Listener.Addr().String(), key), key}
	server.Config.Handler = p
	server.Start()
	t.Cleanup(server.Close)
	return p
}

// args are the settings of a gateway that accepts its tokens.
func (p *provider) args(more ...string) []string {
	return append([]string{"--oidc-issuer", p.URL(), "--oidc-audience", "panel"}, more...)
}

func (p *provider) token(t *testing.T, org, role string) string {
	t.Helper()
	return p.key.Sign(t, map[string]any{
		"iss": p.URL(), "aud": "panel", "sub": "ada", "org": org, "roles": []string{role}, "exp": time.Now().Add(time.Hour).Unix(),
	}, nil)
}

func TestSettingsOfSignInMustFitTogether(t *testing.T) {
	issuer := "https://id.example.com"
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--oidc-issuer", issuer}, "--oidc-audience"},
		{[]string{"--oidc-issuer", "", "--oidc-audience", "panel"}, "is empty"},
		{[]string{"--oidc-issuer", ""}, "is empty"},
		{[]string{"--oidc-audience", "panel"}, "--oidc-issuer"},
		{[]string{"--oidc-org", "acme"}, "--oidc-issuer"},
		{[]string{"--oidc-role-admin", "boss"}, "--oidc-issuer"},
		{[]string{"--oidc-claim-roles", "groups"}, "--oidc-issuer"},
		{[]string{"--oidc-issuer", issuer, "--oidc-audience", "panel", "--oidc-org", "acme", "--oidc-claim-org", "tid"}, "--oidc-claim-org"},
		{[]string{"--oidc-issuer", issuer, "--oidc-audience", "panel", "--oidc-org", " acme"}, "white space"},
		{[]string{"--oidc-issuer", issuer, "--oidc-audience", "panel", "--oidc-role-agent", "staff", "--oidc-role-admin", "staff"}, "the roles AGENT and ADMIN have the same name"},
		{[]string{"--oidc-issuer", issuer, "--oidc-audience", "panel", "--oidc-role-admin", "boss", "--oidc-role-admin", "AGENT"}, "the roles AGENT and ADMIN have the same name"},
		{[]string{"--oidc-issuer", issuer, "--oidc-audience", "panel", "--oidc-role-integration", "ADMIN"}, "the same name"},
		{[]string{"--oidc-issuer", "http://id.example.com", "--oidc-audience", "panel"}, "https"},
		{[]string{"--oidc-issuer", issuer, "--oidc-audience", "panel", "--listen", "nonsense"}, "--listen"},
		{[]string{"--oidc-issuer", issuer, "--oidc-audience", "panel", "--allow-origin", "*"}, "--allow-origin"},
	} {
		var errOut bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a gateway that runs nevertheless
		args := append([]string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, tt.args...)
		if status := run(ctx, args, io.Discard, &errOut); status != exitFailed || !strings.Contains(errOut.String(), tt.want) {
			t.Errorf("%q gave status %d and %s, want %d and a message with %q", tt.args, status, &errOut, exitFailed, tt.want)
		}
		cancel()
	}
	t.Setenv("CONTACTPANEL_OIDC_ISSUER", "")
	if _, status := command(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()); status != exitFailed {
		t.Errorf("with an empty CONTACTPANEL_OIDC_ISSUER the status is %d: the gateway became one for development", status)
	}
}

func TestSettingsOfNothingAreRefused(t *testing.T) {
	for _, flag := range []string{
		"--org", "--oidc-audience", "--oidc-org", "--oidc-claim-org", "--oidc-claim-roles", "--oidc-claim-teams", "--oidc-claim-name",
		"--oidc-role-agent", "--oidc-role-admin", "--oidc-role-integration",
	} {
		variable := "CONTACTPANEL_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "--"), "-", "_"))
		for _, isSet := range []bool{false, true} {
			t.Run(fmt.Sprint(flag, isSet), func(t *testing.T) {
				args := []string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}
				if isSet {
					t.Setenv(variable, "")
				} else {
					args = append(args, flag, "")
				}
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a gateway that runs nevertheless
				defer cancel()
				var errOut bytes.Buffer
				status := run(ctx, args, io.Discard, &errOut)
				if status != exitUsage || !strings.Contains(errOut.String(), flag) || !strings.Contains(errOut.String(), "is set to nothing") {
					t.Errorf("status %d: %s", status, &errOut)
				}
			})
		}
	}
	for _, args := range [][]string{{"token", "--agent", "Ada"}, {"export", "--out", "-"}, {"import", "x.csv"}} {
		if _, status := command(t, append(args, "--org", "", "--data", t.TempDir())...); status != exitUsage {
			t.Errorf("%q with --org set to nothing gave status %d", args, status)
		}
	}
}

func TestAnIssuerForNobodyIsWarnedOf(t *testing.T) {
	const warning = "the store has no organisation"
	p := newProvider(t)
	data := t.TempDir()
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{nil, true}, {[]string{"--provision"}, false}, {[]string{"--org", "Acme"}, false}, {nil, false},
	} {
		g := start(t, data, p.args(tt.args...)...)
		if got := strings.Contains(g.log.String(), warning); got != tt.want {
			t.Errorf("%q: warned %t, want %t: %s", tt.args, got, tt.want, g.log)
		}
		g.kill()
	}
}

func TestWithAnIssuerThereIsNothingOfDevelopment(t *testing.T) {
	p := newProvider(t)
	for _, tt := range []struct {
		name       string
		args       []string
		playground int
		introspect string
	}{
		{"as it is", nil, http.StatusNotFound, "INTROSPECTION_DISABLED"},
		{"with --playground", []string{"--playground"}, http.StatusOK, ""},
	} {
		data := t.TempDir()
		g := start(t, data, p.args(append(tt.args, "--org", string(demo.Org))...)...)
		for path, want := range map[string]int{
			"/playground/": tt.playground, "/playground": tt.playground, "/": tt.playground,
			"/schema.graphql": http.StatusNotFound, "/livez": http.StatusOK, "/readyz": http.StatusOK,
		} {
			if got, _ := status(t, g.url+path); got != want {
				t.Errorf("%s: GET %s gave %d, want %d", tt.name, path, got, want)
			}
		}
		bearer := "Bearer " + p.token(t, string(demo.Org), "AGENT")
		a, err := ask(g.url, bearer, "{ contacts { totalCount } }", nil)
		if c := member[struct{ TotalCount int }](t, a, err, "contacts"); c.TotalCount != 0 {
			t.Errorf("%s: there is a demo of %d contacts", tt.name, c.TotalCount)
		}
		a, err = ask(g.url, bearer, "{ __schema { queryType { name } } }", nil)
		if code := codeOf(t, a, err); code != tt.introspect {
			t.Errorf("%s: introspection gave %q, want %q", tt.name, code, tt.introspect)
		}
		a, err = ask(g.url, header(t, data, "--agent", "Ada"), "{ contacts { totalCount } }", nil)
		if code := codeOf(t, a, err); code != "UNAUTHENTICATED" {
			t.Errorf("%s: a token of development gave %q", tt.name, code)
		}
		r, err := http.NewRequest(http.MethodPost, g.url+"/graphql", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "http://localhost:5173")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s: pages of %s may call", tt.name, got)
		}
		g.kill()
	}
	t.Setenv("CONTACTPANEL_OIDC_ISSUER", p.URL())
	if out, status := command(t, "token", "--agent", "Ada", "--data", t.TempDir()); status != exitFailed || out != "" {
		t.Errorf("beside an issuer the command token gave status %d and %q", status, out)
	}
}

// codeOf is the code of the first error; "" without one.
func codeOf(t *testing.T, a *answer, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

func TestOrganisationsAreMadeByTheOperator(t *testing.T) {
	p := newProvider(t)
	const query = "{ viewer { organisation } }"
	for _, tt := range []struct {
		name  string
		args  []string
		known map[string]string // by the organisation of the token: the one that it opens
	}{
		{"nothing said", nil, map[string]string{"acme": "", "Demo": ""}},
		{"by name", []string{"--org", "acme", "--org", "globex, inc"}, map[string]string{"acme": "acme", "globex, inc": "globex, inc", "globex": ""}},
		{"by tokens", []string{"--provision"}, map[string]string{"acme": "acme", "initech": "initech"}},
		{"one for all", []string{"--oidc-org", "acme"}, map[string]string{"acme": "acme", "initech": "acme"}},
	} {
		g := start(t, t.TempDir(), p.args(tt.args...)...)
		for org, want := range tt.known {
			a, err := ask(g.url, "Bearer "+p.token(t, org, "AGENT"), query, nil)
			if want == "" {
				if code := codeOf(t, a, err); code != "FORBIDDEN" {
					t.Errorf("%s: a token of %s gave %q, want FORBIDDEN", tt.name, org, code)
				}
			} else if got := member[struct{ Organisation string }](t, a, err, "viewer").Organisation; got != want {
				t.Errorf("%s: a token of %s opens %q, want %q", tt.name, org, got, want)
			}
		}
		g.kill()
	}
}

func TestAnIssuerThatIsAwayDelaysTheGateway(t *testing.T) {
	p := newProvider(t)
	p.Answer(authtest.MetadataPath, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "starting", http.StatusServiceUnavailable) })
	g := start(t, t.TempDir(), p.args("--org", "acme")...)
	if code, why := status(t, g.url+"/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(why, p.URL()) {
		t.Errorf("/readyz is %d %q, want 503 and the issuer", code, why)
	}
	if code, _ := status(t, g.url+"/livez"); code != http.StatusOK {
		t.Errorf("/livez is %d", code)
	}
	bearer := "Bearer " + p.token(t, "acme", "AGENT")
	a, err := ask(g.url, bearer, "{ viewer { id } }", nil)
	if code := codeOf(t, a, err); code != "DB_UNAVAILABLE" {
		t.Errorf("without the issuer's keys a token gave %q", code)
	}
	p.Answer(authtest.MetadataPath, nil)
	eventually(t, "the gateway is not ready", func() bool { code, _ := status(t, g.url+"/readyz"); return code == http.StatusOK })
	a, err = ask(g.url, bearer, "{ viewer { id } }", nil)
	if code := codeOf(t, a, err); code != "" {
		t.Errorf("with the issuer's keys a token gave %q", code)
	}
}

func TestAnIssuerMakesOtherAddressesSafe(t *testing.T) {
	p := newProvider(t)
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "0.0.0.0:0", "--data", t.TempDir()}, p.args()...), in, io.Discard)
		in.Close()
	}()
	if got := readUntil(out, regexp.MustCompile(`Issuer +(\S+)\n`)); got != p.URL() {
		t.Errorf("the banner names the issuer %q, want %q", got, p.URL())
	}
	go io.Copy(io.Discard, out)
	stop()
	if status := <-ended; status != exitFine {
		t.Errorf("the gateway ended with status %d", status)
	}
}

func TestAnImportBesideAGatewayWithAnIssuerShowsATokenOfIt(t *testing.T) {
	p := newProvider(t)
	data, file := t.TempDir(), rowsFile(t)
	g := start(t, data, p.args("--org", "acme")...)
	token := writeFile(t, data, "token", p.token(t, "acme", "INTEGRATION")+"\n")
	for name, args := range map[string][]string{
		"without a token":         {"--oidc-issuer", p.URL()},
		"with one of development": nil,
		"with an organisation":    {"--token-file", token, "--org", "acme"},
		"with a missing file":     {"--token-file", filepath.Join(data, "missing")},
	} {
		out, status := command(t, append([]string{"import", "--data", data, file}, args...)...)
		if status != exitFailed || strings.Contains(out, "created 2") {
			t.Errorf("%s: status %d and %q", name, status, out)
		}
	}
	if out, _ := command(t, "import", "--json", "--data", data, "--token-file", token, file); !strings.Contains(out, `"created":2`) {
		t.Errorf("with a token of the issuer: %s", out)
	}
	a, err := ask(g.url, "Bearer "+p.token(t, "acme", "AGENT"), "{ contacts { totalCount } }", nil)
	if c := member[struct{ TotalCount int }](t, a, err, "contacts"); c.TotalCount != 2 {
		t.Errorf("the organisation of the token has %d contacts, want 2", c.TotalCount)
	}
}

func TestAnImportIntoAStoreThatNoGatewayHoldsNamesItsOrganisation(t *testing.T) {
	const issuer = "https://id.example.com"
	file, token := rowsFile(t), writeFile(t, t.TempDir(), "token", "x")
	for name, place := range map[string][]string{
		"a file":  {"--data", t.TempDir()},
		"MongoDB": {"--store", mongotest.Database(t), "--data", t.TempDir()},
	} {
		for _, tt := range []struct {
			args []string
			want string
		}{
			{[]string{"--token-file", token}, "leave --token-file out"},
			{[]string{"--token-file", token, "--oidc-issuer", issuer}, "leave --token-file out"},
			{[]string{"--token-file", token, "--org", "acme"}, "leave --token-file out"},
			{[]string{"--oidc-issuer", issuer}, "--org names"},
		} {
			said, status := told(t, slices.Concat([]string{"import"}, place, tt.args, []string{file})...)
			if status != exitFailed || !strings.Contains(said, tt.want) {
				t.Errorf("%s: import %q gave status %d and %q, want %d and %q", name, tt.args, status, said, exitFailed, tt.want)
			}
		}
		for _, org := range []string{string(demo.Org), "acme"} {
			if said, _ := told(t, slices.Concat([]string{"export", "--out", "-", "--org", org}, place)...); !strings.Contains(said, "no such organisation") {
				t.Errorf("%s: a refused import left the organisation %s", name, org)
			}
		}
		said, _ := told(t, slices.Concat([]string{"import", "--json", "--oidc-issuer", issuer, "--org", "acme"}, place, []string{file})...)
		if !strings.Contains(said, `"created":2`) {
			t.Errorf("%s: with --org: %s", name, said)
		}
	}
}
