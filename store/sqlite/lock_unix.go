//go:build unix

package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// isAlive reports whether a process of the number exists.
func isAlive(pid int) bool {
	if pid <= 0 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, syscall.EPERM)
}
