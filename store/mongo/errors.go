package mongo

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"

	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"contactpanel/contact"
	"contactpanel/store/internal/life"
)

// Labels that servers and the driver put on errors (transactions specification).
const (
	labelTransient = "TransientTransactionError"
	labelUnknown   = "UnknownTransactionCommitResult"
	labelNetwork   = "NetworkError"

	labelOverloaded = "SystemOverloadedError"
)

// Codes of the server's errors (src/mongo/base/error_codes.yml).
const (
	codeHostUnreachable    = 6
	codeHostNotFound       = 7
	codeUserNotFound       = 11
	codeUnauthorized       = 13
	codeAuthentication     = 18
	codeNamespaceExists    = 48
	codeMaxTimeExpired     = 50
	codeWriteConcern       = 64
	codeNoWriteConcern     = 79
	codeCannotSatisfy      = 100
	codeWriteConflict      = 112
	codeNoSuchTransaction  = 251
	codeExceededTime       = 262
	codeOverloaded         = 462
	codeAtlas              = 8000 // what MongoDB's own cloud answers to a wrong sign-in
	codeOutOfDisk          = 14031
	codeTooLarge           = 10334
	codeDuplicate          = 11000
	codeTransactionTooBig  = 257
	codeTransactionTooOld  = 290 // it took longer than the server lets one take
	codeSnapshotTooOld     = 239
	codeSnapshotNotThere   = 246
	codeNetworkTimeout     = 89
	codeShutdown           = 91
	codeSteppedDown        = 189
	codeNotPrimary         = 10107
	codeSocket             = 9001
	codeInterruptedByEnd   = 11600 // of the server
	codeInterruptedByState = 11602
	codeNotPrimaryNoReads  = 13435
	codeNodeRecovering     = 13436
)

// maxDocument is the most that a document may hold (mongodb.com/docs/manual/reference/limits), less some room for what the
// store adds to a thing.
const maxDocument = 16<<20 - 64<<10

func hasCode(err error, codes ...int) bool {
	return slices.ContainsFunc(driver.ErrorCodes(err), func(code int) bool { return slices.Contains(codes, code) })
}

func hasLabel(err error, label string) bool {
	var labelled interface {
		error
		HasErrorLabel(label string) bool
	}
	return errors.As(err, &labelled) && labelled.HasErrorLabel(label)
}

// isTransient reports whether a transaction failed in a way that running it again may heal: another one was faster, the
// servers changed, or no connection could be had. A duplicate is the trace of a faster one too: what the transaction read did
// not show it.
func isTransient(err error) bool {
	return !isOverloaded(err) && (hasLabel(err, labelTransient) || isUnconnected(err) ||
		hasCode(err, codeWriteConflict, codeDuplicate, codeNoSuchTransaction, codeSnapshotTooOld, codeSnapshotNotThere))
}

// isOverloaded reports whether the server refuses because it has too much to do. To ask again at once would add to that. The
// driver supposes it of every server to which no connection can be made; that says nothing.
func isOverloaded(err error) bool {
	return hasCode(err, codeOverloaded) || hasLabel(err, labelOverloaded) && !isUnconnected(err)
}

// isUnconnected reports whether an operation found no connection: none could be made, or those there were are of no use since
// one was lost. The driver labels only the loss of a connection that is in use. One that is being made when others are lost
// is given up with them, and says that its context was canceled; whether the caller's was is for the caller to ask first.
func isUnconnected(err error) bool {
	var cleared interface{ Retryable() bool } // the driver's RetryablePoolError
	var unmade net.Error
	return errors.As(err, &cleared) && cleared.Retryable() || errors.As(err, &unmade) || errors.Is(err, io.EOF) || errors.Is(err, context.Canceled)
}

// isUnknown reports whether a commit may have happened although it failed. A server that has no such transaction says by a
// label that it was not committed; without it, it only does not know.
func isUnknown(err error) bool {
	var concern driver.WriteException
	return hasLabel(err, labelUnknown) || hasLabel(err, labelNetwork) || isUnconnected(err) || driver.IsTimeout(err) || driver.IsNetworkError(err) ||
		hasCode(err, codeMaxTimeExpired, codeWriteConcern, codeNoWriteConcern, codeCannotSatisfy) ||
		errors.As(err, &concern) && concern.WriteConcernError != nil ||
		hasCode(err, codeNoSuchTransaction) && !hasLabel(err, labelTransient) ||
		errors.Is(err, context.DeadlineExceeded)
}

// isFault reports whether the error is one of the store's own making: not the domain's and not the end of a context.
func isFault(err error) bool {
	var known *contact.Error
	return err != nil && !errors.As(err, &known)
}

// translate turns what the driver says into the domain's error. caller is the context of the store's caller: its end is
// returned as it is, while a deadline that the store has set is a store that does not answer. Messages quote nothing.
func (s *Store) translate(caller context.Context, err error) error {
	if !isFault(err) {
		return err
	}
	if ended := caller.Err(); ended != nil {
		return ended
	}
	err = s.target.redacted(err)
	switch {
	case errors.Is(err, driver.ErrClientDisconnected):
		return life.ErrClosed()
	case hasCode(err, codeOutOfDisk):
		return contact.Fault(contact.StorageFull, err, "the store's disk is full; nothing was written")
	case hasCode(err, codeTooLarge, codeTransactionTooBig):
		return contact.Fault(contact.Internal, err, "the change is larger than the store can take")
	case isOverloaded(err):
		return contact.Fault(contact.Overloaded, err, "the database has more to do than it can; try again later")
	case hasCode(err, codeUnauthorized, codeAuthentication):
		return contact.Fault(contact.Internal, err, "the database does not allow it")
	case isUnavailable(err):
		return contact.Fault(contact.Unavailable, err, "the store does not answer")
	default:
		return contact.Fault(contact.Internal, err, "the store met an unexpected fault")
	}
}

// isUnavailable reports whether trying again later may help.
func isUnavailable(err error) bool {
	return driver.IsTimeout(err) || driver.IsNetworkError(err) || isTransient(err) || isLookup(err) || errors.Is(err, context.Canceled) ||
		hasCode(err, codeMaxTimeExpired, codeExceededTime, codeShutdown, codeSteppedDown, codeNotPrimary, codeNotPrimaryNoReads,
			codeInterruptedByEnd, codeInterruptedByState, codeNodeRecovering, codeHostUnreachable, codeHostNotFound, codeNetworkTimeout, codeSocket) ||
		hasLabel(err, labelNetwork)
}

// isSignIn reports whether the server does not know the user or does not let it do what the store does.
func isSignIn(err error) bool {
	return hasCode(err, codeUserNotFound, codeUnauthorized, codeAuthentication, codeAtlas)
}
