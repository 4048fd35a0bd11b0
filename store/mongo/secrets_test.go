package mongo_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/mongo/mongotest"
)

// secret is planted wherever a connection string may hold one.
const secret = "hunter2hunter2"

// wantNoSecret looks for the secret in all that can be said: the errors with their causes, and what was logged.
func wantNoSecret(t *testing.T, name string, log *logged, errs ...error) {
	t.Helper()
	said := log.String()
	for _, err := range errs {
		for ; err != nil; err = errors.Unwrap(err) {
			said += fmt.Sprintf("%v\n%+v\n%q\n", err, err, err)
			if many, ok := err.(interface{ Unwrap() []error }); ok {
				for _, one := range many.Unwrap() {
					wantNoSecret(t, name, &logged{}, one)
				}
			}
		}
	}
	if strings.Contains(said, "hunter2") {
		t.Errorf("%s: a secret was said: %s", name, said)
	}
}

func TestSecretsOfAConnectionStringAreNeverSaid(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, uri string }{
		{"a password with an @", "mongodb://user:" + secret + "@" + secret + "@" + nowhere + "/"},
		{"a password with a colon", "mongodb://user:" + secret + ":" + secret + "@" + nowhere + "/"},
		{"a password with a slash", "mongodb://user:" + secret + "/" + secret + "@" + nowhere + "/"},
		{"a password with a slash and an @", "mongodb://user:" + secret + "@/" + secret + "@" + nowhere + "/"},
		{"a password with a question mark", "mongodb://user:" + secret + "?" + secret + "=x@" + nowhere + "/"},
		{"a password with a broken escape", "mongodb://user:%zz" + secret + "@" + nowhere + "/"},
		{"a password with a bracket", "mongodb://user:[" + secret + "@" + nowhere + "/"},
		{"a password and no host", "mongodb://user:" + secret + "@/"},
		{"a password and a wrong port", "mongodb://user:" + secret + "@host:port/"},
		{"a password and no scheme", "user:" + secret + "@" + nowhere},
		{"a password and a wrong scheme", "http://user:" + secret + "@" + nowhere},
		{"a password and a wrong mechanism", "mongodb://user:" + secret + "@" + nowhere + "/?authMechanism=BOGUS"},
		{"a password and a wrong option", "mongodb://user:" + secret + "@" + nowhere + "/?maxPoolSize=many"},
		{"a password and options that exclude each other", "mongodb://user:" + secret + "@" + nowhere + "/?directConnection=true&loadBalanced=true"},
		{"a password as the user", "mongodb://" + secret + "@" + nowhere + "/?authMechanism=PLAIN"},
		{"a password where the port belongs", "mongodb://host:" + secret + "/"},
		{"an option without a value", "mongodb://" + nowhere + "/?password=" + secret + "&x"},
		{"a token of a mechanism", "mongodb://user:" + secret + "@" + nowhere + "/?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:" + secret},
		{"a token in properties that are broken", "mongodb://user@" + nowhere + "/?authMechanism=GSSAPI&authMechanismProperties=TOKEN" + secret},
		{"a key's password and no key", "mongodb://" + nowhere + "/?tls=true&tlsCertificateKeyFile=/none.pem&tlsCertificateKeyFilePassword=" + secret},
		{"a key's password and a key that is none", "mongodb://" + nowhere + "/?tls=true&tlsCertificateKeyFile=start_test.go&tlsCertificateKeyFilePassword=" + secret},
		{"a proxy's password", "mongodb://" + nowhere + "/?proxyHost=h&proxyPassword=" + secret},
		{"a lookup with a port", "mongodb+srv://user:" + secret + "@host:27017/"},
		{"a lookup of two hosts", "mongodb+srv://user:" + secret + "@a.example,b.example/"},
		{"a lookup of what does not exist", "mongodb+srv://user:" + secret + "@cluster.nowhere.invalid/"},
		{"a lookup with an @", "mongodb+srv://user:" + secret + "@" + secret + "@cluster.nowhere.invalid/"},
		{"a password for a server that is away", "mongodb://user:" + secret + "%40%3A%2F@" + nowhere + "/"},
		{"a token for a server that is away", "mongodb://" + nowhere + "/?authMechanism=MONGODB-OIDC&authMechanismProperties=ENVIRONMENT:test,TOKEN_RESOURCE:" + secret},
	}
	var asking sync.WaitGroup
	for _, tt := range cases {
		asking.Go(func() { // nearly all of them wait for a server
			s, log, err := openLogged(t, tt.uri)
			if err != nil {
				wantNoSecret(t, tt.name, log, err)
				return
			}
			ping, call := s.Ping(t.Context()), reading(t.Context(), s)
			if ping == nil || call == nil {
				t.Errorf("%s: there is no server, and the store says that it works", tt.name)
			}
			wantNoSecret(t, tt.name, log, ping, call, s.Close())
		})
	}
	asking.Wait()
}

