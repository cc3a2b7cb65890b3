#!/usr/bin/env bats
# c1z-pack: what it accepts and refuses, what the file holds, how it is published, and how grants expand.

load lib

setup() {
    # A folder of its own: bats keeps files in its.
    mkdir "$BATS_TEST_TMPDIR/work" "$BATS_TEST_TMPDIR/tmp"
    cd "$BATS_TEST_TMPDIR/work"
    PACK=$BIN/c1z-pack
    CAT=$BIN/c1z-cat
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
}

teardown() {
    [ -z "${OTHERS:-}" ] || rm -rf "$OTHERS"
    [ -z "${FEEDER:-}" ] || kill "$FEEDER" 2>/dev/null || true
}

# Records, one line each. An entitlement's id is RESOURCE:SLUG, a grant's ENTITLEMENT:PRINCIPAL, as connectors make them.

# kind ID: a resource type
kind() {
    printf '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"%s"}\n' "$1"
}

# resource TYPE ID [PARENT-TYPE PARENT-ID]
resource() {
    local parent=
    [ $# -lt 4 ] || parent=$(printf ',"parentResourceId":{"resourceType":"%s","resource":"%s"}' "$3" "$4")
    printf '{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"%s","resource":"%s"}%s}\n' "$1" "$2" "$parent"
}

# entitlement TYPE ID SLUG
entitlement() {
    printf '{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s","displayName":"%s"}\n' "$1" "$2" "$1:$2:$3" "$3"
}

# grant TYPE ID SLUG PRINCIPAL-TYPE PRINCIPAL-ID [ANNOTATION]
grant() {
    local annotations=
    [ $# -lt 6 ] || annotations=",\"annotations\":[$6]"
    printf '{"@type":"type.googleapis.com/c1.connector.v2.Grant","entitlement":{"resource":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s"},"principal":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s"%s}\n' \
        "$1" "$2" "$1:$2:$3" "$4" "$5" "$1:$2:$3:$4:$5" "$annotations"
}

# expandable SOURCE [MEMBERS]: the annotation.
expandable() {
    printf '{"@type":"type.googleapis.com/c1.connector.v2.GrantExpandable","entitlementIds":["%s"]%s}' "$1" "${2:-}"
}

# framed: standard input as a stream.
framed() {
    local lines n
    lines=$(cat)
    n=$(grep -c . <<<"$lines" || true)
    printf '{"stream":"begin","schema":"baton-records/1","source":"test","startedAt":"2026-11-22T20:00:00Z"}\n'
    [ "$n" -eq 0 ] || printf '%s\n' "$lines"
    printf '{"stream":"end","records":%d}\n' "$n"
}

# working PID: wait until it has its working database, a file without a name.
working() {
    until find "/proc/$1/fd" -lname '* (deleted)' 2>/dev/null | grep -q .; do kill -0 "$1"; done
}

# small: a stream of one user, one group, one grant.
small() {
    { kind user; kind group; resource user u1; resource group g1; entitlement group g1 member; grant group g1 member user u1; } | framed
}

# world: types, two users and three groups with an entitlement each, unframed.
world() {
    kind user; kind group; kind robot
    resource user u1; resource user u2; resource robot r1
    local g
    for g in a b c; do resource group "$g"; entitlement group "$g" member; done
}

# database FILE: its database as db.sqlite.
database() {
    rm -f db.sqlite
    tail -c +6 "$1" | zstd -dqc >db.sqlite
}

# sql FILE QUERY: what it gives.
sql() {
    database "$1"
    sqlite3 db.sqlite "$2"
}

# sources FILE: the grants, one per line, sorted: ID, whether immutable, and the sources with * for direct ones.
sources() {
    "$CAT" -f "$1" grants | jq -r 'select(.stream == null) | [.id,
        (if any(.annotations[]?; .["@type"] | endswith("GrantImmutable")) then "immutable" else "-" end),
        ((.sources.sources // {}) | to_entries | map(.key + (if .value.isDirect then "*" else "" end)) | join(" "))] | join(" ")' | sort
}

# nothing_left NAME...: nothing but the named files is in this folder, and nothing of ours in TMPDIR. A folder to work in
# is .NAME.work-*, by this name.
nothing_left() {
    # shellcheck disable=SC2012 # the names are ours
    diff <(ls -A | sed 's/^\(\..*\.work-\)......$/\1*/' | sort) <(printf '%s\n' "$@" | grep . | sort)
    [ -z "$(find "$TMPDIR" -name '*c1z*' -o -name 'etilqs*')" ]
}

# for_another: go to a folder that another user may use too, with the program and an input in it, and the file so far.
for_another() {
    OTHERS=$(mktemp -d /tmp/c1z-pack-test.XXXXXX)
    [ ! -e out.c1z ] || cp -p out.c1z "$OTHERS"
    cd "$OTHERS"
    chmod 777 .
    small >in.ndjson
    cp "$PACK" c1z-pack
}

# as_another ARGUMENT...: run it there as that user.
as_another() {
    TMPDIR=/tmp setpriv --reuid 1234 --regid 1234 --clear-groups ./c1z-pack "$@"
}

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

@test "a stream without a resource is refused, framed or not, unless that is meant; no input at all is never" {
    small | "$PACK" -f out.c1z
    cp out.c1z before
    framed </dev/null >none.ndjson
    run -65 --separate-stderr "$PACK" -f out.c1z none.ndjson
    [ "$stderr" = "c1z-pack: none.ndjson: no resource in it; --allow-empty if that is how it is" ]
    # A producer that died at once.
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z </dev/null
    [ "$stderr" = "c1z-pack: standard input: no resource in it; --allow-empty if that is how it is" ]
    cmp out.c1z before
    "$PACK" --allow-empty -f empty.c1z none.ndjson
    [ "$(sql empty.c1z "SELECT (SELECT count(*) FROM v1_sync_runs) || (SELECT count(*) FROM v1_grants)")" = 10 ]
    "$PACK" --allow-empty --unframed -f other.c1z </dev/null
    run -65 --separate-stderr "$PACK" --allow-empty -f none.c1z </dev/null
    [[ $stderr == *"standard input: empty"* ]]
    [ ! -e none.c1z ]
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

@test "the input file is missing" {
    run -66 --separate-stderr "$PACK" -f out.c1z nothing.ndjson
    [ "$stderr" = "c1z-pack: cannot open 'nothing.ndjson': No such file or directory" ]
    nothing_left
}

@test "half a stream: 65, and the old file is as it was, byte for byte" {
    small | "$PACK" -f out.c1z
    cp out.c1z before
    local n
    small >in.ndjson
    for n in 1 4 7; do
        head -n "$n" in.ndjson >half.ndjson
        run -65 --separate-stderr "$PACK" -f out.c1z half.ndjson
        [[ $stderr == *"half.ndjson: unfinished: ends after line $n without an end line" ]]
        cmp out.c1z before
    done
    head -c -20 in.ndjson >half.ndjson
    run -65 --separate-stderr "$PACK" -f out.c1z half.ndjson
    [[ $stderr == *"unfinished: ends in the middle of line 8" ]]
    cmp out.c1z before
    nothing_left before half.ndjson in.ndjson out.c1z
}

@test "a producer killed in mid-stream changes nothing" {
    small | "$PACK" -f out.c1z
    cp out.c1z before
    mkfifo pipe
    { small | head -n 5; exec sleep 60; } >pipe 3>&- &
    FEEDER=$!
    "$PACK" -f out.c1z <pipe 2>err 3>&- &
    local packer=$! status=0
    # It has written its lines when it is the sleeper.
    until [ "$(cat "/proc/$FEEDER/comm")" = sleep ]; do kill -0 "$packer"; done
    kill -9 "$FEEDER"
    wait "$packer" || status=$?
    [ "$status" -eq 65 ]
    grep -q unfinished err
    cmp out.c1z before
}

@test "c1z-pack itself, ended by a signal or killed, leaves the old file and nothing else" {
    small | "$PACK" -f out.c1z
    cp out.c1z before
    mkfifo pipe
    local signal packer status
    for signal in INT TERM HUP QUIT PIPE ALRM XCPU KILL; do
        # Background jobs of a script ignore SIGINT and SIGQUIT; a login shell's do not.
        python3 -c 'import os, signal, sys; [signal.signal(s, signal.SIG_DFL) for s in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE)]; os.execv(sys.argv[1], sys.argv[1:])' "$PACK" -f out.c1z <pipe 3>&- &
        packer=$!
        exec 7>pipe
        small | head -n 5 >&7
        working "$packer"
        kill -"$signal" "$packer"
        status=0
        wait "$packer" || status=$?
        exec 7>&-
        [ "$status" -eq $((128 + $(kill -l "$signal"))) ]
        cmp out.c1z before
        [ "$signal" = KILL ] || nothing_left before out.c1z pipe
    done
    # What a kill leaves, the lock file and the folder it worked in, is in nobody's way, and the next run takes it away.
    nothing_left before out.c1z pipe .out.c1z.lock '.out.c1z.work-*'
    mkdir .out.c1z.work-abcdef .out.c1z.work-abcde .other.work-abcdef
    touch .out.c1z.work-abcdef/{new,etilqs_1}
    small | "$PACK" -f out.c1z
    nothing_left before out.c1z pipe .out.c1z.work-abcde '.other.work-*'
}

# gappy: a small stream with gaps and notes, begun by a line of two stages.
gappy() {
    local lines
    lines=$(small | sed '1d;$d'
        printf '%s\n' '{"stream":"gap","of":"workspace_user","organizationId":"o","workspaceId":"w","status":403,"reason":"forbidden","needs":"workspace_admin"}' \
            '{"stream":"note","of":"group","organizationId":"o","status":404,"reason":"missing"}' \
            '{"stream":"gap","of":"group","organizationId":"p","status":403,"reason":"forbidden"}' \
            '{"stream":"gap","of":"group","organizationId":"o","status":403,"reason":"forbidden","needs":"organization_admin"}' \
            '{"stream":"gap","of":"group","organizationId":"o","status":403,"reason":"forbidden","needs":"organization_admin"}')
    printf '%s\n' '{"stream":"begin","schema":"baton-records/1","source":"test","startedAt":"2026-11-22T20:00:00Z","stages":[{"tool":"x","version":"1","resources":["group"]},{"tool":"y","version":"2"}]}' \
        "$lines" '{"stream":"end","records":11,"gaps":4}'
}

@test "gaps refuse the stream, each named by kind, parent and role, sorted" {
    gappy >gap.ndjson
    run -65 --separate-stderr "$PACK" -f out.c1z gap.ndjson
    diff - <(printf '%s\n' "$stderr") <<'END'
c1z-pack: warning: access may be missing (gap=group (organizationId o): forbidden, status 403, needs organization_admin)
c1z-pack: warning: access may be missing (gap=group (organizationId p): forbidden, status 403)
c1z-pack: warning: access may be missing (gap=workspace_user (organizationId o, workspaceId w): forbidden, status 403, needs workspace_admin)
c1z-pack: gap.ndjson: access may be missing: 3 gaps; --accept-gap KIND takes a kind of them as it is, --allow-incomplete all
END
    nothing_left gap.ndjson
    # For programs each is there by its parts as well.
    run -65 --separate-stderr "$PACK" --log-format json -f out.c1z gap.ndjson
    [ "$(jq -c 'select(.of) | [.of, .organization, .workspace, .status, .reason, .role]' <<<"$stderr")" = \
        '["group","o",null,403,"forbidden","organization_admin"]
["group","p",null,403,"forbidden",null]
["workspace_user","o","w",403,"forbidden","workspace_admin"]' ]
    run -65 --separate-stderr "$PACK" -f out.c1z --accept-gap group gap.ndjson
    [ "${#stderr_lines[@]}" -eq 2 ]
    [[ ${stderr_lines[1]} == *"1 gap;"* ]]
    printf '%s\n' '{"stream":"begin","schema":"baton-records/1","source":"test","startedAt":""}' '{"stream":"gap","of":7}' >gap.ndjson
    run -65 --separate-stderr "$PACK" -f out.c1z gap.ndjson
    [ "$stderr" = 'c1z-pack: gap.ndjson: line 2, byte 22, at $.of: expected a string' ]
}

@test "gaps of kinds that are accepted pass with 0, all with --allow-incomplete and 3; the file is the same but for its manifest" {
    gappy >gap.ndjson
    run -0 --separate-stderr "$PACK" -f out.c1z --accept-gap group --accept-gap workspace_user --accept-gap other gap.ndjson
    [ -z "$output$stderr" ]
    run -3 --separate-stderr "$PACK" -f all.c1z --allow-incomplete gap.ndjson
    [ "${#stderr_lines[@]}" -eq 3 ]
    run -3 --separate-stderr "$PACK" -f all.c1z --allow-incomplete --accept-gap group gap.ndjson
    [ "${#stderr_lines[@]}" -eq 1 ]
    cmp <("$CAT" -f out.c1z grants | sed 1d) <("$CAT" -f all.c1z grants | sed 1d)
    [ "$("$CAT" -f out.c1z syncs | jq -r .type)" = full ]
}

@test "the manifest: what was asked, counted and missing, as an asset of the sync" {
    gappy >gap.ndjson
    "$PACK" -f out.c1z --accept-gap group --accept-gap workspace_user gap.ndjson
    [ "$(sql out.c1z "SELECT external_id || ' ' || content_type || ' ' || (sync_id = (SELECT sync_id FROM v1_sync_runs)) FROM v1_assets")" = "c1z-pack/manifest application/json 1" ]
    sqlite3 db.sqlite "SELECT CAST(data AS TEXT) FROM v1_assets" | jq -S . | diff - <(jq -S --arg v "$("$PACK" -v | cut -d' ' -f2)" '.version = $v' <<'END'
{"schema":"c1z-pack-manifest/1","source":"test","startedAt":"2026-11-22T20:00:00Z",
 "stages":[{"tool":"x","version":"1","resources":["group"]},{"tool":"y","version":"2"}],
 "counts":{"resourceTypes":2,"resources":{"group":1,"user":1},"entitlements":1,"grants":1,"expandedGrants":0},
 "complete":false,"acceptedGaps":["group","workspace_user"],
 "gaps":[{"stream":"gap","of":"group","organizationId":"o","status":403,"reason":"forbidden","needs":"organization_admin"},
         {"stream":"gap","of":"group","organizationId":"p","status":403,"reason":"forbidden"},
         {"stream":"gap","of":"workspace_user","organizationId":"o","workspaceId":"w","status":403,"reason":"forbidden","needs":"workspace_admin"}],
 "notes":[{"stream":"note","of":"group","organizationId":"o","status":404,"reason":"missing"}]}
END
)
    small | "$PACK" -f whole.c1z
    database whole.c1z
    [ "$(sqlite3 db.sqlite "SELECT CAST(data AS TEXT) FROM v1_assets" | jq -c '[.complete, .gaps, .notes, .acceptedGaps, .stages]')" = "[true,[],[],[],null]" ]
    world | "$PACK" --unframed -f plain.c1z
    database plain.c1z
    [ "$(sqlite3 db.sqlite "SELECT CAST(data AS TEXT) FROM v1_assets" | jq -c '[.source, .startedAt]')" = "[null,null]" ]
}

@test "a sync that lost a kind, or half of what there was, is refused with 4; --allow-shrink and --max-shrink let it pass" {
    # many N M: N users, M of them members of a group.
    many() {
        kind user; kind group; kind place; resource group g; entitlement group g member
        local i
        for ((i = 0; i < $1; i++)); do resource user "u$i"; done
        for ((i = 0; i < $2; i++)); do grant group g member user "u$i"; done
    }
    { many 40 40; for i in {1..10}; do resource place "$i"; done; } | "$PACK" --unframed -f full.c1z
    shrunk() { cp full.c1z out.c1z; run "-$1" --separate-stderr "$PACK" --unframed -f out.c1z "${@:2}"; [ "$1" -ne 4 ] || cmp full.c1z out.c1z; }
    shrunk 4 < <(many 40 40)
    [ "$stderr" = "c1z-pack: 'out.c1z': from 10 resources of type 'place' in the sync before to 0; --allow-shrink if that is how it is" ]
    places() { local i; for ((i = 0; i < $1; i++)); do resource place "$i"; done; }
    shrunk 4 < <(many 23 23; places 1)
    [ "$stderr" = "c1z-pack: 'out.c1z': from 51 resources in the sync before to 25; --allow-shrink if that is how it is" ]
    shrunk 0 < <(many 24 24; places 1)
    shrunk 4 < <(many 40 19; places 10)
    [ "$stderr" = "c1z-pack: 'out.c1z': from 40 grants in the sync before to 19; --allow-shrink if that is how it is" ]
    shrunk 0 --max-shrink 53 < <(many 40 19; places 10)
    shrunk 4 --max-shrink 52 < <(many 40 19; places 10)
    shrunk 0 --allow-shrink < <(many 1 0; places 10)
    shrunk 4 --max-shrink 100 < <(many 40 0; places 10)
    [[ $stderr == *"from 40 grants in the sync before to 0"* ]]
    shrunk 0 --skip-grants < <(many 40 40; places 10)
    # --check looks at a file that is named and there, and at no other.
    cp full.c1z sync.c1z
    many 40 40 >in.ndjson
    run -4 --separate-stderr "$PACK" --check --unframed -f full.c1z in.ndjson
    "$PACK" --check --unframed in.ndjson
    "$PACK" --check --unframed -f absent.c1z in.ndjson
    # The sync before is the newest finished full one.
    "$PACK" --allow-shrink --unframed -f full.c1z in.ndjson
    "$PACK" --unframed -f full.c1z in.ndjson
}

@test "a note hides nothing and passes" {
    small | sed -e '$i{"stream":"note","of":"group","reason":"unlicensed"}' -e 's/"records":6/"records":7/' >in.ndjson
    [ "$(grep -c '"note"' in.ndjson)" -eq 1 ]
    run -0 --separate-stderr "$PACK" -f out.c1z in.ndjson
    [ -z "$stderr" ]
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

@test "--started-at fixes every time; with --sync-id two runs give the same bytes" {
    small >in.ndjson
    "$PACK" -f a.c1z --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv --started-at 2026-11-22T20:00:00.25Z in.ndjson
    TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 "$PACK" -T 1 -f b.c1z --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv --started-at 2026-11-22T20:00:00.25Z in.ndjson
    cmp a.c1z b.c1z
    [ "$(sql a.c1z "SELECT started_at || ' ' || ended_at FROM v1_sync_runs")" = "2026-11-22 20:00:00.25 2026-11-22 20:00:00.25" ]
    run -64 --separate-stderr "$PACK" -f c.c1z --started-at yesterday in.ndjson
    [ "${stderr_lines[0]}" = "c1z-pack: --started-at: expected a time like 2026-11-22T20:00:00Z" ]
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

@test "identical duplicates are dropped, whatever the spelling" {
    { world; world | tac; grant group a member user u1; grant group a member user u1
        printf '{ "id" : "user" , "@type" : "type.googleapis.com/c1.connector.v2.ResourceType", "display_name" : null }\n'
        grant group b member group a "$(expandable group:a:member)"; grant group b member group a "$(expandable group:a:member)"
    } | "$PACK" --unframed -f out.c1z
    [ "$(sql out.c1z "SELECT (SELECT count(*) FROM v1_resource_types), (SELECT count(*) FROM v1_resources), (SELECT count(*) FROM v1_entitlements)")" = "3|6|3" ]
    [ "$(sources out.c1z)" = "$(printf '%s\n' 'group:a:member:user:u1 - ' 'group:b:member:group:a - ' 'group:b:member:user:u1 immutable group:a:member*' | sort)" ]
}

@test "duplicates that differ are refused, naming both lines" {
    { kind user; kind group; kind user; printf '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","displayName":"U"}\n'; } >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 4: differs from the resource type of the same id in line 1" ]
    { world; resource user u1 group a; } >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 13: differs from the resource of the same id in line 4" ]
    { world; entitlement group a member | sed s/displayName/description/; } >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 13: differs from the entitlement of the same id in line 8" ]
    # Equal messages, but one expands.
    { world; grant group b member group a "$(expandable group:a:member)"; grant group b member group a; } >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 14: differs from the grant of the same id in line 13" ]
    # Two resources whose kind and id run together into the same text.
    { kind a; kind a:b; resource a:b c; resource a b:c; } >in.ndjson
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: line 4: differs from the resource of the same id in line 3" ]
    nothing_left in.ndjson
}

# refused WANT: in.ndjson, unframed, is refused with WANT behind the file's name.
refused() {
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: $1" ]
}

@test "references to nothing are refused, each kind with line and place" {
    { kind user; resource user u1; resource group a; } >in.ndjson
    refused "line 3, at \$.id.resourceType: no such resource type in the input: 'group'"
    { world; resource user u3 group nowhere; } >in.ndjson
    refused "line 13, at \$.parentResourceId: no such resource in the input: 'group:nowhere'; if it was made meanwhile, run again"
    { entitlement group z member; world; } >in.ndjson
    refused "line 1, at \$.resource.id: no such resource in the input: 'group:z'; if it was made meanwhile, run again"
    { world; grant group a owner user u1; } >in.ndjson
    refused "line 13, at \$.entitlement.id: no such entitlement in the input: 'group:a:owner'; if it was made meanwhile, run again"
    { grant group a member user nobody; world; } >in.ndjson
    refused "line 1, at \$.principal.id: no such resource in the input: 'user:nobody'; if it was made meanwhile, run again"
    { world; grant group a member user u1 | sed 's/"resource":"a"/"resource":"b"/'; } >in.ndjson
    refused "line 13, at \$.entitlement.resource.id: the entitlement is on another resource than: 'group:b'"
    { world; grant group a member user u1; grant group a member user u7; grant group a member user u8; } >in.ndjson
    refused "line 14, at \$.principal.id: no such resource in the input: 'user:u7'; if it was made meanwhile, run again"
    nothing_left in.ndjson
}

@test "what an earlier sync in the file holds does not count as a reference" {
    world | "$PACK" --unframed -f out.c1z
    cp out.c1z before
    kind user >in.ndjson
    resource group a >>in.ndjson
    refused "line 2, at \$.id.resourceType: no such resource type in the input: 'group'"
    cmp out.c1z before
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

@test "the same input with the same id and date gives the same bytes, with any number of threads" {
    { world; grant group a member user u1; grant group b member group a "$(expandable group:a:member)"; } | framed >in.ndjson
    export SOURCE_DATE_EPOCH=1795300000
    local id=0ujtsYcgvSTl8PAuAdqWYSMnLOv
    "$PACK" --sync-id "$id" -f one.c1z in.ndjson
    TZ=Asia/Tokyo LC_ALL=C "$PACK" --sync-id "$id" -f two.c1z -T 1 in.ndjson
    "$PACK" --sync-id "$id" -f three.c1z -T 4 <in.ndjson
    cmp one.c1z two.c1z
    cmp one.c1z three.c1z
    [ "$(sql one.c1z "SELECT sync_id, started_at, ended_at FROM v1_sync_runs")" = "$id|2026-11-21 22:26:40|2026-11-21 22:26:40" ]
    [ "$(sql one.c1z "SELECT max(discovered_at) || min(discovered_at) FROM v1_grants")" = "2026-11-21 22:26:402026-11-21 22:26:40" ]
    # Without --sync-id the id begins with the time.
    "$PACK" -f four.c1z in.ndjson
    "$PACK" -f five.c1z in.ndjson
    local four five
    four=$(sql four.c1z "SELECT sync_id FROM v1_sync_runs")
    five=$(sql five.c1z "SELECT sync_id FROM v1_sync_runs")
    [ "${four:0:5}" = "${five:0:5}" ]
    [ "$four" != "$five" ]
}

@test "threads do not change the bytes of a file of several compression jobs" {
    "$ROOT/tests/bench/gen-records" 40000 >in.ndjson
    export SOURCE_DATE_EPOCH=1795300000
    local threads
    for threads in 1 2 4; do
        "$PACK" --unframed --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv -T "$threads" -f "$threads.c1z" in.ndjson
    done
    cmp 1.c1z 2.c1z
    cmp 1.c1z 4.c1z
    "$PACK" --unframed -l 19 -f 19.c1z in.ndjson
    tail -c +6 19.c1z >frame.zst
    run -0 zstd -lv frame.zst
    [[ $output == *"Window Size: 8.00 MiB"* ]]
    [ "$(stat -c %s 19.c1z)" -lt "$(stat -c %s 1.c1z)" ]
}

@test "SOURCE_DATE_EPOCH that is no number is a setting gone wrong" {
    small >in.ndjson
    local value
    for value in now -5 1.5 999999999999 0x10; do
        SOURCE_DATE_EPOCH=$value run -78 --separate-stderr "$PACK" -f out.c1z in.ndjson
        [[ $stderr == *SOURCE_DATE_EPOCH* ]]
    done
    nothing_left in.ndjson
    SOURCE_DATE_EPOCH=0 "$PACK" -f out.c1z in.ndjson
    [ "$(sql out.c1z "SELECT started_at FROM v1_sync_runs")" = "1970-01-01 00:00:00" ]
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

@test "a symbolic link stays, what it names is replaced; a dangling one is filled" {
    mkdir real
    ln -s real/target.c1z link.c1z
    ln -s link.c1z link2.c1z
    small | "$PACK" -f link2.c1z
    [ -L link.c1z ] && [ -L link2.c1z ] && [ -f real/target.c1z ] && [ ! -L real/target.c1z ]
    small | "$PACK" -f link.c1z
    [ "$("$CAT" -f real/target.c1z syncs | wc -l)" -eq 2 ]
    [ "$(ls -A real)" = target.c1z ]
    ln -s loop loop
    run -73 --separate-stderr "$PACK" -f loop </dev/null
    [[ $stderr == *"'loop'"* ]]
}

@test "a new file has 0644 less the umask; an old one keeps its mode" {
    (umask 077; small | "$PACK" -f private.c1z)
    (umask 002; small | "$PACK" -f shared.c1z)
    [ "$(stat -c %a private.c1z)" = 600 ]
    [ "$(stat -c %a shared.c1z)" = 644 ]
    chmod 640 private.c1z
    (umask 077; small | "$PACK" -f private.c1z)
    [ "$(stat -c %a private.c1z)" = 640 ]
}

@test "while it works, no file of it can be read by others" {
    mkfifo pipe
    "$PACK" -f out.c1z <pipe 3>&- &
    local packer=$!
    exec 7>pipe
    working "$packer"
    [ "$(stat -c %a .out.c1z.work-*)" = 700 ]
    [ ! -s .out.c1z.lock ]
    # shellcheck disable=SC2046 # descriptors have no spaces
    [ -z "$(find -L $(find "/proc/$packer/fd" -lname '* (deleted)') ! -perm 600)" ]
    nothing_left .out.c1z.lock '.out.c1z.work-*' pipe
    small >&7
    exec 7>&-
    wait "$packer"
}

@test "one writer at a time: the second is told to come back" {
    mkfifo pipe
    "$PACK" -f out.c1z <pipe 3>&- &
    local packer=$!
    exec 7>pipe
    working "$packer"
    small >in.ndjson
    run -75 --separate-stderr "$PACK" -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: 'out.c1z' is being written by another process" ]
    run -75 --separate-stderr "$PACK" -f ./out.c1z in.ndjson
    small >&7
    exec 7>&-
    wait "$packer"
    nothing_left in.ndjson out.c1z pipe
}

@test "a file that another program replaced meanwhile is not overwritten" {
    small | "$PACK" -f out.c1z
    mkfifo pipe
    "$PACK" -f out.c1z <pipe 2>err 3>&- &
    local packer=$! status=0
    exec 7>pipe
    # It has read the old file when there is something in its working database.
    until [ -n "$(find -L "/proc/$packer/fd" -type f -perm 600 -size +1 2>/dev/null)" ]; do kill -0 "$packer"; done
    cp "$FIXTURES/go-connector.c1z" new
    mv -f new out.c1z
    small >&7
    exec 7>&-
    wait "$packer" || status=$?
    [ "$status" -eq 75 ]
    grep -q "changed by another program" err
    cmp out.c1z "$FIXTURES/go-connector.c1z"
}

@test "set-id bits are not kept, owner and group are; a group that cannot be kept has no rights" {
    small | "$PACK" -f out.c1z
    chmod 6750 out.c1z
    small | "$PACK" -f out.c1z
    [ "$(stat -c %a out.c1z)" = 750 ]
    [ "$(id -u)" -eq 0 ] || skip "only root can give files away"
    chown 1234:4321 out.c1z
    small | "$PACK" -f out.c1z
    [ "$(stat -c %u:%g:%a out.c1z)" = 1234:4321:750 ]
    for_another
    run -0 --separate-stderr as_another -f out.c1z in.ndjson
    [[ $stderr == *"the group of the file cannot be kept"* ]]
    [ "$(stat -c %u:%g:%a out.c1z)" = 1234:1234:700 ]
}

@test "a lock that another user's killed run left blocks no one; one that cannot be opened says whose it is" {
    [ "$(id -u)" -eq 0 ] || skip "only root can be another"
    for_another
    : >.out.c1z.lock
    as_another -f out.c1z in.ndjson
    nothing_left c1z-pack in.ndjson out.c1z
    : >.out.c1z.lock
    chmod 600 .out.c1z.lock
    run -75 --separate-stderr as_another -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: './.out.c1z.lock' belongs to root (0): another run is writing 'out.c1z', or remove it" ]
}

@test "names as long as the file system takes them" {
    local name
    name=$(printf '%0251d.c1z' 7)
    small >in.ndjson
    "$PACK" -f "$name" in.ndjson
    "$PACK" -f "$name" in.ndjson
    nothing_left in.ndjson "$name"
}

@test "a file that is mounted there cannot be replaced, which is said before anything is read" {
    unshare -m true 2>/dev/null || skip "no mounts here"
    : >in.ndjson
    small | "$PACK" -f out.c1z
    run -73 --separate-stderr unshare -m bash -c 'mount --bind out.c1z out.c1z && exec "$1" -f out.c1z' - "$PACK" <in.ndjson
    [ "${stderr_lines[0]}" = "c1z-pack: cannot create 'out.c1z': a file is mounted there, mount its folder instead" ]
}

@test "--go-fd: nothing is published before the byte, nor without it" {
    small | "$PACK" -f out.c1z
    cp out.c1z before
    small >in.ndjson
    run -75 --separate-stderr "$PACK" -f out.c1z --go-fd 7 in.ndjson 7</dev/null
    [ "$stderr" = "c1z-pack: 'out.c1z' is not published: who started this run has ended" ]
    cmp out.c1z before
    nothing_left before in.ndjson out.c1z
    mkfifo gate
    "$PACK" -f out.c1z --go-fd 7 in.ndjson 7<gate 3>&- &
    local packer=$!
    exec 8>gate
    # The new file is whole and closed when the packer waits: only then has it a mode for all.
    until [ "$(stat -c %a .out.c1z.work-*/new 2>/dev/null)" = 644 ]; do kill -0 "$packer"; done
    cmp out.c1z before
    printf x >&8
    wait "$packer"
    exec 8>&-
    [ "$("$CAT" -f out.c1z syncs | wc -l)" -eq 2 ]
    nothing_left before gate in.ndjson out.c1z
    run -71 --separate-stderr "$PACK" -f out.c1z --go-fd 99 in.ndjson
    run -64 --separate-stderr "$PACK" -f out.c1z --go-fd x in.ndjson
}

@test "--lock-fd: the lock is the caller's, who keeps it" {
    small >in.ndjson
    exec 7>>.out.c1z.lock
    flock -n 7
    run -75 --separate-stderr "$PACK" -f out.c1z in.ndjson
    "$PACK" -f out.c1z --lock-fd 7 in.ndjson
    nothing_left .out.c1z.lock in.ndjson out.c1z
    run -75 --separate-stderr "$PACK" -f out.c1z in.ndjson
    run -64 --separate-stderr "$PACK" -f other.c1z --lock-fd 7 in.ndjson
    [[ $stderr == "c1z-pack: descriptor 7 is not the lock './.other.c1z.lock'"* ]]
    exec 7>&-
    # Given, but not held: it is taken.
    "$PACK" -f out.c1z --lock-fd 7 in.ndjson 7>>.out.c1z.lock
}

@test "places where no file can be put" {
    small >in.ndjson
    mkdir dir
    run -73 --separate-stderr "$PACK" -f dir in.ndjson
    [[ $stderr == *"'dir'"*directory* ]]
    run -73 --separate-stderr "$PACK" -f nowhere/out.c1z in.ndjson
    [[ $stderr == *"'nowhere'"* ]]
    run -73 --separate-stderr "$PACK" -f in.ndjson/out.c1z in.ndjson
    run -73 --separate-stderr "$PACK" -f dir/ in.ndjson
    mkfifo fifo
    run -73 --separate-stderr "$PACK" -f fifo in.ndjson
    [[ $stderr == *"not a regular file"* ]]
    run -73 --separate-stderr "$PACK" -f /dev/full in.ndjson
    run -64 --separate-stderr "$PACK" -f '' in.ndjson
    if [ "$(id -u)" -ne 0 ]; then
        chmod 555 dir
        run -73 --separate-stderr "$PACK" -f dir/out.c1z in.ndjson
    fi
}

@test "no room: 74, the old file is as it was" {
    "$ROOT/tests/bench/gen-records" 20000 >in.ndjson
    small | "$PACK" -f out.c1z
    cp out.c1z before
    # At these sizes the working database does not fit, or only the compressed file does not.
    local blocks
    for blocks in 8 1000 4000; do
        run -74 --separate-stderr bash -c "ulimit -f $blocks; exec \"\$@\"" - "$PACK" --unframed -f out.c1z in.ndjson
        [ "${#stderr_lines[@]}" -eq 1 ]
        cmp out.c1z before
    done
    nothing_left before in.ndjson out.c1z
}

@test "--check does everything but publish, and looks at FILE if it is named" {
    small >in.ndjson
    run -0 --separate-stderr "$PACK" --check in.ndjson
    [ -z "$output$stderr" ]
    nothing_left in.ndjson
    printf garbage >out.c1z
    run -65 --separate-stderr "$PACK" --check -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: 'out.c1z' is not a .c1z file" ]
    [ "$(cat out.c1z)" = garbage ]
    run -0 --separate-stderr "$PACK" --check -f no/such/place in.ndjson
    { world; grant group b member group a "$(expandable group:c:member)"; } >in.ndjson
    run -65 --separate-stderr "$PACK" --check --unframed in.ndjson
    [[ $stderr == *"line 13"* ]]
    nothing_left in.ndjson out.c1z
}

@test "--log-level debug ends with counts, in both formats" {
    small >in.ndjson
    run -0 --separate-stderr "$PACK" --log-level debug -f out.c1z in.ndjson
    [[ ${stderr_lines[-1]} == "c1z-pack: debug: published (sync="*"resource_types=2, resources=2, entitlements=1, grants=1, expanded=0, edges=0)" ]]
    run -0 --separate-stderr "$PACK" --log-level debug --log-format json -f out.c1z in.ndjson
    [ "$(jq -r .msg <<<"${stderr_lines[-1]}")" = published ]
    [ "$(jq -r .grants <<<"${stderr_lines[-1]}")" = 1 ]
}

@test "closed descriptors do not hit the file" {
    small >in.ndjson
    run -0 bash -c '"$1" -f out.c1z in.ndjson >&- 2>&- <&-' - "$PACK"
    [ "$("$CAT" -f out.c1z syncs | wc -l)" -eq 1 ]
    run -74 bash -c '"$1" -f two.c1z <&-' - "$PACK"
    [ ! -e two.c1z ]
    run -74 bash -c '"$1" --help >/dev/full' - "$PACK"
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

# struck FAULT ARGUMENT...: run with that call failing (tests/preload/faults.c).
struck() {
    AB_FAULT=$1 LD_PRELOAD=${BIN%/bin}/preload/faults.so "$PACK" "${@:2}"
}

@test "a call that fails, or kills: the old file or the new one, whole; a few of what make check-faults tries" {
    [ -z "${AB_SANITIZED:-}" ] || skip "no preloading with sanitizers"
    "$ROOT/tests/faults/run" "$BIN" "${BIN%/bin}/preload/faults.so" 600 sqlite
}

@test "a disk that cannot be read is 74 and named as such, not a damaged file" {
    [ -z "${AB_SANITIZED:-}" ] || skip "no preloading with sanitizers"
    local n
    "$ROOT/tests/bench/gen-records" 3000 >in.ndjson
    "$PACK" --unframed -f out.c1z in.ndjson
    for n in 1 2 5 20 60; do
        run -74 --separate-stderr struck read:$n:fail --unframed -f out.c1z in.ndjson
        [ "$stderr" = "c1z-pack: working database of 'out.c1z': Input/output error" ] || [ "$stderr" = "c1z-pack: working database of 'out.c1z': disk I/O error" ] ||
            [ "$stderr" = "c1z-pack: cannot read the temporary file: Input/output error" ] || { echo "$n: $stderr"; return 1; }
    done
}

@test "no locks on the file system: a warning, and the file is written" {
    [ -z "${AB_SANITIZED:-}" ] || skip "no preloading with sanitizers"
    small >in.ndjson
    run -0 --separate-stderr struck lock:1:fail -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: warning: no locks on this file system; see that nothing else writes the file (file=out.c1z)" ]
    nothing_left in.ndjson out.c1z
}

@test "after the rename a failure says that the file is published" {
    [ -z "${AB_SANITIZED:-}" ] || skip "no preloading with sanitizers"
    small >in.ndjson
    run -74 --separate-stderr struck sync:2:fail -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: 'out.c1z' is published, but may not survive a loss of power: cannot write '.': Input/output error" ]
    [ "$("$CAT" -f out.c1z syncs | wc -l)" -eq 1 ]
}

@test "a file system that cannot synchronise folders is no failure" {
    [ -z "${AB_SANITIZED:-}" ] || skip "no preloading with sanitizers"
    small >in.ndjson
    local cause
    # EINVAL, ENOTSUP.
    for cause in 22 95; do
        run -0 --separate-stderr struck sync:2:$cause -f out.c1z in.ndjson
        [ "$stderr" = "" ]
    done
    # Of the file itself it is one, and nothing is published.
    cp out.c1z before
    run -74 --separate-stderr struck sync:1:22 -f out.c1z in.ndjson
    cmp out.c1z before
}

@test "users without a UserTrait are one warning" {
    { kind group; printf '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","traits":["TRAIT_GROUP","TRAIT_USER"]}\n'
        resource group g; resource user u1; resource user u2
        printf '{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"u3"},"annotations":[{"@type":"type.googleapis.com/c1.connector.v2.UserTrait"}]}\n'; } >in.ndjson
    run -0 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: warning: resources of a type with TRAIT_USER have no UserTrait; the Baton toolkit refuses them (resources=2, line=4)" ]
}

# bats test_tags=slow
@test "memory at a million grants is what it is at a hundred thousand" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured with sanitizers"
    # resident N: peak resident memory in MB of a run with N grants.
    resident() {
        "$ROOT/tests/bench/gen-records" "$1" >in.ndjson
        "$ROOT/tests/bench/measure" run "$PACK" --unframed -f out.c1z in.ndjson | sed 's/.* \([0-9]*\) MB.*/\1/'
        rm -f out.c1z in.ndjson
    }
    local small large
    small=$(resident 100000)
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
