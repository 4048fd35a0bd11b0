//go:build !unix

package mongotest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// guard takes the server's folder away. Without Unix's process groups a test binary that is killed leaves its server.
type guard struct{ dir string }

func newGuard(dir string) (*guard, error) { return &guard{dir: dir}, nil }

func (*guard) run(cmd *exec.Cmd) error { return cmd.Start() }

func (*guard) forget() error { return nil }

// end tries for a while: such systems keep the files of a process open for a moment longer than the process.
func (g *guard) end() error {
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if err = os.RemoveAll(g.dir); err == nil {
			return nil
		}
	}
	return fmt.Errorf("take the server's folder away: %w", err)
}

func freeze(*os.Process) error { return errors.ErrUnsupported }

func thaw(*os.Process) error { return errors.ErrUnsupported }
