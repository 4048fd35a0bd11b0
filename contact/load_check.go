package contact

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"
)

// Forms of what no rule of an input describes.
var (
	idPattern       = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	digestPattern   = regexp.MustCompile(`^[0-9a-f]{24}$`)
	hashPattern     = regexp.MustCompile(`^[0-9a-f]{32}$`)
	e164Pattern     = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
	languagePattern = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
)

// Limits of texts that come from tokens and requests, in code points.
const (
	maxAgentText = 255
	maxAuditText = 1024
)

// damaged is the refusal of what only a damaged or forged archive holds; field is the member to blame.
func damaged(field, format string, args ...any) error {
	return FieldErrorf(BadUserInput, field, format, args...)
}

// notKept is the refusal of a text that a check of an input would have left otherwise.
func notKept(field string) error { return damaged(field, "is not in the form that is kept") }

// kept is the refusal of a value that a check of an input refuses or changes.
func kept[T comparable](field string, value, clean T, err error) error {
	if err == nil && clean != value {
		return notKept(field)
	}
	return err
}

// firstError is the first error of a list, nil when there is none.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// check refuses a row that only damage or forgery can have made. Rules that a definition has for new values are not looked
// at: they may have become narrower since a value was written.
func (l *loading) check(row ArchiveRow) error {
	switch row.Kind() {
	case ArchivedOrganisation:
		return checkTime("createdAt", row.Organisation.CreatedAt)
	case ArchivedSection:
		return l.checkSection(row.Section)
	case ArchivedDefinition:
		return l.checkDefinition(row.Definition)
	case ArchivedGroup:
		return l.checkGroup(row.Group)
	case ArchivedAgent:
		return l.checkDeactivated(row.Agent)
	case ArchivedContact:
		return l.checkContact(row.Contact)
	case ArchivedNote:
		return checkNote(row.Note)
	case ArchivedApplied:
		return checkApplied(row.Applied)
	default:
		return checkAudit(row.Audit)
	}
}

// inOrder sees to the order of the rows, which also keeps each from coming twice.
func (l *loading) inOrder(row ArchiveRow) error {
	turn, key := row.place()
	isFirst := l.line == 1
	switch {
	case turn < 0:
		return damaged("", "the row holds nothing, or more than one thing")
	case isFirst != (turn == 0):
		return damaged("", "the organisation comes first, and once")
	case turn < l.turn:
		return damaged("", "rows of this kind come before those of the row above")
	case !isFirst && turn == l.turn && slices.Compare(key[:], l.key[:]) <= 0:
		return damaged("", "rows of one kind are in the order of their ids or keys, and each comes once")
	}
	l.turn, l.key = turn, key
	return nil
}

func (l *loading) checkSection(s *Section) error {
	if len(l.sections) >= MaxSections {
		return damaged("", "an organisation has at most %d sections", MaxSections)
	}
	return firstError(
		l.checkCatalogID(s.ID, PrefixSection), checkKey("key", s.Key), l.checkWording("labels", s.Labels, MaxLabelLength, true),
		checkOrder(s.Order), checkVersion("version", s.Version),
	)
}

func (l *loading) checkDefinition(d *Definition) error {
	switch {
	case len(l.definitions) >= MaxDefinitions:
		return damaged("", "an organisation has at most %d definitions", MaxDefinitions)
	case !slices.Contains([]AttributeKind{KindStandard, KindCRM, KindCustom}, d.Kind):
		return damaged("kind", "is not a kind of attributes")
	case !slices.Contains(ValueTypes(), d.ValueType):
		return damaged("valueType", "is not a value type")
	case !slices.ContainsFunc(l.sections, func(s Section) bool { return s.Key == d.Section }):
		return damaged("section", "there is no such section")
	}
	return firstError(
		l.checkCatalogID(d.ID, PrefixDefinition), checkKey("key", d.Key), l.checkWording("labels", d.Labels, MaxLabelLength, true),
		l.checkWording("descriptions", d.Descriptions, MaxReasonLength, false), checkOrder(d.Order), l.checkRules(d),
		checkTime("createdAt", d.CreatedAt), checkTime("updatedAt", d.UpdatedAt), checkOptionalTime("archivedAt", d.ArchivedAt),
		checkVersion("version", d.Version), checkKeptRoles("readers", d.Readers), checkKeptRoles("editors", d.Editors),
	)
}

func checkKeptRoles(field string, roles []Role) error {
	clean, err := cleanRoles(field, roles)
	return kept(field, inputText(roles), inputText(clean), err)
}

func (l *loading) checkRules(d *Definition) error {
	for _, day := range []*Date{d.Rules.Earliest, d.Rules.Latest} {
		if day == nil {
			continue
		}
		if read, err := ParseDate(day.String()); err != nil || read != *day {
			return damaged("rules", "has a bound that is not a day of the calendar")
		}
	}
	if err := firstError(checkOptionalTime("rules", d.Rules.EarliestTime), checkOptionalTime("rules", d.Rules.LatestTime)); err != nil {
		return err
	}
	clean, err := l.contacts.cleanRules(d.Rules, d.ValueType, d.IsList)
	return kept("rules", inputText(d.Rules), inputText(clean), err)
}

