package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

// oidcConfig says whose tokens are accepted and how to read them. Without an issuer it is the development's.
type oidcConfig struct {
	// Nil: not set. One that is set to nothing is a mistake, which must not turn a gateway into one for development.
	Issuer          *string  `placeholder:"URL" env:"CONTACTPANEL_OIDC_ISSUER" help:"OpenID provider whose access tokens are accepted, as it stands in their claim iss. Without it the gateway is one for development."`
	Audience        filled   `placeholder:"NAME" env:"CONTACTPANEL_OIDC_AUDIENCE" help:"What tokens must be meant for: their claim aud. Required with --oidc-issuer."`
	Org             filled   `placeholder:"NAME" env:"CONTACTPANEL_OIDC_ORG" help:"Organisation of everybody, for an issuer that serves just one; it is made when it does not exist yet."`
	ClaimOrg        filled   `placeholder:"CLAIM" env:"CONTACTPANEL_OIDC_CLAIM_ORG" help:"Claim of the organisation: a name, or a path such as realm_access.roles. Default: org."`
	ClaimRoles      filled   `placeholder:"CLAIM" env:"CONTACTPANEL_OIDC_CLAIM_ROLES" help:"Claim of the roles, a list. Default: roles."`
	ClaimTeams      filled   `placeholder:"CLAIM" env:"CONTACTPANEL_OIDC_CLAIM_TEAMS" help:"Claim of the teams, a list; it may be missing. Default: teams."`
	ClaimName       filled   `placeholder:"CLAIM" env:"CONTACTPANEL_OIDC_CLAIM_NAME" help:"Claim of the name to show; without it the subject is shown. Default: name."`
	RoleAgent       []filled `placeholder:"NAME" sep:"none" env:"CONTACTPANEL_OIDC_ROLE_AGENT" help:"What the issuer calls the role AGENT. Repeatable; the variable holds one name, commas included. Default: AGENT."`
	RoleAdmin       []filled `placeholder:"NAME" sep:"none" env:"CONTACTPANEL_OIDC_ROLE_ADMIN" help:"What the issuer calls the role ADMIN. Repeatable; the variable holds one name, commas included. Default: ADMIN."`
	RoleIntegration []filled `placeholder:"NAME" sep:"none" env:"CONTACTPANEL_OIDC_ROLE_INTEGRATION" help:"What the issuer calls the role INTEGRATION. Repeatable; the variable holds one name, commas included. Default: INTEGRATION."`
}

// hasMore reports whether anything but the issuer is set.
func (o *oidcConfig) hasMore() bool {
	set := []filled{o.Audience, o.Org, o.ClaimOrg, o.ClaimRoles, o.ClaimTeams, o.ClaimName}
	return slices.ContainsFunc(set, func(s filled) bool { return s != "" }) || len(o.RoleAgent)+len(o.RoleAdmin)+len(o.RoleIntegration) > 0
}

// check refuses settings that contradict each other.
func (o *oidcConfig) check() error {
	switch {
	case o.Issuer == nil && o.hasMore():
		return errors.New("the settings --oidc-… need --oidc-issuer (CONTACTPANEL_OIDC_ISSUER)")
	case o.Issuer == nil:
		return nil
	case *o.Issuer == "":
		return errors.New("--oidc-issuer (CONTACTPANEL_OIDC_ISSUER) is empty; a gateway for development has no such setting at all")
	case o.Audience == "":
		return errors.New("--oidc-issuer needs --oidc-audience (CONTACTPANEL_OIDC_AUDIENCE)")
	case o.Org != "" && o.ClaimOrg != "":
		return errors.New("--oidc-org and --oidc-claim-org cannot be used together")
	default:
		return nil
	}
}

// identity is how people sign in: by the built-in issuer, or by an OpenID provider.
type identity struct {
	guard       *auth.Guard
	development *auth.DevelopmentIssuer // nil unless the gateway is one for development
	issuer      *auth.Issuer            // nil if it is
	name        string                  // of the issuer
}

// open makes what verifies tokens. It asks no issuer yet.
func (o *oidcConfig) open(data string, log *slog.Logger) (*identity, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Issuer == nil {
		development, err := auth.Development(data)
		if err != nil {
			return nil, err
		}
		return &identity{guard: development.Guard(time.Now), development: development}, nil
	}
	issuer, err := auth.NewIssuer(auth.IssuerConfig{URL: *o.Issuer, Log: log})
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer %s: %w", *o.Issuer, err)
	}
	guard, err := auth.New(auth.Config{Issuer: *o.Issuer, Audience: string(o.Audience), Keys: issuer, Claims: auth.Claims{
		Org: string(o.ClaimOrg), Roles: string(o.ClaimRoles), Teams: string(o.ClaimTeams), Name: string(o.ClaimName), OneOrg: string(o.Org),
		RoleNames: map[contact.Role][]string{
			contact.RoleAgent: texts(o.RoleAgent), contact.RoleAdmin: texts(o.RoleAdmin), contact.RoleIntegration: texts(o.RoleIntegration),
		},
	}})
	if err != nil {
		return nil, fmt.Errorf("--oidc-…: %w", err)
	}
	return &identity{guard: guard, issuer: issuer, name: *o.Issuer}, nil
}

func (i *identity) isDevelopment() bool { return i.development != nil }

// ready reports whether tokens can be verified.
func (i *identity) ready() error {
	if i.isDevelopment() {
		return nil
	}
	return i.issuer.Ready()
}

// fetch fetches the keys. That they cannot be had is in the log, and no reason not to start.
func (i *identity) fetch(ctx context.Context) {
	if !i.isDevelopment() {
		i.issuer.Fetch(ctx) //nolint:errcheck // see above
	}
}

// keep has the keys at hand until the context ends.
func (i *identity) keep(ctx context.Context) {
	if !i.isDevelopment() {
		i.issuer.Keep(ctx)
	}
}
