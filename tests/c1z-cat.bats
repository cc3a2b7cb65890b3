#!/usr/bin/env bats
# c1z-cat: what it prints of files old and new, and what it refuses.

load lib

setup() {
    cd "$BATS_TEST_TMPDIR"
    PACK=$BIN/c1z-pack
    CAT=$BIN/c1z-cat
    GO=$FIXTURES/go-connector.c1z
    # A file of our own, from a random graph of expanding grants.
    "$ROOT/tests/gen-graph" --seed 3 >records.ndjson
    "$PACK" --unframed -f ours.c1z records.ndjson 2>/dev/null
}

# decode FILE: its database as db.sqlite. encode FILE: db.sqlite as a .c1z.
decode() {
    rm -f db.sqlite
    tail -c +6 "$1" | zstd -dqc >db.sqlite
}
encode() {
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >"$1"
}

# records FILE ARGS...: the lines without frames.
records() {
    "$CAT" -f "$@" | grep -v '^{"stream"'
}

@test "help, version and usage errors" {
    run -0 --separate-stderr "$CAT" --help
    [[ $output == "usage: c1z-cat "* ]]
    [ "$(wc -L <<<"$output")" -le 80 ]
    [ -z "$stderr" ]
    run -0 --separate-stderr "$CAT" --version
    [[ $output == "c1z-cat "[0-9]* ]]
    local args
    for args in "--nonsense" "-x" "-f" "--sync" "-f $GO users" "$GO users" "syncs grants" \
        "--log-format xml" "--format xml" "--format csv" "--format csv grants resources" "--principal x" "access" \
        "resources --principal x" "resource-types --resource x" "syncs --entitlement x" "manifest --resource-type x"; do
        # shellcheck disable=SC2086 # several arguments
        run -64 --separate-stderr "$CAT" $args
        [ -z "$output" ]
        [[ ${stderr_lines[1]} == "usage: c1z-cat "* ]]
    done
    # A variable that is not set.
    for args in sync resource-type resource entitlement principal; do
        run -64 --separate-stderr "$CAT" ours.c1z --"$args" "" grants
        [ -z "$output" ]
        [ "${stderr_lines[0]}" = "c1z-cat: --$args: empty id" ]
        [[ ${stderr_lines[1]} == "usage: c1z-cat "* ]]
    done
    run -64 --separate-stderr "$CAT" --file "" grants
    [ "${stderr_lines[0]}" = "c1z-cat: --file: empty name" ]
}

@test "the Go connector's file: every record of its sync" {
    run -0 --separate-stderr "$CAT" -f "$GO"
    [ -z "$stderr" ]
    [ "${lines[0]}" = '{"stream":"begin","schema":"baton-records/1","source":"c1z:3MUPWPfWum4pemBW6zmQoyLu0E4","startedAt":"2026-11-23T02:50:03.032996779Z"}' ]
    [ "${lines[-1]}" = '{"stream":"end","records":258}' ]
    [ "$(records "$GO" resource-types | wc -l)" -eq 3 ]
    [ "$(records "$GO" resources | jq -r .id.resourceType | sort | uniq -c | tr -s ' \n' ' ')" = " 2 organization 30 user 12 workspace " ]
    [ "$(records "$GO" entitlements | wc -l)" -eq 58 ]
    [ "$(records "$GO" grants | wc -l)" -eq 153 ]
    # What a record looks like: members in the order of their declaration, defaults left out.
    [ "$(records "$GO" resource-types | sed -n 2p)" = '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}' ]
}

@test "kinds: those asked for, in the one order" {
    [ "$("$CAT" -f "$GO" grants resource-types | jq -r '.["@type"] // .stream' | uniq | tr '\n' ' ')" = "begin type.googleapis.com/c1.connector.v2.ResourceType type.googleapis.com/c1.connector.v2.Grant end " ]
    [ "$("$CAT" -f "$GO" grants resource-types | tail -n 1)" = '{"stream":"end","records":156}' ]
}

@test "syncs: one object per line, with the times as they are" {
    run -0 --separate-stderr "$CAT" -f "$GO" syncs
    [ "$output" = '{"syncId":"3MUPWPfWum4pemBW6zmQoyLu0E4","startedAt":"2026-11-23T02:50:03.032996779Z","endedAt":"2026-11-23T02:50:03.427997701Z","type":"full"}' ]
    decode ours.c1z
    sqlite3 db.sqlite "INSERT INTO v1_sync_runs (sync_id, started_at, sync_token, sync_type, parent_sync_id) VALUES ('x', '2020-01-01 00:00:00', '', 'partial', 'p\"q')"
    encode two.c1z
    [ "$("$CAT" -f two.c1z syncs | tail -n 1)" = '{"syncId":"x","startedAt":"2020-01-01T00:00:00Z","type":"partial","parentSyncId":"p\"q"}' ]
    [ "$("$CAT" -f two.c1z --sync x syncs | wc -l)" -eq 1 ]
}

