// Command gen makes the Go code of schema.graphqls, for `make gen`. It runs gqlgen and then takes out of its output what
// this API never does and yet every object of every answer would pay for:
//
//   - the book-keeping of @defer, which the door refuses, and of members that are waited for: per object some allocations,
//     two maps and the path of the field;
//   - a goroutine for each item of a list whose items only read memory;
//   - a buffer that a subscription keeps for its life, as large as its largest answer, and buffers without bounds;
//   - the machinery of a resolver for a scalar that is a member of the object: it cannot fail, so that no path, no context
//     and no recovery are needed for it.
//
// A change of gqlgen's templates that it does not recognise is a failure, not a slower program.
package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
	"golang.org/x/tools/imports"
)

// listCall begins the encoding of a list.
const listCall = "graphql.MarshalSliceConcurrently(ctx, len(v), 0, false, "

// keptBuffer begins the answers of a subscription; lentBuffer does without a buffer that stays.
const (
	keptBuffer = "next := ec._Subscription(ctx, opCtx.Operation.SelectionSet)\n\n\t\tvar buf bytes.Buffer\n\t\treturn func(ctx context.Context) *graphql.Response {\n\t\t\tbuf.Reset()\n"
	lentBuffer = "next := ec._Subscription(ctx, opCtx.Operation.SelectionSet)\n\n\t\treturn func(ctx context.Context) *graphql.Response {\n\t\t\tvar buf bytes.Buffer\n"
)

// A buffer of an answer, and what is written into it: three times, for queries, mutations and subscriptions.
const (
	openBuffer, roomyBuffer = "var buf bytes.Buffer\n", "buf := inturn.NewBuffer(ctx)\n"
	intoOpen, intoRoomy     = "data.MarshalGQL(&buf)", "data.MarshalGQL(buf)"
	answers                 = 3
)

// asking are the types whose fields ask the store: lists of them are encoded concurrently.
var asking = []string{"Contact", "ContactEdge", "Node"} //nolint:gochecknoglobals // a table, never written

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate() error {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return fmt.Errorf("read gqlgen.yml: %w", err)
	}
	if err := api.Generate(cfg); err != nil {
		return fmt.Errorf("run gqlgen: %w", err)
	}
	source, err := os.ReadFile(cfg.Exec.Filename)
	if err != nil {
		return fmt.Errorf("read what gqlgen made: %w", err)
	}
	lean, err := slim(string(source))
	if err != nil {
		return err
	}
	formatted, err := imports.Process(cfg.Exec.Filename, []byte(lean), nil)
	if err != nil {
		return fmt.Errorf("format: %w", err)
	}
	return os.WriteFile(cfg.Exec.Filename, formatted, 0o644) //nolint:gosec // source code is for all to read
}

var (
	function   = regexp.MustCompile(`(?m)^func `)
	deferStart = regexp.MustCompile(`\tdeferredFieldSet := graphql\.NewFieldSet\(nil\)\n\tdeferLabelToView := make\(map\[string\]\*graphql\.FieldSetView\)\n`)
	deferEnd   = regexp.MustCompile(`\tatomic\.AddInt32\(&ec\.Deferred, [^\n]+\n\n\tec\.ProcessDeferredGroup\(graphql\.DeferredGroup\{[^}]*\}\)\n`)
	listName   = regexp.MustCompile(`^\(ec \*executionContext\) marshal[NO](\w+?)2\x{1695}`)
	scalars    = regexp.MustCompile(`(?m)^func \(ec \*executionContext\) fieldContext(_\w+)\([^\n]*\n\treturn graphql\.NewScalarFieldContext\(`)
	member     = regexp.MustCompile(`(?s)\n\treturn graphql\.ResolveField\(\n.*\n\t\t\treturn (obj\.[\w.]+(?:\(\))?), nil\n\t\t\},\n\t\tnil,\n` +
		`[^\n]*\n\t\t\treturn (ec\.marshal\S+)\(ctx, selections, v\)\n\t\t\},\n.*?\n\t\)\n\}`)
	methodName = regexp.MustCompile(`^\(ec \*executionContext\) (_\w+)\(`)
)

// slim rewrites the generated source function by function.
func slim(source string) (string, error) {
	places := function.FindAllStringIndex(source, -1)
	var out strings.Builder
	out.WriteString(source[:places[0][0]])
	isScalar := map[string]bool{}
	for _, m := range scalars.FindAllStringSubmatch(source, -1) {
		isScalar[m[1]] = true
	}
	objects, lists, members := 0, 0, 0
	for i, place := range places {
		end := len(source)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		text := source[place[1]:end]
		if deferStart.MatchString(text) {
			objects++
			text = withoutDefer(text)
		}
		if name := listName.FindStringSubmatch(text); len(name) == 2 && strings.Contains(text, listCall) && !slices.Contains(asking, name[1]) {
			lists++
			text = strings.ReplaceAll(text, listCall, "inturn.MarshalSlice(ctx, len(v), ")
		}
		if name := methodName.FindStringSubmatch(text); len(name) == 2 && isScalar[name[1]] && member.MatchString(text) {
			members++
			text = member.ReplaceAllString(text, "\n\treturn $2(ctx, field.Selections, $1)\n}")
		}
		out.WriteString("func " + text)
	}
	if objects == 0 || lists == 0 || members == 0 || strings.Count(source, "ProcessDeferredGroup(") != objects {
		return "", fmt.Errorf("gqlgen writes otherwise than it did: %d objects, %d lists and %d members were recognised", objects, lists, members)
	}
	lean := strings.Replace(out.String(), keptBuffer, lentBuffer, 1)
	if lean == out.String() {
		return "", errors.New("gqlgen writes otherwise than it did: the buffer of subscriptions was not recognised")
	}
	if strings.Count(lean, openBuffer) != answers || strings.Count(lean, intoOpen) != answers {
		return "", errors.New("gqlgen writes otherwise than it did: the buffers of answers were not recognised")
	}
	lean = strings.NewReplacer(openBuffer, roomyBuffer, intoOpen, intoRoomy).Replace(lean)
	return strings.Replace(lean, `"contactpanel/graph/internal/scalar"`,
		"\"contactpanel/graph/internal/inturn\"\n\t\"contactpanel/graph/internal/scalar\"", 1), nil
}

// withoutDefer takes the book-keeping out of an object; where a field could be deferred, that of @defer is kept for the case
// that one is.
func withoutDefer(text string) string {
	if strings.Contains(text, "field.Deferrable") {
		return deferEnd.ReplaceAllStringFunc(text, func(end string) string {
			return "\tif len(deferLabelToView) > 0 {\n" + end + "\t}\n"
		})
	}
	text = deferEnd.ReplaceAllString(deferStart.ReplaceAllString(text, ""), "")
	if strings.Contains(text, "out.Concurrently(") {
		return text
	}
	text = strings.Replace(text, "graphql.NewFieldSet(fields)", "inturn.NewObject(fields)", 1)
	return strings.Replace(text, "\tout.Dispatch(ctx)\n", "", 1)
}
