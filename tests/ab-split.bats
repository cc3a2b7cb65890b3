#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets output and stderr
# ab-split: the parts, put together again, are the stream; nothing less ever stands there.

load lib

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir tmp
    export TMPDIR=$PWD/tmp
    split=$BIN/ab-split
}

teardown() {
    stop_mock
}

# stream LINE...: a raw stream of these lines, which asked for what a survey asks for.
stream() {
    echo '{"stream":"begin","schema":"airbyte-raw/1","source":"https://a.example","startedAt":"2026-01-01T00:00:00Z","stages":[{"tool":"ab-fetch","version":"1","resources":["organization","workspace"]}]}'
    for line; do printf '%s\n' "$line"; done
    printf '{"stream":"end","records":%d%s}\n' $# "$(printf '%s\n' "$@" | grep -c '"gap"' | sed -n 's/^[1-9].*/,"gaps":&/p')"
}

# organization ID N: the lines of one with N workspaces.
organization() {
    local i
    echo "{\"resource\":\"organization\",\"data\":{\"organizationId\":\"$1\"}}"
    for ((i = 0; i < $2; i++)); do
        echo "{\"resource\":\"workspace\",\"organizationId\":\"$1\",\"data\":{\"workspaceId\":\"$1-$i\"}}"
    done
}

# bodies FILE...: the lines between the frames.
bodies() {
    local file
    for file; do sed '1d;$d' "$file"; done
}

@test "help, version and usage errors" {
    run -0 --separate-stderr "$split" --help
    [[ $output == "usage: ab-split "* ]]
    run -0 --separate-stderr "$split" --version
    [[ $output == "ab-split "[0-9]* ]]
    local args
    for args in "" "parts" "-n 0 parts" "-n 1001 parts" "-n x parts" "-n 2" "-n 2 parts in more" "-n 2 --nonsense parts"; do
        # shellcheck disable=SC2086 # several arguments
        run -64 --separate-stderr "$split" $args </dev/null
        [ -z "$output" ]
        [[ ${stderr_lines[1]} == "usage: ab-split "* ]]
    done
}

@test "cuts are before organizations, and the pieces about equal; what stands around them is in the first and last" {
    local -a lines
    mapfile -t lines < <(
        echo '{"resource":"instance","instanceId":"a.example","data":{}}'
        organization a 1
        organization b 9
        organization c 4
        organization d 4
        echo '{"stream":"gap","of":"workspace","organizationId":"d","status":403,"reason":"forbidden"}'
        echo '{"resource":"workspace","data":{"workspaceId":"lone"}}'
        echo '{"resource":"user","data":{"userId":"u"}}'
    )
    stream "${lines[@]}" >all
    for n in 1 2 3 4 5 9; do
        run -0 --separate-stderr "$split" -n "$n" parts all
        [ -z "$output$stderr" ]
        [ "$(stat -c %a parts)" = 700 ]
        bodies parts/* | diff - <(bodies all)
        # Every part is whole by itself, and all begin alike.
        for part in parts/*; do
            [ "$(head -n 1 "$part")" = "$(head -n 1 all)" ]
            [ "$(tail -n 1 "$part" | jq .records)" -eq "$(bodies "$part" | wc -l)" ]
            [ "$(bodies "$part" | jq -r 'select(.resource == "organization") | .resource' | wc -l)" -gt 0 ]
        done
        [ "$(tail -n 1 "$(printf '%s\n' parts/* | tail -n 1)" | jq .gaps)" = 1 ]
        for part in parts/*; do bodies "$part" | wc -l; done | tr '\n' ' ' >"sizes.$n"
        rm -r parts
    done
    [ "$(<sizes.1)" = "26 " ]
    [ "$(<sizes.2)" = "13 13 " ]
    [ "$(<sizes.3)" = "13 5 8 " ]
    [ "$(<sizes.4)" = "3 10 5 8 " ]
    # There are no more parts than organizations.
    [ "$(<sizes.5)" = "$(<sizes.4)" ]
    [ "$(<sizes.9)" = "$(<sizes.4)" ]
    [ -z "$(ls -A tmp)" ]
}

@test "the parts, completed one by one, and put together for the users: the lines of one run" {
    "$ROOT/tests/gen-tenant" --full --seed 7 >tenant.json
    start_mock --tenant tenant.json
    credentials tenant.json
    "$BIN/ab-fetch" >once 2>/dev/null
    "$BIN/ab-fetch" instance instance_admin organization workspace 2>/dev/null | "$split" -n 4 parts
    [ "$(find parts -name 'part-*' | wc -l)" -gt 1 ]
    for part in parts/part-*; do
        "$BIN/ab-fetch" organization_user group group_member group_permission invitation workspace_user <"$part" >"raw.${part##*/}" 2>/dev/null
    done
    cat raw.part-* | "$BIN/ab-fetch" user --user-details >pieces 2>/dev/null
    bodies pieces | diff - <(bodies once)
}

