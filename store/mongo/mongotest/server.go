package mongotest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Options say how a server of a test's own differs from the shared one, which is a replica set of one member without users
// and without TLS.
type Options struct {
	// Standalone starts it without a replica set: no transactions, no change streams.
	Standalone bool
	// TLS makes it take TLS connections alone. Its certificate is for 127.0.0.1, and signed by itself.
	TLS bool
	// User and Password are of the one user, who may do everything; without a User nobody signs in.
	User, Password string

	secured bool // the user is made, and from now on everybody signs in
}

// Server is a server of one test's own, on 127.0.0.1, with its data on disk. It is for one goroutine at a time.
type Server struct {
	program program
	options Options
	place   place
	process *process // nil while killed
	guard   *guard
}

// Own starts a server for the test alone and stops it at the end. It is no part of the server of [URIVariable], so a test
// that calls it needs a mongod or SecantusDB on this machine; without either it is left out, and with CI=true it fails.
func Own(tb testing.TB, o Options) *Server {
	tb.Helper()
	program, err := findProgram()
	if err != nil {
		without(tb, err)
	}
	s, err := launch(program, o, "")
	if err != nil {
		tb.Fatalf("mongotest: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.end(); err != nil {
			tb.Errorf("mongotest: %v", err)
		}
	})
	return s
}

// URI is the connection string, without a database, and with all that Options asked for: user, password, TLS. It stays the
// same when the server is started again.
func (s *Server) URI() string {
	who := ""
	if s.options.secured {
		who = url.UserPassword(s.options.User, s.options.Password).String() + "@"
	}
	uri := "mongodb://" + who + s.Address() + "/"
	if s.options.TLS {
		uri = withOption(uri, "tls", "true")
		uri = withOption(uri, "tlsCAFile", s.CertificateFile())
	}
	return uri
}

// Database is the connection string of an empty database that nobody else has.
func (s *Server) Database() string { return withDatabase(s.URI(), newDatabaseName()) }

// Address is its host and port. A client that comes through a proxy adds directConnection=true to its connection string, or
// it goes on to this address.
func (s *Server) Address() string { return fmt.Sprintf("127.0.0.1:%d", s.place.port) }

// CertificateFile is the PEM file of the certificate, for the option tlsCAFile; only with TLS.
func (s *Server) CertificateFile() string { return certificateFile(s.place.dir) }

// Kill ends the server at once, as kill -9 does. What it acknowledged with a journalled write is there after Start. A
// killed server stays as it is.
func (s *Server) Kill(tb testing.TB) {
	tb.Helper()
	if err := s.kill(); err != nil {
		tb.Fatalf("mongotest: %v", err)
	}
}

// Start starts a killed server again, on the same port and data, and returns once it takes writes. A server that runs stays
// as it is.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	if err := s.start(); err != nil {
		tb.Fatalf("mongotest: %v", err)
	}
}

// Freeze stops the server without closing a connection: it takes new ones and answers nobody until Continue. Unix only.
func (s *Server) Freeze(tb testing.TB) {
	tb.Helper()
	s.setFrozen(tb, true, freeze)
}

// Continue lets a frozen server go on: it answers what it was asked in the meantime. Unix only.
func (s *Server) Continue(tb testing.TB) {
	tb.Helper()
	s.setFrozen(tb, false, thaw)
}

func (s *Server) setFrozen(tb testing.TB, frozen bool, change func(*os.Process) error) {
	tb.Helper()
	if s.process == nil {
		tb.Fatal("mongotest: the server is killed")
	}
	if s.process.frozen == frozen {
		return
	}
	if err := change(s.process.cmd.Process); err != nil {
		tb.Fatalf("mongotest: %v", err)
	}
	s.process.frozen = frozen
}

// secure makes the user and starts the server again with sign-in asked for, which is the order both programs know.
func (s *Server) secure() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	err := withClient(ctx, s.URI(), func(client *mongo.Client) error {
		return client.Database("admin").RunCommand(ctx, bson.D{
			{Key: "createUser", Value: s.options.User},
			{Key: "pwd", Value: s.options.Password},
			{Key: "roles", Value: bson.A{"root"}},
			{Key: "writeConcern", Value: bson.D{{Key: "w", Value: "majority"}, {Key: "j", Value: true}}},
		}).Err()
	})
	if err != nil {
		return fmt.Errorf("make user %s: %w", s.options.User, err)
	}
	if err := s.kill(); err != nil {
		return err
	}
	s.options.secured = true
	return s.start()
}

// makeFiles writes what the server wants to read.
func (s *Server) makeFiles() error {
	if s.place.data == "" {
		s.place.data = filepath.Join(s.place.dir, "data")
	}
	if err := os.Mkdir(filepath.Join(s.place.dir, "data"), 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if err := os.WriteFile(memberKeyFile(s.place.dir), []byte("bWVtYmVycyBvZiBvbmUgc2V0\n"), 0o400); err != nil {
		return fmt.Errorf("write the key of the replica set: %w", err)
	}
	if !s.options.TLS {
		return nil
	}
	return writeCertificate(s.place.dir)
}

// memberKeyFile holds what the members of a set prove to each other.
func memberKeyFile(dir string) string { return filepath.Join(dir, "member.key") }