@test "what comes out goes in again: the same rows, blob for blob" {
    id=$("$CAT" -f ours.c1z syncs | jq -r .syncId)
    "$CAT" -f ours.c1z | "$PACK" --no-expand --sync-id "$id" -f again.c1z
    local table columns
    while read -r table columns; do
        decode ours.c1z
        sqlite3 db.sqlite "SELECT $columns FROM $table ORDER BY id" >one
        decode again.c1z
        sqlite3 db.sqlite "SELECT $columns FROM $table ORDER BY id" >two
        [ -s one ]
        cmp one two
    done <<'END'
v1_resource_types external_id, hex(data), sync_id
v1_resources resource_type_id, external_id, parent_resource_type_id, parent_resource_id, hex(data), sync_id
v1_entitlements resource_type_id, resource_id, external_id, hex(data), sync_id
v1_grants resource_type_id, resource_id, entitlement_id, principal_resource_type_id, principal_resource_id, external_id, hex(expansion), needs_expansion, hex(data), sync_id
END
    # Some of these grants expand, and some are made by expansion.
    [ "$(sqlite3 db.sqlite "SELECT sum(needs_expansion) > 0 AND sum(instr(data, 'GrantImmutable') > 0) > 0 FROM v1_grants")" -eq 1 ]
    cmp <("$CAT" -f ours.c1z | tail -n +2) <("$CAT" -f again.c1z | tail -n +2)
}

@test "rows come in the order of their ids" {
    decode ours.c1z
    sqlite3 db.sqlite "SELECT external_id FROM v1_grants ORDER BY id" >ids
    cmp ids <(records ours.c1z grants | jq -r .id)
}

@test "GrantExpandable is put back, behind other annotations" {
    cat >in.ndjson <<'END'
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"g"}
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"g","resource":"a"}}
{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":{"id":{"resourceType":"g","resource":"a"}},"id":"e"}
{"@type":"type.googleapis.com/c1.connector.v2.Grant","entitlement":{"resource":{"id":{"resourceType":"g","resource":"a"}},"id":"e"},"principal":{"id":{"resourceType":"g","resource":"a"}},"id":"x","annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GrantExpandable","entitlementIds":["e"],"shallow":true},{"@type":"type.googleapis.com/c1.connector.v2.V1Identifier","id":"7"}]}
END
    "$PACK" --unframed -f out.c1z in.ndjson
    [ "$(records out.c1z grants | jq -c '[.annotations[]["@type"] | split(".")[-1]]')" = '["V1Identifier","GrantExpandable"]' ]
    [ "$(records out.c1z grants | jq -c '.annotations[1] | del(.["@type"])')" = '{"entitlementIds":["e"],"shallow":true}' ]
}

@test "slim grants are rebuilt from their columns" {
    cat >in.ndjson <<'END'
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"g"}
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"g","resource":"a"}}
{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":{"id":{"resourceType":"g","resource":"a"}},"id":"e"}
{"@type":"type.googleapis.com/c1.connector.v2.Grant","entitlement":{"resource":{"id":{"resourceType":"g","resource":"a"}},"id":"e"},"principal":{"id":{"resourceType":"g","resource":"a"}},"id":"x"}
END
    "$PACK" --unframed -f out.c1z in.ndjson
    records out.c1z grants >whole
    decode out.c1z
    # Field 3, "x", is all that is left of the message.
    sqlite3 db.sqlite "UPDATE v1_grants SET data = x'1A0178'"
    encode slim.c1z
    records slim.c1z grants | cmp - whole
}