// checkCatalogID checks the id of a section or definition, which no other has.
func (l *loading) checkCatalogID(id ID, prefix string) error {
	if l.isKnown[id] {
		return damaged("id", "another row has this id")
	}
	l.isKnown[id] = true
	return checkID("id", id, prefix)
}

func (l *loading) checkWording(field string, in Localised, limit int, required bool) error {
	clean, err := l.contacts.cleanLocalised(in, field, limit, required)
	if err == nil && !slices.Equal(clean, in) {
		return notKept(field)
	}
	return err
}

func (l *loading) checkDeactivated(d *DeactivatedAgent) error {
	if l.count.Agents >= MaxDeactivatedAgents {
		return damaged("", "an organisation has at most %d deactivated agents", MaxDeactivatedAgents)
	}
	id, err := cleanAgentID("agentId", d.AgentID)
	return firstError(kept("agentId", d.AgentID, id, err), checkAgent("by", &d.By), checkTime("since", d.Since))
}

func checkNote(n *Note) error {
	switch {
	case (n.LastEditedAt == nil) != (n.LastEditedBy == nil):
		return damaged("lastEditedBy", "an edit has an author and a time")
	case (n.DeletedAt == nil) != (n.DeletedBy == nil):
		return damaged("deletedBy", "a deletion has an author and a time")
	}
	body, err := CleanNote("body", n.Body)
	return firstError(
		checkID("id", n.ID, PrefixNote), checkID("contact", n.Contact, PrefixContact), kept("body", n.Body, body, err),
		checkAgent("author", &n.Author), checkTime("createdAt", n.CreatedAt), checkAgent("lastEditedBy", n.LastEditedBy),
		checkOptionalTime("lastEditedAt", n.LastEditedAt), checkAgent("deletedBy", n.DeletedBy),
		checkOptionalTime("deletedAt", n.DeletedAt), checkVersion("version", n.Version),
	)
}

func checkApplied(a *Applied) error {
	n := utf8.RuneCountInString(a.Key)
	switch {
	case n < 1 || n > MaxMutationIDLength || !utf8.ValidString(a.Key):
		return damaged("key", "must be 1 to %d code points of UTF-8", MaxMutationIDLength)
	case !hashPattern.MatchString(a.Hash):
		return damaged("hash", "is not a digest")
	case !json.Valid(a.Result) || !utf8.Valid(a.Result):
		return damaged("result", "is no answer")
	}
	return firstError(checkAgent("agent", &Agent{ID: a.Agent}), checkTime("at", a.At))
}

func checkAudit(e *AuditEntry) error {
	version := checkVersion("version", e.Version)
	switch isRefused := e.Refused != ""; {
	case !slices.Contains(AuditKinds(), e.Kind):
		return damaged("kind", "is not a kind of audit rows")
	case isRefused && !slices.Contains(AuditedRefusals(), e.Refused):
		return damaged("refused", "is not the code of a refusal")
	case isRefused && e.Version != 0:
		return damaged("version", "a refused change makes no version")
	case e.Omitted < 0 || e.Omitted > math.MaxInt32 || !isRefused && e.Omitted > 0:
		return damaged("omitted", "is not a number of refused changes")
	case isRefused:
		version = nil
	}
	if e.Contact != "" {
		if err := checkID("contact", e.Contact, PrefixContact); err != nil {
			return err
		}
	}
	return firstError(
		checkID("id", e.ID, PrefixAudit), checkTime("at", e.At), checkAgent("agent", &e.Agent), version,
		checkText("subject", e.Subject, maxAuditText), checkText("requestId", e.RequestID, maxAuditText), checkText("address", e.Address, maxAuditText),
	)
}

func checkID(field string, id ID, prefix string) error {
	if id.Prefix() != prefix || !idPattern.MatchString(string(id)) {
		return damaged(field, "is not the id of a %s", prefix)
	}
	return nil
}

// checkVersion keeps a version within what the wire's Int can carry.
func checkVersion(field string, version int) error {
	if version < 1 || version > math.MaxInt32 {
		return damaged(field, "is not a version: these count from 1")
	}
	return nil
}

func checkOrder(order int) error {
	if order < -maxOrder || order > maxOrder {
		return damaged("order", "is out of range")
	}
	return nil
}

func checkTime(field string, t time.Time) error {
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 || !t.Equal(moment(t)) {
		return damaged(field, "is not a moment of the years 1 to 9999 in whole milliseconds")
	}
	return nil
}

func checkOptionalTime(field string, t *time.Time) error {
	if t == nil {
		return nil
	}
	return checkTime(field, *t)
}

// checkAgent checks who wrote something; nil is nobody.
func checkAgent(field string, a *Agent) error {
	switch {
	case a == nil:
		return nil
	case a.ID == "":
		return damaged(field, "has no id")
	}
	return firstError(checkText(field, string(a.ID), maxAgentText), checkText(field, a.Name, maxAgentText))
}

// checkText checks a text that was never an input of the domain; it may be empty.
func checkText(field, s string, limit int) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
		return damaged(field, "is longer than %d code points, or not UTF-8", limit)
	}
	for _, c := range s {
		if unicode.IsControl(c) {
			return damaged(field, "has a control character: %U", c)
		}
	}
	return nil
}
