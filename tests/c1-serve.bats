#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell; run sets stderr
#
# c1-serve against a ConductorOne of the tests (tests/c1/fake-c1): who it says it is, what it asks, what it answers, and
# what is left when it has ended. The service's clock is quickened (C1_SERVE_PACE) where a test would wait.

load lib

# The key of RFC 8037 appendix A.1, as a client secret; its public half.
SECRET='secret-token:conductorone.com:v1:eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6IjExcVlBWUt4Q3JmVlNfN1R5V1FIT2c3aGN2UGFwaU1scndJYWFQY0hVUm8iLCJkIjoibldHeG5lXzlXbUM2aEVyMGt1d3N4RVJKeFdsN01ta1pjRHVzQXh5dWYyQSJ9'
PUBLIC=d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
ID=quiet-otter-12345@tenant.example.test:8443/ccc
# Ids of tasks have 27 characters.
TASK=2ABCDEFGHIJKLMNOPQRSTUVWXYZ
OTHER=2abcdefghijklmnopqrstuvwxyz

setup_file() {
    /usr/bin/python3 -c 'import h2, cryptography' 2>/dev/null || skip "python3-h2 and python3-cryptography are not here"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,DNS:c1.example.test -keyout "$BATS_FILE_TMPDIR/key" -out "$BATS_FILE_TMPDIR/ca" 2>/dev/null
    cat "$BATS_FILE_TMPDIR/key" "$BATS_FILE_TMPDIR/ca" >"$BATS_FILE_TMPDIR/cert"
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir tmp
    export TMPDIR=$PWD/tmp SSL_CERT_FILE=$BATS_FILE_TMPDIR/ca BATON_CLIENT_ID=$ID BATON_CLIENT_SECRET=$SECRET
    export BATON_HOST_ID=h1
    FAKE_PID='' SERVE_PID='' PROXY_PID=''
    driver 'printf "file of %s" "$file" >"$file"'
}

teardown() {
    local pid
    for pid in $SERVE_PID $PROXY_PID $FAKE_PID; do
        kill "$pid" 2>/dev/null || continue
        wait "$pid" || true
    done
    stop_mock
}

# driver CODE: a stand-in for baton-airbyte, which notes its arguments and runs CODE with ${file} set.
driver() {
    cat >driver <<END
#!/bin/bash
printf '%s\n' "\$@" >>"$PWD/args"
for a; do case \$a in --file=*) file=\${a#--file=} ;; esac; done
$1
END
    chmod +x driver
}

# fake PLAN [SWITCH...]: start the service with the plan.
fake() {
    local port
    printf '%s\n' "$1" >plan
    : >log
    mkfifo listens
    "$ROOT/tests/c1/fake-c1" --plan plan --log log --key "$PUBLIC" --cert "$BATS_FILE_TMPDIR/cert" "${@:2}" >listens 2>fake.err 3>&- &
    FAKE_PID=$!
    read -r port <listens
    [ -n "$port" ] || { cat fake.err >&2; return 1; }
    export BATON_C1_API_HOST=localhost:$port
}

# serve [PACE [ARG...]]: start the connector.
serve() {
    C1_SERVE_PACE=${1:-1000} "$BIN/c1-serve" --log-level debug "${@:2}" -- "$PWD/driver" >out 2>err 3>&- &
    SERVE_PID=$!
}

# asked FILTER: what the log has for a jq filter, one line each.
asked() {
    jq -c "select($1)" log
}

# until_asked N FILTER: wait until the service has been asked N things of that kind.
until_asked() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        (($(asked "$2" | wc -l) < $1)) || return 0
        kill -0 "$SERVE_PID" 2>/dev/null || break
        sleep 0.05
    done
    cat log err fake.err >&2
    return 1
}

# stop [STATUS]: ask it to end; it must end with STATUS, leaving nothing behind.
stop() {
    local status=0
    kill -s "${2:-TERM}" "$SERVE_PID"
    wait "$SERVE_PID" || status=$?
    SERVE_PID=
    [ "$status" -eq "${1:-0}" ] || { cat err >&2; return 1; }
    [ -z "$(ls -A tmp)" ]
    silent
}

# without PATTERN FILE...: fail if a line of the files matches.
without() {
    if grep -E -e "$@"; then return 1; fi
}

# silent: no message tells the secret, an assertion or a token.
silent() {
    without 'eyJ|nWGxne|token-of-the-fake' err out
}

@test "help, version and usage errors" {
    run -0 --separate-stderr "$BIN/c1-serve" --help
    [[ $output == "usage: c1-serve "* ]]
    [ -z "$stderr" ]
    run -0 --separate-stderr "$BIN/c1-serve" --version
    [[ $output == "c1-serve "[0-9]* ]]
    local args
    for args in "--nonsense" "--task-concurrency 0" "--task-concurrency 101" "--health-check-port 65536"; do
        # shellcheck disable=SC2086 # several arguments
        run -64 --separate-stderr "$BIN/c1-serve" $args
        [ -z "$output" ]
    done
}

@test "a client id or secret that is none: one message, and nothing of it; no packet is sent" {
    local id secret
    fake '{}'
    for id in x @host/ name@/x name@host 'na me@host/x'; do
        BATON_CLIENT_ID=$id run -78 --separate-stderr "$BIN/c1-serve"
        [ "$stderr" = "c1-serve: invalid client id" ]
    done
    for secret in x a:b:v2:e30 a:b:v1 "$SECRET=" "${SECRET%J9}" a:b:v1:e30 \
        "a:b:v1:$(printf '{"kty":"OKP","crv":"Ed25519","x":"12qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}' | basenc --base64url -w0 | tr -d =)" \
        "a:b:v1:$(printf '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}' | basenc --base64url -w0 | tr -d =)"; do
        BATON_CLIENT_SECRET=$secret run -78 --separate-stderr "$BIN/c1-serve"
        [ "$stderr" = "c1-serve: invalid client secret" ]
    done
    [ ! -s log ]
    unset BATON_CLIENT_SECRET
    run -78 --separate-stderr "$BIN/c1-serve"
    [[ $stderr == "c1-serve: the client secret is not set: "* ]]
}

@test "a temporary folder that is not there" {
    run -78 --separate-stderr "$BIN/c1-serve" --c1z-temp-dir nowhere
    [ "$stderr" = "c1-serve: the specified c1z temp dir does not exist: nowhere" ]
}

