package contact

import "context"

// patienceKey is the key of a context that is patient.
type patienceKey struct{}

// Patiently marks the context of work that no person waits for: the demo at the start, the export and import of an
// organisation. A store that bounds how long an operation or a transaction may take grants them more time then; the context's own deadline holds as always.
func Patiently(ctx context.Context) context.Context {
	return context.WithValue(ctx, patienceKey{}, true)
}

// IsPatient reports whether the context was marked by [Patiently].
func IsPatient(ctx context.Context) bool { return ctx.Value(patienceKey{}) != nil }
