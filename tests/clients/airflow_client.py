"""Let the Airflow provider's hook get its token, test its connection and list; print it as one JSON object."""

import json
import os

BASE = os.environ["MOCK_URL"] + "/api/public/v1"
os.environ["AIRFLOW_CONN_AIRBYTE_DEFAULT"] = json.dumps({
    "conn_type": "airbyte", "host": BASE, "login": os.environ["BATON_AIRBYTE_CLIENT_ID"],
    "password": os.environ["BATON_AIRBYTE_CLIENT_SECRET"], "schema": BASE + "/applications/token"})

from airbyte_api.api import ListWorkspacesRequest  # noqa: E402 (Airflow reads its connections as it is imported)
from airflow.providers.airbyte.hooks.airbyte import AirbyteHook  # noqa: E402


def main():
    hook = AirbyteHook()
    works, words = hook.test_connection()
    listed = hook.airbyte_api.workspaces.list_workspaces(request=ListWorkspacesRequest()).workspaces_response.data
    print(json.dumps({"works": works, "words": words, "workspaces": sorted(w.workspace_id for w in listed)}))


if __name__ == "__main__":
    main()
