package demo

import (
	"context"
	"fmt"
	"time"

	"contactpanel/contact"
)

// Keys of the demo's own definitions, beyond those that every organisation starts with.
const (
	keyBirthday    = "birthday"
	keySpoken      = "spoken_languages"
	keyLinks       = "links"
	keyPoints      = "loyalty_points"
	keyFirst       = "first_contact"
	keyService     = "service_contract"
	keyConsent     = "consent"
	keyTopics      = "newsletter_topics"
	keyFax         = "fax" // archived
	keyManager     = "account_manager"
	keyValue       = "contract_value"
	keyEnd         = "contract_end"
	keyNewsletter  = "newsletter"
	keySegment     = "segment"
	keyLastOrder   = "last_order"
	retiredTopic   = "catalogue"
	sectionCRM     = "crm"
	sectionPrivacy = "marketing"
)

// found enters the beginnings of the organisation and of its catalog.
func (d *diary) found() {
	all := company()
	d.enter(opening, all.clara, func(ctx context.Context, c *contact.Contacts) error { return c.MakeOrganisation(ctx, Org) })
	ago := opening - 10*time.Minute
	for _, s := range sections() {
		ago -= time.Minute
		d.enter(ago, all.clara, func(ctx context.Context, c *contact.Contacts) error {
			if _, err := c.CreateSection(ctx, s); err != nil {
				return fmt.Errorf("make section %s: %w", s.Key, err)
			}
			return nil
		})
	}
	for _, def := range append(customDefinitions(), crmDefinitions()...) {
		by := all.clara
		if def.Kind == contact.KindCRM {
			by = all.crm
		}
		ago -= time.Minute
		d.enter(ago, by, func(ctx context.Context, c *contact.Contacts) error {
			if _, err := c.CreateDefinition(ctx, def); err != nil {
				return fmt.Errorf("define %s: %w", def.Key, err)
			}
			return nil
		})
	}
	d.enter(tidied, all.clara, archiveFax)
	d.enter(tidied-time.Hour, all.clara, retireTopic)
}

// archiveFax takes a definition that has values out of the panel.
func archiveFax(ctx context.Context, c *contact.Contacts) error {
	if _, err := c.ArchiveDefinition(ctx, keyFax, 1, ""); err != nil {
		return fmt.Errorf("archive %s: %w", keyFax, err)
	}
	return nil
}

// retireTopic takes a choice away that some contacts have.
func retireTopic(ctx context.Context, c *contact.Contacts) error {
	rules := contact.RuleSet{Choices: topics()}
	for i := range rules.Choices {
		rules.Choices[i].IsRetired = rules.Choices[i].Key == retiredTopic
	}
	if _, err := c.UpdateDefinition(ctx, contact.DefinitionChange{Key: keyTopics, ExpectedVersion: 1, Rules: &rules}); err != nil {
		return fmt.Errorf("retire a choice of %s: %w", keyTopics, err)
	}
	return nil
}

func sections() []contact.SectionInput {
	return []contact.SectionInput{
		{Key: sectionPrivacy, Labels: both("Marketing and consent", "Marketing und Einwilligung")},
		{Key: sectionCRM, Labels: both("From the CRM", "Aus dem CRM")},
	}
}

