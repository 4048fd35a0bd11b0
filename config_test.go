package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestHelpShowsSettingsOfSignInWhereTheyAreUsed(t *testing.T) {
	for command, want := range map[string]bool{"serve": true, "token": false, "schema": false, "export": false} {
		var out bytes.Buffer
		if status := run(t.Context(), []string{command, "--help"}, &out, &out); status != exitFine {
			t.Fatalf("%s --help: status %d: %s", command, status, &out)
		}
		if got := strings.Contains(out.String(), "--oidc-"); got != want {
			t.Errorf("%s --help shows settings of sign-in: %t, want %t", command, got, want)
		}
	}
}

func TestHelpGroupsLimitsAsTheirDocumentDoes(t *testing.T) {
	var out bytes.Buffer
	run(t.Context(), []string{"serve", "--help"}, &out, &out)
	groups, last := []string{
		"\nLimits of requests", "--limit-header-fields=", "\nLimits of answers", "--limit-answer=", "\nLimits of memory", "--limit-cached-documents=",
		"\nLimits of sockets and streams", "--limit-message=", "\nLimits of rates", "--limit-agent-rate=",
	}, 0
	for _, text := range groups {
		at := strings.Index(out.String(), text)
		if at < last {
			t.Errorf("%q is not behind what stands before it", text)
		}
		last = at
	}
}
