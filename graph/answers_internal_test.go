package graph

import (
	"reflect"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"contactpanel/graph/internal/gql"
)

// TestSharedAnswersDependOnNobody holds every type below a shared subscription to what sharing needs: no resolver, which
// could look at who asks, and no argument, which could come from a variable.
func TestSharedAnswersDependOnNobody(t *testing.T) {
	schema := gql.NewExecutableSchema(gql.Config{}).Schema()
	resolvers := reflect.TypeFor[gql.ResolverRoot]()
	for name := range sharedFields {
		field := schema.Subscription.Fields.ForName(name)
		if field == nil {
			t.Errorf("there is no subscription %s", name)
			continue
		}
		seen := map[string]bool{}
		var walk func(of *ast.Definition)
		walk = func(of *ast.Definition) {
			if seen[of.Name] {
				return
			}
			seen[of.Name] = true
			if _, has := resolvers.MethodByName(of.Name); has {
				t.Errorf("%s leads to %s, which has resolvers: its answers may differ between viewers", name, of.Name)
			}
			if of.IsAbstractType() {
				for _, member := range schema.GetPossibleTypes(of) {
					walk(member)
				}
			}
			for _, f := range of.Fields {
				if len(f.Arguments) > 0 {
					t.Errorf("%s leads to %s.%s, which takes arguments", name, of.Name, f.Name)
				}
				walk(schema.Types[f.Type.Name()])
			}
		}
		walk(schema.Types[field.Type.Name()])
		if len(seen) < 8 {
			t.Errorf("%s leads to %d types only: %v", name, len(seen), seen)
		}
	}
}
