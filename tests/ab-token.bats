#!/usr/bin/env bats
# ab-token: tokens of both endpoints, each way it can fail, the dialogue of --serve, the cache, and where the secret
# must not be.
#
# Each test has a shell, and so an environment, of its own; bats sets stderr_lines, bash the process of a coprocess; and
# what stands in single quotes is for the shell that gets it.
# shellcheck disable=SC2030,SC2031,SC2154,SC2153,SC2016

load lib

TENANT=$FIXTURES/demo-tenant.json
TOKEN=applications/token
PUBLIC=api/public/v1/$TOKEN
CONFIG=/api/v1/$TOKEN

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    credentials "$TENANT"
}

teardown() {
    stop_mock
    [ -z "${RAW_PID:-}" ] || kill "$RAW_PID" 2>/dev/null || true
}

# start ARGS...: the mock with the demo tenant.
start() { start_mock --tenant "$TENANT" "$@"; }

# requests: path and status of each request that the mock got, one on a line.
requests() { jq -r '"\(.path) \(.status)"' "$MOCK_LOG"; }

# request_count: how many.
request_count() { if [ -s "$MOCK_LOG" ]; then wc -l <"$MOCK_LOG"; else echo 0; fi; }

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# lives LINE LEAST MOST: the token of LINE expires between LEAST and MOST seconds from now.
lives() {
    local left
    left=$(jq -er .expires_at_ms <<<"$1")
    left=$((left - $(now_ms)))
    echo "left: $left ms" >&2
    [ "$left" -gt $(($2 * 1000)) ] && [ "$left" -le $(($3 * 1000)) ]
}

# jwt CLAIMS: a token in the form of a JWT.
jwt() { printf 'eyJhbGciOiJIUzI1NiJ9.%s.c2lnbmF0dXJl' "$(printf %s "$1" | base64 -w0 | tr '+/' '-_' | tr -d =)"; }

# answer BODY: the mock gives BODY for every request for a token.
answer() {
    printf %s "$1" >body.json
    start --fault "$TOKEN * body=body.json"
}

# raw_server FILE: a server that answers every request with the bytes of FILE; what it got is in the file request.
raw_server() {
    mkfifo raw.port
    python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    got = b""
    while b"\r\n\r\n" not in got:
        got += c.recv(65536)
    head = got.split(b"\r\n\r\n")[0].lower()
    need = int(head.split(b"content-length:")[1].split()[0])
    while len(got.split(b"\r\n\r\n", 1)[1]) < need:
        got += c.recv(65536)
    open("request", "wb").write(got)
    try:
        c.sendall(open(sys.argv[1], "rb").read())
    except OSError:
        pass
    c.close()
' "$1" >raw.port 2>raw.err 3>&- &
    RAW_PID=$!
    local port
    read -r port <raw.port
    export BATON_DOMAIN_URL=http://127.0.0.1:$port
}

# no_secrets: neither the secret nor a token is in what the last run printed or logged.
no_secrets() {
    [[ $output$stderr != *"$BATON_AIRBYTE_CLIENT_SECRET"* ]]
    [[ $stderr != *eyJ* ]]
}

# ---- success ----

