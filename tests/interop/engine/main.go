// Writes the grants of tests/bench/gen-records, made in memory, with the SDK's own engine through its public store:
//
//	engine sqlite|pebble GRANTS FILE
//
// The time it takes is what tests/bench compares c1z-pack with.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	v2 "github.com/conductorone/baton-sdk/pb/c1/connector/v2"
	"github.com/conductorone/baton-sdk/pkg/connectorstore"
	"github.com/conductorone/baton-sdk/pkg/dotc1z"
	"github.com/conductorone/baton-sdk/pkg/dotc1z/c1zstore"
)

const users = 1000

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func id(kind, n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", kind, n) }

func resource(kind string, name string) *v2.Resource {
	return &v2.Resource{Id: &v2.ResourceId{ResourceType: kind, Resource: name}, DisplayName: name}
}

func main() {
	ctx := context.Background()
	grants, err := strconv.Atoi(os.Args[2])
	must(err)
	store, err := dotc1z.NewStore(ctx, os.Args[3], dotc1z.WithEngine(c1zstore.Engine(os.Args[1])))
	must(err)
	_, err = store.StartNewSync(ctx, connectorstore.SyncTypeFull, "")
	must(err)
	must(store.PutResourceTypes(ctx, &v2.ResourceType{Id: "user", DisplayName: "User"}, &v2.ResourceType{Id: "workspace", DisplayName: "Workspace"}))
	people := make([]*v2.Resource, users)
	for u := range people {
		people[u] = resource("user", id(0xa, u))
	}
	must(store.PutResources(ctx, people...))
	for w := 0; w*users < grants; w++ {
		place := resource("workspace", id(0xb, w))
		entitlement := &v2.Entitlement{Resource: place, Id: "workspace:" + place.Id.Resource + ":workspace_reader", Slug: "workspace_reader"}
		must(store.PutResources(ctx, place))
		must(store.PutEntitlements(ctx, entitlement))
		batch := make([]*v2.Grant, 0, users)
		for u := 0; u < users && w*users+u < grants; u++ {
			batch = append(batch, &v2.Grant{Entitlement: entitlement, Principal: people[u], Id: entitlement.Id + ":user:" + people[u].Id.Resource})
		}
		must(store.PutGrants(ctx, batch...))
	}
	must(store.EndSync(ctx))
	must(store.Close(ctx))
}
