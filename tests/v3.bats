#!/usr/bin/env bats
# Files of format v3 (Pebble): what the SDK writes, ours reads, record for record and in the same order.

load lib
load v3

setup_file() {
    export SAMPLE=$FIXTURES/sdk-pebble.c1z
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
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

@test "the sample holds the records of the v1 file that it was converted from" {
    "$BIN/c1z-cat" -f "$FIXTURES/go-connector.c1z" | reduced >v1
    "$BIN/c1z-cat" -f "$SAMPLE" | records >v3
    cmp v1 v3
    [ "$(wc -l <v3)" -eq 258 ]
}

@test "a spliced file, a changed byte anywhere, a cut: refused, and nothing is printed" {
    local at size
    "$ROOT/tests/v3-splice" "$SAMPLE" >spliced.c1z
    [ "$(stat -c %s spliced.c1z)" -eq "$(stat -c %s "$SAMPLE")" ]
    run -65 --separate-stderr "$BIN/c1z-cat" -f spliced.c1z
    [ -z "$output" ]
    [[ $stderr == "c1z-cat: "*".sst: 'spliced.c1z' is damaged: the frame is another file's: its length or sum is wrong" ]]
    size=$(stat -c %s "$SAMPLE")
    # In the manifest, in frames, in the index, in the footer.
    for at in 7 40 20000 23500 30000 $((size - 300)) $((size - 20)) $((size - 2)); do
        python3 -c 'import sys; d = bytearray(open(sys.argv[1], "rb").read()); d[int(sys.argv[2])] ^= 4; sys.stdout.buffer.write(d)' \
            "$SAMPLE" "$at" >bad.c1z
        run -65 --separate-stderr "$BIN/c1z-cat" -f bad.c1z
        [ -z "$output" ]
        [[ $stderr == "c1z-cat: "*"'bad.c1z' is "* ]] || { echo "$at: $stderr"; return 1; }
    done
    for at in 5 8 50 30000 $((size - 1)); do
        head -c "$at" "$SAMPLE" >bad.c1z
        run -65 --separate-stderr "$BIN/c1z-cat" -f bad.c1z
        [ -z "$output" ]
    done
    # One byte more, too: the footer is the end.
    { cat "$SAMPLE"; printf x; } >bad.c1z
    run -65 --separate-stderr "$BIN/c1z-cat" -f bad.c1z
    graph 2 >in.ndjson
    pack --storage-engine pebble -f ours.c1z in.ndjson
    size=$(stat -c %s ours.c1z)
    for at in 20 300 $((size / 2)) $((size - 1)); do
        head -c "$at" ours.c1z >bad.c1z
        run -65 --separate-stderr "$BIN/c1z-cat" -f bad.c1z
        [ -z "$output" ]
    done
}

@test "no memory, at whatever call, is 71 and not a damaged file" {
    [ -z "${AB_SANITIZED:-}" ] || skip "no preloading with sanitizers"
    local file calls n struck=0
    graph 1 >in.ndjson
    pack --storage-engine pebble -f ours.c1z in.ndjson
    for file in ours.c1z "$SAMPLE"; do
        rm -f counts
        AB_FAULT_COUNTS=counts LD_PRELOAD=${BIN%/bin}/preload/faults.so "$BIN/c1z-cat" -f "$file" resource-types >/dev/null
        calls=$(sed 's/memory=\([0-9]*\) .*/\1/' counts)
        for ((n = 1; n <= calls; n++)); do
            status=0
            AB_FAULT=memory:$n:fail LD_PRELOAD=${BIN%/bin}/preload/faults.so "$BIN/c1z-cat" -f "$file" resource-types >/dev/null 2>err || status=$?
            [ "$status" -eq 0 ] || [ "$status $(wc -l <err)" = "71 1" ] || { echo "call $n: $status, $(cat err)"; return 1; }
            [ "$status" -eq 0 ] || struck=$((struck + 1))
        done
    done
    [ "$struck" -gt 100 ]
}

@test "a pipe is read as a file is" {
    cmp <("$BIN/c1z-cat" -f "$SAMPLE") <("$BIN/c1z-cat" -f <(cat "$SAMPLE"))
}

@test "another engine, another encoding: refused by name" {
    sed 's/pebble3/pebble4/' "$SAMPLE" >bad.c1z
    run -65 --separate-stderr "$BIN/c1z-cat" -f bad.c1z
    [ "$stderr" = "c1z-cat: 'bad.c1z' was written by the storage engine 'pebble4', which is not supported" ]
    printf 'C1Z3\0\0\0\0\x0b\x0a\x07pebble3\x20\x03' >bad.c1z
    run -65 --separate-stderr "$BIN/c1z-cat" -f bad.c1z
    [ "$stderr" = "c1z-cat: 'bad.c1z' has a payload of encoding 3, which is not supported" ]
}

# tarred NAME TYPE COUNT: a v3 file whose payload is a tar as it is, with COUNT entries of that name and type.
tarred() {
    python3 - "$@" <<'END'
import io, sys, tarfile
out = io.BytesIO()
with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as t:
    for _ in range(int(sys.argv[3])):
        entry = tarfile.TarInfo(sys.argv[1])
        entry.type, entry.size, entry.linkname = sys.argv[2].encode(), 3 if sys.argv[2] == "0" else 0, "/etc/passwd"
        t.addfile(entry, io.BytesIO(b"abc") if sys.argv[2] == "0" else None)
manifest = b"\x0a\x07pebble3\x20\x02"
sys.stdout.buffer.write(b"C1Z3\0" + len(manifest).to_bytes(4, "big") + manifest + out.getvalue())
END
}

@test "a tar with names that leave the folder, links, a file twice: refused" {
    while read -r name type count words; do
        tarred "$name" "$type" "$count" >bad.c1z
        run -65 --separate-stderr "$BIN/c1z-cat" -f bad.c1z
        [ -z "$output" ]
        [[ $stderr == *"'bad.c1z'"*"$words"* ]] || { echo "$name: $stderr"; return 1; }
        # Beside it is only what bats makes.
        [ "$(find . -type f ! -name 'separate-stderr*')" = ./bad.c1z ]
    done <<'END'
../evil 0 1 a name that is none of a file in a folder
/evil 0 1 a name that is none of a file in a folder
a/b 0 1 a name that is none of a file in a folder
.. 0 1 a name that is none of a file in a folder
link 2 1 has the type '2', which is not supported
link 1 1 has the type '1', which is not supported
same 0 2 it holds a file twice
alone 0 1 the marker of its format is missing
END
}

@test "a v1 file by way of c1z-cat becomes what the SDK made of it" {
    "$BIN/c1z-cat" -f "$FIXTURES/go-connector.c1z" | "$BIN/c1z-pack" --no-expand --storage-engine pebble -f ours.c1z 2>pack.err
    for kind in resource-types resources entitlements grants; do
        cmp <("$BIN/c1z-cat" -f "$SAMPLE" "$kind" | sed '1d') <("$BIN/c1z-cat" -f ours.c1z "$kind" | sed '1d')
    done
    "$BIN/c1z-cat" -f "$SAMPLE" | "$BIN/c1z-pack" --no-expand -f back.c1z 2>pack.err
    "$BIN/c1z-diff" back.c1z "$SAMPLE"
}

@test "what is written as v3 is read back as what is written as v1" {
    for seed in $(seq 1 30); do
        graph "$seed" >in.ndjson
        pack -f one.c1z in.ndjson
        pack --storage-engine pebble -f three.c1z in.ndjson
        [ "$(head -c 4 three.c1z)" = C1Z3 ]
        "$BIN/c1z-cat" -f one.c1z | reduced >one
        "$BIN/c1z-cat" -f three.c1z | reduced >three
        cmp one three || { echo "seed $seed"; return 1; }
        [ -s three ]
        # Sorted reads of the two kinds of files meet record for record.
        "$BIN/c1z-diff" one.c1z three.c1z
        "$BIN/c1z-cat" -f one.c1z manifest >one
        "$BIN/c1z-cat" -f three.c1z manifest >three
        cmp one three
        rm one.c1z three.c1z
    done
}

@test "the file: an engine, encoding 1, and a tar of one MANIFEST, two markers and a table of rows, summed up by zstd" {
    graph 3 >in.ndjson
    pack --storage-engine pebble -f a.c1z in.ndjson
    local size
    size=$((16#$(head -c 9 a.c1z | tail -c 4 | od -An -tx1 | tr -d ' \n')))
    # The engine "pebble3", schema 24, encoding 1; at the end the format of ids, 2.
    [ "$(tail -c +10 a.c1z | head -c 13 | od -An -tx1 | tr -d ' \n')" = "0a07$(printf pebble3 | od -An -tx1 | tr -d ' \n')10182001" ]
    [ "$(head -c $((9 + size)) a.c1z | tail -c 3 | od -An -tx1)" = " d0 02 02" ]
    tail -c +$((10 + size)) a.c1z >payload.zst
    run -0 zstd -lv payload.zst
    [[ $output == *"Check: XXH64"* ]]
    zstd -dqc payload.zst >payload.tar
    diff - <(tar -tf payload.tar) <<'END'
000004.sst
MANIFEST-000001
marker.format-version.000001.024
marker.manifest.000001.MANIFEST-000001
END
    [ "$(tar -tvf payload.tar | cut -c 1-10 | sort -u)" = -rw-r--r-- ]
    tar -xf payload.tar
    # Version 2, and what every table ends with.
    [ "$(tail -c 12 000004.sst | od -An -tx1 | tr -d ' \n')" = 02000000f09faab3f09faab3 ]
    [ ! -s marker.format-version.000001.024 ] && [ ! -s marker.manifest.000001.MANIFEST-000001 ]
}

@test "the same input gives the same bytes, whatever the number of threads" {
    graph 3 >in.ndjson
    pack --storage-engine pebble -f a.c1z in.ndjson
    pack --storage-engine pebble -T 4 -f b.c1z in.ndjson
    cmp a.c1z b.c1z
    BATON_STORAGE_ENGINE=pebble pack -f c.c1z in.ndjson
    cmp a.c1z c.c1z
}

@test "more records than are sorted at once come out in order" {
    "$ROOT/tests/bench/gen-records" 200000 | tail -n +3 | shuf --random-source=<(yes) >body
    { "$ROOT/tests/bench/gen-records" 1 | head -2; cat body; } >in.ndjson
    pack --storage-engine pebble -f a.c1z in.ndjson
    "$BIN/c1z-cat" -f a.c1z grants | grep -v '^{"stream":' | jq -r .id >ids
    [ "$(wc -l <ids)" -eq 200000 ]
    sort -c ids
    "$BIN/c1z-cat" -f a.c1z | reduced >three
    reduced <in.ndjson | cmp - three
}

@test "engines: a file of the other one is replaced only with --replace, one of v3 always" {
    graph 1 >in.ndjson
    pack -f old.c1z in.ndjson
    cp old.c1z one.c1z
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble -f old.c1z in.ndjson
    [[ $stderr == *"'old.c1z' is of format v1 (SQLite), whose syncs would be gone: --replace"* ]]
    cmp one.c1z old.c1z
    pack --storage-engine pebble --replace --allow-shrink -f old.c1z in.ndjson
    [ "$(head -c 4 old.c1z)" = C1Z3 ]
    cp old.c1z three.c1z
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed -f old.c1z in.ndjson
    [[ $stderr == *"'old.c1z' is of format v3 (Pebble), which holds one sync: --storage-engine pebble"*"--replace"* ]]
    cmp three.c1z old.c1z
    "$BIN/c1z-pack" --unframed --storage-engine pebble -f old.c1z in.ndjson 2>err
    [ "$("$BIN/c1z-cat" -f old.c1z syncs | wc -l)" -eq 1 ]
    run -1 cmp three.c1z old.c1z
    pack --replace -f old.c1z in.ndjson
    [ "$(head -c 4 old.c1z)" = C1ZF ]
    [ "$("$BIN/c1z-cat" -f old.c1z syncs | wc -l)" -eq 1 ]
    : >old.c1z
    pack --storage-engine pebble -f old.c1z in.ndjson
    [ "$(head -c 4 old.c1z)" = C1Z3 ]
}

@test "guards hold against the sync that is replaced, of either format" {
    "$ROOT/tests/bench/gen-records" 2000 >many.ndjson
    "$ROOT/tests/bench/gen-records" 500 >few.ndjson
    "$ROOT/tests/bench/gen-records" 500 | grep -v '"Workspace\|v2.Grant"\|v2.Entitlement"\|workspace' >none.ndjson
    for engine in sqlite pebble; do
        rm -f old.c1z
        pack --storage-engine "$engine" -f old.c1z many.ndjson
        cp old.c1z before.c1z
        run -4 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble --replace -f old.c1z few.ndjson
        [[ $stderr == *"from 2000 grants in the sync before to 500"* ]]
        run -4 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine sqlite --replace -f old.c1z few.ndjson
        [[ $stderr == *"from 2000 grants in the sync before to 500"* ]]
        run -4 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble --replace --check -f old.c1z few.ndjson
        echo '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user"}' >empty.ndjson
        run -4 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble --replace --allow-empty \
            --allow-shrink -f old.c1z empty.ndjson
        [[ $stderr == *"a sync without a resource does not take the place of one with 1002"* ]]
        cmp before.c1z old.c1z
        pack --storage-engine pebble --replace --allow-shrink -f old.c1z few.ndjson
    done
}

@test "a file that cannot be read is not replaced" {
    graph 1 >in.ndjson
    pack --storage-engine pebble -f old.c1z in.ndjson
    head -c 500 old.c1z >cut.c1z
    cp cut.c1z before.c1z
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble --replace -f cut.c1z in.ndjson
    cmp before.c1z cut.c1z
    echo nonsense >cut.c1z
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble --replace -f cut.c1z in.ndjson
    [ "$(cat cut.c1z)" = nonsense ]
}

# record KIND MEMBERS: one line.
# small MORE...: a resource type, two resources, an entitlement, and lines of one's own from line 5 on.
small() {
    record ResourceType '"id":"user"'
    record Resource '"id":{"resourceType":"user","resource":"u"}'
    record Resource '"id":{"resourceType":"user","resource":"v"}'
    record Entitlement '"resource":{"id":{"resourceType":"user","resource":"u"}},"id":"e"'
    printf '%s\n' "$@"
}

@test "two grants of one entitlement to one principal are refused, both lines named" {
    grant() {
        record Grant '"entitlement":{"resource":{"id":{"resourceType":"user","resource":"u"}},"id":"e"},"principal":{"id":{"resourceType":"user","resource":"v"}},"id":"'"$1"'"'
    }
    small "$(grant one)" "$(grant one)" "$(grant two)" >in.ndjson
    "$BIN/c1z-pack" --unframed -f one.c1z in.ndjson
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble -f three.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: lines 5 and 7: two grants of one entitlement to one principal, of which format v3 keeps only one" ]
    [ ! -e three.c1z ]
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble --check in.ndjson
    [[ $stderr == *"lines 5 and 7"* ]]
}

@test "two entitlements of one id are refused, though their keys differ" {
    small "$(record Entitlement '"resource":{"id":{"resourceType":"user","resource":"v"}},"id":"e"')" >in.ndjson
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble -f three.c1z in.ndjson
    [[ $stderr == *"in.ndjson: line 5: differs from the entitlement of the same id in line 4"* ]]
}

# refused_by_v3 RECORD WORDS: v1 takes the record, v3 does not, and says WORDS of its line.
refused_by_v3() {
    small "$1" >in.ndjson
    "$BIN/c1z-pack" --unframed --check in.ndjson
    rm -f three.c1z
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble -f three.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 5: $2 cannot be kept in format v3" ] || { echo "$stderr"; return 1; }
    [ ! -e three.c1z ]
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble --check in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 5: $2 cannot be kept in format v3" ]
}

# What a Resource can say that no record keeps, and what the refusal calls it: for whatever holds a Resource of that id.
unkept() {
    cat <<'END'
},"batonResource":true|batonResource
,"batonResource":true}|id.batonResource
},"parentResourceId":{"resourceType":"user","resource":"u","batonResource":true}|parentResourceId.batonResource
},"externalId":{"id":"x"}|externalId
},"externalId":{}|externalId
END
}

