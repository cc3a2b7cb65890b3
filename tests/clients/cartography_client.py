"""Read what Cartography's Airbyte module reads, without its database, and print it as one JSON object."""

import json
import os

from cartography.intel.airbyte import organizations, users, workspaces
from cartography.intel.airbyte.util import AirbyteClient


def main():
    session = AirbyteClient(os.environ["MOCK_URL"] + "/api/public/v1", os.environ["BATON_AIRBYTE_CLIENT_ID"],
                            os.environ["BATON_AIRBYTE_CLIENT_SECRET"])
    found = {"organizations": [], "workspaces": [], "users": {}, "admins": {}}
    for organization in organizations.get(session):
        key = organization["organizationId"]
        found["organizations"].append(organization["organizationName"])
        found["users"][key] = sorted(u["id"] for u in users.get(session, key))
        roles = {u: [p for p in users.get_permissions(session, u, key)
                     if p["scope"] == "organization" and p["scopeId"] == key] for u in found["users"][key]}
        found["admins"][key] = sorted(u for u, held in roles.items() if users.transform_permissions(held)[0])
        found["workspaces"] = sorted(w["workspaceId"] for w in workspaces.get(session, key))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