@test "the token: four fields, and an assertion that is signed, short-lived and never the same" {
    fake '{"token":[{"expires_in":0}]}'
    serve
    until_asked 2 .token
    stop
    asked .token | head -n 2 >tokens
    [ "$(jq -c .token tokens | uniq)" = '["client_assertion","client_assertion_type","client_id","grant_type"]' ]
    [ "$(jq -c .form tokens | uniq)" = "{\"client_assertion_type\":\"urn:ietf:params:oauth:client-assertion-type:jwt-bearer\",\"client_id\":\"$ID\",\"grant_type\":\"client_credentials\"}" ]
    [ "$(jq -c '.assertion | [.verified, .header.alg, (.header | has("kid")), .claims.iss, .claims.sub, .claims.aud, .claims.exp - .claims.iat, .claims.iat - .claims.nbf]' tokens | uniq)" = "[true,\"EdDSA\",false,\"$ID\",\"$ID\",\"tenant.example.test\",120,120]" ]
    [ "$(jq -r '.assertion.header.nonce' tokens | grep -cxE '[0-9a-f]{32}')" -eq 2 ]
    [ "$(jq -r '.assertion.header.nonce' tokens | uniq | wc -l)" -eq 2 ]
}

@test "a token serves until ten seconds before its end" {
    fake '{"tasks":[{"next_poll":1},{"next_poll":1},{"next_poll":1},{}]}'
    serve 10
    until_asked 4 '.method == "GetTask"'
    stop
    [ "$(asked .token | wc -l)" -eq 1 ]
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    rm listens
    # Of eleven seconds ten do not count, and the one that does is a thousandth here.
    fake '{"tasks":[{"next_poll":1},{"next_poll":1},{"next_poll":1},{}],"token":[{"expires_in":11}]}'
    serve
    until_asked 4 '.method == "GetTask"'
    stop
    [ "$(asked .token | wc -l)" -ge 4 ]
}

@test "tasks that run at once ask for one token together, and wait for it" {
    # The first token is good for two seconds, the second takes one to come: the heartbeats of five syncs, three seconds
    # after their first, all need that.
    fake "$(jq -nc '{token: [{expires_in: 30}, {delay: 1}], tasks: [range(5) | {task: {id: "T10\(.)\("x" * 23)", kind: "sync_full"}, next_poll: 1}], heartbeat: [{next: 30}]}')"
    driver 'until [ -e '"$PWD/go"' ]; do sleep 0.02; done; echo x >"$file"'
    serve 10 --task-concurrency 6
    until_asked 10 '.method == "Heartbeat"'
    touch go
    until_asked 5 '.method == "FinishTask"'
    stop
    [ "$(asked .token | wc -l)" -eq 2 ]
}

@test "asked to end while the token endpoint does not answer: it does" {
    local began
    fake '{"token":[{"delay":60}]}'
    serve
    until_asked 1 .token
    began=$SECONDS
    stop
    ((SECONDS - began <= 10))
    [ -z "$(asked .method)" ]
}

@test "through a proxy: CONNECT, and nothing but TLS goes through it" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
    mkfifo proxy-listens
    "$ROOT/tests/c1/proxy" "${BATON_C1_API_HOST#*:}" seen >proxy-listens 2>proxy.err 3>&- &
    PROXY_PID=$!
    read -r port <proxy-listens
    # A name that only the proxy could find.
    BATON_C1_API_HOST=c1.example.test:443 HTTPS_PROXY=http://127.0.0.1:$port NO_PROXY='' serve
    until_asked 1 '.method == "FinishTask"'
    stop
    # Each connection is one CONNECT, then records of TLS: a handshake first.
    [ "$(jq -r .request seen | sort -u)" = "CONNECT c1.example.test:443 HTTP/1.1" ]
    [ "$(jq -r '.first | select(. != "")' seen | sort -u)" = 1603 ]
    # The last one may have been given up on its way.
    [ "$(asked .connection | wc -l)" -ge 1 ]
    [ "$(asked .connection | wc -l)" -le "$(wc -l <seen)" ]
    without 'eyJ|token-of-the-fake|[Bb]earer|quiet-otter' seen
}

@test "the scheme of a token, as Go's oauth2 spells it" {
    local type
    for type in bearer BEARER Bearer ''; do
        fake "{\"token\":[{\"type\":\"$type\"}]}"
        serve
        until_asked 1 '.method == "GetTask"'
        stop
        [ "$(asked .method | jq -r '.headers[] | select(.[0] == "authorization") | .[1]' | uniq)" = "Bearer token-of-the-fake-service" ]
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
}

@test "no token: tried again unless we are refused, in which case it ends with 77" {
    local answer
    for answer in '{"status":500}' '{"body":"<html>"}' '{"token":""}' '{"body":"{}"}' '{"body":"{\"access_token\":\"x\",\"expires_in\":\"1h\"}"}' '{"status":429}' '{"token":"a b"}'; do
        fake "{\"token\":[$answer,{}]}"
        serve
        until_asked 1 '.method == "Hello"'
        stop
        grep -q 'UNAUTHENTICATED' err
        grep -q 'failed to get token: ' err
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
    for status in 400 401 403; do
        fake "{\"token\":[{\"status\":$status}]}"
        serve
        status=0
        wait "$SERVE_PID" || status=$?
        [ "$status" -eq 77 ]
        grep -q 'ConductorOne does not take this connector: UNAUTHENTICATED: failed to get token: HTTP status 4' err
        silent
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
    SERVE_PID=
}

@test "headers of a call: those of gRPC, the authority with its port, no deadline but FinishTask's" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"grant\"}}]}"
    serve
    until_asked 1 '.method == "FinishTask"'
    stop
    [ "$(asked '.method == "Hello"' | jq -c '[.headers[] | select(.[0] != "authorization")]')" = "[[\":method\",\"POST\"],[\":scheme\",\"https\"],[\":path\",\"/c1.connectorapi.baton.v1.BatonService/Hello\"],[\":authority\",\"$BATON_C1_API_HOST\"],[\"content-type\",\"application/grpc\"],[\"user-agent\",\"quiet-otter-12345 baton-airbyte-c/$("$BIN/c1-serve" --version | cut -d' ' -f2)\"],[\"te\",\"trailers\"]]" ]
    [ "$(asked .method | jq -r 'select(any(.headers[]; .[0] == "grpc-timeout")) | .method' | sort -u)" = FinishTask ]
    asked '.method == "FinishTask"' | jq -r '.headers[] | select(.[0] == "grpc-timeout") | .[1]' | grep -qxE '(30000|29[0-9]{3})m'
}