@test "prints the token and a line feed, after one request to the public endpoint" {
    start
    run -0 --separate-stderr --keep-empty-lines "$BIN/ab-token"
    [[ $output =~ ^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$'\n'$ ]]
    [ -z "$stderr" ]
    [ "$(requests)" = "/$PUBLIC 200" ]
    [[ $(jq -r .user_agent "$MOCK_LOG") == baton-airbyte/* ]]
}

@test "--json prints one line with the token and when it expires" {
    start
    run -0 --separate-stderr "$BIN/ab-token" --json
    [ "${#lines[@]}" -eq 1 ]
    [ "$(jq -r 'keys_unsorted | join(" ")' <<<"$output")" = "access_token expires_at_ms" ]
    [[ $(jq -r .access_token <<<"$output") == eyJ* ]]
    lives "$output" 895 900
}

@test "the request is JSON with all four members, and no other secret" {
    printf 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n' >raw
    raw_server raw
    run -77 --separate-stderr "$BIN/ab-token"
    tr -d '\r' <request >request.txt
    grep -qx "POST /$PUBLIC HTTP/1.1" request.txt
    grep -qix 'content-type: application/json' request.txt
    grep -qix 'accept: application/json' request.txt
    grep -qi '^user-agent: baton-airbyte/' request.txt
    run -1 grep -qiE '^(authorization|expect|cookie):' request.txt
    sed '1,/^$/d' request.txt |
        jq -e --arg id "$BATON_AIRBYTE_CLIENT_ID" --arg secret "$BATON_AIRBYTE_CLIENT_SECRET" '. ==
        {client_id: $id, client_secret: $secret, grant_type: "client_credentials", "grant-type": "client_credentials"}'
}

@test "the config endpoint is asked where the public one is missing" {
    start --no-public-token --missing 403
    run -0 --separate-stderr "$BIN/ab-token" --json
    [ -z "$stderr" ]
    [ "$(requests | tail -n 1)" = "$CONFIG 200" ]
    [ "$(request_count)" -eq 2 ]
    lives "$output" 895 900
}

@test "also after 405, 415 and 501, and a 404 page of HTML" {
    for status in 404 405 415 501; do
        start --fault "$PUBLIC * status=$status"
        run -0 --separate-stderr "$BIN/ab-token"
        [ "$(requests | tail -n 1)" = "$CONFIG 200" ]
        stop_mock
        rm "$MOCK_LOG"
    done
}

@test "Cloud: the public endpoint is under /v1 of a host of its own" {
    start --cloud-paths
    export BATON_AIRBYTE_PUBLIC_URL=$MOCK_URL/v1 BATON_AIRBYTE_CONFIG_URL=$MOCK_URL/api/v1
    run -0 --separate-stderr "$BIN/ab-token" --domain-url https://cloud.airbyte.com
    [ "$(requests)" = "/v1/$TOKEN 200" ]
}

@test "id, secret and address from options go before the environment" {
    start
    printf '%s\n' "$BATON_AIRBYTE_CLIENT_SECRET" >secret
    chmod 600 secret
    local id=$BATON_AIRBYTE_CLIENT_ID
    export BATON_AIRBYTE_CLIENT_ID=no BATON_AIRBYTE_CLIENT_SECRET=no BATON_DOMAIN_URL=http://127.0.0.1:1
    run -0 --separate-stderr "$BIN/ab-token" --client-id "$id" --client-secret-file secret --domain-url "$MOCK_URL"
    [ -z "$stderr" ]
}

@test "the secret from standard input, from systemd's credentials, with CR and LF" {
    start
    local secret=$BATON_AIRBYTE_CLIENT_SECRET
    unset BATON_AIRBYTE_CLIENT_SECRET
    run -0 --separate-stderr "$BIN/ab-token" --client-secret-file - <<<"$secret"
    mkdir creds
    (umask 077 && printf '%s\r\n' "$secret" >creds/airbyte-client-secret)
    CREDENTIALS_DIRECTORY=$PWD/creds run -0 --separate-stderr "$BIN/ab-token"
    [ -z "$stderr" ]
}

@test "a descriptor is read itself: a FIFO, a pipe, a file that was read before" {
    start
    local secret=$BATON_AIRBYTE_CLIENT_SECRET
    unset BATON_AIRBYTE_CLIENT_SECRET
    mkfifo fifo
    printf '%s\n' "$secret" >fifo &
    exec 7<fifo
    wait $!
    run -0 --separate-stderr timeout 20 "$BIN/ab-token" --client-secret-file /dev/fd/7
    [[ $output == eyJ* ]]
    exec 7<&-
    run -0 --separate-stderr bash -c '"$BIN/ab-token" --client-secret-file /dev/fd/8 8< <(echo "$1")' - "$secret"
    (umask 077 && printf '%s\n' "$secret" >file)
    exec 7<file
    read -r -u 7 _
    run -0 --separate-stderr "$BIN/ab-token" --client-secret-file /dev/fd/7
    exec 7<&-
    run -66 --separate-stderr "$BIN/ab-token" --client-secret-file /dev/fd/7
    [[ $stderr == *"cannot read the file of the client secret: Bad file descriptor" ]]
    run -64 --separate-stderr "$BIN/ab-token" --serve --client-secret-file /dev/stdin
}

@test "at a terminal the secret is asked for, one line of it, and does not show" {
    start
    local secret=$BATON_AIRBYTE_CLIENT_SECRET
    unset BATON_AIRBYTE_CLIENT_SECRET
    run -0 --separate-stderr python3 "$ROOT/tests/typist" "$secret" "$BIN/ab-token" --client-secret-file -
    [[ ${lines[0]} == "client secret: "* && ${lines[1]} == eyJ* ]]
    [[ $output != *"$secret"* ]]
    run -77 --separate-stderr python3 "$ROOT/tests/typist" wrong-secret "$BIN/ab-token" --client-secret-file -
    [[ $output != *wrong-secret* ]]
}

@test "at a terminal, a signal leaves the terminal as it was" {
    run -143 --separate-stderr python3 "$ROOT/tests/typist" --kill "$BIN/ab-token" --client-secret-file -
    [[ $output == *"shows what is typed again"* ]]
}

@test "a secret file that everybody can read is warned about, and used" {
    start
    printf %s "$BATON_AIRBYTE_CLIENT_SECRET" >secret
    chmod 644 secret
    run -0 --separate-stderr "$BIN/ab-token" --client-secret-file secret
    [[ $stderr == *"warning: everybody on this machine can read the client secret"*"chmod o-r"* ]]
    no_secrets
}

# ---- how long it lasts ----

@test "an opaque token lasts as long as expires_in says, or 170 s" {
    start --opaque-tokens
    run -0 --separate-stderr "$BIN/ab-token" --json
    lives "$output" 895 900
    stop_mock
    start --opaque-tokens --no-public-token
    run -0 --separate-stderr "$BIN/ab-token" --json
    lives "$output" 165 170
}

@test "of exp and a lying expires_in the earlier counts" {
    start --token-life 180 --expires-in 900
    run -0 --separate-stderr "$BIN/ab-token" --json
    lives "$output" 175 180
    stop_mock
    start --token-life 900 --expires-in 180
    run -0 --separate-stderr "$BIN/ab-token" --json
    lives "$output" 175 180
}

@test "exp is read on the server's clock where ours is off" {
    for offset in 7200 -7200; do
        start --clock-offset "$offset"
        run -0 --separate-stderr "$BIN/ab-token" --json
        lives "$output" 895 900
        stop_mock
    done
}

@test "exp may have a fraction or an exponent" {
    local at=$(($(date +%s) + 300))
    answer "{\"access_token\":\"$(jwt "{\"exp\":$at.25}")\"}"
    run -0 --separate-stderr "$BIN/ab-token" --json
    [ "$(jq .expires_at_ms <<<"$output")" = "${at}250" ]
    stop_mock
    answer "{\"access_token\":\"$(jwt "{\"exp\":${at}0e-1}")\"}"
    run -0 --separate-stderr "$BIN/ab-token" --json
    [ "$(jq .expires_at_ms <<<"$output")" = "${at}000" ]
}

@test "claims that cannot be read leave expires_in, or 170 s" {
    for token in "$(jwt '{"exp":"soon"}')" "$(jwt '{"exp":-5}')" "$(jwt '{"exp":1e300}')" "$(jwt '{"exp":1,"exp":2}')" \
        "$(jwt '[1]')" "$(jwt nonsense)" "$(jwt '{}')" a.b.c a..c a.!!!!.c ..; do
        answer "{\"access_token\":\"$token\",\"expires_in\":60}"
        run -0 --separate-stderr "$BIN/ab-token" --json
        [ -z "$stderr" ]
        lives "$output" 55 60
        stop_mock
    done
    answer "{\"access_token\":\"a.b.c\",\"expires_in\":\"60\"}"
    run -0 --separate-stderr "$BIN/ab-token" --json
    lives "$output" 165 170
}

@test "a token that has expired on the server's own clock is warned about" {
    answer "{\"access_token\":\"$(jwt '{"exp":1000000000}')\",\"expires_in\":60}"
    run -0 --separate-stderr "$BIN/ab-token" --json
    [[ $stderr == *"expired already"* ]]
    [ "$(jq .expires_at_ms <<<"$output")" -lt "$(now_ms)" ]
}

@test "without the server's clock, an exp that has passed says nothing" {
    local body
    body="{\"access_token\":\"$(jwt '{"exp":1000000000}')\",\"expires_in\":60}"
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "${#body}" "$body" >raw
    raw_server raw
    run -0 --separate-stderr "$BIN/ab-token" --json
    [ -z "$stderr" ]
    lives "$output" 55 60
}

# ---- refusals ----

@test "wrong credentials end with 77 in each style of the server, with its words" {
    export BATON_AIRBYTE_CLIENT_SECRET=sentinel-wrong-secret
    start --wrong-credentials 400
    run -77 --separate-stderr "$BIN/ab-token"
    [ -z "$output" ]
    [[ $stderr == "ab-token: wrong client id or secret: "*" answers 400: Invalid client id or token" ]]
    [ "$(requests)" = "/$PUBLIC 400" ]
    stop_mock
    rm "$MOCK_LOG"
    start --wrong-credentials 401
    run -77 --separate-stderr "$BIN/ab-token"
    [[ $stderr == "ab-token: wrong client id or secret: "*" answers 401: error id "* ]]
    [ "$(requests)" = "/$PUBLIC 401"$'\n'"$CONFIG 401" ]
    no_secrets
}

@test "a 500 for ever that looks like refused credentials ends with 77 and says both" {
    export BATON_AIRBYTE_CLIENT_SECRET=sentinel-wrong-secret
    start --wrong-credentials 500
    run -77 --separate-stderr "$BIN/ab-token"
    [ -z "$output" ]
    [[ $stderr == *"answers 500"*"wrong client id or secret"*"or a server that fails"* ]]
    no_secrets
}

@test "a 403 at the public endpoint and nothing at the other is a refusal" {
    start --fault "$PUBLIC * status=403" --fault "$CONFIG * status=404"
    run -77 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"wrong client id or secret"*"answers 403"* ]]
}

@test "a server that is not the API, or has no authentication: 76" {
    start --auth-off
    run -76 --separate-stderr "$BIN/ab-token"
    [ -z "$output" ]
    [[ $stderr == *"answers 404"*"not the address of the Airbyte API, or its authentication is switched off" ]]
    [ "$(request_count)" -eq 2 ]
    stop_mock
    start --fault "$TOKEN * html"
    run -76 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"answers 200, but not with JSON: is this the address of Airbyte?" ]]
}

@test "a wrong path in the address: 76" {
    start
    run -76 --separate-stderr "$BIN/ab-token" --domain-url "$MOCK_URL/wrong"
    [ -z "$output" ]
    [ -n "$stderr" ]
}

@test "a redirect is not followed: 76" {
    start --fault "$PUBLIC * status=307,location=$CONFIG"
    run -76 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"answers 307, a redirect, which is not followed"* ]]
    [ "$(request_count)" -eq 1 ]
}

@test "304 is not called a redirect" {
    start --fault "$PUBLIC * status=304"
    run -76 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"answers 304, which is not an answer of the Airbyte API: Not Modified" ]]
}

@test "400, 401 and 403 that are not Airbyte's say nothing about the secret: 76, with what it may be" {
    local body code
    raw_server raw
    for body in '<html>log in</html>' '{"error":"unauthorized"}' 'Client sent an HTTP request to an HTTPS server.' '[]'; do
        for code in 400 401 403; do
            printf 'HTTP/1.1 %d Refused\r\nContent-Length: %d\r\n\r\n%s' "$code" "${#body}" "$body" >raw
            run -76 --separate-stderr "$BIN/ab-token"
            [[ $stderr == *"answers $code, but not as Airbyte does: is it https, and the right port? is a login page"* ]]
            [[ $stderr != *"$body"* ]]
        done
    done
}

@test "400, 401 and 403 without a body are a refusal, as ever: 77" {
    local code
    raw_server raw
    for code in 400 401 403; do
        printf 'HTTP/1.1 %d Refused\r\nContent-Length: 0\r\n\r\n' "$code" >raw
        run -77 --separate-stderr "$BIN/ab-token"
        [[ $stderr == *"wrong client id or secret: "*" answers $code: "* ]]
    done
}

@test "headers without an end, before or behind the body, or one of too many bytes: 76" {
    local good=$'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n' line
    line=$(head -c 2000 /dev/zero | tr '\0' a)
    { printf %s "$good"; for ((i = 0; i < 160; i++)); do printf 'X-%d: %s\r\n' "$i" "$line"; done; } >raw
    raw_server raw
    run -76 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"the headers of the answer of 'http://127.0.0.1:"*"' are longer than 307200 bytes" ]]
    {
        printf '%sTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n' "$good"
        for ((i = 0; i < 2000; i++)); do printf 'X-%d: %s\r\n' "$i" "$line"; done
    } >raw
    run -76 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"are longer than 307200 bytes" ]]
    { printf '%sX-Long: ' "$good"; head -c 200000 /dev/zero | tr '\0' a; printf '\r\n\r\n{}'; } >raw
    run -76 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"a header line of the answer of 'http://127.0.0.1:"*"' is too long" ]]
    printf 'HTTP/1.1 200 OK\r\n folded: first\r\nContent-Length: 2\r\n\r\n{}' >raw
    run -76 --separate-stderr "$BIN/ab-token"
}

@test "answers of 200 that hold no token: 76" {
    for body in '' '{' '[]' 'null' '"x"' '{}' '{"access_token":null}' '{"access_token":7}' '{"access_token":""}' \
        '{"access_token":"a b"}' '{"access_token":"a\nb"}' '{"access_token":"a\u0000"}' '{"access_token":"\u00e9"}' \
        '{"access_token":"a","access_token":"b"}' '{"access_token":"a"} x' $'{"access_token":"\xff"}'; do
        answer "$body"
        run -76 --separate-stderr "$BIN/ab-token"
        [ -z "$output" ]
        [[ $stderr == *"does not answer with a token: "* ]]
        [ "${#stderr_lines[@]}" -eq 1 ]
        stop_mock
    done
}

@test "a token of 16 KiB is taken, one byte more is not" {
    local token
    token=$(printf '%016384d' 0)
    answer "{\"access_token\":\"$token\"}"
    run -0 --separate-stderr "$BIN/ab-token"
    [ "$output" = "$token" ]
    stop_mock
    answer "{\"access_token\":\"1$token\"}"
    run -76 --separate-stderr "$BIN/ab-token"
    [ -z "$output" ]
}

@test "an answer without end is cut off: 76" {
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"access_token":"' >raw
    head -c 3000000 /dev/zero | tr '\0' a >>raw
    raw_server raw
    run -76 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"is larger than 1048576 bytes" ]]
}

@test "something that does not speak HTTP: 76" {
    printf 'SSH-2.0-OpenSSH_9.2\r\n' >raw
    raw_server raw
    run -76 --separate-stderr "$BIN/ab-token"
    [ -z "$output" ]
    [[ $stderr == *"no answer from"* ]]
}

@test "the words of a server that repeats the secret are not shown, others are escaped and cut" {
    local body="{\"message\":\"no $BATON_AIRBYTE_CLIENT_SECRET here\"}"
    printf 'HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "${#body}" "$body" >raw
    raw_server raw
    run -77 --separate-stderr "$BIN/ab-token"
    no_secrets
    [[ $stderr == *"its words are not shown"* ]]
    body="{\"data\":{\"message\":\"\\u001b[31mred$(printf '%0900d' 0)\"},\"message\":\"second\"}"
    printf 'HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "${#body}" "$body" >raw
    run -77 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *'\u001b[31mred000'* ]]
    [[ $stderr != *$'\e'* ]]
    [ "${#stderr}" -lt 500 ]
}

# ---- failures that pass ----

@test "500, 503, reset and a cut body once are tried again" {
    for fault in status=500 status=503,retry-after=1 status=429,retry-after=1 reset cut status=408; do
        start --fault "$PUBLIC 1 $fault"
        run -0 --separate-stderr "$BIN/ab-token"
        [[ $output == eyJ* ]]
        [ -z "$stderr" ]
        [ "$(request_count)" -eq 2 ]
        [ "$(requests | tail -n 1)" = "/$PUBLIC 200" ]
        stop_mock
        rm "$MOCK_LOG"
    done
}

@test "Retry-After is obeyed in full" {
    start --fault "$PUBLIC 1 status=503,retry-after=2"
    local began
    began=$(now_ms)
    run -0 --separate-stderr "$BIN/ab-token"
    [ $(($(now_ms) - began)) -ge 2000 ]
}

@test "after 408 and 500 for ever at the public endpoint the other one is asked" {
    for status in 408 500; do
        start --fault "$PUBLIC * status=$status"
        run -0 --separate-stderr "$BIN/ab-token"
        [[ $output == eyJ* ]]
        [ "$(requests | tail -n 1)" = "$CONFIG 200" ]
        stop_mock
    done
}

@test "503, 408, reset and cut bodies for ever: 69, after a bounded number of tries" {
    for fault in status=503 status=408 reset cut; do
        start --fault "$TOKEN * $fault"
        run -69 --separate-stderr "$BIN/ab-token"
        [ -z "$output" ]
        [ "${#stderr_lines[@]}" -eq 1 ]
        [ "$(request_count)" -ge 3 ]
        [ "$(request_count)" -le 10 ]
        stop_mock
        rm "$MOCK_LOG"
    done
}

@test "a 500 for ever that does not look like refused credentials: 69, with the hint" {
    printf 'HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno' >raw
    raw_server raw
    run -69 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"answers 500"*"wrong credentials show as 500 on some editions"* ]]
}

@test "nobody listens: 69" {
    BATON_DOMAIN_URL=http://127.0.0.1:1 run -69 --separate-stderr "$BIN/ab-token"
    [ -z "$output" ]
    [[ $stderr == "ab-token: no answer from 'http://127.0.0.1:1/$PUBLIC': "*'; is it running, is the port right, is a firewall or a proxy between?' ]]
}

@test "429 for ever: 75, and at once when the server asks to wait for long" {
    start --fault "$TOKEN * status=429"
    run -75 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"answers 429"*"try again later" ]]
    stop_mock
    rm "$MOCK_LOG"
    start --fault "$TOKEN * status=429,retry-after=600"
    run -75 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"the server asks to wait 600 s"* ]]
    [ "$(request_count)" -eq 1 ]
}

@test "the deadline ends it with 75" {
    start --fault "$TOKEN * delay=600000"
    run -75 --separate-stderr "$BIN/ab-token" --deadline 1
    [[ $stderr == *"no token within 1 s: "* ]]
}

# ---- --serve ----

# serve ARGS...: start ab-token --serve as a coprocess.
serve() {
    # shellcheck disable=SC2034 # bash itself sets the array
    coproc SERVER { exec "$BIN/ab-token" --serve "$@" 2>serve.err 3>&-; }
    SERVER_PIPE=("${SERVER[@]}")
    SERVED=$SERVER_PID
}

# ask REQUEST: send it and print the answer, which must come without more input.
ask() {
    local line
    printf '%s\n' "$1" >&"${SERVER_PIPE[1]}"
    IFS= read -r -t 20 line <&"${SERVER_PIPE[0]}" || return 1
    printf '%s\n' "$line"
}

# end_serve: end its input; the status is its exit status.
end_serve() {
    eval "exec ${SERVER_PIPE[1]}>&-"
    wait "$SERVED"
}

@test "serve: get answers with the token in hand, renew with a new one, the end of input ends it with 0" {
    start
    serve
    local first second third fourth
    first=$(ask get)
    lives "$first" 895 900
    second=$(ask get)
    [ "$first" = "$second" ]
    [ "$(request_count)" -eq 1 ]
    third=$(ask renew)
    [ "$(jq .access_token <<<"$third")" != "$(jq .access_token <<<"$first")" ]
    fourth=$(ask get)
    [ "$third" = "$fourth" ]
    [ "$(request_count)" -eq 2 ]
    end_serve
    [ ! -s serve.err ]
}

@test "serve: renew-config asks the configuration API alone, and so does what comes after it" {
    start
    serve
    [[ $(ask get) == *access_token* ]]
    [[ $(ask renew-config) == *access_token* ]]
    [[ $(ask get) == *access_token* ]]
    [[ $(ask renew) == *access_token* ]]
    [ "$(requests)" = "/$PUBLIC 200"$'\n'"$CONFIG 200"$'\n'"$CONFIG 200" ]
    end_serve
}

@test "serve: renew-config where there is no such endpoint is a failure, and other requests are answered" {
    start --fault "$CONFIG * status=404"
    serve
    [[ $(ask renew-config) == *'"status":76}' ]]
    [[ $(ask renew) == *access_token* ]]
    end_serve
}

@test "serve: a token with less left than --min-ttl is not given again" {
    start
    serve --min-ttl 3600
    ask get >/dev/null
    ask get >/dev/null
    [ "$(request_count)" -eq 2 ]
    end_serve
}

@test "serve: by default a token is given for half its life if that is short" {
    start --token-life 2 --expires-in 900
    serve
    local first next before asked=0
    first=$(ask get)
    next=$first
    while [ "$next" = "$first" ]; do
        before=$asked
        asked=$(now_ms)
        next=$(ask get)
    done
    [ "$(request_count)" -eq 2 ]
    # Whenever the first one was given, more than a fourth of its life was left: a JWT ends with a whole second.
    [ "$before" -lt "$(($(jq .expires_at_ms <<<"$first") - 500))" ]
    end_serve
}

@test "serve: failures are answered, and it goes on" {
    start --fault "$TOKEN 1 html"
    serve
    local line
    line=$(ask get)
    [ "$(jq -c 'keys, .status' <<<"$line")" = '["error","status"]'$'\n''76' ]
    [[ $(jq -r .error <<<"$line") == *"is this the address of Airbyte?" ]]
    line=$(ask 'gimme')
    [ "$(jq .status <<<"$line")" -eq 65 ]
    line=$(ask '')
    [ "$(jq .status <<<"$line")" -eq 65 ]
    line=$(ask get)
    [[ $(jq -r .access_token <<<"$line") == eyJ* ]]
    end_serve
}

@test "serve: wrong credentials are an answer with status 77" {
    start
    export BATON_AIRBYTE_CLIENT_SECRET=sentinel-wrong-secret
    serve
    local line
    for request in get renew; do
        line=$(ask "$request")
        [ "$(jq .status <<<"$line")" -eq 77 ]
    done
    end_serve
    run -1 grep -q sentinel serve.err
}

@test "serve: a request without a line feed is answered, one too long ends it with 65" {
    start
    run -0 --separate-stderr bash -c 'printf get | "$BIN/ab-token" --serve'
    [[ $output == '{"access_token":"eyJ'* ]]
    run -65 --separate-stderr bash -c 'head -c 5000 /dev/zero | tr "\0" x | "$BIN/ab-token" --serve'
    [[ $stderr == *"line 1 is longer than 4096 bytes" ]]
    run -0 --separate-stderr "$BIN/ab-token" --serve </dev/null
    [ -z "$output$stderr" ]
}

@test "serve: an answer that cannot be written ends it with 74" {
    start
    run -74 --separate-stderr bash -c 'echo get | "$BIN/ab-token" --serve >/dev/full'
    [[ $stderr == *"cannot write to 'standard output': No space left on device" ]]
    run -74 --separate-stderr bash -c 'echo get | "$BIN/ab-token" --serve >&-'
}

# ---- the cache ----

with_cache() {
    mkdir -m 700 runtime
    export XDG_RUNTIME_DIR=$PWD/runtime
    CACHE_DIR=$XDG_RUNTIME_DIR/baton-airbyte
}

# cached: the path of the cache file that belongs to MOCK_URL and the client id.
cached() {
    local key
    key=$(printf '%s\n%s\n%s' "$MOCK_URL/api/public/v1" "$MOCK_URL/api/v1" "$BATON_AIRBYTE_CLIENT_ID" | sha256sum)
    echo "$CACHE_DIR/${key:0:32}"
}

@test "cache: a second run makes no request and prints the same line" {
    with_cache
    start
    run -0 --separate-stderr "$BIN/ab-token" --json
    local first=$output
    run -0 --separate-stderr "$BIN/ab-token" --json
    [ "$output" = "$first" ]
    [ -z "$stderr" ]
    [ "$(request_count)" -eq 1 ]
    [ "$(stat -c %a "$CACHE_DIR" "$CACHE_DIR"/*)" = $'700\n600\n600' ]
    [ "$(cd "$CACHE_DIR" && echo *)" = "$(basename "$(cached)") $(basename "$(cached)").lock" ]
}

@test "cache: the file is fingerprinted by a salted hash, and does not hold the secret" {
    with_cache
    start
    run -0 --separate-stderr "$BIN/ab-token"
    local salt check
    salt=$(jq -r .salt "$(cached)")
    check=$(printf %s%s "$salt" "$BATON_AIRBYTE_CLIENT_SECRET" | sha256sum)
    [ "$(jq -r .check "$(cached)")" = "${check%% *}" ]
    [ "${#salt}" -eq 32 ]
    run -1 grep -rq "$BATON_AIRBYTE_CLIENT_SECRET" "$XDG_RUNTIME_DIR"
}

@test "cache: two runs at once make one request" {
    with_cache
    start --fault "$TOKEN * delay=500"
    "$BIN/ab-token" >one 3>&- &
    local one=$!
    "$BIN/ab-token" >two 3>&- &
    wait "$!"
    wait "$one"
    cmp one two
    [ "$(request_count)" -eq 1 ]
}

@test "cache: not used for another secret or client id, nor for a longer time than is left" {
    with_cache
    start
    run -0 --separate-stderr "$BIN/ab-token"
    BATON_AIRBYTE_CLIENT_SECRET=other run -77 --separate-stderr "$BIN/ab-token"
    BATON_AIRBYTE_CLIENT_ID=other run -77 --separate-stderr "$BIN/ab-token"
    [ "$(request_count)" -eq 3 ]
    run -0 --separate-stderr "$BIN/ab-token" --min-ttl 600
    [ "$(request_count)" -eq 3 ]
    run -0 --separate-stderr "$BIN/ab-token" --min-ttl 1000
    [ "$(request_count)" -eq 4 ]
}

@test "cache: renewal and --serve do not read it, --no-cache does not touch it" {
    with_cache
    start
    run -0 --separate-stderr "$BIN/ab-token" --no-cache
    [ ! -e "$CACHE_DIR" ]
    run -0 --separate-stderr "$BIN/ab-token"
    local first=$output
    AB_TOKEN_FRESH=1 run -0 --separate-stderr "$BIN/ab-token"
    [ "$output" != "$first" ]
    local fresh=$output
    run -0 --separate-stderr "$BIN/ab-token"
    [ "$output" = "$fresh" ]
    run -0 --separate-stderr "$BIN/ab-token" --serve <<<get
    [[ $output != *"$fresh"* ]]
    [ "$(request_count)" -eq 4 ]
}

@test "AB_TOKEN_FRESH=config: no cached token, and a new one of the configuration API" {
    with_cache
    start
    "$BIN/ab-token" >/dev/null
    run -0 --separate-stderr env AB_TOKEN_FRESH=config "$BIN/ab-token"
    [[ $output == eyJ* && -z $stderr ]]
    [ "$(requests)" = "/$PUBLIC 200"$'\n'"$CONFIG 200" ]
    # It is in the cache now, for whoever asks next.
    [ "$("$BIN/ab-token")" = "$output" ]
    [ "$(request_count)" -eq 2 ]
}

@test "cache: none without XDG_RUNTIME_DIR; one that others can write is not used" {
    start
    run -0 --separate-stderr "$BIN/ab-token"
    run -0 --separate-stderr "$BIN/ab-token"
    [ -z "$stderr" ]
    [ "$(request_count)" -eq 2 ]
    with_cache
    chmod 777 runtime
    run -0 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"no token is cached, the folder is open to others"* ]]
    [ ! -e "$CACHE_DIR" ]
    XDG_RUNTIME_DIR=$PWD/missing run -0 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"cannot open the folder"*"No such file or directory"* ]]
    XDG_RUNTIME_DIR=runtime run -0 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"not an absolute path"* ]]
}

@test "cache: a file that others can read, a link, and nonsense are replaced or left, never used" {
    with_cache
    start
    run -0 --separate-stderr "$BIN/ab-token"
    chmod 644 "$(cached)"
    run -0 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"the cached token is not used, its file is open to others"* ]]
    [ "$(request_count)" -eq 2 ]
    [ "$(stat -c %a "$(cached)")" = 600 ]
    for text in '' '{' 'null' '{}' "$(jq -c '.expires_at_ms = 99999999999999999999' "$(cached)")" \
        "$(jq -c '.access_token = "a b"' "$(cached)")" "$(jq -c '.minted_at_ms += 99999999' "$(cached)")" \
        "$(jq -c '.schema = "other/1"' "$(cached)")"; do
        printf %s "$text" >"$(cached)"
        run -0 --separate-stderr "$BIN/ab-token"
        [[ $output == eyJ* ]]
        [ -z "$stderr" ]
    done
    [ "$(request_count)" -eq 10 ]
    mv "$(cached)" other
    ln -s "$PWD/other" "$(cached)"
    run -0 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"cannot open it"*"not a regular file"* ]]
    [ -L "$(cached)" ]
}

@test "cache: --cache names the file; one that cannot be made is an error, a device is left alone" {
    start
    run -0 --separate-stderr "$BIN/ab-token" --cache ./tok
    local first=$output
    run -0 --separate-stderr "$BIN/ab-token" --cache ./tok
    [ "$output" = "$first" ]
    [ "$(request_count)" -eq 1 ]
    [ "$(stat -c %a tok tok.lock)" = $'600\n600' ]
    run -73 --separate-stderr "$BIN/ab-token" --cache missing/tok
    [ -z "$output" ]
    [[ $stderr == *"cannot open 'missing/tok.lock': No such file or directory" ]]
    mkdir folder
    run -0 --separate-stderr "$BIN/ab-token" --cache folder
    [ -d folder ]
    [[ $stderr == *"not a regular file"* ]]
}

@test "cache: who cannot get the lock in time ends with 75" {
    start
    exec 9>tok.lock
    flock 9
    run -75 --separate-stderr "$BIN/ab-token" --cache tok --deadline 1 9>&-
    [ -z "$output" ]
    [[ $stderr == *"another process is still getting a token: it holds 'tok.lock'" ]]
    exec 9>&-
    run -0 --separate-stderr "$BIN/ab-token" --cache tok --deadline 20
}

# ---- settings ----

@test "a missing setting is named, with status 78" {
    start
    (
        unset BATON_AIRBYTE_CLIENT_ID
        run -78 --separate-stderr "$BIN/ab-token"
        [[ $stderr == *"the client id is not set: use --client-id or BATON_AIRBYTE_CLIENT_ID" ]]
    )
    (
        unset BATON_AIRBYTE_CLIENT_SECRET
        run -78 --separate-stderr "$BIN/ab-token"
        [[ $stderr == *"the client secret is not set: use --client-secret-file or BATON_AIRBYTE_CLIENT_SECRET" ]]
        CREDENTIALS_DIRECTORY=$PWD run -78 --separate-stderr "$BIN/ab-token"
    )
    BATON_AIRBYTE_CLIENT_SECRET='' run -78 --separate-stderr "$BIN/ab-token"
    BATON_DOMAIN_URL='' run -78 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"the address of Airbyte is not set: use --domain-url or BATON_DOMAIN_URL" ]]
    BATON_DOMAIN_URL=http://airbyte.invalid run -78 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"BATON_DOMAIN_URL: http would send the secret unencrypted"* ]]
    [ "$(request_count)" -eq 0 ]
}

@test "a secret that is no line of text is refused without being shown" {
    start
    (umask 077 && printf 'sentinel\nsecond line' >two && printf 'sentinel\tx' >tab && printf 'sentinel\xff' >latin &&
        : >empty && { printf sentinel && head -c 5000 /dev/zero | tr '\0' x; } >long && printf 'sentinel\0x' >nul)
    for file in two tab latin empty long nul; do
        run -78 --separate-stderr "$BIN/ab-token" --client-secret-file "$file"
        [ -z "$output" ]
        [[ $stderr == *"the file of the client secret "* ]]
        [[ $stderr != *sentinel* ]]
    done
    run -66 --separate-stderr "$BIN/ab-token" --client-secret-file sentinel-missing
    [[ $stderr == *"cannot open the file of the client secret: No such file or directory" ]]
    run -66 --separate-stderr "$BIN/ab-token" --client-secret-file .
    BATON_AIRBYTE_CLIENT_ID=$'a\tb' run -78 --separate-stderr "$BIN/ab-token"
    [ "$(request_count)" -eq 0 ]
}

@test "wrong usage: the reason and the usage line, status 64, and no value of an option" {
    for args in --sentinel --sentinel=sentinel --client-secret=sentinel '--client-secret sentinel' sentinel \
        --client-s=sentinel --json=sentinel '--min-ttl sentinel' --min-ttl=-1 --deadline=0 --deadline=1.5 --deadline= \
        --deadline=99999999999999999999 --min-ttl '--serve --client-secret-file -' '--cache x --no-cache' --cache= \
        --log-level=sentinel --log-format=sentinel -x; do
        # shellcheck disable=SC2086 # several words in one
        run -64 --separate-stderr "$BIN/ab-token" $args
        [ -z "$output" ]
        [[ ${stderr_lines[0]} == "ab-token: "* ]]
        [[ ${stderr_lines[1]} == "usage: ab-token "* ]]
        [[ $stderr != *"=sentinel"* && $stderr != *"'sentinel"* ]]
    done
}

@test "--help and --version" {
    run -0 --separate-stderr "$BIN/ab-token" --help
    [[ $output == "usage: ab-token "* ]]
    [ -z "$stderr" ]
    run -0 --separate-stderr "$BIN/ab-token" --version
    [[ $output =~ ^ab-token\ [0-9]+\.[0-9]+\.[0-9]+[^[:space:]]*$ ]]
    run -74 --separate-stderr bash -c '"$BIN/ab-token" --help >/dev/full'
}

@test "a standard output that is full or closed: 74" {
    start
    run -74 --separate-stderr bash -c '"$BIN/ab-token" >/dev/full'
    [[ $stderr == "ab-token: cannot write to 'standard output': No space left on device" ]]
    run -74 --separate-stderr bash -c '"$BIN/ab-token" >&-'
    [[ $stderr == "ab-token: cannot write to 'standard output': Bad file descriptor" ]]
    run -0 bash -c '"$BIN/ab-token" --json 2>&- <&-'
    [[ $output == '{"access_token"'* ]]
}

@test "a message that cannot be written changes nothing" {
    start
    local target
    for target in /dev/full '&-'; do
        run -0 bash -c '"$BIN/ab-token" --log-level debug 2>'"$target"
        [[ $output == eyJ* ]]
        run -64 bash -c '"$BIN/ab-token" --nonsense 2>'"$target"
    done
    # A pipe whose reader has gone.
    run -0 bash -c 'exec 8> >(:); wait $!; "$BIN/ab-token" --log-level debug 2>&8'
    [[ $output == eyJ* ]]
    run -64 bash -c 'exec 8> >(:); wait $!; "$BIN/ab-token" --nonsense 2>&8'
    [ -z "$output" ]
}

@test "between JSON lines of the log stands no plain text" {
    run -64 --separate-stderr "$BIN/ab-token" --log-format json --nonsense
    [ "$(jq -r .msg <<<"$stderr")" = "unknown or ambiguous option '--nonsense'" ]
}

@test "whatever its parent left blocked or ignored, it can be ended; a file over the limit is a failure" {
    start
    # shellcheck disable=SC2034 # bash itself sets the array
    coproc SERVER { exec "$ROOT/tests/parent" "$BIN/ab-token" --serve 2>serve.err 3>&-; }
    SERVER_PIPE=("${SERVER[@]}")
    SERVED=$SERVER_PID
    [[ $(ask get) == *access_token* ]]
    grep -E '^SigBlk:.*0000000000000000$' "/proc/$SERVED/status"
    # Of the signals that have names, SIGXFSZ alone.
    (((16#$(sed -n 's/^SigIgn:[[:space:]]*//p' "/proc/$SERVED/status") & 16#7fffffff) == 16#1000000))
    kill "$SERVED"
    local ended=0
    wait "$SERVED" || ended=$?
    [ "$ended" -eq 143 ]
    # The message goes through a pipe: the file that holds it would be over the limit too.
    run -74 bash -o pipefail -c '(ulimit -f 0; exec "$BIN/ab-token" --help >out) 2>&1 | cat'
    [ "$output" = "ab-token: cannot write to 'standard output': File too large" ]
}

# ---- where the secret must not be ----

@test "while it runs, neither its environment nor its arguments show the secret" {
    export BATON_AIRBYTE_CLIENT_SECRET_NOT=1
    start
    serve
    [[ $(ask get) == *access_token* ]]
    run -0 grep -c BATON_AIRBYTE_CLIENT_SECRET_NOT "/proc/$SERVED/environ"
    run -1 grep -c "$BATON_AIRBYTE_CLIENT_SECRET" "/proc/$SERVED/environ"
    run -1 grep -c "$BATON_AIRBYTE_CLIENT_SECRET" "/proc/$SERVED/cmdline"
    grep -q '^Max core file size  *0  *0 ' "/proc/$SERVED/limits"
    end_serve
}

@test "with --log-level debug, neither the secret nor the token is logged" {
    with_cache
    start --fault "$PUBLIC 1 status=500" --fault "$PUBLIC 2-9 status=403"
    run -0 --separate-stderr "$BIN/ab-token" --log-level debug --log-format json
    [ "$(jq -rs '.[0] | .level, .logger' <<<"$stderr")" = $'debug\nab-token' ]
    [[ $stderr != *"$output"* ]]
    no_secrets
}
