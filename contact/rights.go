package contact

import (
	"slices"
	"strings"
)

// Rights say whose roles may read and edit the values of a definition. Naming readers closes the values to every other
// role, in lists, searches, events, exports and texts of errors alike: for who may not read them they do not exist. Naming
// editors closes editing. Who may edit may read.
type Rights struct {
	Readers []Role // none: everybody
	Editors []Role // none: everybody who may read
}

// mayRead reports whether the actor may read the values.
func (r *Rights) mayRead(actor Actor) bool {
	return len(r.Readers) == 0 || actor.isAny(r.Readers) || actor.isAny(r.Editors)
}

// mayEdit reports whether the actor may change the values, as far as roles go.
func (r *Rights) mayEdit(actor Actor) bool {
	return r.mayRead(actor) && (len(r.Editors) == 0 || actor.isAny(r.Editors))
}

// roleList names roles as the schema does, with a text between them.
func roleList(roles []Role, between string) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	return strings.Join(names, between)
}

// cleanRoles returns the roles in the order of the schema, nil for none.
func cleanRoles(field string, roles []Role) ([]Role, error) {
	known := slices.DeleteFunc(Roles(), func(r Role) bool { return !slices.Contains(roles, r) })
	if len(known) != len(roles) {
		return nil, invalid(field, say("AGENT, ADMIN and INTEGRATION, each once at most"), "names a role twice, or one that there is not")
	}
	if len(known) == 0 {
		return nil, nil
	}
	return known, nil
}

// setRights sets what is given.
func (r *Rights) setRights(readers, editors *[]Role) (err error) {
	if readers != nil {
		if r.Readers, err = cleanRoles("readers", *readers); err != nil {
			return err
		}
	}
	if editors != nil {
		r.Editors, err = cleanRoles("editors", *editors)
	}
	return err
}

// readable returns the definition with the key, nil when there is none whose values the actor may read.
func (s *definitionSet) readable(key string, actor Actor) *Definition {
	if def := s.byKey[key]; def != nil && def.mayRead(actor) {
		return def
	}
	return nil
}

// hiddenFrom returns the keys of the definitions by whose values contacts are found, and whose values the actor may not read.
func (s *definitionSet) hiddenFrom(actor Actor) []string {
	var keys []string
	for _, def := range s.ordered {
		if isSearched(def.Key, def.ValueType) && !def.mayRead(actor) {
			keys = append(keys, def.Key)
		}
	}
	return keys
}
