//go:build !unix

package sqlite

// isAlive reports whether a process of the number may exist. Where the kernel's lock keeps readers out of the file there is
// no announcement to judge.
func isAlive(pid int) bool { return pid > 0 }
