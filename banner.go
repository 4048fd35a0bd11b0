package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/demo"
)

// banner prints where the gateway answers and, with the demo, who can sign in, ready to paste.
func banner(out io.Writer, url string, hasDemo bool, issuer *auth.DevelopmentIssuer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "The contact panel gateway is ready.\n\n")
	fmt.Fprintf(&b, "  GraphQL     %s/graphql\n", url)
	fmt.Fprintf(&b, "  Playground  %s/playground/\n", url)
	fmt.Fprintf(&b, "  Schema      %s/schema.graphql\n\n", url)
	if !hasDemo {
		fmt.Fprintf(&b, "Sign in with a header of: contactpanel token --agent NAME --org NAME\n")
		_, err := io.WriteString(out, b.String())
		return err
	}
	fmt.Fprintf(&b, "Sign in to the organisation %q with one of these headers (they hold for 12 hours):\n", demo.Org)
	for _, agent := range demo.Agents() {
		if err := invite(&b, issuer, agent.Name, contact.RoleAgent); err != nil {
			return err
		}
	}
	if err := invite(&b, issuer, demo.Admin().Name, contact.RoleAdmin); err != nil {
		return err
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// issuerBanner prints where the gateway answers and who signs in.
func issuerBanner(out io.Writer, url, issuer string, hasPlayground bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "The contact panel gateway is ready.\n\n  GraphQL     %s/graphql\n", url)
	if hasPlayground {
		fmt.Fprintf(&b, "  Playground  %s/playground/\n", url)
	}
	fmt.Fprintf(&b, "  Issuer      %s\n", issuer)
	_, err := io.WriteString(out, b.String())
	return err
}

// waitingBanner prints where the gateway answers while its store or its issuer does not.
func waitingBanner(out io.Writer, url string, why error) error {
	_, err := fmt.Fprintf(out, "The contact panel gateway is not ready: %s.\n\n  GraphQL     %s/graphql\n  Readiness   %s/readyz\n", reason(why), url, url)
	return err
}

func invite(b *strings.Builder, issuer *auth.DevelopmentIssuer, name string, role contact.Role) error {
	token, err := issuer.Issue(auth.TokenRequest{Agent: name, Org: string(demo.Org), Role: role}, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n  %s (%s)\n  Authorization: Bearer %s\n", name, strings.ToLower(string(role)), token)
	return nil
}