@test "Hello: eleven texts about program and machine, none empty, and what is synced" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"hello\"}}]}"
    serve
    until_asked 2 '.method == "Hello"'
    stop
    asked '.method == "Hello"' | jq -c .message >hello
    [ "$(head -n 1 hello | jq -r '.host_id, .task_id')" = $'h1\nnull' ]
    # Byte for byte the same but for the task's id.
    [ "$(tail -n 1 hello | jq -r .task_id)" = "$TASK" ]
    [ "$(tail -n 1 hello | jq -c 'del(.task_id)')" = "$(head -n 1 hello)" ]
    [ "$(head -n 1 hello | jq '[.build_info[], .os_info[] | select(length > 0)] | length')" -eq 11 ]
    [ "$(head -n 1 hello | jq -r .os_info.kernel_arch)" = "$(uname -m)" ]
    [ "$(head -n 1 hello | jq -r .os_info.hostname)" = "$(uname -n)" ]
    [ "$(head -n 1 hello | jq -c '.connector_metadata | [.display_name, .description, .capabilities.capabilities, .capabilities.credential_details]')" = '["Airbyte Baton Connector","Connector syncing Airbyte organizations and users to Baton",[2],{}]' ]
    [ "$(head -n 1 hello | jq -r '.connector_metadata.capabilities.types[] | [.type.id, (.capabilities | tojson), (.permissions | tojson)] | join(" ")')" = \
"$(printf '%s [2] {}\n' group instance organization user workspace)" ]
    # A task that is a Hello is not finished.
    [ -z "$(asked '.method == "FinishTask"')" ]
}

@test "frames, byte for byte" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"kind\":\"create_ticket_task\"}},{\"task\":{\"id\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"kind\":\"sync_full\"}}]}"
    serve
    until_asked 2 '.method == "FinishTask"'
    stop
    local a27
    a27=$(printf '41%.0s' {1..27})
    [ "$(asked '.method == "GetTask"' | head -n 1 | jq -r .raw)" = 00000000040a026831 ]
    asked '.method == "FinishTask"' | jq -r .raw >raw
    [ "$(grep -c "^00000000240a026831121b${a27}aa0600\$" raw)" -eq 1 ]
    # "ticketing is not enabled" is code 9, and final.
    [ "$(grep -c "^00000000440a026831121b${a27}1a1c08091218$(printf 'ticketing is not enabled' | xxd -p)a206020801\$" raw)" -eq 1 ]
}

@test "a sync: heartbeats from before it to after its end, an upload that adds up, success" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}],\"heartbeat\":[{\"next\":1}]}"
    driver 'head -c 1300000 /dev/urandom >"$file"; cp "$file" '"$PWD/kept"'; until [ -e '"$PWD/go"' ]; do sleep 0.02; done'
    serve 100
    until_asked 3 '.method == "Heartbeat"'
    [ -z "$(asked '.method == "UploadAsset"')" ]
    touch go
    until_asked 1 '.method == "FinishTask"'
    stop
    [ "$(asked '.method == "UploadAsset"' | jq -c '[.messages, .size, .sha256]')" = "[[{\"metadata\":{\"host_id\":\"h1\",\"task_id\":\"$TASK\"}},{\"data\":524288},{\"data\":524288},{\"data\":251424},{\"eof\":\"$(sha256sum <kept | cut -d' ' -f1)\"}],1300000,\"$(sha256sum <kept | cut -d' ' -f1)\"]" ]
    [ "$(asked '.method == "FinishTask"' | jq -c .message)" = "{\"host_id\":\"h1\",\"success\":{},\"task_id\":\"$TASK\"}" ]
    [ "$(asked .method | jq -r .method | grep -vx GetTask | awk '!seen[$0]++' | tr '\n' ' ')" = "Hello Heartbeat UploadAsset FinishTask " ]
    # One run of the driver, told to be no service.
    [ "$(sed 's|=.*/|=|' args)" = $'--client-id=\n--client-secret=\n--from=\n--dry-run=false\n--file=sync.c1z' ]
}

@test "uploads of no byte, and of whole messages" {
    local size
    for size in 0 524288 1048576; do
        fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
        driver "head -c $size /dev/zero >\"\$file\""
        serve
        until_asked 1 '.method == "FinishTask"'
        stop
        [ "$(asked '.method == "UploadAsset"' | jq -c '[.size, (.messages | length), .messages[-1].eof == .sha256]')" = "[$size,$((2 + size / 524288)),true]" ]
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
}

# hello_fails ANSWER CODE TEXT: the first Hello gets ANSWER, must be read as CODE and TEXT, and the next one succeeds.
hello_fails() {
    fake "{\"hello\":[$1,{}]}"
    serve
    until_asked 1 '.method == "GetTask"'
    stop
    grep -qF "code=$2, error=$3" err || { echo "$1:" >&2; cat err >&2; return 1; }
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    rm listens
}