@test "what format v3 cannot keep is refused by name, checking too" {
    local id='"id":{"resourceType":"user","resource":' on='"entitlement":{"id":"e","resource":{'
    while IFS='|' read -r members word; do
        refused_by_v3 "$(record Resource "$id\"w\"$members")" "resource: $word"
        refused_by_v3 "$(record Entitlement "\"id\":\"f\",\"resource\":{$id\"u\"$members}")" "entitlement: resource.$word"
        refused_by_v3 "$(record Grant "$on$id\"u\"$members}},\"principal\":{$id\"v\"}},\"id\":\"g\"")" "grant: entitlement.resource.$word"
        refused_by_v3 "$(record Grant "$on$id\"u\"}}},\"principal\":{$id\"v\"$members},\"id\":\"g\"")" "grant: principal.$word"
    done < <(unkept)
    refused_by_v3 "$(record Grant "$on$id\"u\"}}},\"principal\":{$id\"v\"},\"parentResourceId\":{\"resourceType\":\"user\"}},\"id\":\"g\"")" \
        "grant: principal.parentResourceId without a resource"
    refused_by_v3 "$(record ResourceType '"id":"t","traits":["TRAIT_USER",99]')" "resource type: a trait without a name"
    refused_by_v3 "$(record Entitlement '"resource":{"id":{"resourceType":"user","resource":"u"}},"id":"f","purpose":9')" \
        "entitlement: a purpose without a name"
}

