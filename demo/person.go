package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"contactpanel/contact"
)

// people is how many contacts the demo has.
const people = 220

// part is what a person is in the demo for.
type part int

const (
	full   part = iota // known well
	bare               // nothing but a handle
	caller             // nothing but a phone number
)

// person is an invented contact before it is written.
type person struct {
	index  int
	part   part
	dice   *rand.Rand
	tongue *tongue
	place  place
	quote  string // something that the person wrote in a language of their own
	tag    string // the language, BCP 47

	name     string // "" where nobody said
	user     string // the name in ASCII, as it stands in handles and addresses
	number   string // customer number
	fax      string
	phones   []string
	emails   []string
	profiles []contact.ProfileInput

	isImported bool
	met        time.Duration // how long ago the contact was made

	id       contact.ID     // once made
	versions map[string]int // of attributes, as far as the diary is written
}

func (p *person) chance(percent int) bool { return p.dice.IntN(100) < percent }

// census gives out what belongs to one person only.
type census struct {
	numbers numbers
	taken   map[string]bool
}

// sole returns the first of wanted, wanted+sep+"2", … that nobody has.
func (c *census) sole(kind, wanted, sep string) string {
	got := wanted
	for n := 2; c.taken[kind+":"+strings.ToLower(got)]; n++ {
		got = fmt.Sprintf("%s%s%d", wanted, sep, n)
	}
	c.taken[kind+":"+strings.ToLower(got)] = true
	return got
}

// population invents everybody, always the same people.
func population() []*person {
	de, en, abroad := germanTongue(), englishTongue(), travellers()
	c := &census{taken: map[string]bool{}}
	all := make([]*person, 0, people)
	for i := range people {
		p := &person{index: i, dice: dice(i), tongue: de, versions: map[string]int{}}
		switch i % 10 {
		case 2, 7, 8:
			p.tongue = en
		case 4, 9:
			p.tongue = []*tongue{de, en}[i/10%2]
		}
		p.place = pick(p.dice, p.tongue.places)
		p.tag = p.place.tag
		switch {
		case i%10 == 9:
			p.part = bare
		case i%40 == 13:
			p.part = caller
		case i%10 == 4:
			t := abroad[i/10%len(abroad)]
			p.name, p.user, p.tag, p.quote = t.name, t.user, t.tag, t.quote
		default:
			c.christen(p)
		}
		c.settle(p)
		if i%20 == 6 {
			c.marry(p, all[i-1])
		}
		c.connect(p)
		all = append(all, p)
	}
	return all
}

// christen gives the person a name that nobody has.
func (c *census) christen(p *person) {
	for p.name == "" || c.taken["name:"+p.name] {
		p.name = pick(p.dice, p.tongue.given) + " " + pick(p.dice, p.tongue.family)
	}
	c.taken["name:"+p.name] = true
	p.user = latin(p.name)
}

// latin writes a German or English name as it stands in addresses.
func latin(name string) string {
	return strings.NewReplacer(
		"ä", "ae", "ö", "oe", "ü", "ue", "Ä", "ae", "Ö", "oe", "Ü", "ue", "ß", "ss", "é", "e", "ë", "e", "ş", "s", "’", "", " ", ".",
	).Replace(strings.ToLower(name))
}

// settle says how long the person is known and how they are reached.
func (c *census) settle(p *person) {
	p.isImported = p.part != bare && p.index < people*7/10
	switch {
	case p.isImported:
		p.met = imported - time.Duration(p.index)*73*time.Millisecond
	case p.part == bare:
		p.met = after(p.dice, 6*day)
	default:
		p.met = 2*day + after(p.dice, 180*day)
	}
	if p.part == bare {
		return
	}
	p.phones = append(p.phones, c.numbers.next(p.place.dial))
	if p.part == caller {
		return
	}
	if p.isImported && p.chance(10) {
		p.fax = c.numbers.next(german)
	}
	if p.chance(25) {
		p.phones = append(p.phones, c.numbers.next(p.place.dial))
	}
	p.emails = append(p.emails, c.sole("email", p.user, ".")+"@"+pick(p.dice, []string{"mail.example", "post.example", "web.example"}))
	if p.chance(20) {
		p.emails = append(p.emails, c.sole("office", p.user, ".")+"@"+pick(p.dice, p.tongue.firms))
	}
	if p.isImported || p.chance(40) {
		p.number = fmt.Sprintf("K-%06d", 104_200+p.index*17)
	}
}

// marry makes the person share household, family name and telephone with another; the customer numbers tell them apart.
func (c *census) marry(p, other *person) {
	given, _, _ := strings.Cut(p.name, " ")
	_, family, _ := strings.Cut(other.name, " ")
	p.name = given + " " + family
	p.user = latin(p.name)
	p.place, p.tag, p.phones = other.place, other.tag, other.phones[:1]
	p.emails = []string{c.sole("email", p.user, ".") + "@mail.example"}
	p.number = fmt.Sprintf("K-%06d", 104_200+p.index*17)
	other.number = fmt.Sprintf("K-%06d", 104_200+other.index*17)
}
