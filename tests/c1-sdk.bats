#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell; run sets stderr
#
# c1-serve beside a connector that is all SDK (tests/c1/sdk), at the same ConductorOne of the tests: the same calls in the
# same order for the same tasks. Skipped where there is no Go that could build the latter.

load lib

# The key of RFC 8037 appendix A.1, as a client secret; its public half.
SECRET='secret-token:conductorone.com:v1:eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6IjExcVlBWUt4Q3JmVlNfN1R5V1FIT2c3aGN2UGFwaU1scndJYWFQY0hVUm8iLCJkIjoibldHeG5lXzlXbUM2aEVyMGt1d3N4RVJKeFdsN01ta1pjRHVzQXh5dWYyQSJ9'
PUBLIC=d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a

setup_file() {
    local status=0
    /usr/bin/python3 -c 'import h2, cryptography' 2>/dev/null || skip "python3-h2 and python3-cryptography are not here"
    SDK_CONNECTOR=$("$ROOT/tests/c1/sdk/build") || status=$?
    ((status != 3)) || skip "no Go that could build the SDK's connector"
    ((status == 0))
    export SDK_CONNECTOR
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout "$BATS_FILE_TMPDIR/key" -out "$BATS_FILE_TMPDIR/ca" 2>/dev/null
    cat "$BATS_FILE_TMPDIR/key" "$BATS_FILE_TMPDIR/ca" >"$BATS_FILE_TMPDIR/cert"
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir tmp home
    export TMPDIR=$PWD/tmp HOME=$PWD/home SSL_CERT_FILE=$BATS_FILE_TMPDIR/ca BATON_HOST_ID=h1
    export BATON_CLIENT_ID=quiet-otter-12345@tenant.example.test/ccc BATON_CLIENT_SECRET=$SECRET
    printf '#!/bin/bash\nfor a; do case $a in --file=*) echo file >"${a#--file=}" ;; esac; done\n' >driver
    chmod +x driver
    FAKE_PID='' SERVED=''
}

teardown() {
    local pid
    for pid in $SERVED $FAKE_PID; do
        kill "$pid" 2>/dev/null || continue
        wait "$pid" || true
    done
}

# served NAME ENOUGH COMMAND...: give COMMAND the plan until ENOUGH, a filter of the whole log, holds; the log is NAME.log.
served() {
    local name=$1 enough=$2 port tries
    mkfifo "$name.listens"
    "$ROOT/tests/c1/fake-c1" --plan plan --log "$name.log" --key "$PUBLIC" --cert "$BATS_FILE_TMPDIR/cert" >"$name.listens" 2>"$name.fake" 3>&- &
    FAKE_PID=$!
    read -r port <"$name.listens"
    BATON_C1_API_HOST=localhost:$port "${@:3}" >"$name.out" 2>"$name.err" 3>&- &
    SERVED=$!
    for ((tries = 0; tries < 900; tries++)); do
        [ ! -s "$name.log" ] || [ "$(jq -s "$enough" "$name.log")" != true ] || break
        kill -0 "$SERVED" || break
        sleep 0.1
    done
    kill -s INT "$SERVED"
    wait "$SERVED" || true
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    [ "$(jq -s "$enough" "$name.log")" = true ] || { cat "$name.log" "$name.err" "$name.fake" >&2; return 1; }
}

# calls LOG: each call and the task that it is about, heartbeats that follow one another as one.
calls() {
    jq -r 'select(.token or .method) | [(.method // "token"), (.message.task_id // (.messages | .[0]?.metadata.task_id) // "-")[:4]] | join(" ")' "$1" |
        uniq
}

@test "the same calls, in the same order, for a hello, a sync, a task that is refused and none" {
    jq -n '[("hello", "sync_full", "grant", "none")] | {tasks: (to_entries | map({task: {id: "T\(100 + .key)\("x" * 23)", kind: .value}, next_poll: 1}))}' >plan
    enough='map(select(.method == "GetTask")) | length >= 5'
    served sdk "$enough" "$SDK_CONNECTOR" --task-concurrency 1
    served ours "$enough" env C1_SERVE_PACE=1 "$BIN/c1-serve" --task-concurrency 1 -- "$PWD/driver"
    calls sdk.log >sdk.calls
    calls ours.log >ours.calls
    diff sdk.calls ours.calls
    diff ours.calls - <<'END'
token -
Hello -
GetTask -
Hello T100
GetTask -
Heartbeat T101
UploadAsset T101
FinishTask T101
GetTask -
FinishTask T102
GetTask -
END
    # What the calls say of a task's end; the refusal is final here and there (its words are ours: this grant is empty, which
    # the SDK sees before that it may not grant).
    ends='select(.method == "FinishTask") | .message | [.task_id, .error, .success]'
    diff <(jq -c "$ends" sdk.log) <(jq -c "$ends" ours.log)
    # The same fields of a Hello are set, but for the types that are synced.
    fields='select(.method == "Hello") | .message | [paths(scalars | . != "")] | map(select(.[0:2] != ["connector_metadata", "capabilities"])) | sort | .[] | tojson'
    diff <(jq -r "$fields" sdk.log) <(jq -r "$fields" ours.log)
    # And of what is said of a type that is synced, and of all of them.
    types='select(.method == "Hello") | .message.connector_metadata.capabilities | [(.types[] | select(.type.id == "user") | keys), (.types[0].capabilities), .capabilities, keys]'
    diff <(jq -c "$types" sdk.log) <(jq -c "$types" ours.log)
    # The headers of a call, in their order, but for the one that allows compressed answers.
    names='select(.method == "GetTask") | [.headers[][0] | select(. != "grpc-accept-encoding")]'
    diff <(jq -c "$names" sdk.log | uniq) <(jq -c "$names" ours.log | uniq)
    # An upload's messages.
    shape='select(.method == "UploadAsset") | [.messages[] | keys[0]]'
    diff <(jq -c "$shape" sdk.log) <(jq -c "$shape" ours.log)
}
