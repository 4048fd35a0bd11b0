package mongotest_test

import (
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"contactpanel/store/mongo/mongotest"
)

// soon bounds a step that is expected to get no answer.
const soon = 300 * time.Millisecond

func ping(t *testing.T, uri string, limit time.Duration) error {
	t.Helper()
	return connect(t, uri).Ping(within(t, limit), readpref.Primary())
}

func TestKilledServerKeepsItsDataAndAddress(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{})
	db := database(t, server.Database())
	put(t, db, "acknowledged")
	before := server.URI()
	for range 2 {
		server.Kill(t)
		if conn, err := (&net.Dialer{}).DialContext(within(t, patience), "tcp", server.Address()); err == nil {
			conn.Close()
			t.Error("a killed server takes connections")
		}
		server.Kill(t)
		server.Start(t)
		server.Start(t)
	}
	if server.URI() != before {
		t.Errorf("the server moved from %s to %s", before, server.URI())
	}
	if n := count(t, db); n != 1 {
		t.Errorf("after two kills there are %d things, want 1", n)
	}
}

func TestFrozenServerAnswersOnceItContinues(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{})
	db := database(t, server.Database())
	put(t, db, "before")
	server.Freeze(t)
	server.Freeze(t)
	if err := db.Client().Ping(within(t, soon), nil); err == nil {
		t.Error("a frozen server answers")
	}
	server.Continue(t)
	if n := count(t, db); n != 1 {
		t.Errorf("the server came back with %d things, want 1", n)
	}
}

func TestFrozenServerIsStoppedAtTheEnd(t *testing.T) {
	var address string
	t.Run("a test that leaves its server frozen", func(t *testing.T) {
		server := mongotest.Own(t, mongotest.Options{})
		address = server.Address()
		server.Freeze(t)
	})
	if conn, err := (&net.Dialer{}).DialContext(within(t, patience), "tcp", address); err == nil {
		conn.Close()
		t.Error("the server outlived its test")
	}
}

func TestServerSaysWhetherItIsAReplicaSet(t *testing.T) {
	for _, tt := range []struct {
		name       string
		standalone bool
	}{{"a replica set by default", false}, {"none when it stands alone", true}} {
		t.Run(tt.name, func(t *testing.T) {
			server := mongotest.Own(t, mongotest.Options{Standalone: tt.standalone})
			hello, err := connect(t, server.URI()).Database("admin").RunCommand(within(t, patience), bson.D{{Key: "hello", Value: 1}}).Raw()
			must(t, err)
			if _, err := hello.LookupErr("setName"); (err != nil) != tt.standalone {
				t.Errorf("standalone %v greets with %s", tt.standalone, hello)
			}
		})
	}
}

func TestServerWithAUserAndTLS(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{TLS: true, User: "panel", Password: "p@ss:/?word"})
	put(t, database(t, server.Database()), "written by the user")
	without := func(option string) string {
		parsed, err := url.Parse(server.URI())
		must(t, err)
		query := parsed.Query()
		query.Del(option)
		parsed.RawQuery = query.Encode()
		return parsed.String()
	}
	for name, uri := range map[string]string{
		"without TLS":             strings.Replace(without("tlsCAFile"), "tls=true", "tls=false", 1),
		"with a strange signer":   without("tlsCAFile"),
		"with another password":   strings.Replace(server.URI(), "word@", "guess@", 1),
		"without name and secret": strings.Replace(server.URI(), server.URI()[len("mongodb://"):strings.Index(server.URI(), "@")+1], "", 1),
	} {
		t.Run(name+" nothing is read", func(t *testing.T) {
			limit := patience
			if !strings.Contains(uri, "tls=true") || !strings.Contains(uri, "tlsCAFile") {
				limit = soon // no server is found, and the driver goes on looking
			}
			_, err := connect(t, uri).ListDatabaseNames(within(t, limit), bson.D{})
			if err == nil {
				t.Errorf("%s reads", uri)
			} else if strings.Contains(err.Error(), "p@ss") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
	server.Kill(t)
	server.Start(t)
	must(t, ping(t, server.URI(), patience))
}
