#!/usr/bin/env bats
# The real baton reads what we write, in every command, and what it lists is the truth of the tenant. The reader is that of
# SDK 0.25.0; as interop26.bats, a link to this file, that of 0.26.0.

load lib

setup_file() {
    find_baton
    [ -z "${NO_GO:-}" ] || return 0
    "$ROOT/tests/gen-tenant" --seed 1 --organizations 2 --workspaces 6 --users 20 >"$BATS_FILE_TMPDIR/tenant.json"
    sync_once "$BATS_FILE_TMPDIR/tenant.json" "$BATS_FILE_TMPDIR/sync.c1z"
    # Someone gets a role: the second sync differs from the first.
    jq '.permissions += [{permissionId: "90000000-0000-4000-8000-0000000000ff", permissionType: "organization_reader",
            userId: "a0000000-0000-4000-8000-0000000000ff", organizationId: .organizations[0].organizationId}]
        | .users += [{userId: "a0000000-0000-4000-8000-0000000000ff", name: "New Person", email: "new@example.com"}]' \
        "$BATS_FILE_TMPDIR/tenant.json" >"$BATS_FILE_TMPDIR/tenant2.json"
    cp "$BATS_FILE_TMPDIR/sync.c1z" "$BATS_FILE_TMPDIR/two.c1z"
    sync_once "$BATS_FILE_TMPDIR/tenant2.json" "$BATS_FILE_TMPDIR/two.c1z"
}

setup() {
    if [ -n "${NO_GO:-}" ]; then
        skip "no Go here, so no real baton"
    fi
    TENANT=$BATS_FILE_TMPDIR/tenant.json
    SYNC=$BATS_FILE_TMPDIR/sync.c1z
    TWO=$BATS_FILE_TMPDIR/two.c1z
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    stop_mock
}

# sync_once TENANT FILE: one run of the driver on the mock serving TENANT.
sync_once() {
    BATS_TEST_TMPDIR=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR} start_mock --tenant "$1"
    credentials "$1"
    "$ROOT/scripts/baton-airbyte" -f "$2"
    stop_mock
}

# baton_json COMMAND...: its output as JSON on stdout; stderr must be empty.
baton_json() {
    "$BATON" -f "$SYNC" -o json "$@" 2>err
    [ ! -s err ] || { cat err >&2; return 1; }
}

# counts_of KIND: how many records of that kind c1z-cat gives for the file.
counts_of() {
    "$BIN/c1z-cat" -f "$SYNC" "$1" | grep -vc '^{"stream":'
}

@test "resource-types lists the five types with their traits" {
    baton_json resource-types >types.json
    run jq -c '[.resourceTypes[].resourceType | {id, displayName, traits}] | sort_by(.id)' types.json
    [ "$status" -eq 0 ]
    [ "$output" = '[{"id":"group","displayName":"Group","traits":["TRAIT_GROUP"]},{"id":"instance","displayName":"Instance","traits":null},{"id":"organization","displayName":"Organization","traits":null},{"id":"user","displayName":"User","traits":["TRAIT_USER"]},{"id":"workspace","displayName":"Workspace","traits":null}]' ]
    run -0 --separate-stderr "$BATON" -f "$SYNC" resource-types
    [[ ${lines[0]} == "ID"*"Display Name"*"Traits"* ]]
    [ -z "$stderr" ]
}

@test "resources, entitlements and grants list every record, resolved, in both formats" {
    for kind in resources entitlements grants; do
        baton_json "$kind" >"$kind.json"
        [ "$(jq --arg k "$kind" '.[$k] | length' "$kind.json")" -eq "$(counts_of "$kind")" ]
        run -1 grep -a MISSING "$kind.json"
        run -0 --separate-stderr "$BATON" -f "$SYNC" "$kind"
        [ -z "$stderr" ]
        [[ $output != *MISSING* ]]
    done
}

@test "roles are permissions grantable to users and groups, memberships are assignments; both are on their resource" {
    baton_json entitlements >entitlements.json
    run -0 jq -r '[.entitlements[].entitlement | select([(.grantableTo | map(.id)), .purpose] !=
        {"organization":[["user","group"],"PURPOSE_VALUE_PERMISSION"],"workspace":[["user","group"],"PURPOSE_VALUE_PERMISSION"],
         "group":[["user"],"PURPOSE_VALUE_ASSIGNMENT"],"instance":[["user"],"PURPOSE_VALUE_PERMISSION"]}[.resource.id.resourceType]
        or .id != .resource.id.resourceType + ":" + .resource.id.resource + ":" + .slug)] | length' entitlements.json
    [ "$output" -eq 0 ]
}

