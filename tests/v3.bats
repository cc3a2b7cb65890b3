#!/usr/bin/env bats
# Files of format v3 (Pebble): what the SDK writes, ours reads, record for record and in the same order.

load lib

setup_file() {
    local status=0
    BATON=$("$ROOT/tests/interop/build") || status=$?
    if [ "$status" -eq 3 ]; then
        export NO_GO=1
    else
        [ "$status" -eq 0 ]
        export BATON NO_COLOR=1
    fi
    SAMPLE=$FIXTURES/sdk-pebble.c1z
    V1=$BATS_FILE_TMPDIR/v1.c1z
    export SAMPLE V1
    "$ROOT/tests/gen-graph" --seed 7 | "$BIN/c1z-pack" --unframed -f "$V1"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

needs_go() {
    [ -z "${NO_GO:-}" ] || skip "no Go here, so no real baton"
}

# same_lists FILE: every kind of FILE's records is what baton lists, in the same order.
same_lists() {
    local kind member
    for kind in resource-types resources entitlements grants; do
        member=$(sed -E 's/s$//; s/-(.)/\U\1/' <<<"$kind")
        "$BATON" -f "$1" -o json "$kind" 2>baton.err |
            jq -cS --arg m "$member" '.[$m + "s"][] | .[$m]' >theirs
        "$BIN/c1z-cat" -f "$1" "$kind" | grep -v '^{"stream":' | jq -cS 'del(."@type")' >ours
        cmp theirs ours || { echo "$kind of $1"; return 1; }
    done
    [ -s ours ]
}

@test "the sample lists what it was made of" {
    run -0 --separate-stderr "$BIN/c1z-cat" -f "$SAMPLE"
    [ -z "$stderr" ]
    [ "${lines[0]}" = '{"stream":"begin","schema":"baton-records/1","source":"c1z:3MUPWPfWum4pemBW6zmQoyLu0E4","startedAt":"2026-11-23T02:50:03.032996779Z"}' ]
    [ "${lines[-1]}" = '{"stream":"end","records":258}' ]
    printf '%s\n' "${lines[@]}" | jq -r '."@type" // empty' | sort | uniq -c | awk '{print $1, $2}' >counts
    diff - counts <<'END'
58 type.googleapis.com/c1.connector.v2.Entitlement
153 type.googleapis.com/c1.connector.v2.Grant
44 type.googleapis.com/c1.connector.v2.Resource
3 type.googleapis.com/c1.connector.v2.ResourceType
END
}

# reduced: records on standard input as format v3 keeps them, sorted.
reduced() {
    grep -v '^{"stream":' | jq -cS 'def stub: if . then {id} else . end;
        del(.creationSource)
        | if ."@type" | endswith(".Entitlement") then .resource |= stub | if .grantableTo then .grantableTo |= map(stub) else . end else . end
        | if ."@type" | endswith(".Grant") then .entitlement = {id: .entitlement.id, resource: (.entitlement.resource | stub)}
            | .principal |= (if .parentResourceId then {id, parentResourceId} else {id} end) else . end' | sort
}

@test "the sample holds the records of the v1 file that it was converted from" {
    "$BIN/c1z-cat" -f "$FIXTURES/go-connector.c1z" | reduced >v1
    "$BIN/c1z-cat" -f "$SAMPLE" | reduced >v3
    cmp v1 v3
    [ "$(wc -l <v3)" -eq 258 ]
}

@test "the sample's lists are baton's" {
    needs_go
    same_lists "$SAMPLE"
}

@test "a file that baton converts, exports or sanitizes lists what baton lists" {
    needs_go
    "$BATON" -f "$V1" to-pebble --out one.c1z
    same_lists one.c1z
    "$BATON" -f one.c1z export c1z --out two.c1z
    same_lists two.c1z
    "$BATON" -f one.c1z sanitize --out three.c1z
    same_lists three.c1z
    cp one.c1z four.c1z
    "$BATON" -f four.c1z recalculate-stats
    same_lists four.c1z
    "$BIN/c1z-cat" -f "$V1" | reduced >v1
    "$BIN/c1z-cat" -f one.c1z | reduced >v3
    cmp v1 v3
}
