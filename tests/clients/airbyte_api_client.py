"""Read all that the official client can read of who may do what, and print it as one JSON object."""

import json
import os

import airbyte_api
from airbyte_api import api, models

BASE = os.environ["MOCK_URL"] + "/api/public/v1"


def client():
    return airbyte_api.AirbyteAPI(
        server_url=BASE,
        security=models.Security(client_credentials=models.SchemeClientCredentials(
            client_id=os.environ["BATON_AIRBYTE_CLIENT_ID"],
            client_secret=os.environ["BATON_AIRBYTE_CLIENT_SECRET"],
            token_url=BASE + "/applications/token")))


def workspaces(s):
    found = []
    while True:
        page = s.workspaces.list_workspaces(request=api.ListWorkspacesRequest(limit=2, offset=len(found))).workspaces_response
        if not page.data:
            return found
        found += page.data


def main():
    s = client()
    organizations = s.organizations.list_organizations_for_user().organizations_response.data
    users = {o.organization_id: s.users.list_users_within_an_organization(
        request=api.ListUsersWithinAnOrganizationRequest(organization_id=o.organization_id)).users_response.data
        for o in organizations}
    own = s.permissions.list_permissions(request=api.ListPermissionsRequest()).permissions_response.data
    others = [s.permissions.list_permissions(request=api.ListPermissionsRequest(user_id=u.id, organization_id=o))
              .permissions_response.data for o, listed in users.items() for u in listed]
    print(json.dumps({
        "organizations": sorted(o.organization_name for o in organizations),
        "workspaces": sorted(w.workspace_id for w in workspaces(s)),
        "users": {o: sorted(u.id for u in listed) for o, listed in users.items()},
        "own": sorted(p.permission_type.value for p in own),
        "permissions": sorted({(p.user_id, p.permission_type.value, p.scope_id) for rows in others for p in rows}),
        "health": s.health.get_health_check().status_code,
    }))


if __name__ == "__main__":
    main()