@test "a stream that is cut, is none, or has no workspaces makes no folder" {
    local -a lines
    mapfile -t lines < <(organization a 2)
    stream "${lines[@]}" | sed '$d' >unfinished
    run -65 --separate-stderr "$split" -n 2 parts unfinished
    [[ $stderr == "ab-split: unfinished: "* ]]
    run -65 --separate-stderr "$split" -n 2 parts <<<'{}'
    run -65 --separate-stderr "$split" -n 2 parts </dev/null
    run -66 --separate-stderr "$split" -n 2 parts nowhere
    stream '{"resource":"organization","data":{"organizationId":"a"}}' | sed 's/,"workspace"//' >bare
    run -65 --separate-stderr "$split" -n 2 parts bare
    [[ $stderr == "ab-split: bare: has no workspaces: fetch organization and workspace before it is split" ]]
    stream '{"resource":5}' >wrong
    run -65 --separate-stderr "$split" -n 2 parts wrong
    [[ $stderr == "ab-split: wrong: line 2, "* ]]
    [ ! -e parts ]
    [ -z "$(ls -A tmp)" ]
    # A tenant without an organization is one part.
    stream >none
    run -0 --separate-stderr "$split" -n 2 parts none
    [ "$(cat parts/*)" = "$(<none)" ]
}

@test "a folder with something in it, or that cannot be made, is left alone" {
    local -a lines
    mapfile -t lines < <(organization a 2)
    stream "${lines[@]}" >all
    mkdir parts empty
    echo mine >parts/part-000.ndjson
    run -73 --separate-stderr "$split" -n 2 parts all
    [ "$stderr" = "ab-split: cannot make the folder 'parts': Directory not empty" ]
    [ "$(cat parts/*)" = mine ]
    run -73 --separate-stderr "$split" -n 2 nowhere/parts all
    run -73 --separate-stderr "$split" -n 2 all all
    run -0 --separate-stderr "$split" -n 2 empty all
    [ -s empty/part-000.ndjson ]
    # Nothing temporary stays beside it.
    [ -z "$(find . -maxdepth 1 -name '.parts*')" ]
}

@test "a killed run leaves no folder of parts, and the next run clears what it left" {
    local -a lines
    mapfile -t lines < <(organization a 2)
    stream "${lines[@]}" >all
    mkfifo feed
    "$split" -n 2 parts feed &
    pid=$!
    exec 9>feed
    head -n 2 all >&9
    kill -s KILL "$pid"
    wait "$pid" || true
    exec 9>&-
    [ ! -e parts ]
    mkdir .parts.split-Abcdef
    echo half >.parts.split-Abcdef/part-000.ndjson
    "$split" -n 2 parts all
    [ ! -e .parts.split-Abcdef ]
    [ -s parts/part-000.ndjson ]
}

@test "a full disk is said, and makes no folder" {
    local -a lines
    mapfile -t lines < <(organization a 2000)
    stream "${lines[@]}" >all
    (
        ulimit -f 40
        run -74 --separate-stderr "$split" -n 2 parts all
        [[ $stderr == "ab-split: "*"File too large" ]]
    )
    [ ! -e parts ]
}
