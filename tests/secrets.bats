#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # code in single quotes; each test is a subshell; run sets stderr
#
# Where the client secrets and the tokens are, while a run lasts and after it: nowhere but in the memory of ab-token,
# that of ab-fetch for tokens, and the pipes between them; ConductorOne's secret nowhere at all.

load lib

# What a token of the mock server looks like.
TOKEN='eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*'

setup() {
    driver=$ROOT/scripts/baton-airbyte
    tenant=$BATS_TEST_TMPDIR/tenant.json
    secret=sentinel-$RANDOM-$RANDOM-$RANDOM
    service_secret=service-$RANDOM-$RANDOM-$RANDOM
    cd "$BATS_TEST_TMPDIR" || return
    jq --arg s "$secret" '.application.clientSecret = $s' "$FIXTURES/demo-tenant.json" >"$tenant"
    mkdir work
    mkfifo hold
    HOLD="list_access_info_by_workspace_id 1 hold=$PWD/hold"
    driver_pid=
}

teardown() {
    if [ -n "$driver_pid" ] && [ -e "/proc/$driver_pid" ]; then
        # shellcheck disable=SC2046 # one word per process
        kill -s CONT $(family "$driver_pid") || true
        kill -s TERM "$driver_pid" || true
        exec {held}>&- || true
    fi
    stop_mock
}

# use_mock SWITCHES...: settings, without the secret, and a mock server.
use_mock() {
    rm -f mock.log
    start_mock --tenant "$tenant" "$@"
    BATON_AIRBYTE_CLIENT_ID=$(jq -r .application.clientId "$tenant")
    export BATON_AIRBYTE_CLIENT_ID BATON_AIRBYTE_BIN=$BIN
}

# family PID: print PID and all its descendants.
family() {
    local child
    local -a children
    printf '%s\n' "$1"
    read -ra children < <(cat "/proc/$1"/task/*/children) || true
    for child in "${children[@]}"; do family "$child"; done
}

# tells FILE...: whether one of the files holds a secret or a token.
tells() {
    grep -aqsF -e "$secret" -e "$service_secret" -- "$@" || grep -aqsE -- "$TOKEN" "$@"
}

# silent FILE...: fail if one of the files tells.
silent() {
    if tells "$@"; then
        echo "told by one of: $*" >&2
        return 1
    fi
}

# watch_run COMMAND...: start the driver in the folder work, by COMMAND; when it waits for the answer that HOLD holds
# back, stop its processes, note who is who, and check that no argument list and no environment tells.  With STAGES, as
# "ab_token ab_fetch", these are there, else all of a run.
watch_run() {
    local pid
    (cd work && exec "$@" >../out 2>../err 3>&-) &
    driver_pid=$!
    # The server opens the other end when it is asked.
    exec {held}>hold
    # shellcheck disable=SC2046 # one word per process
    kill -s STOP $(family "$driver_pid")
    for name in ab-token ab-fetch ab-map c1z-pack; do unset "pid_of_${name//-/_}"; done
    for pid in $(family "$driver_pid"); do
        printf -v "pid_of_$(tr - _ <"/proc/$pid/comm")" %s "$pid"
        [ -n "$(tr -d "\0" <"/proc/$pid/cmdline")" ]
        silent "/proc/$pid/cmdline" "/proc/$pid/environ"
    done
    for name in ${STAGES:-ab_token ab_fetch ab_map c1z_pack}; do
        pid=pid_of_$name
        [ -n "${!pid}" ]
    done
}

# finish_run: let it have the answer and go on; it must succeed, and nothing that it left or said tells.
finish_run() {
    # shellcheck disable=SC2046 # one word per process
    kill -s CONT $(family "$driver_pid")
    exec {held}>&-
    wait "$driver_pid"
    driver_pid=
    nothing_tells
}

# nothing_tells: nothing in the folder work, packed or not, and no output tells.
nothing_tells() {
    local file
    for file in work/*.c1z; do
        # Behind the five bytes that name the format is a zstd frame.
        [ ! -e "$file" ] || tail -c +6 "$file" | zstd -dcq >"${file##*/}.db"
    done
    find work out err -type f >left
    find . -maxdepth 1 -name '*.db' >>left
    [ -s left ]
    while read -r file; do silent "$file"; done <left
}

# end_of PID FD: print the pipe behind a descriptor.
end_of() {
    readlink "/proc/$1/fd/$2"
}

@test "what is looked for would be found" {
    use_mock
    BATON_AIRBYTE_CLIENT_SECRET=$secret "$BIN/ab-token" >token
    tells token
    for word in "$secret" "$service_secret"; do
        echo "x${word}x" >with-secret
        tells with-secret
    done
    echo harmless >without
    silent without
    run -1 silent with-secret
}

@test "the secret in the environment: no trace of it or of a token during and after a run, at debug level" {
    use_mock --fault "$HOLD"
    export BATON_AIRBYTE_CLIENT_SECRET=$secret
    watch_run "$driver" --stages stages --log-level debug
    unset BATON_AIRBYTE_CLIENT_SECRET
    finish_run
    [ -s err ]
    [ -s work/stages/raw.ndjson ]
    [ -s sync.c1z.db ]
}

