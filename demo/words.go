package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"contactpanel/contact"
)

// tongue is a language with what people say in it. In sentences, words in braces are filled in.
type tongue struct {
	isGerman      bool
	given, family []string
	places        []place
	firms         []string // mail domains
	cases         [][]string
	short         []string
	products      []string
	days          []string
	channels      []string
	lives         []string // for biographies
	takenOver     []string // notes that came with the import
	honours       []string // why somebody became a VIP
	farewells     []string // why no more
	money         string
	talk, quoted  string // beginnings of notes
	protocol      string
	added         []string // what an edit adds
}

// place is where people live.
type place struct {
	name                string
	latitude, longitude float64
	tag                 string
	dial                dial
}

// note writes the person's i-th note.
func (t *tongue) note(p *person, i int) string {
	fill := t.filling(p)
	story := pick(p.dice, t.cases)
	switch roll := p.dice.IntN(100); {
	case i == 0 && p.quote != "":
		return fill.Replace(t.quoted)
	case p.index%15 == 0 && i == 1:
		return t.long(p.dice, fill)
	case roll < 25:
		return fill.Replace(pick(p.dice, t.short))
	case roll < 40:
		return fill.Replace(t.talk + "\n\n- " + strings.Join(story, "\n- "))
	case roll < 65:
		return fill.Replace(strings.Join(story[:2], " "))
	default:
		return fill.Replace(strings.Join(story, " "))
	}
}

// filling makes one note's words for the braces.
func (t *tongue) filling(p *person) *strings.Replacer {
	d := p.dice
	first := d.IntN(len(t.days))
	cents := 990 + d.IntN(60_000)
	amount := fmt.Sprintf(t.money, cents/100, cents%100)
	return strings.NewReplacer(
		"{product}", pick(d, t.products),
		"{order}", fmt.Sprintf("B-%06d", 310_000+d.IntN(60_000)),
		"{day}", t.days[first],
		"{later}", t.days[(first+1+d.IntN(2))%len(t.days)],
		"{time}", fmt.Sprintf("%d:%02d", 9+d.IntN(9), d.IntN(4)*15),
		"{amount}", amount,
		"{channel}", pick(d, t.channels),
		"{place}", p.place.name,
		"{name}", p.name,
		"{quote}", p.quote,
	)
}

// long writes a note that is as long as a note may be: sentences in new orders until the lengths fit. One order in about a
// hundred does.
func (t *tongue) long(d *rand.Rand, fill *strings.Replacer) string {
	head := fill.Replace(t.protocol)
	var sentences []string
	for _, story := range t.cases {
		for _, s := range story {
			sentences = append(sentences, fill.Replace(s))
		}
	}
	for {
		lines, length := []string{head}, utf8.RuneCountInString(head)
		for _, i := range d.Perm(len(sentences)) {
			if length >= contact.MaxNoteLength {
				break
			}
			lines = append(lines, sentences[i])
			length += 1 + utf8.RuneCountInString(sentences[i])
		}
		if length == contact.MaxNoteLength {
			return strings.Join(lines, "\n")
		}
	}
}

// addition is the text after an edit: something was added, or, where no room is left, the end was dropped for it.
func (t *tongue) addition(p *person, body string) string {
	more := "\n" + t.filling(p).Replace(pick(p.dice, t.added))
	room := contact.MaxNoteLength - utf8.RuneCountInString(more)
	lines := strings.Split(body, "\n")
	for utf8.RuneCountInString(strings.Join(lines, "\n")) > room {
		lines = slices.Delete(lines, len(lines)-1, len(lines))
	}
	return strings.Join(lines, "\n") + more
}

// biography says something about the person, now and then in more than one line.
func (t *tongue) biography(p *person) string {
	said := some(p.dice, t.lives, 1+p.dice.IntN(4))
	if len(said) > 2 {
		return t.filling(p).Replace(strings.Join(said, "\n"))
	}
	return t.filling(p).Replace(strings.Join(said, " "))
}

// parts takes a table of lines apart, at " | ".
func parts(table string) [][]string {
	var out [][]string
	for line := range strings.Lines(strings.TrimSpace(table)) {
		out = append(out, strings.Split(strings.TrimSpace(line), " | "))
	}
	return out
}

// lines takes a text apart, one item a line.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		out = append(out, strings.TrimSpace(line))
	}
	return out
}