@test "fields that this version does not know are left out with a word" {
    cat >in.ndjson <<'END'
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","displayName":"User"}
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"u"},"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.UserTrait","profile":{}}]}
END
    "$PACK" --unframed -f out.c1z in.ndjson
    records out.c1z >whole
    decode out.c1z
    # A field 111 of the type, and one that is all there is in the user's trait.
    sqlite3 db.sqlite "UPDATE v1_resource_types SET data = CAST(data || x'F80601' AS BLOB)"
    local url data any
    url=$(printf type.googleapis.com/c1.connector.v2.UserTrait | od -An -v -tx1 | tr -d ' \n')
    any=0A2D${url}1203F80601
    data=0A090A0475736572120175
    sqlite3 db.sqlite "UPDATE v1_resources SET data = x'${data}2234${any}'"
    encode newer.c1z
    run -0 --separate-stderr "$CAT" newer.c1z
    [ "$stderr" = 'c1z-cat: warning: fields that this version does not know are not printed (records=2)' ]
    diff <(grep '^{"@' whole | sed 's/,"profile":{}//') <(grep '^{"@' <<<"$output")
    run -0 --separate-stderr "$CAT" out.c1z
    [ "$stderr" = '' ]
}

@test "the status that SDK 0.26 added goes in and comes out" {
    cat >in.ndjson <<'END'
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","traits":["TRAIT_USER"]}
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"u"},"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.UserTrait","status":{"status":"STATUS_PENDING"},"profile":{}}],"status":{"status":"RESOURCE_STATUS_PENDING"}}
END
    "$PACK" --unframed -f pending.c1z in.ndjson
    records pending.c1z | cmp - in.ndjson
}

@test "which sync: the full one that ended last, not a partial one, not a later row" {
    decode ours.c1z
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET sync_id = 'now', ended_at = '2026-01-02 00:00:00';
        INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type) VALUES ('old', '2026-01-01 00:00:00', '2026-01-01 00:00:00.5', '', 'full');
        INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type) VALUES ('part', '2026-01-03 00:00:00', '2026-01-03 00:00:00', '', 'partial');
        INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type) VALUES ('open', '2026-01-04 00:00:00', NULL, '', 'full')"
    encode many.c1z
    [ "$("$CAT" -f many.c1z | head -n 1 | jq -r .source)" = c1z:now ]
    [ "$("$CAT" -f many.c1z --sync old | jq -r '.source // .records' | tr '\n' ' ')" = "c1z:old 0 " ]
    run -65 --separate-stderr "$CAT" -f many.c1z --sync nothing
    [ "$stderr" = "c1z-cat: 'many.c1z' has no sync 'nothing'" ]
    [ -z "$output" ]
}

@test "a newer sync that is not full is warned about; without a full one it is shown, as a part" {
    decode ours.c1z
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET sync_id = 'now', ended_at = '2026-01-02 00:00:00';
        INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type) VALUES ('old', '2026-01-01 00:00:00', '2026-01-01 00:00:00', '', 'partial');
        INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type) VALUES ('part', '2026-01-03 00:00:00', '2026-01-03 00:00:00', '', 'partial');
        INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type) VALUES ('open', '2026-01-04 00:00:00', NULL, '', 'full')"
    encode many.c1z
    run -0 --separate-stderr "$CAT" -f many.c1z
    [ "$stderr" = "c1z-cat: warning: a sync that is not full ended later; readers of SDK 0.25 and later show that one (type=partial, sync=part)" ]
    [ "$(jq -r .source <<<"${lines[0]}")" = c1z:now ]
    run -0 --separate-stderr "$CAT" -f many.c1z --sync now
    [ -z "$stderr" ]
    sqlite3 db.sqlite "DELETE FROM v1_sync_runs WHERE sync_id = 'now'"
    encode parts.c1z
    run -0 --separate-stderr "$CAT" -f parts.c1z
    [ "$stderr" = "c1z-cat: warning: the sync is not full (type=partial)" ]
    [ "$(jq -r .source <<<"${lines[0]}")" = c1z:part ]
    [ "${lines[1]}" = '{"stream":"gap","of":"sync","reason":"partial"}' ]
    [ "${lines[2]}" = '{"stream":"end","records":1,"gaps":1}' ]
    run -0 --separate-stderr "$CAT" -f parts.c1z --sync old
    [ "$stderr" = "c1z-cat: warning: the sync is not full (type=partial)" ]
    [ "${lines[1]}" = '{"stream":"gap","of":"sync","reason":"partial"}' ]
    local args
    for args in "--format csv grants" "--sync old --format table resources" "manifest"; do
        # shellcheck disable=SC2086 # several arguments
        run --separate-stderr "$CAT" parts.c1z $args
        [ "${stderr_lines[0]}" = "c1z-cat: warning: the sync is not full (type=partial)" ]
        [ "$(grep -c 'warning: ' <<<"$stderr")" -eq 1 ]
    done
    run -0 --separate-stderr "$CAT" parts.c1z syncs
    [ -z "$stderr" ]
}

