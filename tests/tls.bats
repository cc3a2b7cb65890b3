#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154,SC2016 # each test is a subshell; run sets stderr
#
# Whom ab-token and ab-fetch talk to: certificates, and proxies.  Neither the secret nor a token is told to anybody else.

load lib

TENANT=$FIXTURES/demo-tenant.json

setup_file() {
    mkdir "$BATS_FILE_TMPDIR/tls"
    "$ROOT/tests/certificates" "$BATS_FILE_TMPDIR/tls"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    certificates=$BATS_FILE_TMPDIR/tls
    credentials "$TENANT"
    FRONTS=()
    unset SSL_CERT_FILE SSL_CERT_DIR "${!HTTP_PROXY@}" HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY
}

teardown() {
    [ ${#FRONTS[@]} -eq 0 ] || { kill "${FRONTS[@]}" && wait "${FRONTS[@]}"; } 2>/dev/null || true
    stop_mock
}

# front ARGS...: start one; its port is $port, what clients told it is in the file heard.
front() {
    rm -f port.fifo
    mkfifo port.fifo
    "$ROOT/tests/front" --log heard "$@" >port.fifo 3>&- &
    FRONTS+=($!)
    read -r port <port.fifo
}

# front2 ARGS...: the mock server behind HTTP/2, as the server to ask; what it was asked is in the file heard.
front2() {
    rm -f port.fifo
    mkfifo port.fifo
    "$ROOT/tests/front2" --tls "$certificates/good.pem" "$certificates/good.key" --to "${MOCK_URL##*:}" --log heard "$@" >port.fifo 3>&- &
    FRONTS+=($!)
    read -r port <port.fifo
    export BATON_DOMAIN_URL=https://127.0.0.1:$port
}

# secure NAME: the mock server behind TLS with the certificate NAME, as the server to ask.
secure() {
    start_mock --tenant "$TENANT"
    front --tls "$certificates/$1.pem" "$certificates/$1.key" --to "${MOCK_URL##*:}"
    export BATON_DOMAIN_URL=https://127.0.0.1:$port
}

# refused MESSAGE: both programs end with 76 and a message that has MESSAGE in it; nothing was told to the server.
refused() {
    run -76 --separate-stderr "$BIN/ab-token"
    [[ -z $output && $stderr == "ab-token: no answer from 'https://127.0.0.1:$port/api/public/v1/applications/token': "*"$1"* ]]
    # With a word on what to look at.
    [[ $stderr == *'; does this port speak https?' || $stderr == *'; an authority of your own is trusted by --cacert or SSL_CERT_FILE' ]]
    printf sentinel-token >token
    run -76 --separate-stderr "$BIN/ab-fetch" --token-file token organization
    [[ $stderr == "ab-fetch: "*"no answer from 'https://127.0.0.1:$port/api/public/v1/organizations': "*"$1"* ]]
    [ ! -s heard ]
    [ ! -s "$MOCK_LOG" ]
}

# accepted ARGS...: ab-token and ab-fetch, both with ARGS, get what they ask for.
accepted() {
    run -0 --separate-stderr "$BIN/ab-token" "$@"
    [[ $output == eyJ* && -z $stderr ]]
    printf %s "$output" >token
    run -0 --separate-stderr "$BIN/ab-fetch" "$@" --token-file token organization
    [[ -n $output && -z $stderr ]]
    [ -s "$MOCK_LOG" ]
}

# ---- certificates ----

@test "a certificate of an authority that nobody trusts: 76, and nothing is told" {
    secure good
    refused "certificate"
}

@test "--cacert, SSL_CERT_FILE and SSL_CERT_DIR say whom to trust, the first of them alone" {
    secure good
    accepted --cacert "$certificates/ca.pem"
    SSL_CERT_FILE=$certificates/ca.pem accepted
    SSL_CERT_DIR=/nonexistent:$certificates/trust accepted
    SSL_CERT_FILE=$certificates/self.pem SSL_CERT_DIR=$certificates/trust accepted
    SSL_CERT_FILE=$certificates/self.pem accepted --cacert "$certificates/ca.pem"
    SSL_CERT_FILE=$certificates/ca.pem run -76 "$BIN/ab-token" --cacert "$certificates/self.pem"
    SSL_CERT_FILE=$certificates/ca.pem run -76 "$BIN/ab-fetch" --cacert "$certificates/self.pem" --token-file token organization
}

@test "whom to trust is in place of the system's certificates, not beside them" {
    [ -z "${AB_SANITIZED:-}" ] || skip "what looks for leaks cannot be traced"
    secure good
    local -a opened=(strace -f -qq -e trace=openat -o opened)
    command -v strace >/dev/null || skip "strace is not installed"
    "${opened[@]}" true 2>/dev/null || skip "nothing can be traced here"
    "${opened[@]}" "$BIN/ab-token" --cacert "$certificates/ca.pem"
    run -1 grep -F /etc/ssl/certs opened
    SSL_CERT_DIR=$certificates/trust "${opened[@]}" "$BIN/ab-token"
    run -1 grep -F /etc/ssl/certs opened
}

@test "a certificate signed by itself, for another host, or expired: 76, and nothing is told" {
    export SSL_CERT_FILE=$certificates/ca.pem
    secure self
    refused "certificate"
    secure elsewhere
    refused "127.0.0.1"
    secure expired
    refused "certificate has expired"
}

@test "certificates that cannot be read are a setting gone wrong" {
    secure good
    echo sentinel >token
    local file
    for file in nonexistent . "$certificates/ca.key"; do
        run -78 --separate-stderr "$BIN/ab-token" --cacert "$file"
        [[ $stderr == "ab-token: --cacert: cannot read the certificates in "* || $stderr == *"no certificates to trust in"* ]]
        SSL_CERT_FILE=$file run -78 --separate-stderr "$BIN/ab-token"
        [[ $stderr == "ab-token: SSL_CERT_FILE: cannot read the "* || $stderr == *"no certificates to trust in"* ]]
        run -78 --separate-stderr "$BIN/ab-fetch" --cacert "$file" --token-file token organization
    done
    mkdir empty
    SSL_CERT_DIR=/nonexistent:$PWD/empty run -78 --separate-stderr "$BIN/ab-token"
    [[ $stderr == "ab-token: there are no certificates in what SSL_CERT_DIR names" ]]
    [ ! -s heard ]
}

@test "https to a port that does not speak it: no answer, and nothing is told" {
    start_mock --tenant "$TENANT"
    BATON_DOMAIN_URL=https://${MOCK_URL#*//} run --separate-stderr "$BIN/ab-token" --deadline 1
    [ "$status" -eq 69 ] || [ "$status" -eq 75 ]
    [[ $stderr == *"no answer from 'https://127.0.0.1:"* ]]
    [ ! -s "$MOCK_LOG" ]
}

# ---- proxies ----

# proxy_everywhere: name a proxy in every variable that there is.
proxy_everywhere() {
    front
    export http_proxy=http://127.0.0.1:$port https_proxy=http://127.0.0.1:$port all_proxy=http://127.0.0.1:$port
    export HTTP_PROXY=$http_proxy HTTPS_PROXY=$http_proxy ALL_PROXY=$http_proxy
}

@test "this machine itself is never reached through a proxy" {
    start_mock --tenant "$TENANT"
    proxy_everywhere
    accepted
    BATON_DOMAIN_URL=http://localhost:${MOCK_URL##*:} accepted
    BATON_DOMAIN_URL=http://127.9.9.9:1 run --separate-stderr "$BIN/ab-token" --deadline 1
    BATON_DOMAIN_URL="http://[::1]:1" run --separate-stderr "$BIN/ab-token" --deadline 1
    BATON_DOMAIN_URL="https://[::1]:1" run --separate-stderr "$BIN/ab-token" --deadline 1
    BATON_DOMAIN_URL=https://LOCALHOST:1 run --separate-stderr "$BIN/ab-token" --deadline 1
    [[ $stderr == *"onnect"* ]]
    [ ! -s heard ]
}

@test "other machines are reached through the proxy of the environment, which learns their name and no more" {
    proxy_everywhere
    BATON_DOMAIN_URL=https://airbyte.invalid run --separate-stderr "$BIN/ab-token" --deadline 1
    [ "$status" -ne 0 ]
    grep -q '^CONNECT airbyte.invalid:443 ' heard
    run -1 grep -F "$BATON_AIRBYTE_CLIENT_SECRET" heard
}

# ---- HTTP/2 ----

@test "HTTP/2 is spoken where the server speaks it, by few connections, and the stream is the same" {
    /usr/bin/python3 -c 'import h2' 2>/dev/null || skip "python3-h2 is not installed"
    "$ROOT/tests/gen-tenant" --seed 3 --full --profile enterprise --release 2.1 --caller instance_admin --workspaces 20 >big.json
    credentials big.json
    start_mock --tenant big.json
    "$BIN/ab-fetch" >plain.ndjson
    front2
    run -0 --separate-stderr "$BIN/ab-fetch" -j 8 --cacert "$certificates/ca.pem"
    [ "$stderr" = "" ]
    # Instances are named by their host, which is the same; the begin line has the port.
    diff <(sed 1d plain.ndjson) <(sed 1d <<<"$output")
    # As many requests as the mock server saw in both runs, over a connection for each of the calls at a time at most.
    [ "$(wc -l <heard)" -eq $(($(wc -l <"$MOCK_LOG") / 2)) ]
    [ "$(cut -d ' ' -f 1 heard | sort -u | wc -l)" -le 13 ]
    [ "$(wc -l <heard)" -gt 60 ]
}

@test "HTTP/2: a stream that is reset is asked for again, and a connection that the server leaves is made anew" {
    /usr/bin/python3 -c 'import h2' 2>/dev/null || skip "python3-h2 is not installed"
    start_mock --tenant "$TENANT"
    "$BIN/ab-fetch" >plain.ndjson
    local fault plain
    plain=$(wc -l <"$MOCK_LOG")
    for fault in '--reset 1' '--reset 4' '--leave 2' '--leave 5'; do
        # shellcheck disable=SC2086 # an option and its number
        front2 $fault
        run -0 --separate-stderr "$BIN/ab-fetch" -j 1 --cacert "$certificates/ca.pem"
        [ "$stderr" = "" ]
        diff <(sed 1d plain.ndjson) <(sed 1d <<<"$output")
    done
    # Two requests were reset, and came once more; so may one that was on its way when the server left, twice.
    local more=$(($(wc -l <heard) - ($(wc -l <"$MOCK_LOG") - plain)))
    echo "$more requests more than were served"
    [ "$more" -ge 2 ]
    [ "$more" -le 4 ]
}
