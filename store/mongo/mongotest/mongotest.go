// Package mongotest gives tests a server that speaks MongoDB's protocol: one for all tests of a binary, with a database for
// each of them, and servers of their own for tests that kill, freeze or misconfigure one.
//
// Which server, in this order: the one of MONGODB_TEST_URI, used as it is and never stopped; a mongod on the PATH; SecantusDB,
// which `make test` installs. The last two are started by the tests as processes of their own.
//
// However a test binary ends, SIGKILL included, neither a server nor a file of one is left behind (on Unix).
package mongotest

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// URIVariable names a server to use instead of one of the tests' own: a connection string with the right to make and drop
// databases.
const URIVariable = "MONGODB_TEST_URI"

// dropTime bounds dropping a test's database.
const dropTime = 30 * time.Second

// Main runs the tests of a binary and then stops the server that they shared:
//
//	func TestMain(m *testing.M) { os.Exit(mongotest.Main{M: m}.Run()) }
//
// It is a type and no function so that goleak.VerifyTestMain takes it in the place of the *testing.M. A binary without it
// leaves nothing behind either, but its server ends a moment after it.
type Main struct{ M interface{ Run() int } }

// Run returns the code to exit with. Once in a binary.
func (m Main) Run() int {
	code := m.M.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "mongotest: %v\n", err)
		return max(code, 1)
	}
	return code
}

// Database returns the connection string of an empty database that nobody else has, on the server of this binary, which the
// first call starts. The database is dropped at the end of the test, after whatever the test registers for cleaning up
// later than this call. Without a server the test is left out, and with CI=true it fails. Safe for concurrent use.
//
// The server is for all: a fail point set on it without an application's name meets the other tests too. Such a test wants
// [Own].
func Database(tb testing.TB) string {
	tb.Helper()
	uri, err := shared.start()
	if err != nil {
		without(tb, err)
	}
	name := newDatabaseName()
	tb.Cleanup(func() {
		if err := drop(uri, name); err != nil {
			tb.Errorf("mongotest: %v", err)
		}
	})
	return withDatabase(uri, name)
}

// one is the server that the tests of a binary share, made by the first that asks.
type one struct {
	mu     sync.Mutex
	asked  bool
	uri    string
	err    error // why there is none
	server *Server
}

// One server a binary is what this package is for, and TestMain has no way to hand a value to a test.
var shared one //nolint:gochecknoglobals // see above

func (o *one) start() (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked {
		return o.uri, o.err
	}
	o.asked = true
	if o.uri = os.Getenv(URIVariable); o.uri != "" {
		return o.uri, nil
	}
	program, err := findProgram()
	if err != nil {
		o.err = err
		return "", err
	}
	if o.server, o.err = launch(program, Options{}, inMemory); o.err == nil {
		o.uri = o.server.URI()
	}
	return o.uri, o.err
}

func (o *one) stop() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.server == nil {
		return nil
	}
	return o.server.end()
}

// newDatabaseName is unique on every server, and short enough for MongoDB (63 bytes).
func newDatabaseName() string { return "contactpanel_test_" + strings.ToLower(rand.Text()) }

// drop uses a client of its own: one kept open would be a leak to goleak.
func drop(uri, name string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), dropTime)
	defer cancel()
	return withClient(ctx, uri, func(client *mongo.Client) error {
		if err := client.Database(name).Drop(ctx); err != nil {
			return fmt.Errorf("drop database %s: %w", name, err)
		}
		return nil
	})
}

// withClient connects, does the work and disconnects.
func withClient(ctx context.Context, uri string, work func(*mongo.Client) error) (err error) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() {
		if closed := client.Disconnect(ctx); err == nil && closed != nil {
			err = fmt.Errorf("disconnect: %w", closed)
		}
	}()
	return work(client)
}