@test "the id of a sync is the row's own: long ones whole, those that are no text refused" {
    decode ours.c1z
    long=$(printf 'x%.0s' {1..1000})
    sqlite3 db.sqlite "$(for t in sync_runs resource_types resources entitlements grants; do echo "UPDATE v1_$t SET sync_id = '$long';"; done)"
    encode long.c1z
    cmp <(records ours.c1z) <(records long.c1z)
    [ "$("$CAT" -f long.c1z --sync "$long" | jq -r '.source // empty')" = "c1z:$long" ]
    local id
    for id in "x'6162'" "'a' || char(0) || 'b'" "CAST(x'ff' AS TEXT)" "'$long$long'" "''"; do
        decode ours.c1z
        sqlite3 db.sqlite "UPDATE v1_sync_runs SET sync_id = $id"
        encode odd.c1z
        run -65 --separate-stderr "$CAT" -f odd.c1z
        [[ $stderr == "c1z-cat: 'odd.c1z'"*sync* ]] || { echo "$id: $stderr"; return 1; }
        [ -z "$output" ]
    done
    decode ours.c1z
    sqlite3 db.sqlite "UPDATE v1_grants SET principal_resource_id = x'00' WHERE id = (SELECT max(id) FROM v1_grants)"
    encode odd.c1z
    run -65 --separate-stderr "$CAT" -f odd.c1z grants
    [[ $stderr == "c1z-cat: 'odd.c1z': v1_grants, row "*": principal_resource_id is no text" ]]
    [[ ${lines[-1]} != *'"stream":"end"'* ]]
}

@test "times of other writers: with an offset, short, odd; what is no time is refused by name" {
    # times: what each row of the file says, and what is printed.
    local text time
    while IFS='|' read -r text time; do
        decode ours.c1z
        sqlite3 db.sqlite "UPDATE v1_sync_runs SET started_at = '$text'"
        encode t.c1z
        [ "$("$CAT" -f t.c1z syncs | jq -r .startedAt)" = "$time" ] || { echo "$text"; return 1; }
        [ "$("$CAT" -f t.c1z | jq -r '.startedAt // empty')" = "$time" ]
    done <<'END'
2026-03-03 09:45:13.056791|2026-03-03T09:45:13.056791Z
2026-03-03T09:45:13|2026-03-03T09:45:13Z
2026-03-03 09:45:13.5-08:00|2026-03-03T17:45:13.5Z
2026-03-01 00:30:00+01:00|2026-02-28T23:30:00Z
2026-03-03 09:45|2026-03-03T09:45:00Z
2026-03-03|2026-03-03T00:00:00Z
2026-03-03 09:45:13.1234567890123Z|2026-03-03T09:45:13.123456789Z
END
    for text in yesterday 1740823200 2026 '2026-02-30 00:00:00' '2026-01-01 24:00:00' '2026-01-01 10:00:00.' \
        '2026-01-01 10:00:00 PST' '0001-01-01 00:00:00+01:00' '9999-12-31 23:59:59-01:00'; do
        decode ours.c1z
        sqlite3 db.sqlite "UPDATE v1_sync_runs SET started_at = '$text'"
        encode t.c1z
        run -65 --separate-stderr "$CAT" -f t.c1z syncs
        [[ $stderr == "c1z-cat: 't.c1z': started_at of sync '"*"' is not a time: '$text'" ]] || { echo "$text: $stderr"; return 1; }
        run -65 --separate-stderr "$CAT" -f t.c1z
        [ -z "$output" ]
    done
}

@test "a database in UTF-16 is read" {
    decode ours.c1z
    sqlite3 db.sqlite .dump >dump.sql
    rm db.sqlite
    { echo "PRAGMA encoding = 'UTF-16le';"; cat dump.sql; } | sqlite3 db.sqlite
    [ "$(sqlite3 db.sqlite 'PRAGMA encoding')" = UTF-16le ]
    encode wide.c1z
    cmp <("$CAT" -f ours.c1z) <("$CAT" -f wide.c1z)
    cmp <("$CAT" -f ours.c1z syncs) <("$CAT" -f wide.c1z syncs)
}

@test "an unfinished sync is printed with a gap, so that nobody takes it for the whole" {
    decode ours.c1z
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET ended_at = NULL"
    encode open.c1z
    run -0 --separate-stderr "$CAT" -f open.c1z
    [ "$stderr" = "c1z-cat: warning: the sync is not finished" ]
    [ "${lines[1]}" = '{"stream":"gap","of":"sync","reason":"unfinished"}' ]
    [[ ${lines[-1]} == *'"gaps":1}' ]]
    printf '%s\n' "${lines[@]}" >open.ndjson
    run -65 --separate-stderr "$PACK" -f no.c1z open.ndjson
    [ ! -e no.c1z ]
}

