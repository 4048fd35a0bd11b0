package mongotest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// failTime bounds telling a server what it is to do wrong.
const failTime = 30 * time.Second

// Fault is something that a server does wrong with certain commands.
type Fault struct {
	// Commands are the names of those that it meets, as they stand in MongoDB's protocol.
	Commands []string
	// App is the application's name of the clients that it meets; all clients without one.
	App string
	// Times is how many commands it meets; 0 means all.
	Times int
	// How is what becomes of them.
	How Failure
}

// Failure is what becomes of a command; one of the functions below makes it.
type Failure struct{ fields bson.D }

// Code answers with an error and does nothing. The labels are the error's; without any the server adds what it adds to
// such an error.
func Code(code int, labels ...string) Failure {
	fields := bson.D{{Key: "errorCode", Value: code}}
	if len(labels) > 0 {
		fields = append(fields, bson.E{Key: "errorLabels", Value: labels})
	}
	return Failure{fields}
}

// Unlabelled is Code with an error that has no label at all.
func Unlabelled(code int) Failure {
	return Failure{bson.D{{Key: "errorCode", Value: code}, {Key: "errorLabels", Value: []string{}}}}
}

// Unconfirmed does what it is told, and answers with an error of the write concern.
func Unconfirmed(code int) Failure {
	return Failure{bson.D{{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: code}, {Key: "errmsg", Value: "planted"}}}}}
}

// Closes closes the connection in the place of an answer, and does nothing.
func Closes() Failure { return Failure{bson.D{{Key: "closeConnection", Value: true}}} }

// Blocks waits for a time, in whole milliseconds, before it does what it is told.
func Blocks(d time.Duration) Failure {
	return Failure{bson.D{{Key: "blockConnection", Value: true}, {Key: "blockTimeMS", Value: d.Milliseconds()}}}
}

// FailCommand makes the server fail commands until Heal, and until the end of the test at the latest. A server has one fault
// at a time: another one takes its place. A kill ends it too.
func (s *Server) FailCommand(tb testing.TB, f Fault) {
	tb.Helper()
	mode := any("alwaysOn")
	if f.Times > 0 {
		mode = bson.D{{Key: "times", Value: f.Times}}
	}
	data := bson.D{{Key: "failCommands", Value: f.Commands}}
	if f.App != "" {
		data = append(data, bson.E{Key: "appName", Value: f.App})
	}
	if err := s.setFailPoint(mode, append(data, f.How.fields...)); err != nil {
		tb.Fatalf("mongotest: %v", err)
	}
	tb.Cleanup(func() {
		if s.process == nil || s.process.frozen { // it has none, or could not be told
			return
		}
		if err := s.setFailPoint("off", bson.D{}); err != nil {
			tb.Errorf("mongotest: %v", err)
		}
	})
}

// Heal ends what FailCommand began.
func (s *Server) Heal(tb testing.TB) {
	tb.Helper()
	if err := s.setFailPoint("off", bson.D{}); err != nil {
		tb.Fatalf("mongotest: %v", err)
	}
}

func (s *Server) setFailPoint(mode any, data bson.D) error {
	ctx, cancel := context.WithTimeout(context.Background(), failTime)
	defer cancel()
	return withClient(ctx, s.URI(), func(client *mongo.Client) error {
		err := client.Database("admin").RunCommand(ctx, bson.D{
			{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: mode}, {Key: "data", Value: data},
		}).Err()
		if err != nil {
			return fmt.Errorf("set a fail point: %w", err)
		}
		return nil
	})
}
