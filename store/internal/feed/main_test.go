package feed_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// letPass lets time pass in the bubble of [testing/synctest] that the test runs in, whose clock costs no time. Outside it, nothing
// here may wait for a clock.
func letPass(d time.Duration) { time.Sleep(d) }