@test "answers that are none, or say how it went by other means than a status" {
    hello_fails '{"code":14,"message":"100%25 d%C3%A9ni%C3%A9%0Asecond"}' UNAVAILABLE '100% dénié\u000asecond'
    hello_fails '{"code":14,"message":"%zz%4"}' UNAVAILABLE '%zz%4'
    hello_fails '{"code":8}' RESOURCE_EXHAUSTED ''
    hello_fails '{"code":77,"message":"x"}' CODE x
    hello_fails '{"fault":"no_trailers"}' INTERNAL 'server closed the stream without sending trailers'
    hello_fails '{"fault":"no_status"}' UNKNOWN 'the trailers have no status'
    hello_fails '{"fault":"early"}' UNKNOWN 'the trailers have no status'
    hello_fails '{"fault":"bad_status"}' UNKNOWN 'the status is no number'
    hello_fails '{"fault":"html"}' UNAVAILABLE 'no answer of gRPC: HTTP status 503'
    hello_fails '{"fault":"html","status":500}' UNKNOWN 'no answer of gRPC: HTTP status 500'
    hello_fails '{"fault":"plain"}' UNKNOWN 'no answer of gRPC: HTTP status 200'
    hello_fails '{"fault":"compressed"}' INTERNAL 'the message is compressed'
    hello_fails '{"fault":"flag9"}' INTERNAL 'the message is compressed'
    hello_fails '{"fault":"huge"}' RESOURCE_EXHAUSTED 'the message is larger than 4 MiB'
    hello_fails '{"fault":"cut"}' INTERNAL 'status OK, but not one whole message came with it'
    hello_fails '{"fault":"two"}' INTERNAL 'status OK, but not one whole message came with it'
    hello_fails '{"fault":"empty"}' INTERNAL 'status OK, but no message came with it'
    hello_fails '{"fault":"rst","reset":2}' INTERNAL 'the stream was reset with code 2'
    hello_fails '{"fault":"rst","reset":11}' RESOURCE_EXHAUSTED 'the stream was reset with code 11'
    hello_fails '{"fault":"drop"}' UNAVAILABLE 'the connection was lost'
    hello_fails '{"fault":"drop_headers"}' UNAVAILABLE 'the connection was lost'
}

@test "words of the service that repeat the token are not shown" {
    local said status=0
    for said in 'Bearer token-of-the-fake-service' 'dG9rZW4tb2YtdGhlLWZha2Utc2VydmljZQ' 'for%2520token%252Dof%252Dthe%252Dfake%252Dservice'; do
        fake "{\"hello\":[{\"code\":7,\"message\":\"no: $said\"}]}"
        serve
        wait "$SERVE_PID" || status=$?
        SERVE_PID=
        [ "$status" -ne 0 ]
        grep -F 'would show a part of the client secret or of a token' err
        without "$said" err
        silent
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
}

@test "a status comes through whatever GOAWAY stands before, in or behind the answer" {
    local fault
    for fault in goaway_before goaway_amid goaway_after; do
        fake "{\"hello\":[{\"fault\":\"$fault\"}]}"
        serve
        until_asked 1 '.method == "GetTask"'
        stop
        [ "$(asked '.method == "Hello"' | wc -l)" -eq 1 ]
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
        hello_fails "{\"fault\":\"$fault\",\"code\":14,\"message\":\"drained\"}" UNAVAILABLE drained
    done
}

@test "a request that the server did not look at is made once more, at once" {
    fake '{"hello":[{"fault":"refused"},{}]}'
    serve 1
    until_asked 1 '.method == "GetTask"'
    stop
    [ "$(asked '.method == "Hello"' | wc -l)" -eq 2 ]
    without 'cannot be greeted' err
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    rm listens
    # Twice in a row is a failure, which waits.
    hello_fails '{"fault":"refused"},{"fault":"refused"}' UNAVAILABLE 'the stream was reset with code 7'
}

@test "the greeting: tried again while the service is away, twice as late each time; refused for good it ends" {
    fake '{"hello":[{"code":14},{"fault":"html"},{"code":13},{}]}'
    serve 10
    until_asked 1 '.method == "GetTask"'
    stop
    [ "$(grep -o 'pause_ms=[0-9]*' err | tr '\n' ' ')" = "pause_ms=1000 pause_ms=2000 pause_ms=4000 " ]
    # A fifth more or less of 0.1, 0.2 and 0.4 seconds, and what a loaded machine adds.
    asked '.method == "Hello"' | jq -s 'map(.t) | [.[1] - .[0] >= 0.08, .[2] - .[1] >= 0.16, .[3] - .[2] >= 0.32]' -c >pauses
    [ "$(<pauses)" = "[true,true,true]" ]
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    rm listens
    local code status expected
    for code in 3 5 7 9 12 16; do
        fake "{\"hello\":[{\"code\":$code,\"message\":\"go away\"}]}"
        serve
        status=0 expected=76
        wait "$SERVE_PID" || status=$?
        case $code in 7 | 16) expected=77 ;; esac
        [ "$status" -eq "$expected" ]
        [ "$(asked '.method == "Hello"' | wc -l)" -eq 1 ]
        grep -qE '^c1-serve: ConductorOne does not take this connector: [A-Z_]+: go away$' err
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
    SERVE_PID=
}

