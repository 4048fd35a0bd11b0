package contact

import "time"

// ValidationState says whether the organisation's CRM knows the contact.
type ValidationState string

// The states. While no CRM is connected every contact is NOT_CONFIGURED, and the panel shows neither word.
const (
	NotConfigured ValidationState = "NOT_CONFIGURED" // no CRM is connected
	NotValidated  ValidationState = "NOT_VALIDATED"  // never tried, no key, no match, or the record is gone
	Pending       ValidationState = "PENDING"        // a first lookup runs
	Validated     ValidationState = "VALIDATED"      // exactly one record matched
	Ambiguous     ValidationState = "AMBIGUOUS"      // several records match; an agent chooses
	Failed        ValidationState = "FAILED"         // the first lookup could not be answered
)

// ValidationStates lists every state, in the order of the schema.
func ValidationStates() []ValidationState {
	return []ValidationState{NotConfigured, NotValidated, Pending, Validated, Ambiguous, Failed}
}

// Validation is what the CRM says about the contact.
type Validation struct {
	State     ValidationState
	CheckedAt *time.Time // when the CRM was last asked
	IsStale   bool       // the answer is older than the connection wants it to be
	Connector *string    // the connection's name
	RecordURL *string    // the page of the CRM's record
	Reason    *string    // why the state is what it is, in the viewer's language
}

// IsValidated is the badge of the panel.
func (v Validation) IsValidated() bool { return v.State == Validated }

var noCRM = wording("No CRM is connected.", "Es ist kein CRM angebunden.") //nolint:gochecknoglobals // a table, never written

// Validation returns the contact's validation for a viewer of the languages.
func (c *Contact) Validation(languages []string) Validation {
	return Validation{State: NotConfigured, Reason: optional(noCRM.For(languages))}
}
