package mongotest

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func TestDatabaseGoesIntoAnyConnectionString(t *testing.T) {
	for _, tt := range []struct{ name, uri, want string }{
		{"without a path", "mongodb://a:1", "mongodb://a:1/new"},
		{"with an empty path", "mongodb://a:1/", "mongodb://a:1/new"},
		{"in the place of another", "mongodb://a:1,b:2/old?replicaSet=rs", "mongodb://a:1,b:2/new?replicaSet=rs"},
		{"with options and no path", "mongodb://a:1?replicaSet=rs", "mongodb://a:1/new?replicaSet=rs"},
		{"with a user of admin", "mongodb://u:p@a:1/?tls=true", "mongodb://u:p@a:1/new?tls=true&authSource=admin"},
		{"with a user of the other", "mongodb://u:p@a:1/old", "mongodb://u:p@a:1/new?authSource=old"},
		{"with a user whose place is said", "mongodb://u:p@a:1/old?authsource=x", "mongodb://u:p@a:1/new?authsource=x"},
		{
			"with a user known elsewhere", "mongodb://u:p@a:1/?authMechanism=PLAIN&tls=true",
			"mongodb://u:p@a:1/new?authMechanism=PLAIN&tls=true",
		},
		{
			"with a named mechanism", "mongodb://u:p@a:1/?authMechanism=SCRAM-SHA-256",
			"mongodb://u:p@a:1/new?authMechanism=SCRAM-SHA-256&authSource=admin",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := withDatabase(tt.uri, "new")
			if got != tt.want {
				t.Errorf("withDatabase(%q) = %q, want %q", tt.uri, got, tt.want)
			}
			if err := options.Client().ApplyURI(got).Validate(); err != nil {
				t.Errorf("the driver refuses %q: %v", got, err)
			}
		})
	}
}
