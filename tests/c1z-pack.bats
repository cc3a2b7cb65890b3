#!/usr/bin/env bats
# c1z-pack: what it accepts and refuses, what a file of format v1 holds, and how grants expand. How a file is published is in
# c1z-publish.bats; format v3 is in v3.bats.

load lib
load pack

@test "help, version and usage errors" {
    run -0 --separate-stderr "$PACK" --help
    [[ $output == "usage: c1z-pack "* ]]
    [ -z "$stderr" ]
    run -0 --separate-stderr "$PACK" -v
    [[ $output == "c1z-pack "[0-9]* ]]
    local args
    for args in "--nonsense" "-x" "-f" "-l 0" "-l 20" "-l 3x" "-T 0" "-T -1" "--keep 0" "--sync-id short" "--sync-id zzzzzzzzzzzzzzzzzzzzzzzzzzz" "a b" "--log-level loud" "--check=1"; do
        # shellcheck disable=SC2086 # several arguments
        run -64 --separate-stderr "$PACK" $args </dev/null
        [ -z "$output" ]
        [[ ${stderr_lines[0]} == "c1z-pack: "* ]]
        [[ ${stderr_lines[1]} == "usage: c1z-pack "* ]]
    done
    nothing_left
}

@test "a small stream becomes a finished full sync, silently" {
    small >in.ndjson
    run -0 --separate-stderr "$PACK" -f out.c1z in.ndjson
    [ -z "$output$stderr" ]
    [ "$(sql out.c1z "SELECT count(*), sum(ended_at >= started_at), min(sync_type), min(sync_token), min(supports_diff), min(parent_sync_id), min(linked_sync_id) FROM v1_sync_runs")" = "1|1|full||1||" ]
    [ "$(sql out.c1z "SELECT length(sync_id) FROM v1_sync_runs")" -eq 27 ]
    [ "$(sql out.c1z "SELECT (SELECT count(*) FROM v1_resource_types) || (SELECT count(*) FROM v1_resources) || (SELECT count(*) FROM v1_entitlements) || (SELECT count(*) FROM v1_grants)")" = 2211 ]
    nothing_left in.ndjson out.c1z db.sqlite
}

@test "the columns of each table, and the message beside them" {
    { world; resource user u3 group a; grant group a member user u1; } | framed | "$PACK" -f out.c1z
    [ "$(sql out.c1z "SELECT external_id, hex(data) FROM v1_resource_types WHERE external_id = 'robot'")" = "robot|0A05726F626F74" ]
    [ "$(sql out.c1z "SELECT resource_type_id, external_id, parent_resource_type_id, parent_resource_id FROM v1_resources WHERE external_id = 'user:u3'")" = "user|user:u3|group|a" ]
    [ "$(sql out.c1z "SELECT parent_resource_type_id IS NULL, parent_resource_id IS NULL FROM v1_resources WHERE external_id = 'user:u1'")" = "1|1" ]
    [ "$(sql out.c1z "SELECT resource_type_id, resource_id, external_id FROM v1_entitlements LIMIT 1")" = "group|a|group:a:member" ]
    [ "$(sql out.c1z "SELECT resource_type_id, resource_id, entitlement_id, principal_resource_type_id, principal_resource_id, external_id, expansion IS NULL, needs_expansion FROM v1_grants")" = "group|a|group:a:member|user|u1|group:a:member:user:u1|1|0" ]
    [ "$(sql out.c1z "SELECT hex(data) FROM v1_grants")" = "0A1E0A0C0A0A0A0567726F757012016112$(printf 0E; printf group:a:member | od -An -tx1 | tr -d ' \n' | tr a-f A-F)120C0A0A0A0475736572120275311A16$(printf group:a:member:user:u1 | od -An -tx1 | tr -d ' \n' | tr a-f A-F)" ]
    [ "$(sql out.c1z "SELECT count(DISTINCT sync_id), count(DISTINCT discovered_at), max(typeof(discovered_at)), max(typeof(data)) FROM v1_resources")" = "1|1|text|blob" ]
}

@test "the schema is the compat profile, swapped names and all" {
    small | "$PACK" -f out.c1z
    database out.c1z
    run -0 sqlite3 db.sqlite "SELECT m.name || ' ' || group_concat(lower(p.name) || ':' || lower(p.type) || p.\"notnull\" || coalesce(p.dflt_value, ''), ' ') FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table' GROUP BY m.name ORDER BY m.name"
    diff - <(printf '%s\n' "$output") <<'END'
v1_assets id:integer0 external_id:text1 content_type:text1 data:blob1 sync_id:text1 discovered_at:datetime1
v1_connector_sessions id:integer0 sync_id:text1 key:text1 value:blob1
v1_entitlements id:integer0 resource_type_id:text1 resource_id:text1 external_id:text1 data:blob1 sync_id:text1 discovered_at:datetime1
v1_grants id:integer0 resource_type_id:text1 resource_id:text1 entitlement_id:text1 principal_resource_type_id:text1 principal_resource_id:text1 external_id:text1 expansion:blob0 needs_expansion:integer10 data:blob1 sync_id:text1 discovered_at:datetime1
v1_resource_types id:integer0 external_id:text1 data:blob1 sync_id:text1 discovered_at:datetime1
v1_resources id:integer0 resource_type_id:text1 external_id:text1 parent_resource_type_id:text0 parent_resource_id:text0 data:blob1 sync_id:text1 discovered_at:datetime1
v1_sync_runs id:integer0 sync_id:text1 started_at:datetime1 ended_at:datetime0 sync_token:text1 sync_type:text1'full' parent_sync_id:text1'' linked_sync_id:text1'' supports_diff:integer10 grants_backfilled:integer10
END
    run -0 sqlite3 db.sqlite "SELECT l.name || ' ' || m.name || ' ' || l.\"unique\" || ' ' || l.partial || ' ' || (SELECT group_concat(name) FROM pragma_index_info(l.name)) FROM sqlite_schema m, pragma_index_list(m.name) l WHERE m.type = 'table' ORDER BY l.name"
    diff - <(printf '%s\n' "$output") <<'END'
idx_assets_external_sync_v1 v1_assets 1 0 external_id,sync_id
idx_entitlements_external_sync_v1 v1_entitlements 1 0 external_id,sync_id
idx_entitlements_resource_id_v1 v1_entitlements 0 0 resource_type_id,resource_id
idx_grants_entitlement_id_principal_id_v1 v1_grants 0 0 entitlement_id,principal_resource_type_id,principal_resource_id
idx_grants_entitlement_sync_grant_v1 v1_grants 0 0 entitlement_id,sync_id,id
idx_grants_external_sync_v1 v1_grants 1 0 external_id,sync_id
idx_grants_principal_id_v1 v1_grants 0 0 principal_resource_type_id,principal_resource_id
idx_grants_resource_type_id_resource_id_v1 v1_grants 0 0 resource_type_id,resource_id
idx_grants_sync_expansion_v1 v1_grants 0 1 sync_id
idx_grants_sync_needs_expansion_v1 v1_grants 0 1 sync_id
idx_resource_types_external_sync_v1 v1_resource_types 1 0 external_id,sync_id
idx_resources_external_sync_v1 v1_resources 0 0 parent_resource_type_id,parent_resource_id
idx_resources_parent_resource_id_v1 v1_resources 1 0 external_id,sync_id
idx_resources_resource_type_id_v1 v1_resources 0 0 resource_type_id
idx_session_store_sync_key_v1 v1_connector_sessions 1 0 sync_id,key
idx_sync_runs_sync_id_v1 v1_sync_runs 1 0 sync_id
END
    [ "$(sqlite3 db.sqlite "PRAGMA integrity_check")" = ok ]
}