@test "filters by type, resource and entitlement agree with the records" {
    baton_json grants >all.json
    entitlement=$(jq -r '[.grants[].grant.entitlement.id] | group_by(.) | max_by(length)[0]' all.json)
    want=$(jq --arg e "$entitlement" '[.grants[] | select(.grant.entitlement.id == $e)] | length' all.json)
    [ "$(baton_json grants -e "$entitlement" | jq '.grants | length')" -eq "$want" ]
    [ "$(baton_json principals -e "$entitlement" | jq '.resources | length')" -eq "$want" ]
    want=$(jq '[.grants[] | select(.grant.entitlement.resource.id.resourceType == "organization")] | length' all.json)
    [ "$(baton_json grants -t organization | jq '.grants | length')" -eq "$want" ]
    organization=$(jq -r '.organizations[0].organizationId' "$TENANT")
    want=$(jq --arg o "$organization" '[.grants[] | select(.grant.entitlement.resource.id.resource == $o)] | length' all.json)
    [ "$(baton_json grants -t organization -r "$organization" | jq '.grants | length')" -eq "$want" ]
    [ "$(baton_json resources -t user | jq '.resources | length')" -eq "$(jq '[.resources[] | select(.resource.id.resourceType == "user")] | length' <(baton_json resources))" ]
    [ "$(baton_json entitlements -t workspace | jq '.entitlements | length')" -gt 0 ]
}

@test "access of a user is what that user holds" {
    baton_json grants >all.json
    user=$(jq -r '[.grants[].grant.principal.id | select(.resourceType == "user") | .resource] | group_by(.) | max_by(length)[0]' all.json)
    want=$(jq --arg u "$user" '[.grants[].grant | select(.principal.id.resource == $u) | .entitlement.id] | sort | unique' all.json)
    got=$(baton_json access -t user -r "$user" | jq '[.access[].entitlements[].id] | sort | unique')
    [ "$want" = "$got" ]
    run -0 "$BATON" -f "$SYNC" access -t user -r "$user"
    [[ $output == *"Effective Access for"* ]]
}

@test "principals and principals compare" {
    baton_json grants >all.json
    [ "$(baton_json principals | jq '.resources | length')" -eq "$(jq '[.grants[].grant.principal.id] | unique | length' all.json)" ]
    entitlement=$(jq -r '.grants[0].grant.entitlement.id' all.json)
    run -0 "$BATON" -f "$SYNC" principals compare -e "$entitlement" --compare-file "$SYNC" --compare-entitlement "$entitlement"
    [[ $output == *"appear to match"* ]]
}

@test "stats and syncs" {
    run -0 "$BATON" -f "$SYNC" stats
    [[ $output =~ Grants\ +\|\ +"$(counts_of grants)"\  ]]
    baton_json syncs >syncs.json
    run -0 jq -r '.syncs[] | "\(.id) \(.syncType) \(.startedAt <= .endedAt)"' syncs.json
    [[ $output =~ ^[0-9A-Za-z]{27}" full true"$ ]]
    run -0 "$BATON" -f "$SYNC" syncs
}

# cells FILE.xlsx: the rows of its first sheet, as JSON arrays of texts.
cells() {
    python3 - "$1" <<'END'
import json, sys, xml.etree.ElementTree as tree, zipfile
N = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
book = zipfile.ZipFile(sys.argv[1])
strings = ["".join(t.text or "" for t in s.iter(N + "t")) for s in tree.fromstring(book.read("xl/sharedStrings.xml"))]
sheet = sorted(n for n in book.namelist() if n.startswith("xl/worksheets/sheet"))[0]
for row in tree.fromstring(book.read(sheet)).iter(N + "row"):
    values = []
    for c in row:
        place = 0
        for letter in c.get("r").rstrip("0123456789"):
            place = place * 26 + ord(letter) - 64
        values += [""] * (place - 1 - len(values))
        value = c.find(N + "v")
        values.append("" if value is None else strings[int(value.text)] if c.get("t") == "s" else value.text)
    print(json.dumps(values))
END
}

@test "export csv, xlsx and c1z" {
    run -0 "$BATON" -f "$SYNC" export csv --out out.csv
    run -0 python3 -c 'import csv,sys; print(sum(1 for r in csv.reader(open("out.csv", newline="")) if r[0] == "Identity"))'
    [ "$output" -eq "$(baton_json resources -t user | jq '.resources | length')" ]
    run -0 "$BATON" -f "$SYNC" export xlsx --out out.xlsx
    run -0 "$BATON" -f "$SYNC" export c1z --out out.c1z
    baton_json grants | jq -cS '.grants | map(.grant.id) | sort' >here
    "$BATON" -f out.c1z -o json grants | jq -cS '.grants | map(.grant.id) | sort' >there
    cmp here there
}

@test "exports name the resource of every entitlement and grant" {
    "$BATON" -f "$SYNC" export csv --out out.csv
    python3 -c 'import csv,json; [print(json.dumps(r)) for r in csv.reader(open("out.csv", newline=""))]' >csv.json
    "$BATON" -f "$SYNC" export xlsx --out out.xlsx
    cells out.xlsx >xlsx.json
    "$BIN/c1z-cat" -f "$SYNC" resources | jq -r 'select(.id) | .displayName' | sort -u >names
    local file
    for file in csv xlsx; do
        # Entitlement, resource type and resource name are columns 8 to 10.
        jq -r 'select(.[0] == "Entitlement" or .[0] == "Grant") | .[9]' $file.json | sort -u >found
        [ -s found ]
        [ "$(grep -cx '' found)" -eq 0 ]
        [ -z "$(comm -23 found names)" ]
    done
}

