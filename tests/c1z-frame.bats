#!/usr/bin/env bats
# c1z-frame: no end line unless the producer has ended well.
# shellcheck disable=SC2016 # the scripts in single quotes are expanded by the shells that are given them

load lib.bash

FRAME=$BIN/c1z-frame
PACK=$BIN/c1z-pack
CAT=$BIN/c1z-cat

setup() {
    cd "$BATS_TEST_TMPDIR"
    export SOURCE_DATE_EPOCH=1700000000
}

# ended PID: wait until PID is no more, or only waits to be collected by whoever inherited it.
ended() {
    local tries=0
    while [ -e "/proc/$1" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 2000 ] || return 1
    done
}

BEGIN='{"stream":"begin","schema":"baton-records/1","source":"local","startedAt":"2023-11-14T22:13:20Z"}'

@test "the lines of the command, between begin and end line" {
    run -0 --separate-stderr "$FRAME" printf '%s\n' '{"a":1}' ' {"b":"\u00e9"} '
    [ "$output" = "$BEGIN"$'\n{"a":1}\n {"b":"\\u00e9"} \n{"stream":"end","records":2}' ]
    [ -z "$stderr" ]
    # Nothing is a stream, too: what it is worth is for c1z-pack to say.
    run -0 --separate-stderr "$FRAME" true
    [ "$output" = "$BEGIN"$'\n{"stream":"end","records":0}' ]
}

@test "options end at the command; the source is named; standard input is the command's" {
    run -0 --separate-stderr bash -c 'echo "{}" | "$1" --source https://example.com cat -u' - "$FRAME"
    [ "$output" = "${BEGIN/local/https://example.com}"$'\n{}\n{"stream":"end","records":1}' ]
    run -64 --separate-stderr "$FRAME"
    [[ $stderr == "c1z-frame: no command"*usage:* ]]
    run -64 --separate-stderr "$FRAME" --source '' true
    run -64 --separate-stderr "$FRAME" --source $'\xff' true
    run -64 --separate-stderr "$FRAME" --what true
    [[ $stderr == *"'--what'"* ]]
}

@test "a command that fails: its status, and no end line" {
    run -3 --separate-stderr "$FRAME" sh -c 'echo "{}"; exit 3'
    [ "$output" = "$BEGIN"$'\n{}' ]
    [ "$stderr" = "c1z-frame: 'sh' ended with status 3" ]
    # 64 is the command's own, so there is no word on our usage.
    run -64 --separate-stderr "$FRAME" sh -c 'exit 64'
    [ "$stderr" = "c1z-frame: 'sh' ended with status 64" ]
    run -137 --separate-stderr "$FRAME" sh -c 'echo "{}"; kill -9 $$'
    [ "$output" = "$BEGIN"$'\n{}' ]
    [ "$stderr" = "c1z-frame: 'sh' was ended by signal 9 (Killed)" ]
}

@test "a command that cannot be run: 127, 126" {
    run -127 --separate-stderr "$FRAME" no-such-command
    [ "$stderr" = "c1z-frame: cannot run 'no-such-command': No such file or directory" ]
    [ -z "$output" ]
    echo '#!/bin/sh' >script
    run -126 --separate-stderr "$FRAME" ./script
    [ "$stderr" = "c1z-frame: cannot run './script': Permission denied" ]
}

@test "it waits for the end of the command and for the end of its output" {
    # The output is closed long before the command fails.
    run -4 --separate-stderr "$FRAME" sh -c 'mkfifo go; echo "{}"; exec >&-; (echo >go) & read -r x <go; exit 4'
    [ "$output" = "$BEGIN"$'\n{}' ]
    # The command ends, and is not yet collected; something that it started goes on writing.
    run -0 --separate-stderr "$FRAME" sh -c '(until grep -qs "^State:.*Z" /proc/$$/status; do :; done; echo "{}") &'
    [ "$output" = "$BEGIN"$'\n{}\n{"stream":"end","records":1}' ]
}

