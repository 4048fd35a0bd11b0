//go:build election

package faults_test

import (
	"context"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
	"contactpanel/store/mongo/mongotest"
)

// TestWritesSurviveAnElection asks the primary of a real replica set to step down while agents write. `make election` runs it:
// it needs a set of three members at [mongotest.URIVariable], because a server that is alone has nobody to elect.
func TestWritesSurviveAnElection(t *testing.T) {
	if os.Getenv(mongotest.URIVariable) == "" {
		t.Fatalf("%s names no replica set", mongotest.URIVariable)
	}
	uri := mongotest.Database(t)
	admin := adminOf(t, uri)
	var set struct {
		Members []string `bson:"hosts"`
	}
	must(t, admin.RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Decode(&set))
	if len(set.Members) < 3 {
		t.Fatalf("the replica set has %d members, too few for an election", len(set.Members))
	}
	s := siteAt(t, nil, uri)
	store := openStore(t, uri)
	shared := []contact.ID{s.newContact(t), s.newContact(t), s.newContact(t)}
	followers, stopFollowing := s.follow(t, openStore(t, uri), shared)
	through := useCases(store)
	stop := s.write(t, through, shared, 1)
	for range 3 {
		<-time.After(time.Second)
		err := admin.RunCommand(t.Context(), bson.D{{Key: "replSetStepDown", Value: 10}, {Key: "secondaryCatchUpPeriodSecs", Value: 5}}).Err()
		if err != nil && !mongo.IsNetworkError(err) { // older servers answer by closing
			t.Fatalf("ask the primary to step down: %v", err)
		}
		<-time.After(answerTime)
	}
	jobs := stop()
	s.awaitAll(t)
	s.check(t, through, jobs...)
	s.checkFollowed(t, followers)
	stopFollowing()
}

func adminOf(t *testing.T, uri string) *mongo.Database {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	must(t, err)
	t.Cleanup(func() { must(t, client.Disconnect(context.Background())) })
	return client.Database("admin")
}
