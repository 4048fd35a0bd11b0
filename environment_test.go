package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

func TestAVariableThatIsNoneIsRefused(t *testing.T) {
	for name, nearest := range map[string]string{
		"CONTACTPANEL_ODIC_ISSUER":    "CONTACTPANEL_OIDC_ISSUER",
		"CONTACTPANEL_LIMTI_COST":     "CONTACTPANEL_LIMIT_COST",
		"CONTACTPANEL_OIDC_ROLEADMIN": "CONTACTPANEL_OIDC_ROLE_ADMIN",
		"CONTACTPANEL_LISTEN_ON":      "CONTACTPANEL_LISTEN",
		"CONTACTPANEL_STORES":         "CONTACTPANEL_STORE",
	} {
		for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"token", "--agent", "Ada"}} {
			t.Run(name+" "+args[0], func(t *testing.T) {
				t.Setenv(name, "")
				data := t.TempDir()
				var out, errOut bytes.Buffer
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a gateway that runs nevertheless
				defer cancel()
				status := run(ctx, append(args, "--data", data), &out, &errOut)
				want := "there is no variable " + name + "; the nearest is " + nearest + "."
				if status != exitUsage || !strings.Contains(errOut.String(), want) {
					t.Errorf("status %d: %s; want %d and %q", status, &errOut, exitUsage, want)
				}
				if files, err := os.ReadDir(data); err != nil || len(files) > 0 {
					t.Errorf("something was made before: %v %v", files, err)
				}
			})
		}
	}
}

func TestVariablesOfOrchestratorsAreLeftAlone(t *testing.T) {
	for _, name := range []string{
		"CONTACTPANEL_PORT", "CONTACTPANEL_PORT_8080_TCP", "CONTACTPANEL_PORT_8080_TCP_ADDR", "CONTACTPANEL_PORT_8080_TCP_PORT",
		"CONTACTPANEL_PORT_8080_TCP_PROTO", "CONTACTPANEL_SERVICE_HOST", "CONTACTPANEL_SERVICE_PORT", "CONTACTPANEL_SERVICE_PORT_HTTP",
		"CONTACTPANEL_MONGO_SERVICE_HOST", "CONTACTPANEL_MONGO_PORT_27017_TCP", "CONTACTPANEL_NAME", "CONTACTPANEL_ENV_PATH",
		"CONTACTPANELS", "contactpanel_store",
	} {
		t.Setenv(name, "tcp://10.0.0.1:8080")
	}
	if _, status := command(t, "token", "--agent", "Ada", "--data", t.TempDir()); status != exitFine {
		t.Errorf("status %d", status)
	}
}