@test "files without a sync" {
    decode ours.c1z
    sqlite3 db.sqlite "DELETE FROM v1_sync_runs"
    encode none.c1z
    run -65 --separate-stderr "$CAT" -f none.c1z
    [ "$stderr" = "c1z-cat: 'none.c1z' has no sync" ]
    run -0 --separate-stderr "$CAT" -f none.c1z syncs
    [ -z "$output" ]
    sqlite3 db.sqlite "DROP TABLE v1_sync_runs"
    encode none.c1z
    run -65 --separate-stderr "$CAT" -f none.c1z
    [[ $stderr == *"'none.c1z' has no table of syncs" ]]
    : >empty.c1z
    run -65 --separate-stderr "$CAT" -f empty.c1z
    [ "$stderr" = "c1z-cat: 'empty.c1z' is empty" ]
}

@test "- is standard input, a pipe or a file, of either format" {
    for file in "$GO" "$FIXTURES/sdk-pebble.c1z"; do
        "$CAT" "$file" >want
        cmp want <("$CAT" - <"$file")
        # shellcheck disable=SC2002 # a pipe is meant
        cmp want <(cat "$file" | "$CAT" -)
        cmp <("$CAT" -f "$file" --format csv grants) <("$CAT" -f - --format csv grants <"$file")
    done
    run -65 --separate-stderr "$CAT" - </dev/null
    [ "$stderr" = "c1z-cat: 'standard input' is empty" ]
    # A file of that name is another.
    cp "$GO" ./-
    run -65 --separate-stderr "$CAT" - <<<garbage
    [ "$stderr" = "c1z-cat: 'standard input' is not a .c1z file" ]
    run -0 --separate-stderr "$CAT" ./-
}

@test "garbage, a cut file, a missing one" {
    printf garbage >garbage
    run -65 --separate-stderr "$CAT" -f garbage
    [ "$stderr" = "c1z-cat: 'garbage' is not a .c1z file" ]
    head -c -10 "$GO" >"cut"
    run -65 --separate-stderr "$CAT" -f cut
    [ -z "$output" ]
    [[ $stderr == "c1z-cat: 'cut' is "* ]]
    run -66 --separate-stderr "$CAT" -f nowhere
    [ "$stderr" = "c1z-cat: cannot open 'nowhere': No such file or directory" ]
    # What is there and may not be read counts as that.
    ln -s loop loop
    run -66 --separate-stderr "$CAT" -f loop
    [ "$stderr" = "c1z-cat: cannot open 'loop': Too many levels of symbolic links" ]
    run -74 --separate-stderr "$CAT" -f .
}

@test "a message that does not decode: table and row, and no end line" {
    decode ours.c1z
    sqlite3 db.sqlite "UPDATE v1_grants SET data = x'FFFF' WHERE id = (SELECT max(id) FROM v1_grants)"
    row=$(sqlite3 db.sqlite "SELECT max(id) FROM v1_grants")
    encode bad.c1z
    run -65 --separate-stderr "$CAT" -f bad.c1z
    [[ $stderr == "c1z-cat: 'bad.c1z': v1_grants, row $row: "* ]]
    [[ ${lines[-1]} != *'"stream":"end"'* ]]
    decode ours.c1z
    # A display name that is not UTF-8.
    sqlite3 db.sqlite "UPDATE v1_resource_types SET data = x'0A01611201FF' WHERE id = (SELECT min(id) FROM v1_resource_types)"
    encode bad.c1z
    run -65 --separate-stderr "$CAT" -f bad.c1z resource-types
    [[ $stderr == "c1z-cat: 'bad.c1z': v1_resource_types, row "* ]]
}

@test "several frames, a frame without size or checksum, and a skippable one" {
    decode ours.c1z
    half=$(($(stat -c %s db.sqlite) / 2))
    { printf 'C1ZF\0'; head -c "$half" db.sqlite | zstd -qc --no-check; printf '\x50\x2a\x4d\x18\x03\x00\x00\x00abc'; tail -c +$((half + 1)) db.sqlite | zstd -qc -19; } >frames.c1z
    cmp <("$CAT" -f ours.c1z) <("$CAT" -f frames.c1z)
}

