package mongotest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

const (
	// startTime bounds a start. It takes a third of a second on an idle machine, and a loaded one may need many times that.
	startTime = 60 * time.Second
	// pollTime is how often a starting server's log is read.
	pollTime = 10 * time.Millisecond
	// portTries is how many ports are tried: another process may take one between our looking and the server's binding.
	portTries = 5
	// tailBytes of a log go into an error.
	tailBytes = 2000
)

// errExited says that a server ended before it was ready.
var errExited = errors.New("the server ended by itself")

// launch makes a server and returns once it takes writes. Without a data folder it gets one of its own.
func launch(p program, o Options, data string) (*Server, error) {
	dir, err := os.MkdirTemp("", "contactpanel-mongotest-")
	if err != nil {
		return nil, fmt.Errorf("make a server's folder: %w", err)
	}
	s := &Server{program: p, options: o, place: place{dir: dir, data: data}}
	if s.guard, err = newGuard(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	err = s.makeFiles()
	if err == nil {
		err = s.startOnFreePort()
	}
	if err == nil && o.User != "" {
		err = s.secure()
	}
	if err != nil {
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

func (s *Server) startOnFreePort() (err error) {
	for range portTries {
		if s.place.port, err = freePort(); err != nil {
			return err
		}
		if err = s.start(); !errors.Is(err, errExited) {
			return err
		}
	}
	return err
}

// freePort asks the system for a port that nobody listens on.
func freePort() (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("find a free port: %v is no TCP address", listener.Addr())
	}
	return address.Port, listener.Close()
}

// process is one run of a server.
type process struct {
	cmd    *exec.Cmd
	ended  chan struct{} // closed once it is gone and waited for
	frozen bool
}

func (s *Server) start() error {
	if s.process != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	log, err := os.Create(s.logFile())
	if err != nil {
		return fmt.Errorf("make a server's log: %w", err)
	}
	defer log.Close()                                                                                       //nolint:errcheck // the server writes it, we do not
	cmd := exec.CommandContext(context.Background(), s.program.path, s.program.args(s.place, s.options)...) //nolint:gosec // a program of this machine
	// Its temporary files lie in its folder, and no configuration of the user's is found.
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.place.dir, log, log
	cmd.Env = append(os.Environ(), "HOME="+s.place.dir, "TMPDIR="+s.place.dir, "PYTHONUNBUFFERED=1")
	if err := s.guard.run(cmd); err != nil {
		return fmt.Errorf("start %s: %w", s.program.path, err)
	}
	s.process = &process{cmd: cmd, ended: make(chan struct{})}
	go func(p *process) {
		_ = p.cmd.Wait() // how it ended does not matter: it is killed, or its log says why
		close(p.ended)
	}(s.process)
	if err := s.ready(ctx); err != nil {
		return errors.Join(fmt.Errorf("start %s: %w: %s", s.program.path, err, s.logTail()), s.kill())
	}
	return nil
}

// ready waits until this very process listens, which its log tells and a connection to its port would not, and is a primary.
func (s *Server) ready(ctx context.Context) error {
	poll := time.NewTicker(pollTime)
	defer poll.Stop()
	for {
		text, err := os.ReadFile(s.logFile())
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if bytes.Contains(bytes.ToLower(text), []byte(s.program.ready)) {
			break
		}
		select {
		case <-poll.C:
		case <-s.process.ended:
			return errExited
		case <-ctx.Done():
			return fmt.Errorf("wait until it listens: %w", ctx.Err())
		}
	}
	if s.program.set != "" && !s.options.Standalone {
		if err := s.initiate(ctx); err != nil {
			return err
		}
	}
	return withClient(ctx, withOption(s.URI(), "serverSelectionTimeoutMS", fmt.Sprint(startTime.Milliseconds())), func(client *mongo.Client) error {
		if err := client.Ping(ctx, readpref.Primary()); err != nil {
			return fmt.Errorf("wait for a primary: %w", err)
		}
		return nil
	})
}

// alreadyInitialized is MongoDB's code for a set that was made before, and whose data are not yet read.
const alreadyInitialized = 23

// initiate makes the server a replica set of one, unless its data say that it is.
func (s *Server) initiate(ctx context.Context) error {
	config := bson.D{
		{Key: "_id", Value: s.program.set},
		{Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: s.Address()}}}},
	}
	return withClient(ctx, withOption(s.URI(), "directConnection", "true"), func(client *mongo.Client) error {
		admin := client.Database("admin")
		hello, err := admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Raw()
		if err != nil {
			return fmt.Errorf("greet the server: %w", err)
		}
		if _, err := hello.LookupErr("setName"); err == nil {
			return nil
		}
		err = admin.RunCommand(ctx, bson.D{{Key: "replSetInitiate", Value: config}}).Err()
		var refused mongo.CommandError
		if err == nil || errors.As(err, &refused) && refused.HasErrorCode(alreadyInitialized) {
			return nil
		}
		return fmt.Errorf("make it a replica set: %w", err)
	})
}

func (s *Server) kill() error {
	if s.process == nil {
		return nil
	}
	if err := s.process.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the server: %w", err)
	}
	<-s.process.ended
	s.process = nil
	return s.guard.forget()
}

// end kills the server and takes its files away.
func (s *Server) end() error { return errors.Join(s.kill(), s.guard.end()) }

func (s *Server) logFile() string { return filepath.Join(s.place.dir, "log") }

func (s *Server) logTail() []byte {
	text, err := os.ReadFile(s.logFile())
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(text[max(0, len(text)-tailBytes):])
}
