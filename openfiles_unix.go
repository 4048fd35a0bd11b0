//go:build unix

package main

import (
	"math"
	"syscall"
)

// openFiles is how many descriptors the operating system lets this process have, 0 when it does not say.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), math.MaxInt32)) // whose type is another one on some systems
}