// wantTakenOut checks that texts do not say a word, and that there was something to take out.
func wantTakenOut(t *testing.T, word string, texts ...string) {
	t.Helper()
	said := strings.Join(texts, "\n")
	if strings.Contains(said, word) || !strings.Contains(said, "***") {
		t.Errorf("%q was said, or nothing was to be taken out:\n%s", word, said)
	}
}

// saidOf is what the log of a request says of an error.
func saidOf(err error) string {
	return fmt.Sprintf("%v\n%+v\n%v\n%+v", err, err, causeOf(err), causeOf(err))
}

func TestPasswordThatIsAWordOfErrorsIsNotSaid(t *testing.T) {
	t.Parallel()
	t.Run("while there is no server", func(t *testing.T) {
		t.Parallel()
		const password = "refused"
		s, log, err := openLogged(t, "mongodb://sam:"+password+"@"+nowhere+"/")
		must(t, err)
		wantTakenOut(t, password, log.String(), saidOf(s.Ping(t.Context())))
	})
	t.Run("when the server refuses it", func(t *testing.T) {
		t.Parallel()
		const password = "failed"
		server := mongotest.Own(t, mongotest.Options{User: "sam", Password: "another"})
		_, log, err := openLogged(t, strings.Replace(server.Database(), "another", password, 1))
		wantTakenOut(t, password, log.String(), saidOf(err))
	})
	t.Run("when the server fails", func(t *testing.T) {
		t.Parallel()
		const password = "failpoint" // as the server calls what it is told to do wrong
		server := mongotest.Own(t, mongotest.Options{User: "sam", Password: password})
		s, log, err := openLogged(t, server.Database())
		must(t, err)
		makeContacts(t, s, 1)
		for _, tt := range []struct {
			name    string
			command string
			how     mongotest.Failure
			call    func() error
		}{
			{"a read", "find", mongotest.Code(2), func() error { return reading(t.Context(), s) }},
			{"a change", "aggregate", mongotest.Code(2), func() error { return appendEvent(t.Context(), s) }},
			{"a commit", "commitTransaction", mongotest.Code(50, "UnknownTransactionCommitResult"), func() error { return appendEvent(t.Context(), s) }},
			{"a walk", "find", mongotest.Code(251), func() error {
				return s.Walk(t.Context(), org, func(contact.ArchiveRow) error { return nil })
			}},
		} {
			server.FailCommand(t, mongotest.Fault{Commands: []string{tt.command}, App: mainApp, How: tt.how})
			wantTakenOut(t, password, tt.name, saidOf(tt.call()))
		}
		server.FailCommand(t, mongotest.Fault{Commands: []string{"getMore"}, App: watchApp, How: mongotest.Code(260)})
		eventually(t, "the loss of the stream is logged", func() error {
			if !strings.Contains(log.String(), "the change stream was lost") {
				return errors.New("it is not")
			}
			return nil
		})
		wantTakenOut(t, password, log.String())
	})
}