@test "a server without HTTP/2, with another name, an unknown certificate, an old TLS: nothing is sent" {
    fake '{}' --no-h2
    serve
    until_asked 2 .connection
    stop
    [ -z "$(asked '.token or .method')" ]
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    rm listens
    fake '{}'
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt serve
    until_asked 2 .tls
    stop
    [ -z "$(asked '.token or .method')" ]
    : >log
    BATON_C1_API_HOST=127.0.0.1:${BATON_C1_API_HOST#*:} serve
    until_asked 2 .tls
    stop
    [ -z "$(asked '.token or .method')" ]
    grep -q 'failed due to error' err
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    rm listens
    fake '{}' --tls 1.1
    serve
    until_asked 2 .tls
    stop
    [ -z "$(asked '.token or .method')" ]
}

@test "each kind of task that a read-only connector cannot do is refused for good, and finished" {
    local kinds='"grant","revoke","create_account","create_resource","delete_resource","rotate_credentials","event_feed","create_ticket_task","list_ticket_schemas","get_ticket","bulk_create_tickets","bulk_get_tickets","action_list_schemas","action_get_schema","action_invoke","action_status","create_sync_diff","compact_syncs","list_event_feeds","list_events","issue_credential"'
    fake "$(jq -nc "[$kinds] | {tasks: (to_entries | map({task: {id: \"T\(100 + .key)\(\"x\" * 23)\", kind: .value}}) + [{task: {id: \"T200\(\"x\" * 23)\", number: 150}}])}")"
    serve
    until_asked 22 '.method == "FinishTask"'
    stop
    jq -r "[$kinds] + [\"number 150\"] | .[]" -n >names
    asked '.method == "FinishTask"' | jq -rs 'sort_by(.message.task_id)[].message | [.status.code, .status.message, .error.non_retryable, .success.response.type_url, .success.response.value] | map(. // "-") | join("|")' >answers
    paste -d"|" names answers >seen
    diff - seen <<'END'
grant|9|provisioning is not enabled|1|-|-
revoke|9|provisioning is not enabled|1|-|-
create_account|9|provisioning is not enabled|1|-|-
create_resource|9|provisioning is not enabled|1|-|-
delete_resource|9|provisioning is not enabled|1|-|-
rotate_credentials|9|provisioning is not enabled|1|-|-
event_feed|12|unsupported task type|1|-|-
create_ticket_task|9|ticketing is not enabled|1|-|-
list_ticket_schemas|9|ticketing is not enabled|1|-|-
get_ticket|9|ticketing is not enabled|1|-|-
bulk_create_tickets|9|ticketing is not enabled|1|-|-
bulk_get_tickets|9|ticketing is not enabled|1|-|-
action_list_schemas|-|-|-|type.googleapis.com/c1.connector.v2.ListActionSchemasResponse|-
action_get_schema|5|action not found|1|-|-
action_invoke|5|action not found|1|-|-
action_status|5|action not found|1|-|-
create_sync_diff|12|unsupported task type|1|-|-
compact_syncs|12|unsupported task type|1|-|-
list_event_feeds|-|-|-|type.googleapis.com/c1.connector.v2.ListEventFeedsResponse|-
list_events|5|event feed not found|1|-|-
issue_credential|9|provisioning is not enabled|1|-|-
number 150|12|unsupported task type|1|-|-
END
}

@test "what a sync's task wants reaches the driver" {
    fake "$(jq -nc "{tasks: [
        {skip_grants: true, storage_engine: \"pebble\"},
        {skip_entitlements_and_grants: true, skip_expand_grants: true, storage_engine: \"sqlite\"},
        {sync_resource_type_ids: [\"user\", \"workspace\"]},
        {storage_engine: \"oracle\"},
        {targeted_sync_resources: [\"x\"]},
        {sync_resource_type_ids: [\"user\", \"planet\"]},
        {sync_resource_type_ids: [\"user,group\"]}] | to_entries | map({task: {id: \"T\(100 + .key)\(\"x\" * 23)\", kind: \"sync_full\", options: .value}})}")"
    serve 1000 --task-concurrency 1 --sync-resource-types group
    until_asked 7 '.method == "FinishTask"'
    stop
    diff - <(sed -E 's|^--file=.*|--file|; /^--(client|from|dry-run)/d' args) <<'END'
--file
--storage-engine=pebble
--sync-resource-types=group
--skip-grants=true
--file
--storage-engine=sqlite
--sync-resource-types=group
--skip-entitlements-and-grants=true
--file
--sync-resource-types=user,workspace
--file
--sync-resource-types=group
END
    asked '.method == "FinishTask"' | jq -r '.message | [.task_id[:4], .status.code, .status.message, .error.non_retryable] | map(. // "-") | join("|")' | tail -n 3 >ends
    diff - ends <<'END'
T104|12|targeted sync is not supported|1
T105|2|invalid resource type 'planet' in filter|-
T106|2|invalid resource type in filter|-
END
    grep -q 'a storage engine that is not known was asked for (engine=oracle)' err
    # An engine that the command line sets is not the task's to choose.
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    rm listens args
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\",\"options\":{\"storage_engine\":\"pebble\"}}}]}"
    C1_SERVE_PACE=1000 "$BIN/c1-serve" -- "$PWD/driver" --storage-engine=sqlite >out 2>err 3>&- &
    SERVE_PID=$!
    until_asked 1 '.method == "FinishTask"'
    stop
    [ "$(grep -c storage args)" -eq 1 ]
}

@test "a sync that fails is finished as failed, and may be tried again; the next one is asked for" {
    local status
    for status in 1 65 69 75 77; do
        fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}},{\"task\":{\"id\":\"$OTHER\",\"kind\":\"sync_full\"}}]}"
        driver "[ -e again ] || { touch again; echo half >\"\$file\"; exit $status; }; echo whole >\"\$file\""
        serve 1000 --task-concurrency 1
        until_asked 2 '.method == "FinishTask"'
        stop
        [ "$(asked '.method == "FinishTask"' | head -n 1 | jq -c '.message | [.task_id, .status.code, .status.message, .error]')" = "[\"$TASK\",$((status == 69 || status == 75 ? 14 : 2)),\"the sync failed with status $status\",{}]" ]
        [ "$(asked '.method == "FinishTask"' | tail -n 1 | jq -c '.message | [.task_id, .success]')" = "[\"$OTHER\",{}]" ]
        # Only the one that ended well is uploaded.
        [ "$(asked '.method == "UploadAsset"' | jq -c .size)" = 6 ]
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens again
    done
}

@test "an incomplete sync (status 3) is uploaded, with a warning" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
    driver 'echo some >"$file"; exit 3'
    serve
    until_asked 1 '.method == "FinishTask"'
    stop
    [ "$(asked '.method == "FinishTask"' | jq -c .message.success)" = '{}' ]
    grep -q "warning: the sync is incomplete, and is uploaded so (task=$TASK)" err
}

@test "an upload that is rejected: its status, and three tries from the start with pauses between the last two" {
    local how
    for how in '"code":8,"message":"no room","at":3' '"code":8,"message":"no room"' '"code":8,"message":"no room","at":0'; do
        fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}],\"upload\":[{$how}]}"
        driver 'head -c 4000000 /dev/zero >"$file"'
        serve 5
        until_asked 1 '.method == "FinishTask"'
        stop
        [ "$(asked '.method == "UploadAsset"' | wc -l)" -eq 3 ]
        [ "$(asked '.method == "FinishTask"' | jq -c '.message | [.status, .error]')" = '[{"code":8,"message":"no room"},{}]' ]
        # One fifth of a second before the third, none before the second.
        asked '.method == "UploadAsset"' | jq -s -c 'map(.t) | .[2] - .[1] >= 0.2' >pauses
        [ "$(<pauses)" = true ]
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
}

@test "an upload that fails in other ways succeeds when it is tried again, whole" {
    local fault
    for fault in drop rst refused no_trailers html goaway_before; do
        fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}],\"upload\":[{\"fault\":\"$fault\",\"at\":2,\"code\":14},{}]}"
        driver 'head -c 1500000 /dev/zero >"$file"'
        serve
        until_asked 1 '.method == "FinishTask"'
        stop
        [ "$(asked '.method == "FinishTask"' | jq -c .message.success)" = '{}' ]
        [ "$(asked '.method == "UploadAsset"' | tail -n 1 | jq -c '[.size, .messages[0].metadata.task_id, .messages[-1].eof == .sha256]')" = "[1500000,\"$TASK\",true]" ]
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
}

@test "heartbeats: the interval is the service's, within bounds; nine failures in a row end the task, eight do not" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}],\"heartbeat\":[{\"next\":1},{\"code\":14},{\"code\":14},{\"code\":14},{\"code\":14},{\"code\":14},{\"code\":14},{\"code\":14},{\"code\":14},{},{\"next\":1},{\"code\":14}]}"
    driver 'sleep 60'
    serve 1000
    until_asked 1 '.method == "FinishTask"'
    stop
    [ "$(asked '.method == "Heartbeat"' | wc -l)" -eq 20 ]
    [ "$(asked '.method == "FinishTask"' | jq -c '.message | [.status, .error]')" = '[{"code":1,"message":"task failed heartbeat"},{}]' ]
    [ "$(grep -c 'a heartbeat failed' err)" -eq 17 ]
}

@test "a task whose first heartbeat fails or is answered with cancelled is not begun, and not finished" {
    local answer
    for answer in '{"code":14}' '{"cancelled":true}'; do
        fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}},{\"task\":{\"id\":\"$OTHER\",\"kind\":\"grant\"}}],\"heartbeat\":[$answer]}"
        serve
        until_asked 1 '.method == "FinishTask"'
        stop
        [ "$(asked '.method == "FinishTask"' | jq -r .message.task_id)" = "$OTHER" ]
        [ ! -e args ]
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
}

@test "a task that is cancelled ends soon: its driver is stopped, and it is finished as cancelled" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}],\"heartbeat\":[{\"next\":1},{\"cancelled\":true}]}"
    driver 'trap "touch '"$PWD/told"'; exit 143" TERM; echo half >"$file"; sleep 60 & wait'
    serve 1000
    until_asked 1 '.method == "FinishTask"'
    stop
    [ -e told ]
    [ "$(asked '.method == "FinishTask"' | jq -c '.message | [.status, .error]')" = '[{"code":1,"message":"task was cancelled"},{}]' ]
    [ -z "$(asked '.method == "UploadAsset"')" ]
}

@test "asked to end: idle, in a sync, in an upload: status 0 within ten seconds, one FinishTask, nothing left" {
    local signal began
    for signal in TERM INT; do
        fake '{}'
        serve
        until_asked 1 '.method == "GetTask"'
        stop 0 "$signal"
        kill "$FAKE_PID"
        wait "$FAKE_PID" || true
        rm listens
    done
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
    driver "echo half >\"\$file\"; touch $PWD/under-way; exec sleep 60"
    serve
    until [ -e under-way ]; do sleep 0.05; done
    began=$SECONDS
    stop
    ((SECONDS - began <= 10))
    [ "$(asked '.method == "FinishTask"' | jq -c '.message | [.status, .error]')" = '[{"code":1,"message":"connector is shutting down"},{}]' ]
    kill "$FAKE_PID"
    wait "$FAKE_PID" || true
    rm listens
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}],\"upload\":[{\"fault\":\"stall\"}]}"
    driver "head -c 4000000 /dev/zero >\"\$file\"; touch $PWD/made"
    serve
    until [ -e made ]; do sleep 0.05; done
    until grep -q 'debug: upload' err; do sleep 0.05; done
    began=$SECONDS
    stop
    ((SECONDS - began <= 10))
    [ "$(asked '.method == "FinishTask"' | jq -c '.message | [.status, .error]')" = '[{"code":1,"message":"connector is shutting down"},{}]' ]
}

@test "killed: the driver ends with it, and the next start clears what was left" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
    driver "echo half >\"\$file\"; echo \$\$ >$PWD/pid; exec sleep 60"
    serve
    until [ -s pid ]; do sleep 0.05; done
    kill -s KILL "$SERVE_PID"
    wait "$SERVE_PID" || true
    for ((tries = 0; tries < 200; tries++)); do
        kill -0 "$(<pid)" 2>/dev/null || break
        sleep 0.05
    done
    run ! kill -0 "$(<pid)"
    [ -n "$(ls -A tmp)" ]
    : >log
    serve
    until_asked 1 '.method == "GetTask"'
    [ -z "$(ls -A tmp)" ]
    stop
}

@test "the next poll: when the service says, at least a second and at most five minutes away" {
    fake '{"tasks":[{"next_poll":2},{"next_poll":0.001},{},{"next_poll":100000},{}]}'
    serve 100
    until_asked 5 '.method == "GetTask"'
    stop
    # 20 ms, 10 ms; then an hour that is 5 minutes: 3 s; then longer than that: 3 s.
    asked '.method == "GetTask"' | jq -s -c 'map(.t) | [.[1] - .[0] >= 0.019, .[2] - .[1] >= 0.009, .[3] - .[2] >= 2.9, .[3] - .[2] < 30, .[4] - .[3] >= 2.9]' >pauses
    [ "$(<pauses)" = "[true,true,true,true,true]" ]
}

@test "polls that fail: 1, 4, 9 seconds and so on between them, and from 1 again after a good one" {
    fake '{"tasks":[{"code":14},{"code":2},{"fault":"drop"},{"next_poll":1},{"code":14},{"next_poll":1}]}'
    serve 100
    until_asked 6 '.method == "GetTask"'
    stop
    [ "$(grep -o 'in_a_row=[0-9]*' err | tr '\n' ' ')" = "in_a_row=1 in_a_row=2 in_a_row=3 in_a_row=1 " ]
    asked '.method == "GetTask"' | jq -s -c 'map(.t) | [.[1] - .[0] >= 0.008, .[2] - .[1] >= 0.032, .[3] - .[2] >= 0.072]' >pauses
    [ "$(<pauses)" = "[true,true,true]" ]
}

@test "asked on while a task runs, but not when all places are taken" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}},{\"task\":{\"id\":\"$OTHER\",\"kind\":\"sync_full\"}},{\"task\":{\"id\":\"${OTHER%z}9\",\"kind\":\"grant\"}}]}"
    driver "until [ -e $PWD/go ]; do sleep 0.02; done; echo x >\"\$file\""
    serve 1000 --task-concurrency 2
    until_asked 2 '.method == "Heartbeat"'
    # Both places are taken: the third task stays where it is, however long this takes.
    [ "$(asked '.method == "GetTask"' | wc -l)" -eq 2 ]
    touch go
    until_asked 3 '.method == "FinishTask"'
    stop
}

