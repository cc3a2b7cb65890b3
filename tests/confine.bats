#!/usr/bin/env bats
# What each program may not do, once it has given up what it does not need: whatever a filter, a file or an answer made
# it try, the kernel refuses. And nothing depends on a kernel that can.
#
# The attempts are made inside the running programs, by a library that is preloaded (tests/preload/attempt.c).

load lib

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
    LD_PRELOAD=$BIN/../preload/attempt.so AB_ATTEMPT=$wish AB_ATTEMPT_IN=${1##*/} "$@" >out 2>err
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

@test "a kernel that has neither, or cannot give rights up: the same output, and no word of it" {
    "$BIN/c1z-cat" -f sync.c1z >expected
    for missing in landlock seccomp both prctl; do
        LD_PRELOAD=$BIN/../preload/unconfined.so AB_UNCONFINED=$missing run -0 --separate-stderr "$BIN/c1z-cat" -f sync.c1z
        [ "$output" = "$(<expected)" ]
        [ -z "$stderr" ]
    done
}
