#!/usr/bin/env bats
# What each program may not do, once it has given up what it does not need: whatever a filter, a file or an answer made
# it try, the kernel refuses. And nothing depends on a kernel that can.
#
# The attempts are made inside the running programs, by a library that is preloaded (tests/preload/attempt.c).

load lib

teardown() {
    stop_mock
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    [ -z "${AB_SANITIZED:-}" ] || skip "programs built with sanitizers are not confined"
    kernel=$("$BIN/../unit/confine" --kernel)
    echo 'not for you' >other
    mkdir elsewhere tmp
    export TMPDIR=$PWD/tmp
    "$ROOT/tests/gen-graph" --seed 3 >records.ndjson
    "$BIN/c1z-pack" --unframed -f sync.c1z records.ndjson 2>/dev/null
}

# needs WHAT: skip the test where the kernel has no WHAT.
needs() {
    [[ $'\n'$kernel$'\n' == *$'\n'$1$'\n'* ]] || skip "this kernel has no $1"
}

# attempt WISH COMMAND...: run COMMAND, and have its program make the attempt when it ends. Its last words go to tried.
attempt() {
    local wish=$1
    shift
    LD_PRELOAD=$BIN/../preload/attempt.so AB_ATTEMPT=$wish AB_ATTEMPT_IN=${1##*/} "$@" >out 2>err || { cat err >&2; false; }
    tail -n 1 err >tried
}

# stopped COMMAND...: whether every attempt that no program needs is refused by the kernel. COMMAND must end well.
stopped() {
    local wish
    for wish in "read:$PWD/other" "read:/etc/passwd" "write:$PWD/elsewhere/new" "list:/" "connect:1" "exec:/bin/echo"; do
        attempt "$wish" "$@"
        case $(<tried) in
        "attempt: Permission denied" | "attempt: Operation not permitted") ;;
        *)
            echo "$1: $wish: $(<tried)" >&2
            return 1
            ;;
        esac
    done
    [ ! -e elsewhere/new ]
}

@test "what is looked for would be found: a program that is not confined can do all of it" {
    for wish in "read:$PWD/other" "write:$PWD/elsewhere/new" "list:/"; do
        attempt "$wish" bash -c :
        [ "$(<tried)" = "attempt: done" ]
    done
    rm elsewhere/new
    attempt "connect:1" bash -c :
    [ "$(<tried)" = "attempt: Connection refused" ]
    attempt "exec:/bin/echo" bash -c :
    [ "$(cat err)" = "attempt: " ]
}

@test "c1z-cat reads its file and nothing else" {
    needs landlock
    needs seccomp
    stopped "$BIN/c1z-cat" -f sync.c1z
    # Its file it may read, wherever it is.
    attempt "read:$PWD/sync.c1z" "$BIN/c1z-cat" -f sync.c1z
    [ "$(<tried)" = "attempt: done" ]
}

@test "c1z-diff reads its files and nothing else, c1z-mask nothing but what was open" {
    needs landlock
    needs seccomp
    cp sync.c1z two.c1z
    stopped "$BIN/c1z-diff" sync.c1z two.c1z
    stopped "$BIN/c1z-diff" --json sync.c1z two.c1z
    attempt "read:$PWD/two.c1z" "$BIN/c1z-diff" sync.c1z two.c1z
    [ "$(<tried)" = "attempt: done" ]
    "$BIN/c1z-cat" sync.c1z >in.ndjson
    printf 'a key of some bytes\n' >key
    chmod 600 key
    stopped "$BIN/c1z-mask" --key-file key in.ndjson
    for file in key in.ndjson; do
        attempt "read:$PWD/$file" "$BIN/c1z-mask" --key-file key in.ndjson
        [ "$(<tried)" = "attempt: Permission denied" ]
    done
}

@test "c1z-report reads its files and writes in the folder of the report alone" {
    needs landlock
    needs seccomp
    mkdir pages
    cp sync.c1z two.c1z
    stopped "$BIN/c1z-report" sync.c1z
    stopped "$BIN/c1z-report" --since two.c1z -o pages/report.html sync.c1z
    for wish in "read:$PWD/two.c1z" "write:$PWD/pages/new"; do
        attempt "$wish" "$BIN/c1z-report" --since two.c1z -o pages/report.html sync.c1z
        [ "$(<tried)" = "attempt: done" ]
    done
}

