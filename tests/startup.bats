#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2016 # run sets stderr; what stands in single quotes is for the shell that gets it
#
# What every program does first: it does not matter what its parent left blocked, ignored, limited or closed.

load lib

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    waiting=
}

teardown() {
    [ -z "$waiting" ] || kill -9 "$waiting" 2>/dev/null || true
    stop_mock
}

# programs: those that end up on a user's machine.
programs() {
    local program
    for program in "$BIN"/*; do
        case ${program##*/} in
        mock-airbyte | ab-stage) ;;
        *) echo "${program##*/}" ;;
        esac
    done
}

# waits SCHEMA PROGRAM ARGS...: start it under a careless parent, with the begin line of a stream of SCHEMA on its standard
# input, which stays open, and wait until it waits for more: ${waiting} is its process.
waits() {
    mkfifo in
    exec 6<>in
    "$ROOT/tests/parent" "$BIN/$2" "${@:3}" <&6 >out 2>err 3>&- &
    waiting=$!
    printf '{"stream":"begin","schema":"%s","source":"https://a.example","startedAt":"2026-01-02T03:04:05Z"}\n' "$1" >&6
    local tries
    for ((tries = 0; tries < 400; tries++)); do
        [ -e "/proc/$waiting" ] || { cat err; return 1; }
        grep -qx "$2" "/proc/$waiting/comm" && grep -q "^State:.*S (sleeping)" "/proc/$waiting/status" &&
            grep -q "^SigBlk:.*0000000000000000" "/proc/$waiting/status" && return
        sleep 0.05
    done
    return 1
}

@test "blocked signals and an ignored SIGCHLD are put right, SIGXFSZ is ignored, and SIGTERM ends the program" {
    local words ended
    for words in "airbyte-raw/1 ab-fetch user" "airbyte-raw/1 ab-map" "baton-records/1 c1z-pack -f x.c1z"; do
        echo "case $words"
        # shellcheck disable=SC2086 # words
        waits $words
        grep -E '^SigBlk:.*0000000000000000$' "/proc/$waiting/status"
        # SIGXFSZ, or none where the program has a handler for it.
        # Of the signals that have names, that one at most; those without one are not for programs to set.
        ignored=$((16#$(sed -n 's/^SigIgn:[[:space:]]*//p' "/proc/$waiting/status") & 16#7fffffff))
        ((ignored == 0 || ignored == 16#1000000))
        kill "$waiting"
        ended=0
        wait "$waiting" || ended=$?
        [ "$ended" -eq 143 ]
        exec 6>&-
        rm in
    done
}

@test "ab-fetch gets its token under a parent that ignores SIGCHLD" {
    credentials "$FIXTURES/demo-tenant.json"
    start_mock --tenant "$FIXTURES/demo-tenant.json"
    run -0 --separate-stderr "$ROOT/tests/parent" "$BIN/ab-fetch" organization
    [[ -n $output && -z $stderr ]]
}

@test "descriptors that are closed at the start are not used for something else" {
    local program
    for program in $(programs); do
        echo "case $program"
        run -74 bash -c '"$BIN/$1" --version >&- 2>/dev/null' - "$program"
        run -0 bash -c '"$BIN/$1" --version 2>&- <&-' - "$program"
        [[ $output == "$program "* ]]
    done
}

@test "standard output over the limit of file size is a failure with a message, not a signal" {
    local program
    for program in $(programs); do
        echo "case $program"
        run -74 bash -o pipefail -c '(ulimit -f 0; exec "$BIN/$1" --help >out) 2>&1 | cat' - "$program"
        [ "$output" = "$program: cannot write to 'standard output': File too large" ]
    done
}

@test "a message that cannot be written changes no status" {
    local program
    for program in $(programs); do
        echo "case $program"
        run -64 bash -c '"$BIN/$1" --no-such-option 2>/dev/full </dev/null' - "$program"
        run -64 bash -c '"$BIN/$1" --no-such-option 2>&- </dev/null' - "$program"
        run -64 bash -c 'exec 8> >(:); wait $!; "$BIN/$1" --no-such-option 2>&8 </dev/null' - "$program"
    done
}

@test "an option that is refused is named alone, and without plain text between lines of JSON" {
    local program
    for program in $(programs); do
        echo "case $program"
        run -64 --separate-stderr "$BIN/$program" --no-such-option=sentinel
        [ "${stderr_lines[0]}" = "$program: unknown or ambiguous option '--no-such-option'" ]
        [[ ${stderr_lines[1]} == "usage: $program "* && $stderr != *sentinel* ]]
        BATON_LOG_FORMAT=json run -64 --separate-stderr "$BIN/$program" --no-such-option=sentinel
        [ "$(jq -r .msg <<<"$stderr")" = "unknown or ambiguous option '--no-such-option'" ]
    done
}
