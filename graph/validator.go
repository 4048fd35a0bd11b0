package graph

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// maxDirectiveErrors is how many mistakes with directives are told: fewer than of others, as there may be one in every place.
const maxDirectiveErrors = 5

// validator checks documents against the schema by the rules of the specification. It stops when it has found as many
// mistakes as are told: a document of a few kilobytes can make thousands. Fields that overlap it compares last. Safe for concurrent use.
type validator struct {
	schema *ast.Schema
	rules  []core.Rule
	most   int
}

func newValidator(schema *ast.Schema, most int) *validator {
	v := &validator{schema: schema, most: most}
	for name, rule := range rulesWithoutSuggestions().GetInner() {
		v.rules = append(v.rules, core.Rule{Name: name, RuleFunc: rule})
	}
	slices.SortFunc(v.rules, func(a, b core.Rule) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return v
}

// enough ends the walk of a document.
type enough struct{}

// check lists the mistakes of a document, at most as many as are told.
func (v *validator) check(doc *ast.QueryDocument) gqlerror.List {
	if errs := v.checkRules(doc); len(errs) > 0 {
		return errs
	}
	return findOverlaps(doc, v.most) // which follows fragments and definitions: they are all there now
}

// checkRules goes by all rules but that of overlaps.
func (v *validator) checkRules(doc *ast.QueryDocument) (errs gqlerror.List) {
	defer func() {
		if what := recover(); what != nil {
			if _, ok := what.(enough); !ok {
				panic(what)
			}
		}
	}()
	ofDirectives := 0
	var events core.Events
	for _, rule := range v.rules {
		rule.RuleFunc(&events, func(options ...core.ErrorOption) {
			err := &gqlerror.Error{Rule: rule.Name}
			for _, o := range options {
				o(err)
			}
			errs = append(errs, err)
			if rule.Name == rules.KnownDirectivesRule.Name || rule.Name == rules.UniqueDirectivesPerLocationRule.Name {
				ofDirectives++
			}
			if len(errs) >= v.most || ofDirectives >= maxDirectiveErrors {
				panic(enough{})
			}
		})
	}
	core.Walk(v.schema, doc, &events)
	return errs
}

// rulesWithoutSuggestions are the rules of the specification; none of them answers "Did you mean …", which would tell the
// schema to those who may not ask for it.
func rulesWithoutSuggestions() *rules.Rules {
	set := rules.NewDefaultRules()
	set.RemoveRule(rules.OverlappingFieldsCanBeMergedRule.Name) // findOverlaps is in its place
	for suggesting, silent := range map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		set.RemoveRule(suggesting)
		set.AddRule(silent.Name, silent.RuleFunc)
	}
	set.AddRule("ValuesOfCorrectTypeCustomScalars", textsForCustomScalars)
	set.AddRule("NumbersForFloats", numbersForFloats) // by its name before ValuesOfCorrectType
	return set
}
