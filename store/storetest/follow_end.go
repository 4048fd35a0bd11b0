package storetest

import (
	"context"
	"errors"

	"contactpanel/contact"
)

func (h *harness) followContext() {
	h.put(h.plain(1))
	f := h.present()
	ctx, cancel := context.WithCancel(h.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := f.stream.Next(ctx)
		ended <- err
	}()
	cancel()
	wantError(h, "Next", <-ended, context.Canceled)
	h.append(1)
	_, err := f.stream.Next(ctx)
	wantError(h, "Next with an ended context", err, context.Canceled)
	f.wantEvents(1, 1)
	_, err = h.store.Follow(ctx, h.org, contactID(1), contact.TopicNotes, nil)
	wantError(h, "Follow with an ended context", err, context.Canceled)
}

func (h *harness) followClose() {
	h.put(h.plain(1))
	f, other := h.present(), h.present()
	ended := make(chan error, 1)
	go func() {
		_, err := f.stream.Next(h.Context())
		ended <- err
	}()
	f.stream.Close()
	f.stream.Close()
	h.wantCode("Next, while the stream was closed", <-ended, contact.Unavailable)
	h.append(1)
	_, err := f.tryNext()
	h.wantCode("Next of a closed stream", err, contact.Unavailable)
	other.wantEvents(1, 1)
}

func (h *harness) followStoreClose() {
	h.makeOrganisation()
	h.put(h.plain(1))
	waiting, idle := h.present(), h.present()
	ended := make(chan error, 1)
	go func() {
		_, err := waiting.tryNext()
		ended <- err
	}()
	h.append(1)
	if err := <-ended; err != nil {
		h.Fatalf("Next = %v", err)
	}
	go func() {
		_, err := waiting.tryNext()
		ended <- err
	}()
	h.must("Close", h.store.Close())
	h.wantCode("Next, while the store was closed", <-ended, contact.Unavailable)
	_, err := idle.tryNext()
	h.wantCode("Next after the store was closed", err, contact.Unavailable)
	_, err = h.store.Follow(h.Context(), h.org, contactID(1), contact.TopicNotes, nil)
	h.wantCode("Follow after the store was closed", err, contact.Unavailable)
	waiting.stream.Close()
	idle.stream.Close()
	if _, err := idle.tryNext(); errors.Is(err, context.DeadlineExceeded) {
		h.Error("Next of a closed stream of a closed store waits")
	}
}