@test "a grant that expansion makes is refused by the line of the one its principal comes from" {
    local group='"id":{"resourceType":"group","resource":"g"}' user='"id":{"resourceType":"user","resource":"v"}'
    # By key, the grant that is made comes before all others.
    local app='"id":{"resourceType":"app","resource":"a"}'
    {
        record ResourceType '"id":"user"'
        record ResourceType '"id":"group"'
        record ResourceType '"id":"app"'
        record Resource "$user"
        record Resource "$group"
        record Resource "$app"
        record Entitlement '"resource":{'"$group"'},"id":"group:g:member"'
        record Entitlement '"resource":{'"$app"'},"id":"app:a:role"'
        record Grant '"entitlement":{"resource":{'"$group"'},"id":"group:g:member"},"principal":{'"${user%\}}"',"batonResource":true}},"id":"m"'
        record Grant '"entitlement":{"resource":{'"$app"'},"id":"app:a:role"},"principal":{'"$group"'},"id":"r","annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GrantExpandable","entitlementIds":["group:g:member"]}]'
    } >in.ndjson
    "$BIN/c1z-pack" --unframed -f one.c1z in.ndjson
    run -65 --separate-stderr "$BIN/c1z-pack" --unframed --storage-engine pebble -f three.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 9: grant: principal.id.batonResource cannot be kept in format v3" ]
    [ ! -e three.c1z ]
}