func customDefinitions() []contact.DefinitionInput {
	zero, whole := 0.0, 0
	return []contact.DefinitionInput{
		custom("about", keyBirthday, contact.TypeDate, both("Birthday", "Geburtstag"),
			contact.RuleSet{Earliest: &contact.Date{Year: 1900, Month: time.January, Day: 1}}),
		list(custom("about", keySpoken, contact.TypeLanguage, both("Languages spoken", "Gesprochene Sprachen"), contact.RuleSet{})),
		list(custom("about", keyLinks, contact.TypeURL, both("Links", "Links"), contact.RuleSet{MaxValues: 5})),
		custom("customer", keyPoints, contact.TypeNumber, both("Loyalty points", "Treuepunkte"),
			contact.RuleSet{MinNumber: &zero, MaxDecimals: &whole}),
		custom("customer", keyFirst, contact.TypeDateTime, both("First contact", "Erster Kontakt"), contact.RuleSet{}),
		described(custom("customer", keyService, contact.TypeText, both("Service contract", "Wartungsvertrag"), contact.RuleSet{
			MaxLength: 9, Pattern: `WV-[0-9]{6}`, PatternHint: both("WV- and six digits", "WV- und sechs Ziffern"),
		}), "As printed on the machine's label.", "Wie auf dem Typenschild der Maschine."),
		described(custom(sectionPrivacy, keyConsent, contact.TypeBoolean, both("Consent to advertising", "Werbeeinwilligung"), contact.RuleSet{}),
			"Ask again after two years without contact.", "Nach zwei Jahren ohne Kontakt neu einholen."),
		list(custom(sectionPrivacy, keyTopics, contact.TypeChoice, both("Newsletter topics", "Newsletter-Themen"), contact.RuleSet{Choices: topics()})),
		custom("contact", keyFax, contact.TypePhone, both("Fax", "Fax"), contact.RuleSet{DefaultRegion: "DE"}),
	}
}

func crmDefinitions() []contact.DefinitionInput {
	zero, cents := 0.0, 2
	return []contact.DefinitionInput{
		managed(keyManager, contact.TypeText, both("Account manager", "Kundenbetreuung"), contact.RuleSet{MaxLength: 100}),
		managed(keyValue, contact.TypeNumber, both("Contract value (EUR a year)", "Vertragswert (EUR im Jahr)"),
			contact.RuleSet{MinNumber: &zero, MaxDecimals: &cents}),
		managed(keyEnd, contact.TypeDate, both("Contract ends", "Vertragsende"), contact.RuleSet{}),
		managed(keyNewsletter, contact.TypeBoolean, both("Newsletter", "Newsletter"), contact.RuleSet{}),
		list(managed(keySegment, contact.TypeChoice, both("Segments", "Segmente"), contact.RuleSet{Choices: segments()})),
		managed(keyLastOrder, contact.TypeDateTime, both("Last order", "Letzte Bestellung"), contact.RuleSet{}),
	}
}

func topics() []contact.ChoiceOption {
	return []contact.ChoiceOption{
		{Key: "recipes", Labels: both("Recipes", "Rezepte")},
		{Key: "new_products", Labels: both("New products", "Neuheiten")},
		{Key: "courses", Labels: both("Barista courses", "Barista-Kurse")},
		{Key: "offers", Labels: both("Offers", "Angebote")},
		{Key: retiredTopic, Labels: both("Printed catalogue", "Gedruckter Katalog")},
	}
}

func segments() []contact.ChoiceOption {
	return []contact.ChoiceOption{
		{Key: "private", Labels: both("Private customer", "Privatkunde")},
		{Key: "office", Labels: both("Office", "Büro")},
		{Key: "gastronomy", Labels: both("Gastronomy", "Gastronomie")},
		{Key: "reseller", Labels: both("Reseller", "Wiederverkäufer")},
		{Key: "press", Labels: both("Press and creators", "Presse und Creator")},
	}
}

func custom(section, key string, t contact.ValueType, labels contact.Localised, rules contact.RuleSet) contact.DefinitionInput {
	return contact.DefinitionInput{Key: key, Kind: contact.KindCustom, ValueType: t, Labels: labels, Section: section, Rules: rules}
}

func managed(key string, t contact.ValueType, labels contact.Localised, rules contact.RuleSet) contact.DefinitionInput {
	def := custom(sectionCRM, key, t, labels, rules)
	def.Kind = contact.KindCRM
	return def
}

func list(def contact.DefinitionInput) contact.DefinitionInput {
	def.IsList = true
	return def
}

func described(def contact.DefinitionInput, english, german string) contact.DefinitionInput {
	def.Descriptions = both(english, german)
	return def
}

func both(english, german string) contact.Localised {
	return contact.Localised{{Locale: "en", Text: english}, {Locale: "de", Text: german}}
}
