package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"contactpanel/contact"
)

// Bounds of what a call may take. A call waits for a primary first: an election takes some seconds, and the caller is better
// served late than refused.
const (
	selectionTime   = 5 * time.Second // waiting for a primary
	operationTime   = 2 * time.Second // one operation, unless CallTime says otherwise
	transactionTime = 5 * time.Second // a transaction, its retries included
	connectTime     = 2 * time.Second
	heartbeat       = 2 * time.Second // a stalled server is noticed after two

	// The same for work that is as large as what is kept ([contact.Patiently]). A server ends a transaction after a minute.
	patientOperation   = 30 * time.Second
	patientTransaction = 45 * time.Second

	maxConnections = 50
	watchPool      = 2

	// Names under which the servers know the two clients of a process.
	appName      = "contactpanel"
	watchAppName = "contactpanel-watch"
)

// boundsOf gives what an operation and a transaction may take for the caller.
func (s *Store) boundsOf(ctx context.Context) (operation, transaction time.Duration) {
	if contact.IsPatient(ctx) {
		return max(patientOperation, s.callTime), max(patientTransaction, s.callTime)
	}
	return s.callTime, max(transactionTime, s.callTime)
}

// defaultDatabase is used when the connection string names none.
const defaultDatabase = "contactpanel"

// target is what a connection string says.
type target struct {
	uri      string
	database string
	pool     int      // connections at most; 0: no bound
	secrets  []string // what must not be said
}

// parseURI reads a connection string without asking the network. Its error says nothing that may be a secret.
func parseURI(uri string) (*target, error) {
	t := &target{uri: uri, database: defaultDatabase, pool: maxConnections, secrets: []string{uri}}
	// The servers of a mongodb+srv string are looked up when the store connects; all else is read the same way.
	plain := uri
	if rest, isSRV := strings.CutPrefix(uri, connstring.SchemeMongoDBSRV+"://"); isSRV {
		plain = connstring.SchemeMongoDB + "://" + rest
	}
	read, err := connstring.ParseAndValidate(plain)
	if err != nil {
		return nil, refused()
	}
	t.database = cmp.Or(read.Database, t.database)
	if read.MaxPoolSizeSet {
		t.pool = int(min(read.MaxPoolSize, math.MaxInt32))
	}
	if read.Password != "" {
		t.secrets = append(t.secrets, read.Password)
	}
	if read.SSLClientCertificateKeyPassword != nil {
		t.secrets = append(t.secrets, read.SSLClientCertificateKeyPassword())
	}
	return t, nil
}

// options are the driver's settings. What the store promises wins over what the connection string says; host names, sign-in,
// TLS, compression and the size of the pool are the string's.
func (t *target) options(watch *server, commands *event.CommandMonitor) *options.ClientOptions {
	journal := true
	majority := writeconcern.Majority()
	majority.Journal = &journal
	o := options.Client().SetMaxPoolSize(maxConnections).SetAppName(appName).ApplyURI(t.uri)
	o.SetWriteConcern(majority).SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary())
	o.SetRetryWrites(true).SetRetryReads(true)
	o.SetServerSelectionTimeout(selectionTime).SetConnectTimeout(connectTime).SetHeartbeatInterval(heartbeat)
	o.Timeout = nil // each call brings a deadline of its own
	if watch != nil {
		o.SetServerMonitor(watch.monitor())
	}
	if commands != nil {
		o.SetMonitor(commands)
	}
	return o
}

// refused is the error of a connection string that cannot be used. What the parser says is left out: it quotes what it does
// not understand, which is a piece of the password when somebody forgot to encode it, or forgot the host behind it.
func refused() error {
	return fmt.Errorf("open the store: %w; it looks like mongodb://user:password@host1,host2/database?replicaSet=name: percent-encode "+
		"what is not a letter or digit in the user name and the password, and check the options behind the ?", errString)
}

// redacted takes the secrets out of an error's text, and keeps what it is.
func (t *target) redacted(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, secret := range t.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return &redactedError{text, err}
}

// redactedError is an error with another text.
type redactedError struct {
	text  string
	cause error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() error { return e.cause }

// isLookup reports whether the names of the servers could not be looked up, which may work later.
func isLookup(err error) bool {
	var lookup *net.DNSError
	return errors.As(err, &lookup)
}
