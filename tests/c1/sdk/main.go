// A connector that is all SDK: started as a service, it speaks to ConductorOne by the SDK's own client code, so that
// ../../c1-sdk.bats can lay what c1-serve sends beside it. It knows one type, one user, and nothing else.
package main

import (
	"context"
	"fmt"
	"os"

	v2 "github.com/conductorone/baton-sdk/pb/c1/connector/v2"
	"github.com/conductorone/baton-sdk/pkg/annotations"
	"github.com/conductorone/baton-sdk/pkg/config"
	"github.com/conductorone/baton-sdk/pkg/connectorbuilder"
	"github.com/conductorone/baton-sdk/pkg/field"
	"github.com/conductorone/baton-sdk/pkg/pagination"
	"github.com/conductorone/baton-sdk/pkg/types"
	"github.com/spf13/viper"
)

type one struct{}

func (one) Metadata(context.Context) (*v2.ConnectorMetadata, error) {
	return &v2.ConnectorMetadata{DisplayName: "One user", Description: "A connector of the tests"}, nil
}

func (one) Validate(context.Context) (annotations.Annotations, error) { return nil, nil }

func (o one) ResourceSyncers(context.Context) []connectorbuilder.ResourceSyncer {
	return []connectorbuilder.ResourceSyncer{o}
}

func (one) ResourceType(context.Context) *v2.ResourceType {
	return &v2.ResourceType{Id: "user", DisplayName: "User", Traits: []v2.ResourceType_Trait{v2.ResourceType_TRAIT_USER}}
}

func (one) List(context.Context, *v2.ResourceId, *pagination.Token) ([]*v2.Resource, string, annotations.Annotations, error) {
	user := &v2.Resource{Id: &v2.ResourceId{ResourceType: "user", Resource: "1"}, DisplayName: "The user",
		Annotations: annotations.New(&v2.UserTrait{})}
	return []*v2.Resource{user}, "", nil, nil
}

func (one) Entitlements(context.Context, *v2.Resource, *pagination.Token) ([]*v2.Entitlement, string, annotations.Annotations, error) {
	return nil, "", nil, nil
}

func (one) Grants(context.Context, *v2.Resource, *pagination.Token) ([]*v2.Grant, string, annotations.Annotations, error) {
	return nil, "", nil, nil
}

func connector(ctx context.Context, _ *viper.Viper) (types.ConnectorServer, error) {
	return connectorbuilder.NewConnector(ctx, one{})
}

func main() {
	_, command, err := config.DefineConfiguration(context.Background(), "one-user", connector, field.Configuration{})
	if err == nil {
		err = command.Execute()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
