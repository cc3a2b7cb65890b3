# lib.bash: what every suite loads: where the programs are, and the mock server.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BIN=${AB_BUILD:-$ROOT/build}/bin
FIXTURES=$ROOT/tests/fixtures
export ROOT BIN FIXTURES

# Settings of the person who runs the tests must not reach them.
unset "${!BATON_@}" "${!AB_TOKEN_@}" SOURCE_DATE_EPOCH XDG_RUNTIME_DIR CREDENTIALS_DIRECTORY http_proxy https_proxy all_proxy
export LC_ALL=C.UTF-8 TZ=UTC

# start_mock ARGS...: start the mock server with ARGS (--tenant FILE at least), wait until it listens, and point
# BATON_DOMAIN_URL at it. With --tls-cert its address is one of https. MOCK_URL is its address, MOCK_PID its process, $BATS_TEST_TMPDIR/mock.log its requests.
start_mock() {
    local port_file=$BATS_TEST_TMPDIR/mock.port.$RANDOM
    mkfifo "$port_file"
    MOCK_LOG=$BATS_TEST_TMPDIR/mock.log
    # Descriptor 3 is bats' own; a server that kept it open would keep bats waiting.
    "$BIN/mock-airbyte" --log "$MOCK_LOG" "$@" >"$port_file" 2>"$BATS_TEST_TMPDIR/mock.err" 3>&- &
    MOCK_PID=$!
    local port
    read -r port <"$port_file"
    rm -f "$port_file"
    [ -n "$port" ] || { cat "$BATS_TEST_TMPDIR/mock.err" >&2; return 1; }
    MOCK_URL=http://127.0.0.1:$port
    [[ " $* " != *" --tls-cert "* ]] || MOCK_URL=https://127.0.0.1:$port
    export BATON_DOMAIN_URL=$MOCK_URL
}

# asked 'METHOD PATH': how often the server was asked that; an id in the path is "*".
asked() {
    curl -sk "$MOCK_URL/-/counts" | jq --arg key "$1" '.requests[$key] // 0'
}

# in_flight [all|public|config|other]: the most requests of that kind that the server had at once.
in_flight() {
    curl -sk "$MOCK_URL/-/counts" | jq --arg part "${1:-all}" '.in_flight[$part]'
}

# stop_mock: end the server that start_mock started, if any. For teardown.
stop_mock() {
    [ -n "${MOCK_PID:-}" ] || return 0
    kill "$MOCK_PID" 2>/dev/null || true
    wait "$MOCK_PID" 2>/dev/null || true
    MOCK_PID=
}

# skip WORDS: that of bats, but not at once. Each test has a process that watches its time; bats 1.11 leaves that behind where
# the test ends before it is ready, and the suite waits until the time is over.
declare -F skip_at_once >/dev/null || eval "$(declare -f skip | sed '1s/^skip /skip_at_once /')"
skip() {
    sleep 0.1
    skip_at_once "$@"
}

# find_baton [many]: for setup_file of a suite that is there twice: BATON is the real reader, that of SDK 0.26.0 for one named
# *26.bats, else that of 0.25.0; with many, MANY is its commands as one program (interop/many). NO_GO is set where there is
# no Go to build it with.
find_baton() {
    local status=0 version=()
    [[ $BATS_TEST_FILENAME != *26.bats ]] || version=(v0.26)
    BATON=$("$ROOT/tests/interop/build" "${version[@]}") || status=$?
    if [ "$status" -eq 0 ] && [ "${1:-}" = many ]; then
        MANY=$("$ROOT/tests/interop/build" "${version[@]}" many) || status=$?
    fi
    if [ "$status" -eq 3 ]; then
        export NO_GO=1
        return 0
    fi
    [ "$status" -eq 0 ]
    export BATON MANY NO_COLOR=1
}

# credentials TENANT-FILE: put that tenant's application into the environment of the tools.
credentials() {
    BATON_AIRBYTE_CLIENT_ID=$(jq -r .application.clientId "$1")
    BATON_AIRBYTE_CLIENT_SECRET=$(jq -r .application.clientSecret "$1")
    export BATON_AIRBYTE_CLIENT_ID BATON_AIRBYTE_CLIENT_SECRET
}