@test "lines that are none: empty, a frame line, without a line feed" {
    run -65 --separate-stderr "$FRAME" printf '{}\n\n{}\n'
    [ "$stderr" = "c1z-frame: printf: line 2 is empty" ]
    [ "$output" = "$BEGIN"$'\n{}' ]
    run -65 --separate-stderr "$FRAME" printf ' \t\r\n'
    [ "$stderr" = "c1z-frame: printf: line 1 is empty" ]
    run -65 --separate-stderr "$FRAME" printf '{}\n{"stream":"end","records":1}\n'
    [[ $stderr == "c1z-frame: printf: line 2: a frame line "* ]]
    run -65 --separate-stderr "$FRAME" printf '{}\n{}'
    [ "$stderr" = "c1z-frame: printf: ends in the middle of line 2" ]
    run -65 --separate-stderr "$FRAME" printf ' '
    [ "$stderr" = "c1z-frame: printf: ends in the middle of line 1" ]
}

@test "what the parent left blocked or ignored is not handed on, nor what we ignore" {
    run -0 --separate-stderr bash -c 'trap "" XFSZ; exec python3 -c "
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.execv(sys.argv[1], sys.argv[1:])" "$@"' - "$FRAME" \
        python3 -c 'import signal; print({"blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, []))})'
    [ "${lines[1]}" = "{'blocked': 0}" ]
    run -0 --separate-stderr "$FRAME" sh -c 'grep SigIgn: /proc/$$/status'
    # Bit 24 is SIGXFSZ.
    [ $(((0x${lines[1]##*[[:space:]]} >> 24) & 1)) -eq 0 ]
}

@test "output that cannot be written: 74, and the command is told to end" {
    run -74 --separate-stderr bash -c '"$1" sh -c "echo \$\$ >pid; yes {} | head -c 300000; exec sleep 1000" >/dev/full' - "$FRAME"
    [ "$stderr" = "c1z-frame: cannot write to 'standard output': No space left on device" ]
    ended "$(cat pid)"
    run -141 --separate-stderr bash -c 'set -o pipefail; "$1" yes "{}" | head -n 1 >/dev/null' - "$FRAME"
    [ -z "$stderr" ]
}

@test "kill -9 of c1z-frame ends the command" {
    mkfifo up
    "$FRAME" sh -c 'echo $$ >up; exec sleep 1000' >/dev/null 3>&- &
    local frame=$! command
    read -r command <up
    kill -9 "$frame"
    wait "$frame" || true
    ended "$command"
}

@test "a dead producer wipes nothing: c1z-frame | c1z-pack leaves the file of the run before" {
    cat >records <<'END'
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user"}
{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"user","resource":"ann"},"displayName":"Ann"}
END
    "$FRAME" cat records | "$PACK" -f good.c1z
    [ "$("$CAT" -f good.c1z resources | jq -r '.displayName // empty')" = Ann ]
    cp good.c1z before
    for producer in false 'head -n 1 records; false' 'cat records; exit 1' 'kill -9 $$'; do
        run -65 --separate-stderr bash -c '"$1" sh -c "$2" 2>/dev/null | "$3" -f good.c1z' - "$FRAME" "$producer" "$PACK"
        [[ $stderr == "c1z-pack: standard input: unfinished:"* ]] || { echo "$producer: $stderr"; return 1; }
        cmp good.c1z before
    done
}

@test "plain records without frames: the message says what to do" {
    run -65 --separate-stderr bash -c 'echo "{}" | "$1" -f x.c1z' - "$PACK"
    [ "$stderr" = "c1z-pack: standard input: line 1: the stream does not start with a begin line; plain records need c1z-frame COMMAND, or --unframed" ]
}

@test "a command that prints a .c1z: the message says what to do" {
    run -65 --separate-stderr "$FRAME" cat "$FIXTURES/go-connector.c1z"
    [ "$stderr" = "c1z-frame: cat: a .c1z file, not a stream of records: use c1z-cat FILE |" ]
    [ "${#lines[@]}" -eq 1 ]
}

@test "help, version" {
    run -0 --separate-stderr "$FRAME" --help
    [[ $output == "usage: c1z-frame "* ]]
    [ "$(wc -L <<<"$output")" -le 80 ]
    run -0 --separate-stderr "$FRAME" --version
    [[ $output == "c1z-frame "* ]]
    run -74 --separate-stderr bash -c '"$1" --help >/dev/full' - "$FRAME"
}