@test "what format v3 knows by an id alone, and what it leaves out, is what the manual says, and no more" {
    small "$(record Resource '"id":{"resourceType":"user","resource":"w"},"parentResourceId":{"resourceType":"user","resource":"u"},"displayName":"W","creationSource":"CREATION_SOURCE_CONNECTOR_LIST_RESOURCES"')" \
        "$(record Entitlement '"resource":{"id":{"resourceType":"user","resource":"w"},"displayName":"W","description":"d"},"id":"f","grantableTo":[{"id":"user","displayName":"User"}]')" \
        "$(record Grant '"entitlement":{"resource":{"id":{"resourceType":"user","resource":"w"}},"id":"f","displayName":"F"},"principal":{"id":{"resourceType":"user","resource":"w"},"parentResourceId":{"resourceType":"user","resource":"u"},"displayName":"W"},"id":"g","annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GrantImmutable"}],"sources":{"sources":{"a":{"isDirect":true},"b":{}}}')" >in.ndjson
    "$BIN/c1z-pack" --unframed --no-expand --storage-engine pebble -f three.c1z in.ndjson
    "$BIN/c1z-cat" -f three.c1z | grep -v '^{"stream":' | tail -n +3 >three
    # By kind, then by key.
    diff - three <<'END'
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"v"}}
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"w"},"parentResourceId":{"resourceType":"user","resource":"u"},"displayName":"W"}
{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":{"id":{"resourceType":"user","resource":"u"}},"id":"e"}
{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":{"id":{"resourceType":"user","resource":"w"}},"id":"f","grantableTo":[{"id":"user"}]}
{"@type":"type.googleapis.com/c1.connector.v2.Grant","entitlement":{"resource":{"id":{"resourceType":"user","resource":"w"}},"id":"f"},"principal":{"id":{"resourceType":"user","resource":"w"},"parentResourceId":{"resourceType":"user","resource":"u"}},"id":"g","sources":{"sources":{"a":{"isDirect":true},"b":{}}},"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GrantImmutable"}]}
END
}