@test "the secret as an argument, in a file, on standard input, on a descriptor, from systemd: no trace either" {
    use_mock --fault "$HOLD"
    printf '%s\n' "$secret" >file
    mkdir credentials
    printf '%s' "$secret" >credentials/airbyte-client-secret
    while IFS='|' read -r command; do
        watch_run bash -c "exec $command"
        finish_run
        [ -s sync.c1z.db ]
        rm -r work ./*.db
        mkdir work
        stop_mock
        use_mock --fault "$HOLD"
    done <<CASES
'$driver' --airbyte-client-secret '$secret'
'$driver' --airbyte-client-secret='$secret' --version=false
'$driver' --airbyte-client-secret-file ../file
'$driver' --airbyte-client-secret-file - <../file
'$driver' --airbyte-client-secret-file /dev/fd/7 7<../file
env BATON_AIRBYTE_CLIENT_SECRET_FILE=../file BATON_AIRBYTE_CLIENT_SECRET='not $secret' '$driver'
env CREDENTIALS_DIRECTORY=../credentials '$driver'
CASES
}

@test "ConductorOne's secret is in no argument list and no environment of --check, or of one run in its place" {
    export BATON_AIRBYTE_CLIENT_SECRET=$secret BATON_CLIENT_ID=x
    while IFS='|' read -r STAGES command; do
        rm -rf work ./*.db
        mkdir work
        use_mock --fault "$HOLD"
        watch_run bash -c "exec $command"
        finish_run
        [ -n "$STAGES" ] || [ -s sync.c1z.db ]
        stop_mock
    done <<CASES
ab_token ab_fetch|env BATON_CLIENT_SECRET='$service_secret' '$driver' --check
ab_token ab_fetch|'$driver' --check --client-secret '$service_secret'
|env BATON_CLIENT_SECRET='$service_secret' '$driver' --client-id= --client-secret=
CASES
}

@test "what a driver starts that makes no run inherits no secret" {
    export BATON_AIRBYTE_CLIENT_SECRET=$secret BATON_CLIENT_SECRET=$service_secret
    mkdir bin
    for name in ab-map ab-stage; do
        printf '#!/bin/sh\nenv >>"%s"\nexec "%s" "$@"\n' "$PWD/env" "$BIN/$name" >"bin/$name"
        chmod +x "bin/$name"
    done
    BATON_AIRBYTE_BIN=$PWD/bin "$driver" capabilities >out 2>err
    [ -s env ]
    silent env out err
}

@test "the secret through a named FIFO, by its name and on standard input" {
    use_mock
    mkfifo fifo
    for arguments in ../fifo '- <../fifo' '/dev/fd/7 7<../fifo'; do
        (printf '%s\n' "$secret" >fifo) 3>&- &
        writer=$!
        (cd work && timeout 60 bash -c "exec '$driver' --airbyte-client-secret-file $arguments" >../out 2>../err)
        wait "$writer"
        nothing_tells
        [ -s sync.c1z.db ]
        rm -r work ./*.db
        mkdir work
    done
}

@test "an argument is warned about" {
    use_mock
    run -0 --separate-stderr "$driver" --log-format console --airbyte-client-secret "$secret"
    [[ $stderr == 'baton-airbyte: warning: others can see --airbyte-client-secret in the process list'* ]]
}

@test "the pipes that carry tokens are open in ab-token and ab-fetch alone, the one with the secret in ab-token" {
    use_mock --fault "$HOLD"
    export BATON_AIRBYTE_CLIENT_SECRET=$secret
    watch_run "$driver"
    ask=$(end_of "$pid_of_ab_token" 0)
    answer=$(end_of "$pid_of_ab_token" 1)
    source=$(sed -z -n 's/^\/dev\/fd\///p' "/proc/$pid_of_ab_token/cmdline" | tr -d '\0')
    source=$(end_of "$pid_of_ab_token" "$source" || true)
    [[ $ask == pipe:* && $answer == pipe:* && $ask != "$answer" ]]
    holders=
    for pid in $(family "$driver_pid"); do
        for fd in "/proc/$pid/fd"/*; do
            case $(readlink "$fd") in
            "$ask" | "$answer") holders+=" $(cat "/proc/$pid/comm")" ;;
            "${source:-none}") [ "$pid" = "$pid_of_ab_token" ] ;;
            esac
        done
    done
    [ "$(tr ' ' '\n' <<<"$holders" | sed /^$/d | sort | uniq -c | tr -s ' ' | paste -sd ,)" = ' 2 ab-fetch, 2 ab-token' ]
    finish_run
}

@test "runs that fail tell nothing" {
    export BATON_AIRBYTE_CLIENT_SECRET=$secret
    for switches in '--wrong-credentials 400' '--wrong-credentials 500' '--missing 404 --no-public-token' \
        '--fault list_access_info_by_workspace_id=*=status=403' '--fault list_by_organization_id=*=html' \
        '--fault token=*=html'; do
        IFS=' ' read -ra words <<<"$switches"
        use_mock "${words[@]//=\*=/ * }"
        (cd work && "$driver" --stages stages --log-level debug >../out 2>../err) || true
        nothing_tells
        stop_mock
    done
}

@test "a trace of the driver tells nothing" {
    use_mock
    export BATON_AIRBYTE_CLIENT_SECRET=$secret
    (cd work && bash -x "$driver" --stages stages >../out 2>../err)
    nothing_tells
    (cd work && env SHELLOPTS=xtrace "$driver" --airbyte-client-secret "$secret" >../out 2>../err)
    nothing_tells
}

@test "a mistake in the command line repeats no secret" {
    for words in "--airbyte-client-secret= $secret" "--airbyte-client-secret $secret $secret" "$secret" \
        "--airbyte-client-secret $secret --nope" "--client-secret $secret" "--ticketing --domain-url x -x$secret"; do
        # shellcheck disable=SC2086 # words are wanted
        run --separate-stderr "$driver" $words
        [ "$status" -ge 64 ]
        [[ $stderr$output != *"$secret"* ]]
    done
}
