#!/usr/bin/env bats
# Files of format v3 (Pebble) and the real baton: what it writes, ours reads, record for record and in the same order; what
# ours writes, it reads in every command. The reader is that of SDK 0.25.0; as v3interop26.bats, a link, that of 0.26.0.

load lib
load v3

setup_file() {
    find_baton
    [ -z "${NO_GO:-}" ] || return 0
    export SAMPLE=$FIXTURES/sdk-pebble.c1z
}

setup() {
    [ -z "${NO_GO:-}" ] || skip "no Go here, so no real baton"
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    stop_mock
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

@test "the sample's lists are baton's" {
    same_lists "$SAMPLE"
}

@test "a file that baton converts, exports or sanitizes lists what baton lists, and holds the same records" {
    graph 7 | "$BIN/c1z-pack" --unframed -f graph.c1z
    rich | "$BIN/c1z-pack" --unframed -f rich.c1z
    cp "$FIXTURES/go-connector.c1z" go.c1z
    local name
    for name in graph rich go; do
        "$BIN/c1z-cat" -f $name.c1z | reduced >v1
        "$BIN/c1z-cat" -f $name.c1z | records >whole
        "$BATON" -f $name.c1z to-pebble --out one.c1z
        same_lists one.c1z
        "$BIN/c1z-cat" -f one.c1z | records | cmp v1 -
        "$BATON" -f one.c1z export c1z --out two.c1z
        same_lists two.c1z
        "$BIN/c1z-cat" -f two.c1z | records | cmp v1 -
        "$BATON" -f one.c1z sanitize --out three.c1z
        same_lists three.c1z
        cp one.c1z four.c1z
        "$BATON" -f four.c1z recalculate-stats
        same_lists four.c1z
        "$BIN/c1z-cat" -f four.c1z | records | cmp v1 -
        # Of format v1 it makes a file of format v1.
        "$BATON" -f $name.c1z export c1z --out five.c1z
        "$BIN/c1z-cat" -f five.c1z | records | cmp whole -
        rm -f one.c1z two.c1z three.c1z four.c1z five.c1z ./*.secret
    done
}

# commands FILE: what baton's commands say of FILE, as sets where their order is left to chance.
commands() {
    local kind
    for kind in resource-types resources entitlements grants; do
        "$BATON" -f "$1" -o json "$kind" 2>/dev/null | jq -cS 'del(.. | .discoveredAt?)'
    done
    "$BATON" -f "$1" -o json principals 2>/dev/null | jq -cS '.resources | sort_by(.resource.id | tostring)'
    "$BATON" -f "$1" -o json access -t user -r u0 2>/dev/null | jq -cS '[.access[] | .entitlements |= sort_by(.id)] | sort_by(tostring)'
    "$BATON" -f "$1" stats 2>/dev/null | grep -av 'Started\|Ended\|Duration'
    "$BATON" -f "$1" export csv --out export.csv >/dev/null 2>&1
    sort export.csv
    rm -f export.csv
}

@test "baton reads it in every command as it reads its own conversion" {
    for seed in 7 21; do
        graph "$seed" >in.ndjson
        rm -f ./*.c1z ./*.secret
        pack -f one.c1z in.ndjson
        "$BATON" -f one.c1z to-pebble --out theirs.c1z
        pack --storage-engine pebble -f ours.c1z in.ndjson
        commands theirs.c1z >theirs
        commands ours.c1z >ours
        cmp theirs ours || { diff theirs ours | head -20; return 1; }
        [ "$(wc -c <ours)" -gt 10000 ]
        "$BATON" -f ours.c1z export xlsx --out ours.xlsx
        [ -s ours.xlsx ]
        same_lists ours.c1z
        "$BATON" -f ours.c1z export c1z --out again.c1z
        same_lists again.c1z
        "$BATON" -f ours.c1z sanitize --out clean.c1z
        same_lists clean.c1z
        "$BIN/c1z-cat" -f ours.c1z | reduced >before
        "$BATON" -f ours.c1z recalculate-stats
        "$BIN/c1z-cat" -f ours.c1z | reduced | cmp before -
        [ "$(stat -c %s ours.c1z)" -lt "$(stat -c %s theirs.c1z)" ]
    done
}

@test "random graphs: what baton lists of it is what it lists of its own conversion" {
    local seed kind
    for seed in $(seq 101 115); do
        graph "$seed" >in.ndjson
        rm -f ./*.c1z
        pack -f one.c1z in.ndjson
        "$BATON" -f one.c1z to-pebble --out theirs.c1z
        pack --storage-engine pebble -f ours.c1z in.ndjson
        for kind in resources entitlements grants; do
            "$BATON" -f theirs.c1z -o json "$kind" 2>/dev/null >theirs
            "$BATON" -f ours.c1z -o json "$kind" 2>/dev/null >ours
            cmp theirs ours || { echo "$kind, seed $seed"; return 1; }
        done
        [ "$(wc -c <ours)" -gt 1000 ]
    done
}

@test "a connector of the SDK, or whoever rewrites it, keeps the payload's encoding" {
    graph 5 >in.ndjson
    pack --storage-engine pebble -f ours.c1z in.ndjson
    "$BIN/c1z-cat" -f ours.c1z | reduced >before
    for _ in 1 2; do
        "$BATON" -f ours.c1z recalculate-stats
        # Field 4 of the manifest: 1 is tar and zstd.
        run -0 python3 -c 'import sys; d = open("ours.c1z", "rb").read(200); print(d[9:].find(b"\x20\x01") > 0)'
        [ "$output" = True ]
        "$BIN/c1z-cat" -f ours.c1z | reduced | cmp before -
    done
}

@test "random tenants, by the driver: what baton lists of v3 is what it lists of v1 when converted" {
    local seed kind
    for seed in $(seq 201 204); do
        "$ROOT/tests/gen-tenant" --seed "$seed" --full >tenant.json
        start_mock --tenant tenant.json
        credentials tenant.json
        rm -f ./*.c1z
        "$ROOT/scripts/baton-airbyte" -f ours.c1z --storage-engine pebble --allow-incomplete --log-level error || [ $? -eq 3 ]
        "$ROOT/scripts/baton-airbyte" -f one.c1z --allow-incomplete --log-level error || [ $? -eq 3 ]
        stop_mock
        [ "$(head -c 4 ours.c1z)" = C1Z3 ]
        "$BATON" -f one.c1z to-pebble --out theirs.c1z
        for kind in resource-types resources entitlements grants; do
            "$BATON" -f theirs.c1z -o json "$kind" >theirs
            "$BATON" -f ours.c1z -o json "$kind" >ours
            cmp theirs ours || { echo "$kind, seed $seed"; return 1; }
            [ "$(wc -c <ours)" -gt 100 ]
        done
    done
}