@test "the end of a task is told again if it was not heard, and never twice for good" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"grant\"}}],\"finish\":[{\"code\":14},{\"fault\":\"drop\"},{\"code\":5}]}"
    serve
    until_asked 3 '.method == "FinishTask"'
    until_asked 2 '.method == "GetTask"'
    stop
    without 'could not be told \(' err
    grep -q 'the end of a task could not be told; trying again' err
    [ "$(asked '.method == "FinishTask"' | wc -l)" -eq 3 ]
}

@test "a token that the service no longer takes is forgotten" {
    fake '{"tasks":[{"code":16},{"next_poll":1}]}'
    serve
    until_asked 3 '.method == "GetTask"'
    stop
    [ "$(asked .token | wc -l)" -eq 2 ]
}

@test "--skip-full-sync: an empty full sync, made by c1z-pack, and a warning" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
    serve 1000 --skip-full-sync
    until_asked 1 '.method == "FinishTask"'
    stop
    [ "$(asked '.method == "FinishTask"' | jq -c .message.success)" = '{}' ]
    grep -q 'warning: full syncs are skipped: the service gets an empty one' err
    [ ! -e args ]
}

@test "credentials of systemd: the driver does not see the folder that ConductorOne's secret is in" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
    driver 'env >'"$PWD/environment"'; echo x >"$file"'
    mkdir credentials
    printf '%s\n' "$SECRET" >credentials/client-secret
    echo airbyte-sentinel >credentials/airbyte-client-secret
    unset BATON_CLIENT_SECRET
    export CREDENTIALS_DIRECTORY=$PWD/credentials
    C1_SERVE_PACE=1000 "$BIN/c1-serve" --airbyte-client-secret-file credentials/airbyte-client-secret -- "$PWD/driver" >out 2>err 3>&- &
    SERVE_PID=$!
    until_asked 1 '.method == "FinishTask"'
    stop
    [ -s environment ]
    without CREDENTIALS_DIRECTORY environment
}

