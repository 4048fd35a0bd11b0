// Package contact is the domain of the contact panel: who writes to an organisation, what is known about them and what
// colleagues have noted. It holds the types, the rules, the use cases and the ports, and is for the wire above it (graph,
// importer, demo) and the backends below it (store/...).
//
// The invariants that hold everywhere:
//
//   - The organisation (the tenant) is an argument of every store call and comes from the [Actor], never from input.
//   - A rule is written once, in [Contacts]; a store decides nothing and the wire decides nothing.
//   - A write of an existing thing names the version that its author saw. A stale one is refused with the current state:
//     nothing is overwritten silently and no text is lost.
//   - One transaction writes a change together with its event, its idempotency row and its audit row, or none of them.
//   - Times are UTC, cut to the millisecond, and come from one clock.
//
// The package imports the standard library only. Rules that need a library (phone numbers, language tags, mail domains,
// letter decomposition) are ports in deps.go.
package contact
