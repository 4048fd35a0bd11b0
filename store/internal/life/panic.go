package life

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrPanicked is in the errors that [Recovered] makes.
var ErrPanicked = errors.New("it panicked")

// Recovered makes a panic the error of the function that defers it, with the stack in its text. It is for what the goroutines of a
// store run on rows: nobody else recovers there, and one row is not to end the process.
func Recovered(err *error) {
	if what := recover(); what != nil {
		*err = fmt.Errorf("%w: %v\n%s", ErrPanicked, what, debug.Stack())
	}
}
