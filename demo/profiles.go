package demo

import (
	"fmt"
	"strings"

	"contactpanel/contact"
)

// connect gives the person profiles: one for a bare handle, one to three else, none for somebody who only calls. Over all
// people every network comes up.
func (c *census) connect(p *person) {
	all := contact.Networks()
	first := all[p.index%len(all)]
	switch p.part {
	case caller:
	case bare:
		p.profiles = []contact.ProfileInput{c.bareProfile(p, first)}
	case full:
		p.profiles = []contact.ProfileInput{c.profile(p, first)}
		for _, n := range some(p.dice, all, pick(p.dice, []int{0, 1, 1, 2})) {
			if n != first {
				p.profiles = append(p.profiles, c.profile(p, n))
			}
		}
	}
}

// profile invents a profile. Its address is given where the gateway would derive one, because there somebody real may live.
func (c *census) profile(p *person, n contact.Network) contact.ProfileInput {
	in := contact.ProfileInput{Network: n, DisplayName: p.name}
	switch n {
	case contact.WhatsApp, contact.SMS:
		in.Handle = c.line(p, n)
	case contact.EmailNetwork:
		in.Handle = p.emails[0]
	case contact.LinkedIn:
		in.Handle = c.sole(string(n), strings.ReplaceAll(p.user, ".", "-"), "-")
	case contact.X, contact.Telegram, contact.Instagram:
		in.Handle = c.sole(string(n), strings.ReplaceAll(p.user, ".", "_"), "_")
	default:
		in.Handle = c.sole(string(n), p.user, ".")
	}
	if n == contact.SMS || n == contact.EmailNetwork {
		in.DisplayName = "" // these carry none
	}
	if hasPage(n) {
		in.ProfileURL = page(n, in.Handle)
		if p.chance(85) {
			in.AvatarURL = fmt.Sprintf("https://avatars.example/%s/%s.png", strings.ToLower(string(n)), in.Handle)
		}
	}
	return in
}

// line is the phone number that the person writes from: a shared one serves only the first who asks.
func (c *census) line(p *person, n contact.Network) string {
	number := p.phones[0]
	if c.taken[string(n)+":"+number] {
		number = c.numbers.next(p.place.dial)
		p.phones = append(p.phones, number)
	}
	c.taken[string(n)+":"+number] = true
	return strings.NewReplacer(" ", "", "-", "").Replace(number)
}

// bareProfile is the profile of somebody of whom nothing else is known.
func (c *census) bareProfile(p *person, n contact.Network) contact.ProfileInput {
	switch n {
	case contact.WhatsApp, contact.SMS:
		number := c.numbers.next(p.place.dial)
		return contact.ProfileInput{Network: n, Handle: strings.NewReplacer(" ", "", "-", "").Replace(number)}
	case contact.EmailNetwork:
		return contact.ProfileInput{Network: n, Handle: c.sole("email", pick(p.dice, nicknames()), ".") + "@mail.example"}
	default:
		handle := c.sole(string(n), fmt.Sprintf("%s_%d", pick(p.dice, nicknames()), 10+p.dice.IntN(90)), "_")
		return contact.ProfileInput{Network: n, Handle: handle, ProfileURL: page(n, handle)}
	}
}

// hasPage tells whether people have a page of their own on the network.
func hasPage(n contact.Network) bool {
	switch n {
	case contact.WhatsApp, contact.SMS, contact.EmailNetwork:
		return false
	default:
		return true
	}
}

func page(n contact.Network, handle string) string {
	return fmt.Sprintf("https://%s.example/%s", strings.ToLower(string(n)), handle)
}