@test "a window over 128 MiB needs BATON_DECODER_MAX_MEMORY_MB" {
    decode ours.c1z
    { printf 'C1ZF\0'; zstd -qc --ultra --long=28 --no-content-size -1 <db.sqlite; } >wide.c1z
    run -65 --separate-stderr "$CAT" -f wide.c1z
    [ "$stderr" = "c1z-cat: 'wide.c1z' needs a larger zstd window: raise BATON_DECODER_MAX_MEMORY_MB" ]
    BATON_DECODER_MAX_MEMORY_MB=256 "$CAT" -f wide.c1z | cmp - <("$CAT" -f ours.c1z)
    BATON_DECODER_MAX_MEMORY_MB=129 "$CAT" -f wide.c1z | cmp - <("$CAT" -f ours.c1z)
    # Less than what this file needs (8 MiB), too.
    { printf 'C1ZF\0'; zstd -qc --no-content-size -12 <db.sqlite; } >narrow.c1z
    BATON_DECODER_MAX_MEMORY_MB=1 run -65 --separate-stderr "$CAT" -f narrow.c1z
    [[ $stderr == *"raise BATON_DECODER_MAX_MEMORY_MB" ]]
    BATON_DECODER_MAX_MEMORY_MB=1x run -78 --separate-stderr "$CAT" -f ours.c1z
    [ "$stderr" = "c1z-cat: BATON_DECODER_MAX_MEMORY_MB: not a whole number of MiB from 1 to 2147483647" ]
}

@test "a WAL image is read" {
    decode ours.c1z
    printf '\2\2' | dd of=db.sqlite bs=1 seek=18 conv=notrunc status=none
    encode wal.c1z
    cmp <("$CAT" -f ours.c1z) <("$CAT" -f wal.c1z)
}

@test "nothing is written: not to the file, nor beside it, nor left in TMPDIR" {
    mkdir place tmp
    cp ours.c1z place/
    chmod 444 place/ours.c1z
    chmod 555 place
    before=$(sha256sum <place/ours.c1z; stat -c %Y place/ours.c1z)
    (cd place && TMPDIR=$BATS_TEST_TMPDIR/tmp "$CAT" -f ours.c1z >/dev/null)
    [ "$(sha256sum <place/ours.c1z; stat -c %Y place/ours.c1z)" = "$before" ]
    [ "$(ls -A place)" = ours.c1z ]
    [ -z "$(ls -A tmp)" ]
    chmod 755 place
    TMPDIR=$BATS_TEST_TMPDIR/nowhere run -73 --separate-stderr "$CAT" -f ours.c1z
    [[ $stderr == *"nowhere'"* ]]
}

@test "output that cannot be written: 74; a reader that goes away ends it quietly" {
    run -74 bash -c '"$1" -f "$2" >/dev/full' - "$CAT" "$GO"
    [ "$output" = "c1z-cat: cannot write to 'standard output': No space left on device" ]
    run -74 bash -c '"$1" -f "$2" >&-' - "$CAT" "$GO"
    run -74 bash -c '"$1" -f "$2" syncs >/dev/full' - "$CAT" "$GO"
    run -74 bash -c '"$1" --help >/dev/full' - "$CAT"
    "$ROOT/tests/bench/gen-records" 3000 | "$PACK" --unframed -f big.c1z
    run -141 --separate-stderr bash -c 'set -o pipefail; "$1" -f big.c1z | head -n 1 >/dev/null' - "$CAT"
    [ -z "$stderr" ]
}

@test "the sync.c1z of this folder is the default" {
    cp ours.c1z sync.c1z
    cmp <("$CAT") <("$CAT" -f ours.c1z)
}

@test "the Go connector's sync goes in again, with a warning about the principals that it lacks" {
    run -65 --separate-stderr bash -c '"$1" -f "$2" | "$3" -f again.c1z' - "$CAT" "$GO" "$PACK"
    [[ $stderr == *'line 107, at $.principal.id: no such resource in the input'* ]]
    [ ! -e again.c1z ]
    run -0 --separate-stderr bash -c '"$1" -f "$2" | "$3" --no-expand -f again.c1z' - "$CAT" "$GO" "$PACK"
    [[ $stderr =~ ^'c1z-pack: warning: standard input: line 107, at $.principal.id: no such resource in the input: '"'user:"[-0-9a-f]+"'"$ ]]
    # Line by line the same; the order of a profile's keys, which is free in the Go connector's blobs, is fixed in ours.
    diff <(records "$GO") <(records again.c1z)
}
