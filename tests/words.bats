#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a subshell; run sets stderr
#
# A server, or what stands before it, that says back what it was sent: neither the secret nor a token may show, in no form
# and at no level.

load lib

# Of 40 and more bytes, with bytes that URLs, JSON and base64 write otherwise.
SECRET='sentinel+q8/Zr=w2%Lk"m\v7x-T_n.4-end'
TOKEN=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZW50aW5lbCJ9.c2VudGluZWwtc2lnbmF0dXJl

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export BATON_AIRBYTE_CLIENT_ID=some-client BATON_AIRBYTE_CLIENT_SECRET=$SECRET
    printf %s "$TOKEN" >token
    PARROT_PID=
}

teardown() {
    end_parrot
}

end_parrot() {
    [ -z "$PARROT_PID" ] || { kill "$PARROT_PID" && wait "$PARROT_PID"; } 2>/dev/null || true
}

# parrot STATUS FORM PLACE: start one, in the place of what ran before.
parrot() {
    local port
    end_parrot
    rm -f ready
    mkfifo ready
    "$ROOT/tests/parrot" "$@" >ready 3>&- &
    PARROT_PID=$!
    read -r port <ready
    export BATON_DOMAIN_URL=http://127.0.0.1:$port
}

# silent_about TEXT: no run of 8 bytes of TEXT is in what the last run printed, in none of the forms.
silent_about() {
    printf '%s\n%s\n' "$output" "$stderr" | python3 -c '
import base64, sys, urllib.parse
said = sys.stdin.buffer.read()
text = sys.argv[1].encode()
forms = [text, "".join("%%%02X" % b for b in text).encode(), "".join("\\u%04x" % b for b in text).encode()]
runs = {f[i : i + 8 * len(f) // len(text)] for f in forms for i in range(len(f))}
for pad in b"", b"x", b"xx":
    for encode in base64.b64encode, base64.urlsafe_b64encode:
        coded = encode(pad + text)[4:-4]
        runs |= {coded[i : i + 10] for i in range(len(coded) - 9)}
found = [r for r in runs if len(r) >= 8 and r in said]
sys.exit("shown: %r" % found if found else 0)' "$1"
}

@test "ab-token shows no part of the secret that a server repeats" {
    local form
    for form in plain slice url base64 base64url json; do
        parrot 401 "$form" message
        run -77 --separate-stderr "$BIN/ab-token" --log-level debug
        silent_about "$SECRET"
        [[ $stderr == *"answers 401: its words are not shown, they hold a secret" ]]
    done
    parrot 401 seven message
    run -77 --separate-stderr "$BIN/ab-token"
    [[ $stderr == *"answers 401: you sent "???????" to me" ]]
}

@test "ab-token: wherever it stands in the answer, with every status, in both formats of the log" {
    local code place
    while read -r code place; do
        parrot "$code" plain "$place"
        run --separate-stderr "$BIN/ab-token" --log-level debug --log-format json --deadline 1
        [ "$status" -ne 0 ]
        silent_about "$SECRET"
    done <<'END'
400 message
400 html
403 embedded
403 reason
404 embedded
404 html
302 header
304 reason
200 html
429 message
500 embedded
END
    parrot 200 plain key
    run -76 --separate-stderr "$BIN/ab-token"
    silent_about "$SECRET"
}

@test "ab-token --serve: nor does the answer of a request show it" {
    parrot 403 plain message
    run -0 --separate-stderr "$BIN/ab-token" --serve --log-level debug <<<get
    silent_about "$SECRET"
    [ "$(jq -r .status <<<"$output")" = 77 ]
}

@test "ab-fetch shows no part of the token that a server repeats" {
    local form
    for form in plain slice url base64 base64url json; do
        parrot 403 "$form" message
        run --separate-stderr "$BIN/ab-fetch" --token-file token --log-level debug organization
        [ "$status" -ne 0 ]
        silent_about "$TOKEN"
        [[ $stderr == *"its words are not shown, they hold a secret"* ]]
    done
    parrot 403 seven message
    run --separate-stderr "$BIN/ab-fetch" --token-file token organization
    [[ $stderr == *"you sent "???????" to me"* ]]
}

@test "ab-fetch: wherever it stands in the answer, with every status, in both formats of the log" {
    local code place
    while read -r code place; do
        parrot "$code" plain "$place"
        run --separate-stderr "$BIN/ab-fetch" --token-file token --log-level debug --log-format json --deadline 1 \
            organization
        [ "$status" -ne 0 ]
        silent_about "$TOKEN"
    done <<'END'
400 message
400 html
401 message
401 header
403 embedded
403 reason
404 html
302 header
500 message
500 reason
END
    parrot 200 plain key
    run -76 --separate-stderr "$BIN/ab-fetch" --token-file token organization
    silent_about "$TOKEN"
    [[ $stderr == *"this message is not shown, it would show a part of the client secret or of a token"* ]]
}
