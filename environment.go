package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/alecthomas/kong"
)

// variablePrefix begins the names of all variables of the program.
const variablePrefix = "CONTACTPANEL_"

// foreign are the variables that Kubernetes and Docker make of services and links that are called contactpanel, or something
// that begins with it: they are not the operator's, and none of ours is called like them.
var foreign = regexp.MustCompile(`^CONTACTPANEL(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$|^CONTACTPANEL_(NAME|ENV_.*)$`)

// checkEnvironment refuses a variable that begins like ours and is none: with one letter wrong in the issuer's, a gateway would
// become one for development.
func checkEnvironment(model *kong.Application, environment []string) error {
	known, err := variables(model)
	if err != nil {
		return err
	}
	for _, setting := range environment {
		name, _, _ := strings.Cut(setting, "=")
		if !strings.HasPrefix(name, variablePrefix) || slices.Contains(known, name) || foreign.MatchString(name) {
			continue
		}
		nearest := slices.MinFunc(known, func(a, b string) int {
			return levenshtein.ComputeDistance(name, a) - levenshtein.ComputeDistance(name, b)
		})
		return fmt.Errorf("there is no variable %s; the nearest is %s. Nothing was started: unset it, or correct its name", name, nearest)
	}
	return nil
}

// variables are the names of all variables of all commands.
func variables(model *kong.Application) ([]string, error) {
	var names []string
	err := kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			names = append(names, flag.Envs...)
		}
		return next(nil)
	})
	return names, err
}