@test "diff after a second sync shows what changed, and only that" {
    run -0 --separate-stderr "$BATON" -f "$TWO" diff
    [ -z "$stderr" ]
    printf '%s' "$output" >diff.json
    run -0 jq -r '[.resources.created[].id.resource] | join(",")' diff.json
    [ "$output" = a0000000-0000-4000-8000-0000000000ff ]
    run -0 jq -r '[(.resources, .entitlements, .grants) | .deleted[]?, .modified[]?] | length' diff.json
    [ "$output" -eq 0 ]
    run -0 jq -r '[.grants.created[].principal.id.resource] | unique | join(",")' diff.json
    [ "$output" = a0000000-0000-4000-8000-0000000000ff ]
    [ "$("$BATON" -f "$TWO" -o json syncs | jq '.syncs | length')" -eq 2 ]
}

@test "to-pebble converts the file without loss" {
    run -0 "$BATON" -f "$SYNC" to-pebble --out out.pebble.c1z
    "$BATON" -f out.pebble.c1z -o json grants | jq -cS '[.grants[].grant | {id, s: .sources}] | sort_by(.id)' >there
    baton_json grants | jq -cS '[.grants[].grant | {id, s: .sources}] | sort_by(.id)' >here
    cmp here there
}

@test "rollback-expansion finds our expansion as its own, and a replay of it gives the same sources" {
    run -0 "$BATON" -f "$SYNC" rollback-expansion --dry-run
    run -0 "$BATON" -f "$SYNC" rollback-expansion --out back.c1z --replay --validate
    "$BATON" -f back.c1z -o json grants | jq -cS '[.grants[].grant | {id, s: .sources, a: .annotations}] | sort_by(.id)' >there
    baton_json grants | jq -cS '[.grants[].grant | {id, s: .sources, a: .annotations}] | sort_by(.id)' >here
    cmp here there
}

@test "sanitize and recalculate-stats accept the file" {
    run -0 "$BATON" -f "$SYNC" sanitize --out clean.c1z
    cp "$SYNC" copy.c1z
    run -0 "$BATON" -f copy.c1z recalculate-stats
}

@test "files that the SDK wrote are appended to, and read back by it" {
    local file old
    "$BATON" -f "$SYNC" export c1z --out exported.c1z
    "$BATON" -f "$SYNC" sanitize --out clean.c1z
    "$BATON" -f "$SYNC" rollback-expansion --out back.c1z
    cp "$FIXTURES/go-connector.c1z" connector.c1z
    chmod u+w connector.c1z
    "$BIN/c1z-cat" -f "$SYNC" >records.ndjson
    for file in exported clean back connector; do
        old=$("$BIN/c1z-cat" -f $file.c1z syncs | jq -r .syncId)
        "$BIN/c1z-cat" -f $file.c1z --sync "$old" | sed 1d >before
        "$BIN/c1z-pack" --no-expand --allow-shrink --log-level error -f $file.c1z records.ndjson
        [ "$("$BATON" -f $file.c1z -o json syncs | jq '.syncs | length')" -eq 2 ]
        "$BIN/c1z-cat" -f $file.c1z --sync "$old" | sed 1d | cmp - before
        "$BATON" -f $file.c1z -o json grants | jq -cS '[.grants[].grant.id] | sort' >there
        baton_json grants | jq -cS '[.grants[].grant.id] | sort' | cmp - there
    done
}

@test "reading leaves the file as it was" {
    before=$(sha256sum <"$SYNC")
    baton_json grants >/dev/null
    [ "$before" = "$(sha256sum <"$SYNC")" ]
}

@test "expansion is the SDK's: random graphs, replayed by the real baton, give the same grants" {
    expanded=0
    for seed in $(seq 1 "${AB_GRAPHS:-50}"); do
        "$ROOT/tests/gen-graph" --seed "$seed" | "$BIN/c1z-pack" --unframed -f graph.c1z
        rm -f back.c1z
        "$BATON" -f graph.c1z rollback-expansion --out back.c1z --replay --validate >replay.out 2>&1 || {
            echo "seed $seed"
            cat replay.out
            return 1
        }
        for file in graph back; do
            "$BATON" -f "$file.c1z" -o json grants |
                jq -cS '[.grants[].grant | {id, s: .sources, a: .annotations}] | sort_by(.id)' >"$file.json"
        done
        cmp graph.json back.json || { echo "seed $seed"; return 1; }
        expanded=$((expanded + $(jq '[.[] | select(.s)] | length' graph.json)))
        rm -f graph.c1z
    done
    [ "$expanded" -gt 500 ]
}
