//go:build !unix

package mongotest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// guard takes the server's folder away. Without Unix's process groups a test binary that is killed leaves its server.
type guard struct{ dir string }

func newGuard(dir string) (*guard, error) { return &guard{dir: dir}, nil }

func (*guard) run(cmd *exec.Cmd) error { return cmd.Start() }

func (*guard) forget() error { return nil }

func (g *guard) end() error {
	if err := os.RemoveAll(g.dir); err != nil {
		return fmt.Errorf("take the server's folder away: %w", err)
	}
	return nil
}

func freeze(*os.Process) error { return errors.ErrUnsupported }

func thaw(*os.Process) error { return errors.ErrUnsupported }
