#!/usr/bin/env bats
# The truth about access: random tenants through all stages, and what a reader then lists compared with what is computed
# from the tenant alone (tests/truth).  The reader is the real baton, or c1z-cat where there is no Go.
#
# AB_TENANTS (200; a fifth of that with sanitizers) of them, from seed AB_TENANTS_FROM (101) on: a quarter in each test.
load lib

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    # tests/run hands it over, built already; a machine without it reads by our own program.
    [ -n "${BATON:-}" ] || BATON=$("$ROOT/tests/interop/build" 2>/dev/null) || BATON=
}

teardown() {
    stop_mock
}

# list KIND: what the reader lists of it, in the form of baton -o json.
list() {
    if [ -n "$BATON" ]; then
        "$BATON" -f one.c1z -o json "$1"
    else
        "$BIN/c1z-cat" -f one.c1z "$1" | jq -cs --arg kind "$1" \
            '{($kind): [.[] | select(.["@type"]) | {($kind | rtrimstr("s")): .}]}'
    fi
}

# sync: one run of all stages on the mock. Status 77 where the caller sees nothing, 3 where there are gaps, 0.
sync() {
    local stages
    rm -f one.c1z
    "$BIN/ab-fetch" 2>fetch.err | "$BIN/ab-map" 2>map.err | "$BIN/c1z-pack" --allow-incomplete -f one.c1z 2>pack.err
    stages=("${PIPESTATUS[@]}")
    [ "${stages[0]}" -ne 77 ] || return 77
    [ "${stages[0]} ${stages[1]}" = "0 0" ] || return 1
    return "${stages[2]}"
}

# one_tenant SEED OPTIONS: whether what is listed of that tenant is true.
one_tenant() {
    local status=0
    "$ROOT/tests/gen-tenant" --seed "$@" >tenant.json
    start_mock --tenant tenant.json
    credentials tenant.json
    sync || status=$?
    stop_mock
    case $status in
    77)
        # Rightly so: this caller has no role of his own anywhere, or only on what was deleted.
        jq -e '.caller as $c | [.workspaces[] | select(.tombstone | not) | .workspaceId] as $live
            | [.permissions[] | select(.userId == $c and (.workspaceId == null or (.workspaceId | IN($live[]))))] == []' \
            tenant.json
        ;;
    0 | 3)
        list grants >grants.json
        list resources >resources.json
        "$BIN/c1z-cat" -f one.c1z manifest >manifest.json
        "$ROOT/tests/truth" tenant.json grants.json resources.json manifest.json
        ;;
    *)
        cat fetch.err map.err pack.err
        return 1
        ;;
    esac
}

# tenants QUARTER: those of one of the four tests. Every fifth without all that --full adds, and of these some unlisted.
tenants() {
    local all=${AB_TENANTS:-200}
    [ -z "${AB_SANITIZED:-}" ] || all=$((all / 5))
    local share=$(((all + 3) / 4)) from=${AB_TENANTS_FROM:-101} seed options
    from=$((from + $1 * share))
    for seed in $(seq "$from" $((from + share - 1))); do
        options=(--full)
        [ $((seed % 5)) -ne 0 ] || options=()
        [ $((seed % 10)) -ne 0 ] || options=(--unlisted)
        one_tenant "$seed" "${options[@]}" || { echo "seed $seed ${options[*]}"; return 1; }
    done
}

@test "random tenants: every user, entitlement and source is the tenant's, first quarter" {
    tenants 0
}

@test "random tenants: second quarter" {
    tenants 1
}

@test "random tenants: third quarter" {
    tenants 2
}

@test "random tenants: last quarter" {
    tenants 3
}

@test "some tenants as the reader of SDK 0.26 lists them" {
    BATON=$("$ROOT/tests/interop/build" v0.26 2>/dev/null) || skip "no Go here, so no real baton"
    local seed
    for seed in 1 2 3 4 5; do
        one_tenant "$seed" --full --caller organization_admin || { echo "seed $seed"; return 1; }
    done
}

@test "callers of every role, and one organization refused" {
    local role
    for role in instance_admin organization_admin organization_editor organization_runner organization_reader \
        organization_member workspace_admin none mixed; do
        for release in 1.8 2.0 2.1 head; do
            one_tenant 7 --organizations 3 --workspaces 8 --users 20 --full --profile enterprise --caller "$role" \
                --release "$release" || { echo "$role $release"; return 1; }
        done
        one_tenant 8 --organizations 3 --workspaces 8 --users 20 --full --profile enterprise --caller "$role" --refuse ||
            { echo "$role refused"; return 1; }
    done
}

@test "what is not true is found" {
    one_tenant 11 --organizations 2 --workspaces 6 --users 20 --full --profile cloud-pro --caller organization_admin
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
