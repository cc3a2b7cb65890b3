#!/usr/bin/env bats
# Clients of the Airbyte API that others wrote read from the mock: it speaks the real API, then, and not only that of
# ab-fetch. Part of make check-clients, not of make check: the clients come from PyPI and are large.

load lib

DEMO=$FIXTURES/demo-tenant.json

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    credentials "$DEMO"
    export AIRFLOW_HOME=$BATS_TEST_TMPDIR/airflow PYTHONWARNINGS=ignore
}

teardown() {
    stop_mock
}

# reads SET CLIENT [MOCK-ARGUMENTS...]: let the client of that set read the demo tenant; what it found is in found.json.
reads() {
    local python status=0
    python=$("$ROOT/tests/clients/build" "$1") || status=$?
    [ "$status" -ne 3 ] || skip "the clients cannot be had here"
    [ "$status" -eq 0 ]
    start_mock --tenant "$DEMO" "${@:3}"
    export MOCK_URL
    "$python" "$ROOT/tests/clients/$2_client.py" >found.json
}

# The two sides of a comparison: what was FOUND and what is TRUE, by two filters of jq.
same() {
    diff <(jq -Sc "$1" found.json) <(jq -Sc "$2" "$DEMO")
}

# What the application's owner, an admin of both organizations, can see.
USERS='[.organizations[].organizationId as $o | {($o): [.permissions[] | select(.organizationId == $o) | .userId] | sort}] | add'
WORKSPACES='[.workspaces[].workspaceId] | sort'
NAMES='[.organizations[].organizationName] | sort'

@test "airbyte-api, the official client: organizations, workspaces by pages, users, permissions" {
    reads light airbyte_api
    same .organizations "$NAMES"
    same .workspaces "$WORKSPACES"
    same .users "$USERS"
    same '.own | length' '.caller as $c | [.permissions[] | select(.userId == $c)] | length'
    same .permissions '[.permissions[] | select(.organizationId) | [.userId, .permissionType, .organizationId]] | sort'
    same .health 200
}

@test "Cartography's Airbyte module: organizations, workspaces by links, users and who is admin" {
    reads light cartography
    same '.organizations | sort' "$NAMES"
    same .workspaces "$WORKSPACES"
    same .users "$USERS"
    same .admins '[.organizations[].organizationId as $o | {($o): [.permissions[] |
        select(.organizationId == $o and .permissionType == "organization_admin") | .userId] | sort}] | add'
}

@test "dagster-airbyte: its token, a workspace, its connections" {
    WORKSPACE=$(jq -r '.workspaces[0].workspaceId' "$DEMO")
    export WORKSPACE
    reads light dagster
    same .connections '[]'
    [ "$(asked 'GET /api/public/v1/workspaces/*')" = 1 ]
    [ "$(asked 'POST /api/public/v1/applications/token')" = 1 ]
}

@test "the Airflow provider: its token, its test of a connection, workspaces" {
    reads airflow airflow
    same '[.works, .workspaces]' "[true, ($WORKSPACES)]"
    [ "$(asked 'POST /api/public/v1/applications/token')" = 1 ]
}