@test "Airbyte's secret: kept unread, and handed to each run from its start" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}},{\"task\":{\"id\":\"$OTHER\",\"kind\":\"sync_full\"}}]}"
    driver 'for a; do case $a in --airbyte-client-secret-file=*) cat "${a#*=}" >>'"$PWD/got"' ;; esac; done; echo x >"$file"'
    mkfifo secret
    printf 'airbyte-sentinel\n' >secret &
    C1_SERVE_PACE=1000 "$BIN/c1-serve" --log-level debug --airbyte-client-secret-file secret -- "$PWD/driver" >out 2>err 3>&- &
    SERVE_PID=$!
    until_asked 2 '.method == "FinishTask"'
    # Neither secret is in the environment or the arguments of the service.
    without 'airbyte-sentinel|eyJ' "/proc/$SERVE_PID/environ" "/proc/$SERVE_PID/cmdline"
    stop
    [ "$(<got)" = $'airbyte-sentinel\nairbyte-sentinel' ]
    without airbyte-sentinel err out
    run -78 --separate-stderr "$BIN/c1-serve" --airbyte-client-secret-file /dev/zero
    [[ $stderr == *"must come from a pipe or a file" ]]
}

@test "the driver never sees ConductorOne's secret" {
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
    driver 'env >'"$PWD/environment"'; echo x >"$file"'
    serve
    until_asked 1 '.method == "FinishTask"'
    stop
    [ -s environment ]
    without 'BATON_CLIENT_ID|BATON_CLIENT_SECRET|eyJ' environment
    # What it makes of its own goes into the folder that is removed.
    grep -qE "^TMPDIR=$PWD/tmp/baton-airbyte-sync-[^/]+$" environment
}

# through_driver ARG...: start the driver as a service of the mock Airbyte.
through_driver() {
    start_mock --tenant "$FIXTURES/demo-tenant.json"
    BATON_AIRBYTE_CLIENT_ID=$(jq -r .application.clientId "$FIXTURES/demo-tenant.json")
    airbyte_secret=$(jq -r .application.clientSecret "$FIXTURES/demo-tenant.json")
    export BATON_AIRBYTE_CLIENT_ID BATON_AIRBYTE_BIN=$BIN BATON_LOG_FORMAT=console BATON_LOG_LEVEL=debug
    BATON_AIRBYTE_CLIENT_SECRET=$airbyte_secret C1_SERVE_PACE=1000 \
        "$ROOT/scripts/baton-airbyte" "$@" >out 2>err 3>&- &
    SERVE_PID=$!
}

@test "the driver with both credentials of ConductorOne is the service, whose syncs are whole" {
    fake "$(jq -nc '{tasks: ([{}, {storage_engine: "pebble"}, {skip_grants: true}] | to_entries | map({task: {id: "T\(100 + .key)\("x" * 23)", kind: "sync_full", options: .value}}))}')" --keep "$PWD/uploads"
    through_driver --task-concurrency 1 --jobs 2
    until_asked 3 '.method == "FinishTask"'
    # No process of a run has one of the two secrets in its environment or its arguments.
    without "$airbyte_secret|eyJ" "/proc/$SERVE_PID/environ" "/proc/$SERVE_PID/cmdline"
    stop
[ "$(asked '.method == "FinishTask"' | jq -c .message.success | sort -u)" = '{}' ]
    without "$airbyte_secret" err out
    unset BATON_CLIENT_ID BATON_CLIENT_SECRET
    BATON_AIRBYTE_CLIENT_SECRET=$airbyte_secret "$ROOT/scripts/baton-airbyte" -f single.c1z 2>/dev/null
    ids() { "$BIN/c1z-cat" -f "$1" grants | jq -r 'select(.id) | .id' | sort; }
    ids single.c1z >expected
    [ -s expected ]
    cmp -n 5 uploads/1 single.c1z
    ids uploads/1 | diff - expected
    # The engine that the task wanted.
    cmp -n 5 uploads/2 "$FIXTURES/sdk-pebble.c1z"
    ids uploads/2 | diff - expected
    [ -z "$(ids uploads/3)" ]
    [ "$("$BIN/c1z-cat" -f uploads/3 entitlements | wc -l)" -gt 2 ]
}

