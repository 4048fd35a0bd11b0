package mongotest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// SecantusVariable names the program of SecantusDB where it does not lie in .venv/secantus at the top of the repository.
const SecantusVariable = "CONTACTPANEL_SECANTUS"

// errNone is the one line that somebody reads whose machine has no server.
var errNone = errors.New("no MongoDB to test against: run `make test`, which installs one, or set " + URIVariable)

// without ends a test for want of a server.
func without(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, errNone) && os.Getenv("CI") != "true" {
		tb.Skipf("left out: %v", err)
	}
	tb.Fatal(err)
}

// program is a server that can be started.
type program struct {
	path string
	// ready is what its log says, in lower case, once it listens on its port.
	ready string
	// set is the replica set that it has to be told to become; empty where it is one by itself.
	set  string
	args func(at place, o Options) []string
}

// place is where a server listens and keeps its files.
type place struct {
	dir  string // of the server alone, taken away at its end
	data string // the data folder, or inMemory
	port int
}

// inMemory is the data folder of a server that is never started again.
const inMemory = ":memory:"

// findProgram returns the server that this machine has, or errNone.
func findProgram() (program, error) {
	if path, err := exec.LookPath("mongod"); err == nil {
		return program{path: path, ready: "waiting for connections", set: "contactpanel", args: mongodArgs}, nil
	}
	secantus := program{ready: "listening on 127.0.0.1:", args: secantusArgs}
	if secantus.path = os.Getenv(SecantusVariable); secantus.path != "" {
		if _, err := exec.LookPath(secantus.path); err != nil {
			return program{}, fmt.Errorf("find the program that %s names: %w", SecantusVariable, err)
		}
		return secantus, nil
	}
	for _, name := range []string{"bin/secantusd-py", "Scripts/secantusd-py.exe"} {
		if path, err := findAbove(filepath.Join(".venv", "secantus", filepath.FromSlash(name))); err == nil {
			secantus.path = path
			return secantus, nil
		}
	}
	return program{}, errNone
}

// findAbove looks for the file in the working folder, which is the package's own while it is tested, and those above it.
func findAbove(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working folder: %w", err)
	}
	for {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", errNone
		}
		dir = above
	}
}

func secantusArgs(at place, o Options) []string {
	args := []string{"--host", "127.0.0.1", "--port", strconv.Itoa(at.port), "--storage-path", at.data, "--enable-test-commands"}
	if at.data != inMemory {
		args = append(args, "--sync-on-commit") // else a SIGKILL takes what was acknowledged
	}
	if o.Standalone {
		args = append(args, "--standalone")
	}
	if o.secured {
		args = append(args, "--auth")
	}
	if o.TLS {
		args = append(args, "--tls-cert-file", certificateFile(at.dir), "--tls-key-file", keyFile(at.dir))
	}
	return args
}

func mongodArgs(at place, o Options) []string {
	data := at.data
	if data == inMemory {
		data = filepath.Join(at.dir, "data")
	}
	// A quarter of a GiB of cache is the least it takes: several servers share a machine.
	args := []string{
		"--bind_ip", "127.0.0.1", "--port", strconv.Itoa(at.port), "--dbpath", data,
		"--wiredTigerCacheSizeGB", "0.25", "--setParameter", "enableTestCommands=1",
	}
	if runtime.GOOS != "windows" {
		args = append(args, "--nounixsocket")
	}
	if !o.Standalone {
		args = append(args, "--replSet", "contactpanel")
	}
	if o.secured {
		args = append(args, "--auth")
		if !o.Standalone {
			args = append(args, "--keyFile", memberKeyFile(at.dir))
		}
	}
	if o.TLS {
		args = append(args, "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", bothFile(at.dir),
			"--tlsCAFile", certificateFile(at.dir), "--tlsAllowConnectionsWithoutCertificates")
	}
	return args
}
