package contact

import (
	"context"
	"sync"
	"unicode/utf8"
)

// MaxOrgLength is the longest name of an organisation, in code points.
const MaxOrgLength = 100

// knownOrganisations remembers which organisations exist, so that admitting a request costs no look at the store.
// Organisations are never removed.
type knownOrganisations struct {
	mu    sync.RWMutex
	names map[OrgID]bool
}

func (k *knownOrganisations) has(org OrgID) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.names[org]
}

func (k *knownOrganisations) add(org OrgID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.names) >= maxCatalogs {
		clear(k.names)
	}
	k.names[org] = true
}

// Admit checks that the actor's organisation exists, and that nobody has shut the actor out. Where organisations may be made at
// first use, it makes a new one with the starting definitions. FORBIDDEN without an organisation, and while it is being
// imported; UNAUTHENTICATED for a deactivated agent. It asks the store of an organisation once in some seconds, however many
// come; a store that does not answer changes nothing for those of the last minutes, and then its error is returned.
func (c *Contacts) Admit(ctx context.Context, actor Actor) error {
	if err := c.admitOrganisation(ctx, actor); err != nil {
		return err
	}
	return c.agents.admit(ctx, actor.Org, actor.ID)
}

// IsShutOut says whether the actor has been deactivated, as far as this process knows: what [Contacts.Admit] last heard from
// the store. It asks nobody and returns at once.
func (c *Contacts) IsShutOut(actor Actor) bool { return c.agents.isShutOut(actor.Org, actor.ID) }

// admitOrganisation looks by reading the definitions, which a panel needs next: an organisation that is whole has had some
// from its beginning.
func (c *Contacts) admitOrganisation(ctx context.Context, actor Actor) error {
	if c.known.has(actor.Org) {
		return nil
	}
	definitions, err := c.store.Definitions(ctx, actor.Org)
	if err != nil && CodeOf(err) != NotFound {
		return err
	}
	if definitions.Version == 0 {
		if !c.provision {
			return keptOut(Errorf(Forbidden, "the organisation is not known here"), ReasonUnknownOrg, actor.Org, actor.ID)
		}
		if err := c.MakeOrganisation(ctx, actor.Org); err != nil {
			return err
		}
	} else {
		c.catalogs.keep(actor.Org, c.newDefinitionSet(definitions), nil)
	}
	c.known.add(actor.Org)
	return nil
}

// MakeOrganisation makes an organisation with the starting definitions; one that exists stays as it is. FORBIDDEN while it
// is being imported. Safe to be called by several processes at once.
func (c *Contacts) MakeOrganisation(ctx context.Context, org OrgID) error {
	if err := checkOrganisationName(org); err != nil {
		return err
	}
	return c.store.Update(ctx, org, func(ctx context.Context, tx Tx) error {
		found, err := tx.Organisation(ctx, org)
		if err == nil && found.CatalogVersion == 0 {
			return beingImported()
		}
		if CodeOf(err) != NotFound {
			return err
		}
		at := moment(c.now())
		if err := tx.PutOrganisation(ctx, Organisation{ID: org, CreatedAt: at}); err != nil {
			return err
		}
		sections, definitions := startingCatalog()
		for _, s := range sections {
			s.ID, s.Version = c.newID(PrefixSection), 1
			if err := tx.PutSection(ctx, org, s); err != nil {
				return err
			}
		}
		for _, d := range definitions {
			d.ID, d.Version, d.CreatedAt, d.UpdatedAt = c.newID(PrefixDefinition), 1, at, at
			if err := tx.PutDefinition(ctx, org, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// beingImported is the refusal of an organisation that has no definitions yet: see [Contacts.Load].
func beingImported() error { return phrased(Forbidden, "", say("the organisation is being imported")) }

// checkOrganisationName refuses what cannot name an organisation.
func checkOrganisationName(org OrgID) error {
	if _, err := (textRule{field: "organisation", max: MaxOrgLength}).clean(string(org)); err != nil || !utf8.ValidString(string(org)) {
		return Errorf(Forbidden, "the name of an organisation is 1 to %d visible code points", MaxOrgLength)
	}
	return nil
}

// HasOrganisation reports whether the store knows the organisation.
func (c *Contacts) HasOrganisation(ctx context.Context, org OrgID) (bool, error) {
	_, err := c.store.Organisation(ctx, org)
	if CodeOf(err) == NotFound {
		return false, nil
	}
	return err == nil, err
}

// startingCatalog is what a new organisation keeps about contacts; its administrators change it as they like.
func startingCatalog() ([]Section, []Definition) {
	zero, whole := 0.0, 0
	sections := []Section{
		{Key: "contact", Labels: wording("Contact", "Kontakt"), Order: 100},
		{Key: "about", Labels: wording("About", "Über die Person"), Order: 200},
		{Key: "customer", Labels: wording("Customer", "Kundenbeziehung"), Order: 300},
	}
	one := func(kind AttributeKind, section string, order int, key string, t ValueType, labels Localised, rules RuleSet) Definition {
		rules.MaxValues = max(rules.MaxValues, 1)
		return Definition{
			Key: key, Kind: kind, ValueType: t, IsList: rules.MaxValues > 1, Labels: labels, Section: section, Order: order, Rules: rules,
		}
	}
	return sections, []Definition{
		one(KindStandard, "contact", 100, KeyEmail, TypeEmail, wording("E-mail", "E-Mail"), RuleSet{MaxValues: DefaultMaxValues}),
		one(KindStandard, "contact", 200, KeyPhone, TypePhone, wording("Phone", "Telefon"), RuleSet{MaxValues: DefaultMaxValues}),
		one(KindStandard, "contact", 300, "website", TypeURL, wording("Website", "Webseite"), RuleSet{}),
		one(KindStandard, "contact", 400, "language", TypeLanguage, wording("Language", "Sprache"), RuleSet{}),
		one(KindCustom, "about", 100, "biography", TypeText, wording("Biography", "Biografie"), RuleSet{MaxLength: MaxTextLength, IsMultiline: true}),
		one(KindCustom, "about", 200, "location", TypeLocation, wording("Location", "Standort"), RuleSet{}),
		one(KindCustom, "about", 300, "followers", TypeNumber, wording("Followers", "Follower"), RuleSet{MinNumber: &zero, MaxDecimals: &whole}),
		one(KindStandard, "customer", 100, KeyCustomerNumber, TypeText, wording("Customer number", "Kundennummer"), RuleSet{MaxLength: 64}),
		one(KindCustom, "customer", 200, "membership", TypeChoice, wording("Membership", "Mitgliedschaft"), RuleSet{Choices: []ChoiceOption{
			{Key: "basic", Labels: wording("Basic", "Basis")},
			{Key: "silver", Labels: wording("Silver", "Silber")},
			{Key: "gold", Labels: wording("Gold", "Gold")},
			{Key: "platinum", Labels: wording("Platinum", "Platin")},
		}}),
		one(KindCustom, "customer", 300, "customer_since", TypeDate, wording("Customer since", "Kunde seit"), RuleSet{}),
	}
}