# A raw stream, and a filter that wants a file that is none of its own.
mapping() {
    printf '%s\n' '{"stream":"begin","schema":"airbyte-raw/1","source":"https://a.example","startedAt":"2026-01-01T00:00:00Z"}' \
        '{"resource":"organization","data":{"organizationId":"o","organizationName":"O"}}' '{"stream":"end","records":1}' >raw
    mkdir filters
    echo '"not for you"' >elsewhere/other.json
    echo '"for you"' >filters/own.json
    # shellcheck disable=SC2016 # the dollars are jq's
    echo 'import "other" as $other {search: "'"$PWD"'/elsewhere"}; {"id": $other::other[0]}' >filters/thief.jq
    # shellcheck disable=SC2016
    echo 'import "own" as $own {search: "./"}; empty' >filters/honest.jq
}

@test "ab-map has no network and no file but its filter's, and then none" {
    needs landlock
    needs seccomp
    mapping
    for jobs in 1 4; do
        stopped "$BIN/ab-map" -j "$jobs" raw
        stopped "$BIN/ab-map" -j "$jobs" -f filters/honest.jq raw
        # What it may read while it compiles, it may not afterwards.
        attempt "read:$PWD/filters/own.json" "$BIN/ab-map" -j "$jobs" -f filters/honest.jq raw
        [ "$(<tried)" = "attempt: Permission denied" ]
    done
}

@test "a filter that imports a file from elsewhere is stopped, by the kernel alone" {
    needs landlock
    mapping
    LD_PRELOAD=$BIN/../preload/unconfined.so AB_UNCONFINED=landlock run --separate-stderr "$BIN/ab-map" -f filters/thief.jq raw
    [[ $output$stderr == *"not for you"* ]]
    run -78 --separate-stderr "$BIN/ab-map" -f filters/thief.jq raw
    [[ $output$stderr != *"not for you"* ]]
    # Named as a library it is no longer elsewhere.
    run --separate-stderr "$BIN/ab-map" -L elsewhere -f filters/thief.jq raw
    [[ $output$stderr == *"not for you"* ]]
}

@test "ab-token has the network, and of files those that its settings name" {
    needs landlock
    needs seccomp
    start_mock --tenant "$FIXTURES/demo-tenant.json"
    credentials "$FIXTURES/demo-tenant.json"
    printf '%s\n' "$BATON_AIRBYTE_CLIENT_SECRET" >secret
    mkdir -m 700 cache
    for wish in "read:$PWD/other" "read:$PWD/sync.c1z" "write:$PWD/elsewhere/new" "list:/" "exec:/bin/echo"; do
        attempt "$wish" "$BIN/ab-token" --client-secret-file secret --cache cache/token
        [[ $(<tried) == "attempt: Permission denied" || $(<tried) == "attempt: Operation not permitted" ]]
    done
    [ -s cache/token ]
    [ ! -e elsewhere/new ]
    for wish in "read:$PWD/secret" "write:$PWD/cache/new"; do
        attempt "$wish" "$BIN/ab-token" --client-secret-file secret --cache cache/token
        [ "$(<tried)" = "attempt: done" ]
    done
}

@test "ab-fetch has the network, and starts nothing itself; its token is had by a process forked before" {
    needs landlock
    needs seccomp
    start_mock --tenant "$FIXTURES/demo-tenant.json"
    credentials "$FIXTURES/demo-tenant.json"
    mkdir journals
    for wish in "read:$PWD/other" "read:$PWD/sync.c1z" "write:$PWD/elsewhere/new" "list:/" "exec:/bin/echo"; do
        rm -f journals/j
        attempt "$wish" "$BIN/ab-fetch" --journal journals/j organization
        [[ $(<tried) == "attempt: Permission denied" || $(<tried) == "attempt: Operation not permitted" ]]
        grep -q '"resource":"organization"' out
    done
    [ ! -e elsewhere/new ]
    # A token command may be any program; ab-fetch has given that up by the time it runs.
    attempt "exec:/bin/echo" "$BIN/ab-fetch" --token-command "cat other >&2; exec $BIN/ab-token --json" organization
    [ "$(head -n 1 err)" = 'not for you' ]
    [ "$(<tried)" = "attempt: Operation not permitted" ]
}

