#!/usr/bin/env bats
# The truth about access: random tenants through all stages, and what readers then list compared with what is computed from
# the tenant alone (tests/tenants, tests/truth). The readers are c1z-cat and, where there is Go, the real baton.
#
# AB_TENANTS (200; a fifth of that with sanitizers) of them, from seed AB_TENANTS_FROM (101) on: a quarter in each test.
load lib

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    # tests/run hands it over, built already; a machine without it reads by our own program alone.
    [ -n "${BATON:-}" ] || BATON=$("$ROOT/tests/interop/build" 2>/dev/null) || BATON=
    export BATON
}

# tenants [--keep DIR] FROM N [OPTIONS...]: whether what is listed of these is true.
tenants() {
    "$ROOT/tests/tenants" "$@" >said || { cat said; return 1; }
}

# quarter I: the tenants of one of the four tests.
quarter() {
    local all=${AB_TENANTS:-200} share
    [ -z "${AB_SANITIZED:-}" ] || all=$((all / 5))
    share=$(((all + 3) / 4))
    tenants $((${AB_TENANTS_FROM:-101} + $1 * share)) "$share"
    # All were looked at, and they say something: a tenant has a hundred grants, taken over some.
    [[ "$(tail -n 1 said)" =~ ^"$share tenants, "([0-9]+)" grants, 0 differ"$ ]]
    [ "${BASH_REMATCH[1]}" -gt $((10 * share)) ]
}

@test "random tenants: every user, entitlement and source is the tenant's, first quarter" {
    quarter 0
}

@test "random tenants: second quarter" {
    quarter 1
}

@test "random tenants: third quarter" {
    quarter 2
}

@test "random tenants: last quarter" {
    quarter 3
}

@test "some tenants as the reader of SDK 0.26 lists them" {
    BATON=$("$ROOT/tests/interop/build" v0.26 2>/dev/null) || skip "no Go here, so no real baton"
    tenants 1 5 --full --caller organization_admin
}

@test "callers of every role, and one organization refused" {
    local role
    for role in instance_admin organization_admin organization_editor organization_runner organization_reader \
        organization_member workspace_admin none mixed; do
        for release in 1.8 2.0 2.1 head; do
            tenants 7 1 --organizations 3 --workspaces 8 --users 20 --full --profile enterprise --caller "$role" \
                --release "$release"
        done
        tenants 8 1 --organizations 3 --workspaces 8 --users 20 --full --profile enterprise --caller "$role" --refuse
    done
}

@test "what is not true is found" {
    tenants --keep . 11 1 --organizations 2 --workspaces 6 --users 20 --full --profile cloud-pro --caller organization_admin
    lies() {
        run -1 "$ROOT/tests/truth" tenant.json grants.json "$1" manifest.json
        [[ "$output" == *"$2"* ]]
    }
    cp grants.json all.json
    # A grant of one's own that is missing, one that nobody gave, a source that is not named, a name, a parent.
    jq 'del(.grants[[.grants[].grant | .principal.id.resourceType == "user" and .sources == null] | index(true)])' all.json >grants.json
    lies resources.json "true but not listed"
    jq '.grants += [.grants[] | select(.grant.principal.id.resourceType == "user" and .grant.sources == null)
        | .grant.entitlement.id |= sub("[a-z]+$"; "superuser")][:1]' all.json >grants.json
    lies resources.json "listed but not true"
    jq '(first(.grants[].grant.sources | select(. != null)) | .sources) |= with_entries(.value = {})' all.json >grants.json
    lies resources.json "grant ("
    jq 'del(.grants[[.grants[].grant | .principal.id.resourceType == "organization"] | index(true)])' all.json >grants.json
    lies resources.json "not carried"
    cp all.json grants.json
    jq '(first(.resources[].resource | select(.id.resourceType == "group")) | .displayName) = "Nobody"' resources.json >wrong.json
    lies wrong.json 'called '"'Nobody'"
    jq 'del(first(.resources[].resource | select(.id.resourceType == "workspace")) | .parentResourceId)' resources.json >wrong.json
    lies wrong.json "parent None"
}
