//go:build unix

package mongotest_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"contactpanel/store/mongo/mongotest"
)

// holdVariable makes this binary start servers, say where, and wait for its end.
const holdVariable = "CONTACTPANEL_MONGOTEST_HOLD"

func TestBinaryThatIsEndedLeavesNothing(t *testing.T) {
	if os.Getenv(holdVariable) != "" {
		hold(t)
		return
	}
	self := t.Name()
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run("by "+signal.String(), func(t *testing.T) {
			cmd := again(t, self, append(os.Environ(), holdVariable+"=yes", mongotest.URIVariable+"=")...)
			temp := t.TempDir()
			cmd.Env = append(cmd.Env, "TMPDIR="+temp)
			cmd.Dir = "" // here, where the server is found
			addresses := startHolding(t, cmd)
			must(t, cmd.Process.Signal(signal))
			cmd.Wait()
			within := time.Now().Add(patience)
			for _, address := range addresses {
				waitUntil(t, within, address+" refuses connections", func() bool {
					conn, err := net.DialTimeout("tcp", address, time.Second)
					if err == nil {
						conn.Close()
					}
					return err != nil
				})
			}
			waitUntil(t, within, "the folder of temporary files is empty", func() bool {
				left, err := os.ReadDir(temp)
				return err == nil && len(left) == 0
			})
		})
	}
}

func hold(t *testing.T) {
	t.Helper()
	shared := mongotest.Database(t)
	shared, _, _ = strings.Cut(strings.TrimPrefix(shared, "mongodb://"), "/")
	killed, frozen := mongotest.Own(t, mongotest.Options{}), mongotest.Own(t, mongotest.Options{})
	killed.Kill(t)
	frozen.Freeze(t)
	fmt.Println("\nholding", shared, frozen.Address())
	select {}
}

// startHolding returns where the servers of the binary listen.
func startHolding(t *testing.T, cmd *exec.Cmd) []string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if addresses, ok := strings.CutPrefix(lines.Text(), "holding "); ok {
			return strings.Fields(addresses)
		}
	}
	t.Fatalf("the binary started no servers: %v", cmd.Wait())
	return nil
}

func waitUntil(t *testing.T, deadline time.Time, what string, holds func() bool) {
	t.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("it never came to this: %s", what)
		}
		<-poll.C
	}
}