@test "the envelope: magic, one frame with size and checksum, a rollback-journal database of 4096-byte pages in UTF-8" {
    small | "$PACK" -f out.c1z
    [ "$(head -c 5 out.c1z | od -An -tx1)" = " 43 31 5a 46 00" ]
    tail -c +6 out.c1z >frame.zst
    run -0 zstd -lv frame.zst
    [[ $output == *"# Zstandard Frames: 1"* ]]
    [[ $output == *"Check: XXH64"* ]]
    [[ $output =~ "Decompressed Size: "[0-9] ]]
    database out.c1z
    [ "$(head -c 20 db.sqlite | tail -c 4 | od -An -tx1)" = " 10 00 01 01" ]
    [ "$(sqlite3 db.sqlite "PRAGMA encoding; PRAGMA freelist_count; PRAGMA application_id; PRAGMA user_version" | tr '\n' ' ')" = "UTF-8 0 0 0 " ]
}

@test "records may come in any order, rows keep it" {
    { grant group a member user u2; world | tac; grant group a member user u1; } | framed | "$PACK" -f out.c1z
    [ "$(sql out.c1z "SELECT group_concat(principal_resource_id) FROM (SELECT * FROM v1_grants ORDER BY id)")" = u2,u1 ]
    [ "$(sql out.c1z "SELECT group_concat(external_id) FROM (SELECT * FROM v1_resource_types ORDER BY id)")" = robot,group,user ]
}

@test "no empty sync pushes out one that has rows" {
    local first second
    small | "$PACK" -f out.c1z
    small | "$PACK" -f out.c1z
    first=$("$CAT" -f out.c1z syncs | jq -r .syncId)
    framed </dev/null >none.ndjson
    for i in 1 2 3; do "$PACK" --allow-empty --allow-shrink -f out.c1z none.ndjson; done
    second=$("$CAT" -f out.c1z syncs | jq -r .syncId)
    [ "$(head -n 2 <<<"$second")" = "$first" ]
    # The next one with rows takes the place of the oldest of these, and the empty ones go.
    small | "$PACK" -f out.c1z
    [ "$("$CAT" -f out.c1z syncs | wc -l)" -eq 2 ]
    [ "$("$CAT" -f out.c1z syncs | jq -r .syncId | head -n 1)" = "$(tail -n 1 <<<"$first")" ]
}

@test "--unframed takes plain lines, and frame lines not" {
    world | "$PACK" --unframed -f out.c1z -
    [ "$(sql out.c1z "SELECT count(*) FROM v1_resources")" -eq 6 ]
    world | head -c -1 | "$PACK" --unframed -f out.c1z -
    small >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f no.c1z in.ndjson
    [[ $stderr == "c1z-pack: in.ndjson: line 1: "* ]]
}

@test "--skip-grants, --skip-entitlements-and-grants and --sync-resource-types leave out what was checked" {
    { world; grant group a member user u1; grant group a member robot r1; grant group b member group a "$(expandable group:a:member)"; } >in.ndjson
    counts() { sql "$1" "SELECT (SELECT group_concat(external_id) FROM v1_resource_types) || ' ' || (SELECT count(*) FROM v1_resources) || ' ' || (SELECT count(*) FROM v1_entitlements) || ' ' || (SELECT group_concat(external_id) FROM v1_grants) || ' ' || (SELECT sync_type FROM v1_sync_runs)" ; }
    "$PACK" --unframed -f a.c1z --sync-resource-types 'user, group' in.ndjson
    [ "$(counts a.c1z)" = "group,user 5 3 group:a:member:user:u1,group:b:member:group:a,group:b:member:user:u1 full" ]
    # What is left out has left no trace.
    [ "$(grep -ac robot db.sqlite)" -eq 0 ]
    "$PACK" --unframed -f b.c1z --skip-grants in.ndjson
    [ "$(sql b.c1z "SELECT (SELECT count(*) FROM v1_entitlements) || ' ' || (SELECT count(*) FROM v1_grants) || ' ' || (SELECT sync_type FROM v1_sync_runs)")" = "3 0 full" ]
    "$PACK" --unframed -f c.c1z --skip-entitlements-and-grants in.ndjson
    "$PACK" --unframed -f d.c1z --sync-type resources_only in.ndjson
    for f in c d; do
        [ "$(sql $f.c1z "SELECT (SELECT count(*) FROM v1_resources) || ' ' || (SELECT count(*) FROM v1_entitlements) || ' ' || (SELECT count(*) FROM v1_grants) || ' ' || (SELECT sync_type || supports_diff FROM v1_sync_runs)")" = "6 0 0 resources_only0" ]
    done
    # A partial sync takes no place.
    "$PACK" --unframed -f a.c1z in.ndjson
    "$PACK" --unframed -f a.c1z --sync-type resources_only in.ndjson
    [ "$("$CAT" -f a.c1z syncs | jq -r .type | tr '\n' ' ')" = "full full resources_only " ]
    run -65 --separate-stderr "$PACK" --unframed -f e.c1z --sync-resource-types user,planet in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: no resource type 'planet' in it" ]
    # Checked all the same.
    { cat in.ndjson; grant group a member user nobody; } >bad.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f e.c1z --skip-grants bad.ndjson
}

