package contact_test

import (
	"context"
	"fmt"
	"testing"

	"contactpanel/contact"
)

// BenchmarkAdmit is what it costs a request to be let in while what is known of the agents is young, and a connection to look before
// it writes.
func BenchmarkAdmit(b *testing.B) {
	w := newWorld(b)
	ctx := w.as(anna)
	for _, deactivated := range []int{0, contact.MaxDeactivatedAgents} {
		w.must("Update", w.store.Update(ctx, acme, func(ctx context.Context, tx contact.Tx) error {
			for n := range deactivated {
				if err := tx.PutDeactivatedAgent(ctx, acme, contact.DeactivatedAgent{AgentID: contact.ID(fmt.Sprint(n)), Since: noon, By: clara.Agent}); err != nil {
					return err
				}
			}
			return nil
		}))
		gateway := contact.New(w.deps(w.store)) // which has asked nobody yet
		w.must("Admit", gateway.Admit(ctx, anna))
		b.Run(fmt.Sprintf("a request, %d agents deactivated", deactivated), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := gateway.Admit(ctx, anna); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("a connection, %d agents deactivated", deactivated), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if gateway.IsShutOut(anna) {
					b.Fatal("she is shut out")
				}
			}
		})
	}
}