@test "ids with every kind of byte, profiles, icons, annotations and times survive" {
    rich >in.ndjson
    "$BIN/c1z-pack" --unframed --storage-engine pebble -f three.c1z in.ndjson
    "$BIN/c1z-cat" -f three.c1z | records >three
    reduced <in.ndjson | cmp - three
}

@test "engines: usage" {
    run -64 --separate-stderr "$BIN/c1z-pack" --storage-engine mysql -f x.c1z
    [[ $stderr == "c1z-pack: --storage-engine: expected sqlite or pebble"* ]]
    run -64 --separate-stderr "$BIN/c1z-pack" --storage-engine pebble --keep 2 -f x.c1z
    [[ $stderr == "c1z-pack: --keep: a file of format v3"* ]]
    run -64 --separate-stderr "$BIN/c1z-pack" --storage-engine pebble --old-readers -f x.c1z
    BATON_STORAGE_ENGINE=mysql run -78 --separate-stderr "$BIN/c1z-pack" -f x.c1z
    [ "$stderr" = "c1z-pack: BATON_STORAGE_ENGINE: expected sqlite or pebble" ]
    graph 1 >in.ndjson
    BATON_STORAGE_ENGINE=mysql BATON_KEEP_SYNC_COUNT=5 pack --storage-engine pebble --keep 1 -f x.c1z in.ndjson
}

