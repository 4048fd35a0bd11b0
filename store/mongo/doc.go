// Package mongo keeps everything in MongoDB, for any number of gateways over one replica set. It implements [contact.Store]
// and is for store alone. The invariant: what is acknowledged was written by a majority of the replica set's members to
// their journals, so that no election takes it back; and what is read is what a majority has.
//
// Reads and writes go to the primary. Each read is causal: it sees what this process wrote or was told of before. A change
// is one transaction with one snapshot; its writes wait in memory until it reads what they touch or commits, and then go to
// the server together.
//
// A change wakes the followers of this process right after its commit. Those of other gateways are woken by one change
// stream a process, which is a wake-up only: what is delivered comes from the log.
package mongo