@test "what was left out is in the manifest, and in the stream of such a file; what was not there was not left out" {
    { world; grant group a member user u1; grant group a member robot r1; } >in.ndjson
    left() { "$CAT" -f "$1" manifest | jq -c '[.complete, (.leftOut | map("\(.stream) \(.of) \(.reason)")?)]'; }
    "$PACK" --unframed -f all.c1z --sync-resource-types user,group,robot in.ndjson
    [ "$(left all.c1z)" = '[true]' ]
    [ "$("$CAT" -f all.c1z manifest | jq 'has("leftOut")')" = false ]
    "$PACK" --unframed -f g.c1z --skip-grants in.ndjson
    "$PACK" --unframed -f e.c1z --skip-entitlements-and-grants --sync-type full in.ndjson
    "$PACK" --unframed -f r.c1z --sync-type resources_only in.ndjson
    "$PACK" --unframed -f t.c1z --sync-resource-types user in.ndjson
    "$PACK" --unframed -f gt.c1z --skip-grants --sync-resource-types user --storage-engine pebble in.ndjson
    local g='note grants skipped' e='note entitlements skipped' t='note resource-types skipped'
    [ "$(left g.c1z)" = '[true,["'"$g"'"]]' ]
    [ "$(left e.c1z)" = '[true,["'"$e"'","'"$g"'"]]' ]
    [ "$(left r.c1z)" = "$(left e.c1z)" ]
    [ "$(left t.c1z)" = '[true,["'"$t"'"]]' ]
    [ "$(left gt.c1z)" = '[true,["'"$g"'","'"$t"'"]]' ]
    # Packed again, masked or not, it says the same, and what is left out of it then besides.
    for f in g e t gt; do
        "$CAT" -f "$f.c1z" | "$PACK" -f again.c1z --replace --allow-shrink
        [ "$(left again.c1z)" = "$(left "$f.c1z")" ]
    done
    (umask 077 && openssl rand -hex 32 >key)
    "$CAT" -f g.c1z | "$BIN/c1z-mask" --key-file key | "$PACK" -f again.c1z --replace --allow-shrink
    [ "$(left again.c1z)" = "$(left g.c1z)" ]
    "$CAT" -f t.c1z | "$PACK" -f again.c1z --replace --allow-shrink --skip-entitlements-and-grants
    [ "$(left again.c1z)" = "$(left t.c1z)" ]
    "$CAT" -f g.c1z | "$PACK" -f again.c1z --replace --allow-shrink --skip-entitlements-and-grants
    [ "$(left again.c1z)" = "$(left e.c1z)" ]
    # Its other notes stand where they stood.
    { world | framed; } | sed -e '$i{"stream":"note","of":"group","reason":"unlicensed"}' >noted.ndjson
    sed -i 's/"records":\([0-9]*\)/"records":'"$(($(wc -l <noted.ndjson) - 2))"'/' noted.ndjson
    "$PACK" -f noted.c1z --skip-grants --skip-entitlements-and-grants noted.ndjson
    [ "$("$CAT" -f noted.c1z manifest | jq -c '[(.notes | map(.of)), (.leftOut | map(.of))]')" = '[["group"],["entitlements"]]' ]
}

@test "entitlements hold the resource they are on, as it is stored; what gives it whole is left alone" {
    { kind user; kind group; resource user u1; resource group h
        printf '{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"group","resource":"g"},"displayName":"G","annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GroupTrait"}]}\n'
        entitlement group g member; entitlement group h member | sed 's/"h"}}/"h"},"displayName":"Mine"}/'
        grant group g member user u1; grant group h member group g "$(expandable group:g:member)"; } >in.ndjson
    "$PACK" --unframed -f out.c1z in.ndjson
    "$CAT" -f out.c1z entitlements | jq -c 'select(.stream == null) | [.id, .resource.displayName, (.resource.annotations | length)]' | diff - <(printf '%s\n' '["group:g:member","G",1]' '["group:h:member","Mine",0]')
    # A grant that expansion makes holds the entitlement as it is stored.
    [ "$("$CAT" -f out.c1z grants | jq -r 'select(.id == "group:h:member:user:u1") | .entitlement.resource.displayName')" = Mine ]
    "$CAT" -f out.c1z | "$PACK" --no-expand -f again.c1z
    cmp <("$CAT" -f out.c1z | sed 1d) <("$CAT" -f again.c1z | sed 1d)
}