@test "one of the two credentials alone, and what no service takes" {
    unset BATON_CLIENT_SECRET
    run -78 --separate-stderr "$ROOT/scripts/baton-airbyte" --log-format console
    [ "$stderr" = "baton-airbyte: --client-id (BATON_CLIENT_ID) and --client-secret (BATON_CLIENT_SECRET) go together" ]
    export BATON_CLIENT_SECRET=$SECRET BATON_DOMAIN_URL=http://localhost:1 BATON_AIRBYTE_CLIENT_ID=x BATON_AIRBYTE_CLIENT_SECRET=y
    run -78 --separate-stderr "$ROOT/scripts/baton-airbyte" --log-format console --skip-grants
    [ "$stderr" = "baton-airbyte: --skip-grants: in service mode each task says that" ]
}

@test "health: live, ready and well are three things" {
    fake "{\"hello\":[{\"code\":14},{\"code\":14},{}],\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}]}"
    driver 'exit 65'
    serve 20 --health-check --health-check-port 0
    until grep -q 'health checks are answered' err; do sleep 0.02; done
    port=$(sed -nE 's/.*health checks are answered.*port=([0-9]+).*/\1/p' err)
    page() { curl -s -o body -w '%{http_code}' "http://127.0.0.1:$port$1"; }
    [ "$(page /live)" = 200 ]
    [ "$(page /nothing)" = 404 ]
    [ "$(curl -s -o body -w '%{http_code}' -d x "http://127.0.0.1:$port/live")" = 405 ]
    until_asked 1 '.method == "FinishTask"'
    [ "$(page /ready)" = 200 ]
    [ "$(page /health)" = 503 ]
    [ "$(jq -r .status body)" = unavailable ]
    stop
}

# day SEED SYNCS FAULTS: the plan of a day: so many syncs and as many other tasks, and so many faults of each kind that a
# connection, a gateway, the token endpoint or the service can have, scattered among them.
day() {
    python3 - "$@" <<'END'
import json
import random
import sys

chance = random.Random(int(sys.argv[1]))
SYNCS, EACH = int(sys.argv[2]), int(sys.argv[3])
FAULTS = ["goaway_before", "goaway_amid", "goaway_after", "refused", "rst", "drop", "drop_headers", "no_trailers",
          "no_status", "bad_status", "html", "plain", "compressed", "flag9", "huge", "cut", "two", "empty"]


def scatter(good, bad):
    """The good ones in their order, the bad ones anywhere among them."""
    for one in bad:
        good.insert(chance.randrange(len(good)), one)
    return good


def bad_calls():
    return [{"fault": fault} for fault in FAULTS for _ in range(EACH)] + [{"code": 14} for _ in range(EACH)]


def task(n, kind):
    return {"task": {"id": "T%03d%s" % (n, "x" * 23), "kind": kind}, "next_poll": 60}


tasks = [task(n, "sync_full") for n in range(SYNCS)] + [task(500 + n, "grant") for n in range(SYNCS)]
chance.shuffle(tasks)
print(json.dumps({
    "requeue": True,
    "tasks": scatter(tasks, bad_calls()),
    # The first heartbeat of a sync is its beginning; what fails there is no task that was begun.
    "heartbeat": [{"next": 300}],
    "upload": scatter([{} for _ in range(4 * SYNCS)], [{"fault": f, "at": chance.randrange(4), "code": 14} for f in FAULTS for _ in range(EACH)]),
    "finish": scatter([{} for _ in range(4 * SYNCS)], [answer for answer in ({"code": 14}, {"fault": "drop"}, {"fault": "rst"},
                      {"fault": "goaway_before"}) for _ in range(EACH)]),
    "token": scatter([{"expires_in": 900} for _ in range(SYNCS)], [answer for answer in
                     ({"status": 500}, {"body": "<html>"}, {"status": 401}) for _ in range(EACH)]),
}))
END
}

@test "a day on a quick clock: every task is finished exactly once, whatever fails, and nothing is left behind" {
    local syncs=${AB_DAY_SYNCS:-15}
    fake "$(day 1 "$syncs" "${AB_DAY_FAULTS:-1}")"
    driver 'head -c 700000 /dev/zero >"$file"'
    serve 100000 --task-concurrency 5
    local tries count
    for ((tries = 0; tries < 30000; tries++)); do
        count=$(jq -r 'select(.method == "FinishTask" and (.answered | IN(0, "goaway_before", "goaway_amid", "goaway_after"))) | .message.task_id' log | sort -u | wc -l)
        ((count < 2 * syncs)) || break
        kill -0 "$SERVE_PID"
        sleep 0.1
    done
    stop
    [ "$count" -eq $((2 * syncs)) ]
    # Told once where the telling was heard; more often only where it was not.
    jq -r 'select(.method == "FinishTask" and (.answered | IN(0, "goaway_before", "goaway_amid", "goaway_after"))) | .message.task_id' log | sort | uniq -d >twice
    [ ! -s twice ]
    # A sync that was finished well was uploaded whole; three tries at an upload can all be in vain.
    jq -r 'select(.method == "FinishTask" and .message.success) | .message.task_id' log | sort -u >good
    jq -r 'select(.method == "UploadAsset" and .size == 700000 and .messages[-1].eof == .sha256) | .messages[0].metadata.task_id' log | sort -u >whole
    [ -z "$(comm -23 good whole)" ]
    [ "$(wc -l <good)" -ge $((syncs / 2)) ]
}

@test "a large upload to a slow reader: little processor time, little memory" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured in sanitized builds"
    fake "{\"tasks\":[{\"task\":{\"id\":\"$TASK\",\"kind\":\"sync_full\"}}],\"upload\":[{\"slow\":0.0002}]}"
    driver 'head -c 200000000 /dev/zero >"$file"'
    C1_SERVE_PACE=1000 /usr/bin/time -f '%U %S %M' -o used "$BIN/c1-serve" -- "$PWD/driver" >out 2>err 3>&- &
    SERVE_PID=$!
    until_asked 1 '.method == "FinishTask"'
    pkill -P "$SERVE_PID" -x c1-serve
    wait "$SERVE_PID"
    SERVE_PID=
    [ "$(asked '.method == "UploadAsset"' | jq .size)" -eq 200000000 ]
    read -r user system kilobytes <used
    ((kilobytes < 40000))
    [ "$(bc <<<"$user + $system < 8")" -eq 1 ]
}
