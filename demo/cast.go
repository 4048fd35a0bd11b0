package demo

import "contactpanel/contact"

// Agents are the two agents of the demo for whom a visitor gets tokens. The id of each is the name, as in the tokens of the
// development issuer, so that what they wrote in the demo is theirs.
func Agents() []contact.Agent { return []contact.Agent{named("Anna Schneider"), named("Ben Carter")} }

// Admin is the administrator of the demo. The id is the name.
func Admin() contact.Agent { return named("Clara Hoffmann") }

func named(name string) contact.Agent { return contact.Agent{ID: contact.ID(name), Name: name} }

// cast is everybody who writes in the demo.
type cast struct {
	anna, ben, deniz, emma, clara contact.Actor // people
	importer, channel, shop, crm  contact.Actor // machines
}

func company() cast {
	agents := Agents()
	return cast{
		anna:  actor(agents[0], contact.OriginAgent, contact.RoleAgent),
		ben:   actor(agents[1], contact.OriginAgent, contact.RoleAgent),
		deniz: actor(named("Deniz Yılmaz"), contact.OriginAgent, contact.RoleAgent),
		emma:  actor(named("Emma Lindqvist"), contact.OriginAgent, contact.RoleAgent),
		clara: actor(Admin(), contact.OriginAgent, contact.RoleAdmin),

		importer: actor(named("import"), contact.OriginAPI, contact.RoleIntegration),
		channel:  actor(named("channel"), contact.OriginChannel, contact.RoleIntegration),
		shop:     actor(named("shop"), contact.OriginAPI, contact.RoleIntegration),
		// The connection of a CRM defines what it manages, which takes an administrator.
		crm: actor(named("crm"), contact.OriginCRM, contact.RoleIntegration, contact.RoleAdmin),
	}
}

func actor(agent contact.Agent, origin contact.Origin, roles ...contact.Role) contact.Actor {
	return contact.Actor{Agent: agent, Org: Org, Roles: roles, Origin: origin}
}

// author is somebody who writes in the language; now and then it is another one, as in any team.
func (c cast) author(p *person) contact.Actor {
	switch {
	case p.chance(5):
		return c.clara
	case p.tongue.isGerman == !p.chance(12):
		return pick(p.dice, []contact.Actor{c.anna, c.anna, c.deniz})
	default:
		return pick(p.dice, []contact.Actor{c.ben, c.ben, c.emma})
	}
}
