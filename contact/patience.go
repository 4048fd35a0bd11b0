package contact

import "context"

// patienceKey is the key of a context that is patient.
type patienceKey struct{}

// Patiently marks the context of work whose size is that of what is kept and not of what is asked, so that its time is no sign of
// a store in trouble: the demo at the start, the export and import of an organisation, new keys after an update, the export and
// erasure of a contact. Only an administrator or an operator ever waits for it. A store that bounds how long an operation
// or a transaction may take grants more time then; the context's own deadline holds as always.
func Patiently(ctx context.Context) context.Context {
	return context.WithValue(ctx, patienceKey{}, true)
}

// IsPatient reports whether the context was marked by [Patiently].
func IsPatient(ctx context.Context) bool { return ctx.Value(patienceKey{}) != nil }