@test "lines that are no records of ours are refused with line and place" {
    local line
    while IFS='|' read -r line want; do
        { kind user; printf '%s\n' "$line"; } >in.ndjson
        run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
        [[ $stderr == "c1z-pack: in.ndjson: line 2"*"$want"* ]] || { echo "$line: $stderr"; return 1; }
    done <<'END'
not json|
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"a"|
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"a","id":"b"}|
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"a","colour":1}|colour
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":5}|
[]|
null|
{}|
{"@type":"type.googleapis.com/c1.connector.v2.Nothing"}|
{"@type":"type.googleapis.com/c1.connector.v2.UserTrait"}|, at $['@type']: not a ResourceType
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType"}|, at $.id: missing or empty
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"a\u0000"}|, at $.id: holds U+0000
{"@type":"type.googleapis.com/c1.connector.v2.Resource"}|, at $.id: missing
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user"}}|, at $.id.resource: missing or empty
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resource":"user"}}|, at $.id.resourceType: missing or empty
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"u"},"parentResourceId":{}}|, at $.parentResourceId.resourceType: missing or empty
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"u"},"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.BatonID"}]}|, at $.annotations: BatonID is reserved
{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","id":"e"}|, at $.resource: missing
{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":{}}|, at $.id: missing or empty
{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","id":"e","resource":{}}|, at $.resource.id: missing
{"@type":"type.googleapis.com/c1.connector.v2.Grant","id":"g"}|, at $.entitlement: missing
{"@type":"type.googleapis.com/c1.connector.v2.Grant","id":"g","entitlement":{"id":"e"}}|, at $.entitlement.resource: missing
{"@type":"type.googleapis.com/c1.connector.v2.Grant","id":"g","entitlement":{"resource":{"id":{"resourceType":"a","resource":"b"}}}}|, at $.entitlement.id: missing or empty
{"@type":"type.googleapis.com/c1.connector.v2.Grant","id":"g","entitlement":{"id":"e","resource":{"id":{"resourceType":"a","resource":"b"}}}}|, at $.principal: missing
{"@type":"type.googleapis.com/c1.connector.v2.Grant","id":"g","entitlement":{"id":"e","resource":{"id":{"resourceType":"a","resource":"b"}}},"principal":{}}|, at $.principal.id: missing
{"@type":"type.googleapis.com/c1.connector.v2.Grant","entitlement":{"id":"e","resource":{"id":{"resourceType":"a","resource":"b"}}},"principal":{"id":{"resourceType":"a","resource":"b"}}}|, at $.id: missing or empty
END
    nothing_left in.ndjson
}

@test "ids are 1024 bytes at most; bytes that are not UTF-8 are refused" {
    local id
    id=$(printf 'x%.0s' {1..1024})
    kind "$id" | "$PACK" --unframed --allow-empty -f out.c1z
    [ "$(sql out.c1z "SELECT length(external_id) FROM v1_resource_types")" -eq 1024 ]
    kind "x$id" >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed --check in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 1, at \$.id: longer than 1024 bytes" ]
    kind $'\xff' >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed --check in.ndjson
    [[ $stderr == "c1z-pack: in.ndjson: line 1, byte "* ]]
}

@test "a huge line passes, a longer one than 65 MiB does not" {
    python3 -c 'print("{\"@type\":\"type.googleapis.com/c1.connector.v2.ResourceType\",\"id\":\"a\",\"description\":\"%s\"}" % ("x" * (20 << 20)))' >big.ndjson
    "$PACK" --unframed --allow-empty -f out.c1z big.ndjson
    [ "$(sql out.c1z "SELECT length(data) > 20 << 20 FROM v1_resource_types")" -eq 1 ]
    python3 -c 'print("{\"@type\":\"type.googleapis.com/c1.connector.v2.ResourceType\",\"id\":\"a\",\"description\":\"%s\"}" % ("x" * (66 << 20)))' >big.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f no.c1z big.ndjson
    [[ $stderr == *"line 1 is longer than"* ]]
    [ ! -e no.c1z ]
}

@test "GrantExpandable moves to its own columns; a blank one is only taken off" {
    { world; grant group b member group a "$(expandable group:a:member ',"resourceTypeIds":["user"]')"
        grant group c member group a "$(expandable ' ')"
        grant group c member group b '{"@type":"type.googleapis.com/c1.connector.v2.GrantMetadata"}'; } | "$PACK" --unframed --no-expand -f out.c1z
    [ "$(sql out.c1z "SELECT external_id, hex(expansion), needs_expansion, instr(data, 'GrantExpandable'), instr(data, 'GrantMetadata') > 0 FROM v1_grants ORDER BY id")" = "$(
        printf 'group:b:member:group:a|0A0E%s1A0475736572|1|0|0\n' "$(printf group:a:member | od -An -tx1 | tr -d ' \n' | tr a-f A-F)"
        printf 'group:c:member:group:a||0|0|0\n'
        printf 'group:c:member:group:b||0|0|1\n')" ]
}

@test "a second run adds a sync; the two newest full ones stay" {
    local i
    for i in 1 2 3; do
        { world; grant group a member user u1; } | "$PACK" --unframed -f out.c1z
        sql out.c1z "SELECT sync_id FROM v1_sync_runs ORDER BY id DESC LIMIT 1" >>ids
    done
    [ "$(sql out.c1z "SELECT sync_id FROM v1_sync_runs ORDER BY id")" = "$(tail -n 2 ids)" ]
    [ "$(sql out.c1z "SELECT count(*), count(DISTINCT sync_id) FROM v1_resources")" = "12|2" ]
    [ "$(sql out.c1z "SELECT count(*) FROM v1_grants g JOIN v1_sync_runs r ON r.sync_id = g.sync_id")" -eq 2 ]
    [ "$(sqlite3 db.sqlite "PRAGMA freelist_count; PRAGMA integrity_check" | tr '\n' ' ')" = "0 ok " ]
}

@test "--keep, BATON_KEEP_SYNC_COUNT and BATON_SKIP_CLEANUP" {
    # count ARGS...: how many syncs there are after one more.
    count() {
        world | "$@" --unframed -f out.c1z
        sql out.c1z "SELECT count(*) FROM v1_sync_runs"
    }
    [ "$(count "$PACK")" -eq 1 ]
    [ "$(BATON_KEEP_SYNC_COUNT=4 count "$PACK")" -eq 2 ]
    [ "$(BATON_KEEP_SYNC_COUNT=4 count "$PACK")" -eq 3 ]
    [ "$(BATON_SKIP_CLEANUP=true count "$PACK")" -eq 4 ]
    [ "$(BATON_SKIP_CLEANUP=1 count "$PACK")" -eq 5 ]
    [ "$(BATON_SKIP_CLEANUP=false BATON_KEEP_SYNC_COUNT=3 count "$PACK")" -eq 3 ]
    [ "$(BATON_SKIP_CLEANUP=1 BATON_KEEP_SYNC_COUNT=9 count "$PACK" --keep 1)" -eq 1 ]
    [ "$(count "$PACK" --keep 5)" -eq 2 ]
    run -0 --separate-stderr env BATON_KEEP_SYNC_COUNT=many "$PACK" --unframed -f out.c1z - < <(world)
    [[ $stderr == *"warning: BATON_KEEP_SYNC_COUNT"* ]]
    [ "$(sql out.c1z "SELECT count(*) FROM v1_sync_runs")" -eq 2 ]
}

@test "unfinished syncs stay; partial ones go with the full ones they precede; of many differences one pair stays" {
    world | "$PACK" --unframed -f out.c1z
    database out.c1z
    # insert ID START END TYPE LINK
    insert() {
        sqlite3 db.sqlite "INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type, linked_sync_id) VALUES ('$1', '$2', $3, '', '$4', '$5')"
    }
    sqlite3 db.sqlite "DELETE FROM v1_sync_runs"
    insert part-old '2020-01-01 00:00:00' "'2020-01-01 01:00:00'" partial ''
    insert full-1 '2020-01-02 00:00:00' "'2020-01-02 01:00:00'" full ''
    insert broken '2020-01-03 00:00:00' NULL full ''
    insert full-2 '2020-01-04 00:00:00' "'2020-01-04 01:00:00'" full ''
    insert empty '2020-01-04 12:00:00' "'2020-01-04 13:00:00'" full ''
    sqlite3 db.sqlite "DELETE FROM v1_resources; INSERT INTO v1_resources (resource_type_id, external_id, data, sync_id, discovered_at)
        SELECT 'user', 'user:u1', x'', sync_id, '' FROM v1_sync_runs WHERE sync_id LIKE 'full%'"
    insert part-new '2020-01-05 00:00:00' "'2020-01-05 01:00:00'" resources_only ''
    insert up-1 '2020-01-06 00:00:00' "'2020-01-06 01:00:00'" partial_upserts down-1
    insert down-1 '2020-01-06 00:00:00' "'2020-01-06 01:00:00'" partial_deletions up-1
    insert up-2 '2020-01-07 00:00:00' "'2020-01-07 01:00:00'" partial_upserts down-2
    insert down-2 '2020-01-07 00:00:00' "'2020-01-07 01:00:00'" partial_deletions up-2
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >out.c1z
    world | "$PACK" --unframed -f out.c1z --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv
    [ "$(sql out.c1z "SELECT group_concat(sync_id, ' ') FROM (SELECT * FROM v1_sync_runs ORDER BY id)")" = "broken full-2 part-new up-2 down-2 0ujtsYcgvSTl8PAuAdqWYSMnLOv" ]
}

@test "a file of an older writer keeps its sync, and gets the columns it lacks" {
    cp "$FIXTURES/go-connector.c1z" out.c1z
    chmod u+w out.c1z
    "$CAT" -f out.c1z | tail -n +2 >before
    old=$("$CAT" -f out.c1z syncs | jq -r .syncId)
    world | "$PACK" --unframed --allow-shrink -f out.c1z
    "$CAT" -f out.c1z --sync "$old" | tail -n +2 | cmp - before
    [ "$("$CAT" -f out.c1z syncs | jq -r .type | tr '\n' ' ')" = "full full " ]
    [ "$("$CAT" -f out.c1z resources | grep -vc '"stream"')" -eq 6 ]
    [ "$(sqlite3 "$(database out.c1z; echo db.sqlite)" "PRAGMA integrity_check")" = ok ]
    [ "$(head -c 20 db.sqlite | tail -c 2 | od -An -tx1)" = " 01 01" ]
    # Row ids go on behind the old ones.
    [ "$(sqlite3 db.sqlite "SELECT min(id) > (SELECT max(id) FROM v1_resources WHERE sync_id = '$old') FROM v1_resources WHERE sync_id <> '$old'")" -eq 1 ]
}

@test "a file of a newer writer keeps its columns and tables, and grants_backfilled is set" {
    world | "$PACK" --unframed -f out.c1z
    database out.c1z
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET grants_backfilled = 0; ALTER TABLE v1_sync_runs ADD COLUMN stats TEXT;
        ALTER TABLE v1_sync_runs ADD COLUMN ingest_invariant_generation TEXT NOT NULL DEFAULT ''; CREATE TABLE later (x); INSERT INTO later VALUES ('kept');
        CREATE TRIGGER trap AFTER INSERT ON v1_sync_runs BEGIN DELETE FROM later; END"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >out.c1z
    world | "$PACK" --unframed -f out.c1z
    [ "$(sql out.c1z "SELECT grants_backfilled, stats IS NULL, ingest_invariant_generation FROM v1_sync_runs ORDER BY id DESC LIMIT 1")" = "1|1|" ]
    [ "$(sql out.c1z "SELECT x FROM later")" = kept ]
    # A column that is there is not ours to fill for others.
    [ "$(sqlite3 db.sqlite "SELECT group_concat(grants_backfilled) FROM v1_sync_runs")" = 0,1 ]
}

@test "grants_backfilled: 1 for ours; for others when it is added, and only where no grant needs it" {
    world | "$PACK" --unframed -f old.c1z --old-readers
    [ "$(sql old.c1z "SELECT count(*) FROM pragma_table_info('v1_sync_runs') WHERE name = 'grants_backfilled'")" -eq 0 ]
    world | "$PACK" --unframed -f old.c1z --old-readers
    [ "$(sql old.c1z "SELECT count(*) FROM pragma_table_info('v1_sync_runs') WHERE name = 'grants_backfilled'")" -eq 0 ]
    world | "$PACK" --unframed -f old.c1z
    [ "$(sql old.c1z "SELECT group_concat(grants_backfilled) FROM v1_sync_runs")" = 1,1 ]
    { world; grant group a member user u1; } >in.ndjson
    run -0 --separate-stderr "$PACK" --unframed -f old.c1z --old-readers in.ndjson
    [ "$stderr" = "c1z-pack: warning: the file has a column already that SDK 0.7 cannot export; make a new file for it" ]
    # A grant of an older writer, with the annotation in its message: field 4, an Any, of a type that ends in the name.
    "$PACK" --unframed --old-readers -f other.c1z in.ndjson
    database other.c1z
    sqlite3 db.sqlite "UPDATE v1_grants SET data = data || x'22350a33' || CAST('type.googleapis.com/c1.connector.v2.GrantExpandable' AS BLOB)"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >other.c1z
    "$PACK" --unframed -f other.c1z in.ndjson
    [ "$(sql other.c1z "SELECT group_concat(grants_backfilled) FROM v1_sync_runs")" = 0,1 ]
}

@test "a database in UTF-16 is taken in, and is in UTF-8 then" {
    { world; resource user 'ü𝄞'; grant group a member user 'ü𝄞'; } >in.ndjson
    "$PACK" --unframed -f out.c1z in.ndjson
    "$CAT" -f out.c1z | sed 1d >before
    database out.c1z
    { echo "PRAGMA encoding='UTF-16be';"; sqlite3 db.sqlite .dump; } | sqlite3 wide.sqlite
    [ "$(sqlite3 wide.sqlite "PRAGMA encoding")" = UTF-16be ]
    { printf 'C1ZF\0'; zstd -qc wide.sqlite; } >out.c1z
    "$PACK" --unframed -f out.c1z in.ndjson
    [ "$(sql out.c1z "PRAGMA encoding")" = UTF-8 ]
    [ "$(sqlite3 db.sqlite "PRAGMA integrity_check")" = ok ]
    "$CAT" -f out.c1z --sync "$(sqlite3 db.sqlite "SELECT sync_id FROM v1_sync_runs LIMIT 1")" | sed 1d | cmp - before
}

@test "tables that swallow rows are refused" {
    { world; grant group a member user u1; } >in.ndjson
    "$PACK" --unframed -f out.c1z in.ndjson
    database out.c1z
    sqlite3 db.sqlite "ALTER TABLE v1_grants RENAME TO g; CREATE TABLE v1_grants (id INTEGER PRIMARY KEY, resource_type_id TEXT NOT NULL, resource_id TEXT NOT NULL,
        entitlement_id TEXT NOT NULL UNIQUE ON CONFLICT IGNORE, principal_resource_type_id TEXT NOT NULL, principal_resource_id TEXT NOT NULL,
        external_id TEXT NOT NULL, expansion BLOB, needs_expansion INTEGER NOT NULL DEFAULT 0, data BLOB NOT NULL, sync_id TEXT NOT NULL,
        discovered_at DATETIME NOT NULL); INSERT INTO v1_grants SELECT * FROM g; DROP TABLE g"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >out.c1z
    cp out.c1z before
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [[ $stderr == *"UNIQUE constraint failed: v1_grants.entitlement_id"* ]]
    cmp out.c1z before
}

@test "an empty table of grants with rules of its own: they hold" {
    { world; kind dog; resource group B; entitlement group B member; for g in a B c; do grant group "$g" member user u1; done; } >in.ndjson
    "$PACK" --unframed -f plain.c1z in.ndjson
    database plain.c1z
    sqlite3 db.sqlite "DELETE FROM v1_grants"
    mv db.sqlite none.sqlite
    # retable FROM TO: out.c1z without grants, their table declared with TO in the place of FROM.
    retable() {
        cp none.sqlite old.sqlite
        sqlite3 old.sqlite "SELECT replace(sql, '$1', '$2') FROM sqlite_schema WHERE name = 'v1_grants'" >table.sql
        grep -qF "$2" table.sql
        { echo "DROP TABLE v1_grants;"; cat table.sql; } | sqlite3 old.sqlite
        { printf 'C1ZF\0'; zstd -qc old.sqlite; } >out.c1z
    }
    # Indexes of texts that do not count case have another order.
    retable "TEXT NOT NULL" "TEXT COLLATE NOCASE NOT NULL"
    "$PACK" --unframed -f out.c1z in.ndjson
    database out.c1z
    [ "$(sqlite3 db.sqlite "PRAGMA integrity_check")" = ok ]
    [ "$(sqlite3 db.sqlite "SELECT group_concat(id, ' ') FROM (SELECT id FROM v1_grants ORDER BY external_id)")" =         "$(sqlite3 db.sqlite "SELECT group_concat(id, ' ') FROM (SELECT id FROM v1_grants NOT INDEXED ORDER BY external_id COLLATE NOCASE)")" ]
    { cat in.ndjson; resource user U1; grant group a member user U1; } >both.ndjson
    retable "TEXT NOT NULL" "TEXT COLLATE NOCASE NOT NULL"
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z both.ndjson
    [[ $stderr == *"UNIQUE constraint failed: "* ]]
    # What is not to be NULL is refused, and ids that are counted are counted.
    retable "expansion BLOB" "expansion BLOB NOT NULL"
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [[ $stderr == *"NOT NULL constraint failed: v1_grants.expansion"* ]]
    retable "id INTEGER PRIMARY KEY" "id INTEGER PRIMARY KEY AUTOINCREMENT"
    "$PACK" --unframed -f out.c1z in.ndjson
    [ "$(sql out.c1z "SELECT seq = (SELECT max(id) FROM v1_grants) FROM sqlite_sequence WHERE name = 'v1_grants'")" = 1 ]
}

@test "a WAL image is taken in" {
    small | "$PACK" -f out.c1z
    database out.c1z
    printf '\2\2' | dd of=db.sqlite bs=1 seek=18 conv=notrunc status=none
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >out.c1z
    small | "$PACK" -f out.c1z
    [ "$("$CAT" -f out.c1z syncs | wc -l)" -eq 2 ]
    database out.c1z
    [ "$(head -c 20 db.sqlite | tail -c 2 | od -An -tx1)" = " 01 01" ]
}

@test "a sync whose id is in the file already is refused" {
    small >in.ndjson
    "$PACK" -f out.c1z --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv in.ndjson
    cp out.c1z before
    run -65 --separate-stderr "$PACK" -f out.c1z --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv in.ndjson
    [ "$stderr" = "c1z-pack: 'out.c1z' has a sync '0ujtsYcgvSTl8PAuAdqWYSMnLOv' already" ]
    cmp out.c1z before
}

@test "the new sync ends after every other, also after those of writers in other zones" {
    local latest
    for latest in "2099-12-31 23:59:59.999999999" "2099-01-01 10:00:00" "2099-01-01T10:00:00" "2099-12-31 10:00:00+02:00"; do
        rm -f out.c1z
        world | "$PACK" --unframed -f out.c1z
        database out.c1z
        sqlite3 db.sqlite "UPDATE v1_sync_runs SET ended_at = '$latest'"
        { printf 'C1ZF\0'; zstd -qc db.sqlite; } >out.c1z
        world | "$PACK" --unframed -f out.c1z
        [ "$(sql out.c1z "SELECT count(*) FROM v1_sync_runs WHERE ended_at > '$latest' AND ended_at GLOB '2[01][0-9][0-9]-[01][0-9]-[0-3][0-9] [0-2][0-9]:*'")" -eq 1 ]
    done
    [ "$(sql out.c1z "SELECT max(ended_at) FROM v1_sync_runs")" = "2099-12-31 10:00:00.000000001" ] || [ "$(sql out.c1z "SELECT max(ended_at) FROM v1_sync_runs")" = "2100-01-01 00:00:00" ]
}

@test "an empty file counts as new, one of magic alone as cut short" {
    : >out.c1z
    small | "$PACK" -f out.c1z
    [ "$("$CAT" -f out.c1z syncs | wc -l)" -eq 1 ]
    printf 'C1ZF\0' >out.c1z
    small >in.ndjson
    run -65 --separate-stderr "$PACK" -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: 'out.c1z' is cut short" ]
    [ "$(stat -c %s out.c1z)" -eq 5 ]
}

@test "a clock that once stood in the future: a warning says what every later sync shows; zones are no future" {
    small | "$PACK" -f out.c1z
    database out.c1z
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET started_at = '2099-01-01 09:00:00', ended_at = '2099-01-01 10:00:00'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >out.c1z
    small >in.ndjson
    for _ in 1 2; do
        run -0 --separate-stderr "$PACK" -f out.c1z in.ndjson
        [[ $stderr == "c1z-pack: warning: a sync in the file ended in the future; this one and every later one ends just behind it (ended=2099-01-01 10:00:00"*")" ]]
    done
    # The newest is what readers show.
    [ "$("$CAT" -f out.c1z | head -n 1 | jq -r .source)" = "c1z:$(sql out.c1z "SELECT sync_id FROM v1_sync_runs ORDER BY id DESC LIMIT 1")" ]
    rm out.c1z
    "$PACK" --started-at "$(date -u -d '+13 hours' +%FT%TZ)" -f out.c1z in.ndjson
    run -0 --separate-stderr "$PACK" -f out.c1z in.ndjson
    [ -z "$stderr" ]
}

@test "a file of several frames, with a skippable one, or of a large window is taken in, within the bound" {
    small >in.ndjson
    "$PACK" -f out.c1z in.ndjson
    database out.c1z
    local half=$(($(stat -c %s db.sqlite) / 2))
    { printf 'C1ZF\0'; head -c "$half" db.sqlite | zstd -qc --no-check; printf '\x50\x2a\x4d\x18\x03\x00\x00\x00abc'
        tail -c +$((half + 1)) db.sqlite | zstd -qc -19; } >frames.c1z
    { printf 'C1ZF\0'; zstd -qc --ultra --long=27 --no-content-size -1 <db.sqlite; } >wide.c1z
    { printf 'C1ZF\0'; zstd -qc --ultra --long=28 --no-content-size -1 <db.sqlite; } >wider.c1z
    local file
    for file in frames wide; do
        "$PACK" -f $file.c1z in.ndjson
        [ "$("$CAT" -f $file.c1z syncs | wc -l)" -eq 2 ]
    done
    cp wider.c1z before
    run -65 --separate-stderr "$PACK" -f wider.c1z in.ndjson
    [[ $stderr == *"BATON_DECODER_MAX_MEMORY_MB"* ]]
    cmp wider.c1z before
    BATON_DECODER_MAX_MEMORY_MB=256 "$PACK" -f wider.c1z in.ndjson
    [ "$("$CAT" -f wider.c1z syncs | wc -l)" -eq 2 ]
}

@test "a file that cannot be read as .c1z v1 is refused and left alone" {
    small >in.ndjson
    small | "$PACK" -f good.c1z
    cp "$FIXTURES/sdk-pebble.c1z" v3.c1z
    printf 'garbage' >garbage.c1z
    printf 'C1Z' >short.c1z
    printf 'C1ZF\0garbage' >frame.c1z
    head -c -40 good.c1z >cut.c1z
    { cat good.c1z; echo tail; } >tail.c1z
    { printf 'C1ZF\0'; printf 'no database, but long enough to be looked at' | zstd -qc; } >text.c1z
    { printf 'C1ZF\0'; { printf 'SQLite format 3\0'; head -c 9000 /dev/zero; } | zstd -qc; } >zero.c1z
    { printf 'C1ZF\0'; database good.c1z; head -c 20000 db.sqlite | zstd -qc; } >half.c1z
    local f
    for f in v3 garbage short frame cut tail text zero half; do
        cp "$f.c1z" before
        run -65 --separate-stderr "$PACK" -f "$f.c1z" in.ndjson
        [[ $stderr == *"'$f.c1z'"* ]] || { echo "$f: $stderr"; return 1; }
        [ "${#stderr_lines[@]}" -eq 1 ]
        cmp "$f.c1z" before
        [ ! -e ".$f.c1z.lock" ]
    done
    run -65 --separate-stderr "$PACK" -f v3.c1z in.ndjson
    [[ $stderr == *"format v3"* ]]
}

@test "a decoded size beyond the bound is refused" {
    small | "$PACK" -f out.c1z
    database out.c1z
    head -c 3000000 /dev/zero >>db.sqlite
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >out.c1z
    small >in.ndjson
    BATON_DECODER_MAX_DECODED_SIZE_MB=1 run -65 --separate-stderr "$PACK" -f out.c1z in.ndjson
    [[ $stderr == *"more than 1 MiB"* ]]
    BATON_DECODER_MAX_DECODED_SIZE_MB=lots run -78 --separate-stderr "$PACK" -f out.c1z in.ndjson
    [[ $stderr == *BATON_DECODER_MAX_DECODED_SIZE_MB* ]]
}

# Expansion.

# expands WANT...: the records in in.ndjson give these lines of sources.
expands() {
    rm -f out.c1z
    "$PACK" --unframed -f out.c1z in.ndjson
    diff <(printf '%s\n' "$@" | sort) <(sources out.c1z)
}

@test "expansion: members of a group get what the group has; a direct grant gets both sources" {
    { world; grant group a member user u1; grant group a member user u2; grant group b member user u2
        grant group b member group a "$(expandable group:a:member)"; } >in.ndjson
    expands 'group:a:member:user:u1 - ' 'group:a:member:user:u2 - ' 'group:b:member:group:a - ' \
        'group:b:member:user:u1 immutable group:a:member*' \
        'group:b:member:user:u2 - group:a:member* group:b:member*'
    # The made grant: the whole stored entitlement, the principal of its source, one annotation, and a row of its own.
    [ "$("$CAT" -f out.c1z grants | jq -c 'select(.id == "group:b:member:user:u1")')" = '{"@type":"type.googleapis.com/c1.connector.v2.Grant","entitlement":{"resource":{"id":{"resourceType":"group","resource":"b"}},"id":"group:b:member","displayName":"member"},"principal":{"id":{"resourceType":"user","resource":"u1"}},"id":"group:b:member:user:u1","sources":{"sources":{"group:a:member":{"isDirect":true}}},"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GrantImmutable"}]}' ]
    [ "$(sql out.c1z "SELECT resource_type_id, resource_id, entitlement_id, principal_resource_type_id, principal_resource_id, expansion IS NULL, needs_expansion FROM v1_grants WHERE external_id = 'group:b:member:user:u1'")" = "group|b|group:b:member|user|u1|1|0" ]
    # The expandable grant keeps its columns.
    [ "$(sql out.c1z "SELECT external_id FROM v1_grants WHERE needs_expansion = 1 AND expansion IS NOT NULL")" = group:b:member:group:a ]
    # And --no-expand leaves all as it is.
    rm out.c1z
    "$PACK" --no-expand --unframed -f out.c1z in.ndjson
    [ "$(sources out.c1z | wc -l)" -eq 4 ]
    [ "$(sql out.c1z "SELECT count(*) FROM v1_grants WHERE needs_expansion = 1")" -eq 1 ]
}

@test "expansion: down a chain, the source is the last link, and not direct" {
    { world; grant group c member group b "$(expandable group:b:member)"; grant group b member group a "$(expandable group:a:member)"
        grant group a member user u1; } >in.ndjson
    expands 'group:a:member:user:u1 - ' 'group:b:member:group:a - ' 'group:c:member:group:b - ' \
        'group:b:member:user:u1 immutable group:a:member*' 'group:c:member:user:u1 immutable group:b:member' \
        'group:c:member:group:a immutable group:b:member*'
}

@test "expansion: shallow edges take direct grants alone" {
    { world; grant group c member group b "$(expandable group:b:member ',"shallow":true')"
        grant group b member group a "$(expandable group:a:member)"; grant group a member user u1; grant group b member user u2; } >in.ndjson
    expands 'group:a:member:user:u1 - ' 'group:b:member:group:a - ' 'group:b:member:user:u2 - ' 'group:c:member:group:b - ' \
        'group:b:member:user:u1 immutable group:a:member*' 'group:c:member:user:u2 immutable group:b:member*' \
        'group:c:member:group:a immutable group:b:member*'
}

@test "expansion: resourceTypeIds filters principals; the same edge twice is the wider of the two" {
    { world; grant group a member user u1; grant group a member robot r1; grant group b member group a "$(expandable group:a:member ',"resourceTypeIds":["user"]')"; } >in.ndjson
    expands 'group:a:member:robot:r1 - ' 'group:a:member:user:u1 - ' 'group:b:member:group:a - ' 'group:b:member:user:u1 immutable group:a:member*'
    # A second grant of the same two ends, by another id, for another type.
    grant group b member group a "$(expandable group:a:member ',"resourceTypeIds":["robot"]')" | sed 's/"id":"group:b:member:group:a"/"id":"again"/' >>in.ndjson
    expands 'again - ' 'group:a:member:robot:r1 - ' 'group:a:member:user:u1 - ' 'group:b:member:group:a - ' \
        'group:b:member:user:u1 immutable group:a:member*' 'group:b:member:robot:r1 immutable group:a:member*'
}

@test "expansion: members of a cycle do not expand into each other, but what enters it reaches all" {
    { world; resource group z; entitlement group z member
        grant group b member group a "$(expandable group:a:member)"; grant group a member group b "$(expandable group:b:member)"
        grant group a member group z "$(expandable group:z:member)"; grant group c member group b "$(expandable group:b:member)"
        grant group z member user u1; grant group b member user u2; } >in.ndjson
    expands 'group:a:member:group:b - ' 'group:a:member:group:z - ' 'group:b:member:group:a - ' 'group:b:member:user:u2 - ' \
        'group:c:member:group:b - group:a:member* group:c:member*' 'group:z:member:user:u1 - ' \
        'group:a:member:user:u1 immutable group:z:member*' 'group:b:member:user:u1 immutable group:z:member*' \
        'group:c:member:user:u1 immutable group:a:member group:b:member' 'group:c:member:user:u2 immutable group:b:member*' \
        'group:c:member:group:a immutable group:b:member*' 'group:c:member:group:z immutable group:a:member*'
    BATON_DONT_FIX_CYCLES=true run -65 --separate-stderr "$PACK" --unframed -f no.c1z in.ndjson
    [[ $stderr == *cycle* ]]
    # A grant that expands by its own entitlement is a cycle of one.
    { world; grant group a member group a "$(expandable group:a:member)"; grant group a member user u1; } >in.ndjson
    expands 'group:a:member:group:a - ' 'group:a:member:user:u1 - '
}

@test "expansion: a source that is not there is passed over with a warning; one of another resource is an error" {
    { world; grant group a member user u1; grant group b member group a "$(expandable group:a:owner)"; } >in.ndjson
    run -0 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [[ $stderr == *"warning: a grant expands by an entitlement that is not in the input"*"line=14"* ]]
    [ "$(sources out.c1z | wc -l)" -eq 2 ]
    rm out.c1z
    { world; grant group a member user u1; grant group b member group a "$(expandable group:c:member)"; } >in.ndjson
    refused "line 14, at \$.annotations: the grant expands by an entitlement that is not on its principal"
}

@test "expansion: a made grant that would take another's id is refused" {
    { world; grant group a member user u1; grant group b member group a "$(expandable group:a:member)"
        grant group c member user u2 | sed 's/"id":"group:c:member:user:u2"/"id":"group:b:member:user:u1"/'; } >in.ndjson
    refused "line 14: the grant expands into one whose id is that of a grant to someone else"
}

@test "expansion: as deep as BATON_GRAPH_EXPAND_MAX_DEPTH, 20 by default, and no deeper" {
    # chain N: a chain of N edges.
    chain() {
        local i
        kind user; kind group; resource user u1
        for ((i = 0; i <= $1; i++)); do resource group "g$i"; entitlement group "g$i" member; done
        grant group g0 member user u1
        for ((i = 1; i <= $1; i++)); do grant group "g$i" member group "g$((i - 1))" "$(expandable "group:g$((i - 1)):member" ',"resourceTypeIds":["user"]')"; done
    }
    chain 20 | "$PACK" --unframed -f out.c1z
    [ "$(sql out.c1z "SELECT count(*) FROM v1_grants WHERE principal_resource_id = 'u1'")" -eq 21 ]
    chain 21 >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [[ $stderr == *"more than 20 levels" ]]
    BATON_GRAPH_EXPAND_MAX_DEPTH=21 "$PACK" --unframed -f out.c1z in.ndjson
    BATON_GRAPH_EXPAND_MAX_DEPTH=3 run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    BATON_GRAPH_EXPAND_MAX_DEPTH=deep run -78 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
}

@test "expansion: earlier syncs in the file neither take part nor change" {
    { world; grant group a member user u1; } | "$PACK" --unframed -f out.c1z
    old=$("$CAT" -f out.c1z syncs | jq -r .syncId)
    "$CAT" -f out.c1z | tail -n +2 >before
    { world; grant group a member user u2; grant group b member group a "$(expandable group:a:member)"; } | "$PACK" --unframed -f out.c1z
    "$CAT" -f out.c1z --sync "$old" | tail -n +2 | cmp - before
    [ "$(sources out.c1z)" = "$(printf '%s\n' 'group:a:member:user:u2 - ' 'group:b:member:group:a - ' 'group:b:member:user:u2 immutable group:a:member*')" ]
}

@test "expansion does not depend on the order of the records" {
    "$ROOT/tests/gen-graph" --seed 4 >in.ndjson
    "$PACK" --unframed -f one.c1z in.ndjson 2>/dev/null
    tac in.ndjson | "$PACK" --unframed -f two.c1z - 2>/dev/null
    diff <(sources one.c1z) <(sources two.c1z)
}

@test "expansion: a second, simple implementation agrees on random graphs" {
    "$ROOT/tests/expansion" "$BIN" 60
}

@test "expansion: a principal with 10,000 sources of one entitlement" {
    python3 - >in.ndjson <<'END'
T = '{"@type":"type.googleapis.com/c1.connector.v2.%s",'
ref = lambda kind, n: '{"resourceType":"%s","resource":"%s"}' % (kind, n)
grant = lambda e, on, to, more="": print(T % "Grant" + '"entitlement":{"resource":{"id":%s},"id":"%s"},"principal":{"id":%s},"id":"%s:%s"%s}'
                                         % (on, e, to, e, to.replace('"', "")[:60], more))
for kind in ("user", "group", "place"):
    print(T % "ResourceType" + '"id":"%s"}' % kind)
print(T % "Resource" + '"id":%s}' % ref("user", "u"))
print(T % "Resource" + '"id":%s}' % ref("place", "p"))
print(T % "Entitlement" + '"resource":{"id":%s},"id":"use"}' % ref("place", "p"))
for n in range(10000):
    print(T % "Resource" + '"id":%s}' % ref("group", n))
    print(T % "Entitlement" + '"resource":{"id":%s},"id":"g%d"}' % (ref("group", n), n))
    grant("g%d" % n, ref("group", n), ref("user", "u"))
    grant("use", ref("place", "p"), ref("group", n),
          ',"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GrantExpandable","entitlementIds":["g%d"]}]' % n)
END
    # Seconds, where a cubic way takes an hour.
    timeout 100 "$PACK" --unframed -f out.c1z in.ndjson
    "$CAT" -f out.c1z grants | jq -e -s 'map(select(.id == "use:user:u") | .sources.sources | length) == [10000]'
}

@test "the real baton lists the grants, and its own expansion agrees" {
    [ -n "${BATON:-}" ] || skip "BATON is not set"
    { world; grant group c member group b "$(expandable group:b:member)"; grant group b member group a "$(expandable group:a:member)"
        grant group a member user u1; grant group c member user u1; } | "$PACK" --unframed -f out.c1z
    "$BATON" -f out.c1z -o json grants >all.json
    [ "$(jq -r '.grants[].grant.id' all.json | sort)" = "$(sources out.c1z | cut -d' ' -f1)" ]
    "$BATON" -f out.c1z rollback-expansion --out back.c1z --replay --validate
    diff <(jq -S '[.grants[].grant | {id, sources, annotations}] | sort_by(.id)' all.json) \
        <("$BATON" -f back.c1z -o json grants | jq -S '[.grants[].grant | {id, sources, annotations}] | sort_by(.id)')
}

@test "users without a UserTrait are one warning" {
    { kind group; printf '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","traits":["TRAIT_GROUP","TRAIT_USER"]}\n'
        resource group g; resource user u1; resource user u2
        printf '{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"u3"},"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.UserTrait"}]}\n'; } >in.ndjson
    run -0 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: warning: resources of a type with TRAIT_USER have no UserTrait; the Baton toolkit refuses them (resources=2, line=4)" ]
}

# bats test_tags=slow
@test "memory at a million grants is what it is at half a million" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured with sanitizers"
    # resident N: peak resident memory in MB of a run with N grants.
    resident() {
        "$ROOT/tests/bench/gen-records" "$1" >in.ndjson
        "$ROOT/tests/bench/measure" run "$PACK" --unframed -f out.c1z in.ndjson | sed 's/.* \([0-9]*\) MB.*/\1/'
        rm -f out.c1z in.ndjson
    }
    local small large
    small=$(resident 500000)
    large=$(resident 1000000)
    echo "$small MB, $large MB"
    [ $((large * 10)) -le $((small * 11)) ]
    [ "$large" -lt 160 ]
}
@test "the examples of the manual: what they say is what happens" {
    # The stream of baton-records(5); a line that ends in \e goes on in the next.
    sed -n '/^\.Sh EXAMPLES/,$p' "$ROOT/docs/man/baton-records.5" | sed -n '/^\.Bd/,/^\.Ed/p' | grep -v '^\.' | sed -e :a -e '/\\e$/{N;s/\\e\n//;ba' -e '}' >example.ndjson
    [ "$(wc -l <example.ndjson)" -eq 8 ]
    run -0 --separate-stderr "$PACK" -f out.c1z example.ndjson
    [ -z "$stderr" ]
    # The file has the resource whole in the entitlement.
    "$CAT" -f out.c1z | sed '1d;$d' | sed '/Entitlement"/s/,"displayName":"Staff","annotations":[^]]*]},"id"/},"id"/' | diff - <(sed '1d;$d' example.ndjson)
    # The records made by hand of c1z-pack(1).
    sed -n "/<<'END'/,/^END/p" "$ROOT/docs/man/c1z-pack.1" | grep '^{' >hand.ndjson
    [ "$(wc -l <hand.ndjson)" -eq 2 ]
    run -0 --separate-stderr "$PACK" --unframed -f hand.c1z hand.ndjson
}
