#!/usr/bin/env bats
# c1z-pack: what is true of a file of either format: when one is published, what is refused, what becomes of the one that is
# there. As c1z-publish-v3.bats, a link, all of it with format v3.

load lib
load pack

# records_in FILE KIND: how many of that kind it holds.
records_in() {
    "$CAT" -f "$1" "$2" | grep -vc '^{"stream"' || true
}

# syncs FILE [MEMBER...]: its syncs, a line each: those members of c1z-cat's.
syncs() {
    "$CAT" -f "$1" syncs | jq -r --args '[.[$ARGS.positional[]]] | join(" ")' "${@:2}"
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
    [ "$(syncs empty.c1z | wc -l) $(records_in empty.c1z grants)" = "1 0" ]
    "$PACK" --allow-empty --unframed -f other.c1z </dev/null
    run -65 --separate-stderr "$PACK" --allow-empty -f none.c1z </dev/null
    [[ $stderr == *"standard input: empty"* ]]
    [ ! -e none.c1z ]
}

@test "the input file is missing, or may not be read" {
    run -66 --separate-stderr "$PACK" -f out.c1z nothing.ndjson
    [ "$stderr" = "c1z-pack: cannot open 'nothing.ndjson': No such file or directory" ]
    ln -s loop "$TMPDIR/loop"
    run -66 --separate-stderr "$PACK" -f out.c1z "$TMPDIR/loop"
    [ "$stderr" = "c1z-pack: cannot open '$TMPDIR/loop': Too many levels of symbolic links" ]
    nothing_left
}