@test "a full disk: 74, and the old file as it was" {
    graph 1 >in.ndjson
    pack --storage-engine pebble -f old.c1z in.ndjson
    cp old.c1z before.c1z
    "$ROOT/tests/bench/gen-records" 30000 >in.ndjson
    # The limit counts for every file, as little room on the disk would for all of them. What the reader's thread holds
    # when it is left alone is no leak.
    export ASAN_OPTIONS=detect_leaks=0
    for kib in 4 16 64 128; do
        run -74 --separate-stderr bash -c 'ulimit -f "$1"; exec "${@:2}"' - "$kib" "$BIN/c1z-pack" --unframed \
            --storage-engine pebble --allow-shrink -f old.c1z in.ndjson
        [[ $stderr == "c1z-pack: "*"old.c1z"* ]] || [[ $stderr == "c1z-pack: cannot write the temporary file"* ]]
        cmp before.c1z old.c1z
        [ -z "$(find . -name '.old*')" ]
    done
}

# bats test_tags=slow
@test "memory does not grow with the grants, neither writing nor reading" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured with sanitizers"
    # resident COMMAND...: its peak resident memory in MB.
    resident() {
        "$ROOT/tests/bench/measure" run "$@" | sed 's/.* \([0-9]*\) MB.*/\1/'
    }
    local few many
    "$ROOT/tests/bench/gen-records" 100000 >in.ndjson
    few=$(resident "$BIN/c1z-pack" --unframed --storage-engine pebble -f few.c1z in.ndjson)
    "$ROOT/tests/bench/gen-records" 1000000 >in.ndjson
    many=$(resident "$BIN/c1z-pack" --unframed --storage-engine pebble -f many.c1z in.ndjson)
    echo "written: $few MB, $many MB"
    [ "$few" -lt 160 ]
    [ "$many" -lt 160 ]
    few=$(resident "$BIN/c1z-cat" -f few.c1z)
    many=$(resident "$BIN/c1z-cat" -f many.c1z)
    echo "read: $few MB, $many MB"
    [ "$many" -lt 64 ]
    [ $((many * 10)) -le $((few * 13)) ]
}
