#!/usr/bin/env bash
# baton-sdk 0.26.0 keeps enums of resource types and entitlements by their names in files of format v3, not by their
# numbers as protobuf and format v1 do. A number that this release has no name for, as a newer connector may have
# written into a file of format v1, goes in as an empty name, and comes out as "unspecified": the conversion succeeds and
# says nothing. A resource's status, in the same files, keeps its number. One would expect all of them to survive, as
# proto3's open enums do everywhere else in the SDK. Who reads format v3 has to expect an empty trait; who compares a
# file with its conversion, a changed one.
#
# Needs Go 1.25. Installs the SDK in a temporary folder, writes a sync of format v1 with it, lets it convert that, and
# lists both. Fails when that changes.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOPATH=$work/go GOFLAGS=-mod=mod

cat >go.mod <<'END'
module finding

go 1.25

require github.com/conductorone/baton-sdk v0.26.0
END
cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"log"

	v2 "github.com/conductorone/baton-sdk/pb/c1/connector/v2"
	"github.com/conductorone/baton-sdk/pkg/connectorstore"
	"github.com/conductorone/baton-sdk/pkg/dotc1z"
	_ "github.com/conductorone/baton-sdk/pkg/dotc1z/engine/pebble"
)

// The numbers 90 to 92 have no names in this release.
var (
	team     = v2.ResourceType_builder{Id: "team", Traits: []v2.ResourceType_Trait{v2.ResourceType_TRAIT_GROUP, 90}}.Build()
	resource = v2.Resource_builder{
		Id:     v2.ResourceId_builder{ResourceType: "team", Resource: "1"}.Build(),
		Status: v2.Status_builder{Status: 91}.Build(),
	}.Build()
	member = v2.Entitlement_builder{Id: "team:1:member", Resource: resource, Purpose: 92}.Build()
)

type lister interface {
	ListResourceTypes(context.Context, *v2.ResourceTypesServiceListResourceTypesRequest) (*v2.ResourceTypesServiceListResourceTypesResponse, error)
	ListResources(context.Context, *v2.ResourcesServiceListResourcesRequest) (*v2.ResourcesServiceListResourcesResponse, error)
	ListEntitlements(context.Context, *v2.EntitlementsServiceListEntitlementsRequest) (*v2.EntitlementsServiceListEntitlementsResponse, error)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func show(ctx context.Context, format string, l lister) {
	types := must(l.ListResourceTypes(ctx, &v2.ResourceTypesServiceListResourceTypesRequest{})).GetList()
	resources := must(l.ListResources(ctx, &v2.ResourcesServiceListResourcesRequest{ResourceTypeId: "team"})).GetList()
	entitlements := must(l.ListEntitlements(ctx, &v2.EntitlementsServiceListEntitlementsRequest{})).GetList()
	traits := types[0].GetTraits()
	fmt.Printf("%s: traits %d %d, status %d, purpose %d\n", format, traits[0], traits[1],
		resources[0].GetStatus().GetStatus(), entitlements[0].GetPurpose())
}

func main() {
	ctx := context.Background()
	file := must(dotc1z.NewC1ZFile(ctx, "v1.c1z"))
	must(file.StartNewSync(ctx, connectorstore.SyncTypeFull, ""))
	check(file.PutResourceTypes(ctx, team))
	check(file.PutResources(ctx, resource))
	check(file.PutEntitlements(ctx, member))
	check(file.EndSync(ctx))
	show(ctx, "v1", file)
	must(file.ToPebble(ctx, "v3.c1z", ""))
	check(file.Close(ctx))

	converted := must(dotc1z.NewStore(ctx, "v3.c1z", dotc1z.WithReadOnly(true)))
	show(ctx, "v3", converted)
	check(converted.Close(ctx))
}
END
go build -o finding . 2>build.log || { cat build.log >&2; exit 1; }
go list -m github.com/conductorone/baton-sdk
./finding | tee seen
diff - seen <<'END' || { echo "the behaviour has changed" >&2; exit 1; }
v1: traits 2 90, status 91, purpose 92
v3: traits 2 0, status 91, purpose 0
END
