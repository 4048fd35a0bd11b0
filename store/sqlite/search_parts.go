package sqlite

import (
	"database/sql"
	"strings"

	"contactpanel/contact"
)

// condition is one thing that a search asks of a contact.
type condition struct {
	sources  []source // together they list the contacts that fit, some of them twice; none: no index lists them
	test     string   // an expression over a contact c
	testArgs []any
}

// source lists contacts: what stands behind SELECT.
type source struct {
	text string
	args []any
}

// union lists the contacts of all sources.
func (c condition) union(selects, between string) (string, []any) {
	var text strings.Builder
	var args []any
	for i, s := range c.sources {
		if i > 0 {
			text.WriteString(between)
		}
		text.WriteString(selects + s.text)
		args = append(args, s.args...)
	}
	return text.String(), args
}

func (c *condition) or(s source, test string, args ...any) {
	if len(c.sources) > 0 {
		c.test += ` OR `
	}
	c.sources = append(c.sources, s)
	c.test += test
	c.testArgs = append(c.testArgs, args...)
}

// termCondition asks for a search key that begins with one of the forms. All texts with a prefix lie between it and itself
// with a byte FF behind, which no text holds. Keys that come from a hidden definition do not count.
func termCondition(org string, forms, hidden []string) condition {
	var c condition
	but := strings.Repeat(` AND key NOT GLOB ?`, len(hidden))
	var butArgs []any
	for _, key := range hidden {
		butArgs = append(butArgs, "*"+contact.SearchMark+key) // keys of definitions hold no sign of a pattern
	}
	for _, form := range forms {
		from := append([]any{org, form, form + lastText}, butArgs...)
		c.or(source{`contact FROM search_keys WHERE org = ? AND key >= ? AND key < ?` + but, from},
			`EXISTS (SELECT 1 FROM search_keys k WHERE k.contact = c.n AND k.key >= ? AND k.key < ?`+but+`)`, from[1:]...)
	}
	return c
}

func networkCondition(org string, networks []contact.Network) condition {
	var c condition
	for _, n := range networks {
		c.or(source{`contact FROM contact_networks WHERE org = ? AND network = ?`, []any{org, string(n)}},
			`EXISTS (SELECT 1 FROM contact_networks w WHERE w.org = c.org AND w.network = ? AND w.contact = c.n)`, string(n))
	}
	return c
}

// vipCondition asks for the state at a moment: a promotion ends at its expiry. Those who are none are most, and not listed.
func vipCondition(org string, isVIP bool, now int64) condition {
	if !isVIP {
		return condition{test: `c.vip = 0 OR c.vip_expires <= ?`, testArgs: []any{now}}
	}
	return condition{
		sources: []source{{
			`n AS contact FROM contacts INDEXED BY contacts_vip WHERE org = ? AND vip = 1 AND (vip_expires IS NULL OR vip_expires > ?)`,
			[]any{org, now},
		}},
		test: `c.vip = 1 AND (c.vip_expires IS NULL OR c.vip_expires > ?)`, testArgs: []any{now},
	}
}

// order is an order of contacts: a column, made total by the id, and the index that keeps it.
type order struct {
	index   string
	columns string // number in the file, id, ordering column
	bound   string // strictly between two places
	up      string
	down    string
	isText  bool
}

func orderOf(by contact.ContactField) order {
	switch by {
	case contact.ByCreatedAt:
		return orderBy("contacts_by_created", "created", false)
	case contact.ByUpdatedAt:
		return orderBy("contacts_by_updated", "updated", false)
	default:
		return orderBy("contacts_by_name", "sort_key", true)
	}
}

func orderBy(index, column string, isText bool) order {
	column = "c." + column
	return order{
		index: index, columns: `c.n, c.id, ` + column, isText: isText,
		bound: ` AND (` + column + `, c.id) > (?, ?) AND (` + column + `, c.id) < (?, ?)`,
		up:    ` ORDER BY ` + column + `, c.id`, down: ` ORDER BY ` + column + ` DESC, c.id DESC`,
	}
}

func (o order) first() contact.Position {
	return contact.Position{Text: firstText, Number: firstNumber, ID: firstText}
}

func (o order) last() contact.Position {
	return contact.Position{Text: lastText, Number: lastNumber, ID: lastText}
}

func (o order) bounds(from, to contact.Position) (string, []any) {
	return o.bound, []any{o.value(from), string(from.ID), o.value(to), string(to.ID)}
}

func (o order) value(p contact.Position) any {
	if o.isText {
		return p.Text
	}
	return p.Number
}

func (o order) by(downward bool) string {
	if downward {
		return o.down
	}
	return o.up
}

func (o order) target(p *place) any {
	if o.isText {
		return &p.at.Text
	}
	return &p.at.Number
}

func (o order) scan(rows *sql.Rows) (p place, err error) {
	err = rows.Scan(&p.n, &p.at.ID, o.target(&p))
	return p, err
}

func (o order) scanFit(rows *sql.Rows) (p place, fits bool, err error) {
	err = rows.Scan(&p.n, &p.at.ID, o.target(&p), &fits)
	return p, fits, err
}
