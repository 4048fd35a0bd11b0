package demo

import (
	"fmt"
	"slices"
	"time"

	"contactpanel/contact"
)

// attributes collects what is known about somebody.
type attributes []contact.AttributeInput

func (a *attributes) add(key string, values ...contact.ValueInput) {
	*a = append(*a, contact.AttributeInput{Key: key, Values: values})
}

// maybe adds in so many cases of a hundred.
func (a *attributes) maybe(p *person, percent int, key string, value func() contact.ValueInput) {
	if p.chance(percent) {
		a.add(key, value())
	}
}

// basics is what a file of contacts or a first talk says.
func (p *person) basics(now time.Time) attributes {
	var a attributes
	if p.number != "" {
		a.add(contact.KeyCustomerNumber, text(p.number))
		a.add("customer_since", date(now.Add(-p.met-time.Duration(1+p.dice.IntN(2500))*day)))
		a.maybe(p, 70, "membership", func() contact.ValueInput {
			return choice(pick(p.dice, []string{"basic", "basic", "silver", "gold", "platinum"}))
		})
	}
	var phones, emails []contact.ValueInput
	for _, n := range p.phones {
		phones = append(phones, contact.ValueInput{Phone: &n})
	}
	for _, e := range p.emails {
		emails = append(emails, contact.ValueInput{Email: &e})
	}
	if p.part == caller || len(phones) > 0 && p.chance(70) {
		a.add(contact.KeyPhone, phones...)
	}
	if len(emails) > 0 && p.chance(75) {
		a.add(contact.KeyEmail, emails...)
	}
	if p.part == full {
		a.maybe(p, 75, "language", func() contact.ValueInput { return language(p.tag) })
		a.maybe(p, 70, "location", p.location)
	}
	return a
}

// location is where the person lives; some say no more than the name of the place.
func (p *person) location() contact.ValueInput {
	l := contact.Location{Name: p.place.name}
	if p.chance(70) {
		l.Latitude, l.Longitude = &p.place.latitude, &p.place.longitude
	}
	return contact.ValueInput{Location: &l}
}

// seen is what a network says about somebody who writes there.
func (p *person) seen(now time.Time) attributes {
	var a attributes
	if hasPage(p.profiles[0].Network) {
		followers := float64(p.dice.IntN(2_000))
		if p.chance(8) {
			followers = float64(20_000 + p.dice.IntN(1_500_000))
		}
		a.add("followers", number(followers))
	}
	a.add(keyFirst, moment(now.Add(-p.met)))
	return a
}

// details is what agents learn in talks, each by itself.
func (p *person) details() attributes {
	var a attributes
	a.maybe(p, 45, "biography", func() contact.ValueInput { return text(p.tongue.biography(p)) })
	a.maybe(p, 25, "website", func() contact.ValueInput { return address("https://%s.example/", p.user) })
	a.maybe(p, 35, keyBirthday, func() contact.ValueInput {
		return date(time.Date(1948+p.dice.IntN(58), time.January, 1+p.dice.IntN(365), 0, 0, 0, 0, time.UTC))
	})
	a.maybe(p, 60, keyConsent, func() contact.ValueInput { return yes(p.chance(65)) })
	a.maybe(p, 20, keyService, func() contact.ValueInput { return text(fmt.Sprintf("WV-%06d", p.dice.IntN(1_000_000))) })
	if p.chance(40) {
		offered := topics()
		if !p.isImported {
			offered = slices.DeleteFunc(offered, func(o contact.ChoiceOption) bool { return o.Key == retiredTopic })
		}
		a.add(keyTopics, choices(some(p.dice, offered, 1+p.dice.IntN(3)))...)
	}
	if p.chance(20) {
		a.add(keyLinks, address("https://blog.example/%s", p.user), address("https://video.example/@%s", p.user))
	}
	if spoken := []string{"en", "tr", "fr", "pl", "ar"}; p.chance(25) {
		values := []contact.ValueInput{language(p.tag)}
		for _, tag := range some(p.dice, spoken, 1+p.dice.IntN(2)) {
			if tag != p.tag {
				values = append(values, language(tag))
			}
		}
		a.add(keySpoken, values...)
	}
	return a
}

// ledger is what the CRM keeps about a customer. A contract may end after today: that is a plan, not a deed.
func (p *person) ledger(now time.Time, ago time.Duration) attributes {
	a := attributes{{Key: contact.KeyCustomerNumber, Values: []contact.ValueInput{text(p.number)}}}
	all := company()
	a.add(keySegment, choices(some(p.dice, segments(), pick(p.dice, []int{1, 1, 1, 2})))...)
	a.add(keyNewsletter, yes(p.chance(55)))
	a.maybe(p, 75, keyManager, func() contact.ValueInput {
		return text(pick(p.dice, []contact.Actor{all.anna, all.ben, all.deniz, all.emma}).Name)
	})
	if p.chance(60) {
		a.add(keyValue, number(float64(4_900+p.dice.IntN(900_000))/100))
		a.add(keyEnd, date(now.Add(time.Duration(p.dice.IntN(700)-100)*day)))
	}
	a.maybe(p, 80, keyLastOrder, func() contact.ValueInput { return moment(now.Add(-ago - after(p.dice, 300*day))) })
	return a
}

func text(s string) contact.ValueInput     { return contact.ValueInput{Text: &s} }
func number(n float64) contact.ValueInput  { return contact.ValueInput{Number: &n} }
func yes(b bool) contact.ValueInput        { return contact.ValueInput{Boolean: &b} }
func language(t string) contact.ValueInput { return contact.ValueInput{Language: &t} }
func choice(key string) contact.ValueInput { return contact.ValueInput{Choice: &key} }

func date(t time.Time) contact.ValueInput {
	s := t.UTC().Format(time.DateOnly)
	return contact.ValueInput{Date: &s}
}

func moment(t time.Time) contact.ValueInput {
	s := t.UTC().Format(time.RFC3339Nano)
	return contact.ValueInput{DateTime: &s}
}

func address(format, user string) contact.ValueInput {
	s := fmt.Sprintf(format, user)
	return contact.ValueInput{URL: &s}
}

func choices(options []contact.ChoiceOption) []contact.ValueInput {
	var out []contact.ValueInput
	for _, o := range options {
		out = append(out, choice(o.Key))
	}
	return out
}
