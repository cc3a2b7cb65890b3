"""Let dagster-airbyte get its token and list what it lists of one workspace; print it as one JSON object."""

import json
import os

from dagster_airbyte import AirbyteWorkspace


def main():
    client = AirbyteWorkspace(
        rest_api_base_url=os.environ["MOCK_URL"] + "/api/public/v1",
        configuration_api_base_url=os.environ["MOCK_URL"] + "/api/v1", workspace_id=os.environ["WORKSPACE"],
        client_id=os.environ["BATON_AIRBYTE_CLIENT_ID"], client_secret=os.environ["BATON_AIRBYTE_CLIENT_SECRET"],
        request_max_retries=0).get_client()
    client.validate_workspace_id()
    print(json.dumps({"connections": client.get_connections()}))


if __name__ == "__main__":
    main()