@test "ab-config reads its file and nothing else" {
    needs landlock
    needs seccomp
    echo 'domain-url: https://a.example' >config.yaml
    chmod 600 config.yaml
    stopped "$BIN/ab-config" config.yaml
}

@test "c1z-pack reads what is open, and writes in the folder of its file" {
    needs landlock
    needs seccomp
    mkdir place store
    for engine in sqlite pebble; do
        stopped "$BIN/c1z-pack" --storage-engine "$engine" --unframed -f "place/$engine.c1z" records.ndjson
        stopped "$BIN/c1z-pack" --storage-engine "$engine" --unframed --check -f "place/$engine.c1z" records.ndjson
        attempt "write:$PWD/place/new" "$BIN/c1z-pack" --storage-engine "$engine" --unframed -f "place/$engine.c1z" records.ndjson
        [ "$(<tried)" = "attempt: done" ]
        rm place/new
        # A link is followed to where the file is.
        ln -sf "../store/$engine.c1z" "place/link.c1z"
        "$BIN/c1z-pack" --storage-engine "$engine" --unframed -f place/link.c1z records.ndjson
        [ -s "store/$engine.c1z" ]
        [ -L place/link.c1z ]
    done
}

@test "ab-split reads its input, and writes where its parts are to stand" {
    needs landlock
    needs seccomp
    mapping
    sed 's/Z"}/Z","stages":[{"tool":"ab-fetch","version":"1","resources":["workspace"]}]}/' raw >split.raw
    mkdir to
    for wish in "read:$PWD/other" "read:/etc/passwd" "write:$PWD/elsewhere/new" "list:/" "connect:1" "exec:/bin/echo"; do
        attempt "$wish" "$BIN/ab-split" -n 1 to/parts split.raw
        [[ $(<tried) == "attempt: Permission denied" || $(<tried) == "attempt: Operation not permitted" ]]
        [ -s to/parts/part-000.ndjson ]
        rm -r to/parts
    done
}

# each_program DIR: run every program that is confined, in the folder DIR, where it leaves what it prints and makes.
each_program() {
    mkdir "$1"
    (
        cd "$1"
        "$BIN/ab-token" --no-cache | wc -l
        "$BIN/ab-fetch" >raw
        "$BIN/ab-map" raw >records
        "$BIN/c1z-pack" -f v1.c1z --sync-id 2YtdrKLx7LIqaVuv81lTDsXVTjC records
        "$BIN/c1z-pack" --storage-engine pebble -f v3.c1z --sync-id 2YtdrKLx7LIqaVuv81lTDsXVTjC records
        "$BIN/c1z-cat" -f v1.c1z
        "$BIN/c1z-cat" -f v3.c1z --format csv grants
        "$BIN/ab-who" -f v1.c1z
        "$BIN/c1z-diff" v1.c1z v3.c1z
        (umask 077 && printf 'a key that is long enough for anybody' >key)
        "$BIN/c1z-cat" -f v1.c1z | "$BIN/c1z-mask" --key-file key
        "$BIN/ab-split" -n 2 parts raw
        printf 'log-level: info\n' >config.yaml
        "$BIN/ab-config" config.yaml
    ) >"$1.out" 2>"$1.err"
}

@test "a kernel that has neither, or cannot give rights up: the same output of every program, and no word of it" {
    start_mock --tenant "$FIXTURES/demo-tenant.json"
    credentials "$FIXTURES/demo-tenant.json"
    export SOURCE_DATE_EPOCH=1767225600
    each_program confined || { cat confined.err >&2; false; }
    [ -s confined.out ]
    [ ! -s confined.err ]
    for missing in landlock seccomp both prctl; do
        LD_PRELOAD=$BIN/../preload/unconfined.so AB_UNCONFINED=$missing each_program "$missing"
        diff -r confined "$missing"
        diff confined.out "$missing.out"
        [ ! -s "$missing.err" ]
    done
}
