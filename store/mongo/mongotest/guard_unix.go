//go:build unix

package mongotest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// guard is a process that outlives the tests by a moment: once its standard input ends, and so however they end, it kills
// the server and takes its folder away. It is the way out in every case, so every run of the tests tries it.
type guard struct {
	cmd   *exec.Cmd
	input io.WriteCloser
}

// watch reads which process group runs now, an empty line for none. A server that was killed an instant ago may still be
// making a file, so the folder is tried again.
const watch = `trap '' INT TERM HUP
group=
while read -r line; do group=$line; done
[ -z "$group" ] || kill -s KILL -- "-$group" 2>/dev/null
tries=0
until rm -rf -- "$1" 2>/dev/null; do
	tries=$((tries + 1))
	[ "$tries" -le 100 ] || exit 1
	sleep 0.1
done`

// hold becomes the server once it is told to: so the guard knows of each server before there is one.
const hold = `read -r go && exec "$@" </dev/null`

func newGuard(dir string) (*guard, error) {
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", watch, "guard", dir) //nolint:gosec // a folder of ours
	cmd.Dir = filepath.Dir(dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the tests
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make the guard's pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the guard: %w", err)
	}
	return &guard{cmd: cmd, input: input}, nil
}

// run starts the server's command.
func (g *guard) run(cmd *exec.Cmd) error {
	cmd.Args = append([]string{"/bin/sh", "-c", hold, "server", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	gate, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("make the server's pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := g.tell(strconv.Itoa(cmd.Process.Pid)); err != nil {
		gate.Close() //nolint:errcheck // it ends without having been a server
		return fmt.Errorf("%w (%w)", err, cmd.Wait())
	}
	if _, err := io.WriteString(gate, "go\n"); err != nil {
		return fmt.Errorf("let the server go: %w", err)
	}
	return gate.Close()
}

// forget says that the server is gone: its number may soon be another process's.
func (g *guard) forget() error { return g.tell("") }

func (g *guard) tell(line string) error {
	if _, err := io.WriteString(g.input, line+"\n"); err != nil {
		return fmt.Errorf("tell the guard: %w", err)
	}
	return nil
}

// end returns when the folder is gone.
func (g *guard) end() error {
	if err := g.input.Close(); err != nil {
		return fmt.Errorf("let the guard go: %w", err)
	}
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("take the server's folder away: %w", err)
	}
	return nil
}

// freeze returns once every thread stands still: the signal alone would let one finish its answer.
func freeze(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		var status syscall.WaitStatus
		switch _, err := syscall.Wait4(p.Pid, &status, syscall.WUNTRACED, nil); {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return fmt.Errorf("wait until the server stands still: %w", err)
		case !status.Stopped():
			return errExited
		default:
			return nil
		}
	}
}

func thaw(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