@test "a .c1z in the place of a stream: the message says what to do" {
    small | "$PACK" -f in.c1z
    for args in "" --unframed; do
        # shellcheck disable=SC2086 # none or one
        run -65 --separate-stderr "$PACK" $args -f out.c1z in.c1z
        [ "$stderr" = "c1z-pack: in.c1z: a .c1z file, not a stream of records: use c1z-cat FILE |" ]
        # shellcheck disable=SC2086
        run -65 --separate-stderr "$PACK" $args -f out.c1z <in.c1z
        [ "$stderr" = "c1z-pack: standard input: a .c1z file, not a stream of records: use c1z-cat FILE |" ]
    done
    # Of the first bytes alone, and no further.
    printf 'C1ZF\0' >in.c1z
    run -65 --separate-stderr "$PACK" -f out.c1z in.c1z
    [[ $stderr == *"use c1z-cat FILE |" ]]
    printf 'C1ZF' >in.c1z
    run -65 --separate-stderr "$PACK" -f out.c1z in.c1z
    [ "$stderr" = "c1z-pack: in.c1z: unfinished: ends in the middle of line 1" ]
    nothing_left in.c1z
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
    # SQLite takes away the name of a temporary file just after it made it: a kill between the two leaves an empty file.
    find "$TMPDIR" -name 'etilqs_*' -empty -delete
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

@test "--reason-fd: why the run failed, with each kind of gap once; nothing if it did not" {
    {
        echo '{"stream":"begin","schema":"baton-records/1","source":"test","startedAt":"2026-11-22T20:00:00Z"}'
        for kind in organization_user user workspace_user; do
            echo "{\"stream\":\"gap\",\"of\":\"$kind\",\"reason\":\"forbidden\"}"
        done
        echo '{"stream":"end","records":3,"gaps":3}'
    } >gap.ndjson
    run -65 "$PACK" -f out.c1z --reason-fd 7 gap.ndjson 7>reason
    [ "$(cat reason)" = "gap.ndjson: access may be missing: 3 gaps (organization_user, user, workspace_user); --accept-gap KIND takes a kind of them as it is, --allow-incomplete all" ]
    "$PACK" --check --allow-empty --allow-incomplete -f out.c1z --reason-fd 7 gap.ndjson 7>reason || [ $? -eq 3 ]
    [ ! -s reason ]
    run -64 "$PACK" -f out.c1z --reason-fd x gap.ndjson
}

@test "gaps refuse the stream, each named by kind, parent and role, sorted" {
    gappy >gap.ndjson
    run -65 --separate-stderr "$PACK" -f out.c1z gap.ndjson
    diff - <(printf '%s\n' "$stderr") <<'END'
c1z-pack: warning: access may be missing (gap=group (organizationId o): forbidden, status 403, needs organization_admin)
c1z-pack: warning: access may be missing (gap=group (organizationId p): forbidden, status 403)
c1z-pack: warning: access may be missing (gap=workspace_user (organizationId o, workspaceId w): forbidden, status 403, needs workspace_admin)
c1z-pack: gap.ndjson: access may be missing: 3 gaps (group, workspace_user); --accept-gap KIND takes a kind of them as it is, --allow-incomplete all
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
    [[ ${stderr_lines[1]} == *"1 gap (workspace_user);"* ]]
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
    if [ "$SYNCS" -eq 2 ]; then
        [ "$(sql out.c1z "SELECT external_id || ' ' || content_type || ' ' || (sync_id = (SELECT sync_id FROM v1_sync_runs)) FROM v1_assets")" = "c1z-pack/manifest application/json 1" ]
    fi
    "$CAT" -f out.c1z manifest | jq -S . | diff - <(jq -S --arg v "$("$PACK" -v | cut -d' ' -f2)" '.version = $v' <<'END'
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
    [ "$("$CAT" -f whole.c1z manifest | jq -c '[.complete, .gaps, .notes, .acceptedGaps, .stages]')" = "[true,[],[],[],null]" ]
    world | "$PACK" --unframed -f plain.c1z
    [ "$("$CAT" -f plain.c1z manifest | jq -c '[.source, .startedAt]')" = "[null,null]" ]
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

@test "--started-at fixes every time; with --sync-id two runs give the same bytes" {
    small >in.ndjson
    "$PACK" -f a.c1z --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv --started-at 2026-11-22T20:00:00.25Z in.ndjson
    TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 "$PACK" -T 1 -f b.c1z --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv --started-at 2026-11-22T20:00:00.25Z in.ndjson
    cmp a.c1z b.c1z
    [[ "$(syncs a.c1z startedAt endedAt)" =~ ^2026-11-22[T\ ]20:00:00.250*Z?\ 2026-11-22[T\ ]20:00:00.250*Z?$ ]]
    run -64 --separate-stderr "$PACK" -f c.c1z --started-at yesterday in.ndjson
    [ "${stderr_lines[0]}" = "c1z-pack: --started-at: expected a time like 2026-11-22T20:00:00Z" ]
}

@test "identical duplicates are dropped, whatever the spelling" {
    { world; world | tac; grant group a member user u1; grant group a member user u1
        printf '{ "id" : "user" , "@type" : "type.googleapis.com/c1.connector.v2.ResourceType", "display_name" : null }\n'
        grant group b member group a "$(expandable group:a:member)"; grant group b member group a "$(expandable group:a:member)"
    } | "$PACK" --unframed -f out.c1z
    [ "$(for kind in resource-types resources entitlements; do records_in out.c1z $kind; done | paste -sd ' ')" = "3 6 3" ]
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

# hiding [KIND]: two workspaces in an organization, of which one is seen, and a group with rights on the one that is not,
# behind a gap of KIND (workspace), as a stream.
hiding() {
    printf '{"stream":"begin","schema":"baton-records/1","source":"test","startedAt":""}\n'
    kind user; kind group; kind organization; kind workspace
    resource user u1; resource organization o
    resource group g organization o; entitlement group g member; grant group g member user u1
    resource workspace w1 organization o; entitlement workspace w1 reader
    entitlement workspace w1 editor | sed 's/}$/,"description":"of w1","grantableTo":[{"id":"group"}],"purpose":"PURPOSE_VALUE_PERMISSION","slug":"editor"}/'
    printf '{"stream":"gap","of":"%s","organizationId":"o","status":403,"reason":"forbidden"}\n' "${1:-workspace}"
    grant workspace w2 editor group g "$(expandable group:g:member)"
    grant workspace w2 odd group g
    entitlement workspace w3 unknown; grant workspace w3 unknown group g
    grant workspace w3 editor user u1
    grant workspace w2 editor user u1 | sed 's/"id":"workspace:w2:editor"}/"id":"w2 rw"}/;s/"id":"workspace:w2:editor:user:u1"/"id":"x"/'
    resource group h; entitlement group h member; grant workspace w2 odd group h
    printf '{"stream":"end","records":22,"gaps":1}\n'
}

@test "what a gap hides is there by its id alone where grants name it: resource, entitlements, and what follows from them" {
    hiding >in.ndjson
    run -0 --separate-stderr "$PACK" -f out.c1z --accept-gap workspace in.ndjson
    [ "$stderr" = "c1z-pack: warning: a gap hides resources that grants name: these are there by their ids alone (resources=2, line=15, first=workspace:w2)" ]
    "$CAT" -f out.c1z resources | jq -c 'select(.id.resourceType == "workspace") | del(.["@type"])' | sort | diff - <(cat <<'END'
{"id":{"resourceType":"workspace","resource":"w1"},"parentResourceId":{"resourceType":"organization","resource":"o"}}
{"id":{"resourceType":"workspace","resource":"w2"},"displayName":"w2"}
{"id":{"resourceType":"workspace","resource":"w3"},"displayName":"w3"}
END
)
    "$CAT" -f out.c1z entitlements | jq -c 'select(.resource.id.resource | . == "w2" or . == "w3") | del(.["@type"]) | .resource |= .id.resource' |
        sort | diff - <(cat <<'END'
{"resource":"w2","id":"w2 rw","displayName":"w2 rw"}
{"resource":"w2","id":"workspace:w2:editor","displayName":"w2 editor","grantableTo":[{"id":"group"}],"purpose":"PURPOSE_VALUE_PERMISSION","slug":"editor"}
{"resource":"w2","id":"workspace:w2:odd","displayName":"w2 odd","slug":"odd"}
{"resource":"w3","id":"workspace:w3:editor","displayName":"w3 editor","grantableTo":[{"id":"group"}],"purpose":"PURPOSE_VALUE_PERMISSION","slug":"editor"}
{"resource":"w3","id":"workspace:w3:unknown","displayName":"unknown"}
END
)
    sources out.c1z | grep '^workspace:w2:editor:user:u1 ' | diff - <(echo 'workspace:w2:editor:user:u1 immutable group:g:member*')
    [ "$("$CAT" -f out.c1z manifest | jq -c '[.counts.resources.workspace, .counts.entitlements, .complete]')" = '[3,9,false]' ]
    run -3 --separate-stderr "$PACK" --check --allow-incomplete in.ndjson
    [ "${#stderr_lines[@]}" -eq 2 ]
    # What came of it is a sync like others.
    "$CAT" -f out.c1z | "$PACK" --no-expand --accept-gap workspace -f again.c1z
    cmp <("$CAT" -f out.c1z | sed 1d) <("$CAT" -f again.c1z | sed 1d)
    nothing_left again.c1z in.ndjson out.c1z
}

@test "a gap hides what would stand beneath it, and nothing else" {
    local dangling='standard input: line 17, at $.resource.id: no such resource in the input: '\''workspace:w3'\''; if it was made meanwhile, run again'
    hiding organization | "$PACK" -f out.c1z --allow-incomplete --log-level error || [ $? -eq 3 ]
    [ "$("$CAT" -f out.c1z resources | grep -c '"resourceType":"workspace","resource":"w')" -eq 3 ]
    # A gap of something else, a note, no gap at all.
    hiding group >in.ndjson
    run -65 --separate-stderr "$PACK" -f none.c1z --accept-gap group <in.ndjson
    [ "$stderr" = "c1z-pack: $dangling" ]
    sed 's/"stream":"gap","of":"group"/"stream":"note","of":"workspace"/;s/,"gaps":1//' in.ndjson >note.ndjson
    run -65 --separate-stderr "$PACK" -f none.c1z --allow-incomplete <note.ndjson
    [ "$stderr" = "c1z-pack: $dangling" ]
    # A workspace that is there has all its entitlements, and what a finished sync lacks no gap of it explains.
    { hiding | sed '/"w[23]/d;/^{"stream":"end"/d'; grant workspace w1 owner user u1; echo '{"stream":"end","records":16,"gaps":1}'; } >in.ndjson
    run -65 --separate-stderr "$PACK" -f none.c1z --accept-gap workspace in.ndjson
    [[ $stderr == *"at \$.entitlement.id: no such entitlement in the input: 'workspace:w1:owner'; if it was made meanwhile, run again" ]]
    hiding >in.ndjson
    run -65 --separate-stderr "$PACK" -f none.c1z --no-expand --accept-gap workspace <in.ndjson
    [ "$stderr" = "c1z-pack: $dangling" ]
    # Nor is it a gap where two disagree, or where even the type is not known.
    { hiding | sed '/^{"stream":"end"/d'; grant workspace w2 odd user u1 | sed 's/"resource":"w2"/"resource":"w3"/'; echo '{"stream":"end","records":23,"gaps":1}'; } >in.ndjson
    run -65 --separate-stderr "$PACK" -f none.c1z --accept-gap workspace <in.ndjson
    [[ ${stderr_lines[1]} == *"line 24, at \$.entitlement.resource.id: the entitlement is on another resource than: 'workspace:w3'" ]]
    hiding robot | sed 's/workspace:w2/robot:w2/g;s/"resourceType":"workspace","resource":"w2"/"resourceType":"robot","resource":"w2"/;/"w3/d;s/"records":22/"records":19/' >in.ndjson
    run -65 --separate-stderr "$PACK" -f none.c1z --accept-gap robot in.ndjson
    [[ $stderr == *"no such entitlement in the input: 'robot:w2:editor'"* ]]
    [ ! -e none.c1z ]
}

@test "an annotation of an unknown type is kept, as its name and base64, and taken in that form alone" {
    # with ANNOTATION: two records, one of which has it.
    with() {
        kind user
        resource user u1 | sed "s|}\$|,\"annotations\":[$1]}|"
    }
    with '{"@type":"x.org/a.B","value":"AQID"}' >in.ndjson
    "$PACK" --unframed -f out.c1z in.ndjson
    "$CAT" -f out.c1z | grep -v '^{"stream"' | diff - in.ndjson
    "$CAT" -f out.c1z | "$PACK" --no-expand --log-level error -f again.c1z
    "$CAT" -f again.c1z resources | grep -q '"annotations":\[{"@type":"x.org/a.B","value":"AQID"}\]'
    local other
    for other in '{"@type":"x.org/a.B"}' '{"@type":"x.org/a.B","value":{}}' '{"@type":"x.org/a.B","value":"AQID","more":1}'; do
        with "$other" >in.ndjson
        run -65 --separate-stderr "$PACK" --unframed -f none.c1z in.ndjson
        [[ $stderr == "c1z-pack: in.ndjson: line 2, byte "*", at \$.annotations[0][\"@type\"]: unknown type 'x.org/a.B'" ]]
    done
}

@test "what an earlier sync in the file holds does not count as a reference" {
    world | "$PACK" --unframed -f out.c1z
    cp out.c1z before
    kind user >in.ndjson
    resource group a >>in.ndjson
    refused "line 2, at \$.id.resourceType: no such resource type in the input: 'group'"
    cmp out.c1z before
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
    [[ "$(syncs one.c1z syncId startedAt endedAt)" =~ ^"$id "2026-11-21[T\ ]22:26:40Z?\ 2026-11-21[T\ ]22:26:40Z?$ ]]
    if [ "$SYNCS" -eq 2 ]; then
        [ "$(sql one.c1z "SELECT max(discovered_at) || min(discovered_at) FROM v1_grants")" = "2026-11-21 22:26:402026-11-21 22:26:40" ]
    fi
    # Without --sync-id the id begins with the time.
    "$PACK" -f four.c1z in.ndjson
    "$PACK" -f five.c1z in.ndjson
    local four five
    four=$(syncs four.c1z syncId)
    five=$(syncs five.c1z syncId)
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
}

@test "--level: a smaller file, read as any" {
    "$ROOT/tests/bench/gen-records" 3000 >in.ndjson
    "$PACK" --unframed -f 3.c1z in.ndjson
    "$PACK" --unframed -l 19 -f 19.c1z in.ndjson
    [ "$(stat -c %s 19.c1z)" -lt "$(stat -c %s 3.c1z)" ]
    [ "$(records_in 19.c1z grants)" -eq 3000 ]
    if [ "$SYNCS" -eq 2 ]; then
        tail -c +6 19.c1z >frame.zst
        run -0 zstd -lv frame.zst
        [[ $output == *"Window Size: "[0-8].[0-9]*" MiB"* ]]
    fi
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
    [[ "$(syncs out.c1z startedAt)" =~ ^1970-01-01[T\ ]00:00:00Z?$ ]]
}

@test "a symbolic link stays, what it names is replaced; a dangling one is filled" {
    mkdir real
    ln -s real/target.c1z link.c1z
    ln -s link.c1z link2.c1z
    small | "$PACK" -f link2.c1z
    [ -L link.c1z ] && [ -L link2.c1z ] && [ -f real/target.c1z ] && [ ! -L real/target.c1z ]
    small | "$PACK" -f link.c1z
    [ "$(syncs real/target.c1z | wc -l)" -eq "$SYNCS" ]
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
    "$PACK" --allow-shrink -f out.c1z <pipe 2>err 3>&- &
    local packer=$! status=0
    exec 7>pipe
    # The old file is open by then. Whichever of the two is looked at for losses, that is not what is tried here.
    working "$packer"
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
    [ "$(syncs out.c1z | wc -l)" -eq "$SYNCS" ]
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

@test "a read-only folder: 73, and the old file is as it was" {
    unshare -m true 2>/dev/null || skip "no mounts here"
    mkdir dir
    small | "$PACK" -f dir/out.c1z
    cp dir/out.c1z before
    small >in.ndjson
    local file
    for file in out new; do
        run -73 --separate-stderr unshare -m bash -c 'mount --bind dir dir && mount -o remount,bind,ro dir && exec "$@"' - \
            "$PACK" -f dir/$file.c1z in.ndjson
        [ "$stderr" = "c1z-pack: cannot create a file in 'dir': Read-only file system" ] || { echo "$stderr"; return 1; }
    done
    cmp dir/out.c1z before
    [ "$(ls -A dir)" = out.c1z ]
}

@test "no room: 74, the old file is as it was" {
    "$ROOT/tests/bench/gen-records" 20000 >in.ndjson
    small | "$PACK" -f out.c1z
    cp out.c1z before
    # At these sizes the working database does not fit, or only the compressed file does not. No grants of format v3 are in
    # a database.
    local blocks sizes=(8 1000 4000)
    [ "${BATON_STORAGE_ENGINE:-sqlite}" = sqlite ] || sizes=(8 32 64)
    for blocks in "${sizes[@]}"; do
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

# struck FAULT ARGUMENT...: run with that call failing (tests/preload/faults.c).
struck() {
    AB_FAULT=$1 LD_PRELOAD=${BIN%/bin}/preload/faults.so "$PACK" "${@:2}"
}

@test "a call that fails, or kills: the old file or the new one, whole; a few of what make check-faults tries" {
    [ -z "${AB_SANITIZED:-}" ] || skip "no preloading with sanitizers"
    "$ROOT/tests/faults/run" "$BIN" "${BIN%/bin}/preload/faults.so" 600 "${BATON_STORAGE_ENGINE:-sqlite}"
}

@test "a disk that cannot be read is 74 and named as such, not a damaged file" {
    [ -z "${AB_SANITIZED:-}" ] || skip "no preloading with sanitizers"
    local n failed=0
    "$ROOT/tests/bench/gen-records" 3000 >in.ndjson
    "$PACK" --unframed -f out.c1z in.ndjson
    # Where reading ahead fails, what is needed is asked for once more, and is there.
    for n in {1..30}; do
        run --separate-stderr struck read:"$n":fail --unframed -f out.c1z in.ndjson
        [ "$status" -ne 0 ] || continue
        [ "$status" -eq 74 ] || { echo "$n: $status"; return 1; }
        failed=$((failed + 1))
        [[ $stderr =~ ^"c1z-pack: "("'out.c1z': ".*)?("working database of 'out.c1z'"|"cannot read the temporary file")": "("Input/output"|"disk I/O")" error"$ ]] ||
            { echo "$n: $stderr"; return 1; }
    done
    [ "$failed" -gt 2 ]
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
