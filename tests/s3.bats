#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # code in single quotes; run sets output and stderr
#
# contrib/publish/to-s3, from the driver, against a real server of S3 on loopback that checks signatures and hashes
# (Versity's gateway, tests/interop/s3). Skipped where that cannot be had.

load lib

setup_file() {
    local status=0
    S3_SERVER=$("$ROOT/tests/interop/build" s3 2>"$BATS_FILE_TMPDIR/build.err") || status=$?
    export S3_SERVER S3_STATUS=$status
    mkdir "$BATS_FILE_TMPDIR/certificates"
    "$ROOT/tests/certificates" "$BATS_FILE_TMPDIR/certificates"
}

setup() {
    [ "$S3_STATUS" -ne 3 ] || skip 'no server of S3 can be built here'
    [ "$S3_STATUS" -eq 0 ] || { cat "$BATS_FILE_TMPDIR/build.err" && return 1; }
    cd "$BATS_TEST_TMPDIR" || return
    unset "${!AWS_@}" "${!S3_U@}"
    id=AKIAEXAMPLE secret='s3cr/et+"\key=' certificates=$BATS_FILE_TMPDIR/certificates
    to_s3=$ROOT/contrib/publish/to-s3
    start_s3
    export HOME=$PWD/home S3_URL=$address/bucket/airbyte/sync.c1z AWS_REGION=eu-central-1
    export CURL_CA_BUNDLE=$certificates/ca.pem
    mkdir -p home/.aws
    keys default "$id" "$secret" >home/.aws/credentials
}

teardown() {
    stop_mock
    [ -n "${server:-}" ] || return 0
    kill "$server"
    wait "$server" || true
}

# keys PROFILE ID SECRET: print a section of the file with the keys.
keys() {
    printf '[%s]\naws_access_key_id = %s\naws_secret_access_key=%s\n' "$@"
}

# start_s3: start the server on a port of the kernel's choice, with an empty bucket; ${address} is where it is.
start_s3() {
    mkdir -p s3/bucket
    ROOT_ACCESS_KEY_ID=$id ROOT_SECRET_ACCESS_KEY=$secret "$S3_SERVER" --quiet --port 127.0.0.1:0 --region eu-central-1 \
        --cert "$certificates/good.pem" --key "$certificates/good.key" posix "$PWD/s3" >s3.log 2>&1 3>&- &
    server=$!
    until address=https://127.0.0.1:$(port_of "$server"); do
        kill -0 "$server"
        sleep 0.05
    done
}

# port_of PID: print the port that the process listens on; fails if it does not yet.
port_of() {
    local inode port
    for inode in $(readlink "/proc/$1"/fd/* 2>/dev/null | sed -n 's/^socket:\[\(.*\)\]$/\1/p'); do
        port=$(awk -v inode="$inode" '$4 == "0A" && $10 == inode { sub(/.*:/, "", $2); print $2 }' "/proc/$1/net/tcp")
        [ -z "$port" ] || { echo $((16#$port)) && return 0; }
    done
    return 1
}

# synced [OPTION...]: a run of the driver that publishes sync.c1z by to-s3, for run.
synced() {
    start_mock --tenant "$FIXTURES/demo-tenant.json"
    credentials "$FIXTURES/demo-tenant.json"
    export BATON_AIRBYTE_BIN=$BIN BATON_LOG_FORMAT=console BATON_PUBLISH_COMMAND="$to_s3 \"\$1\""
}

@test "each file that the driver publishes is in the bucket, and nothing is said" {
    synced
    for _ in first second; do
        run -0 --separate-stderr "$ROOT/scripts/baton-airbyte" -f sync.c1z
        [ -z "$output$stderr" ]
        cmp sync.c1z s3/bucket/airbyte/sync.c1z
    done
    [ "$("$BIN/c1z-cat" -f s3/bucket/airbyte/sync.c1z --format csv syncs | wc -l)" -eq 3 ]
}

@test "what docs/CONDUCTORONE.md says" {
    synced
    unset BATON_PUBLISH_COMMAND S3_URL AWS_REGION
    mkdir bin
    ln -s "$ROOT/contrib" .
    ln -s "$ROOT/scripts/baton-airbyte" "$BIN"/c1z-* bin
    code=$("$ROOT/tests/documents" "sh s3" "$ROOT/docs/CONDUCTORONE.md" | tr -d '\f' |
        sed "s|https://BUCKET[^ ]*amazonaws.com|$address/bucket|")
    [[ $code == *'--publish-command'* && $code == *"$address/bucket/airbyte.c1z"* ]]
    PATH=$PWD/bin:$PATH run -0 --separate-stderr bash -euo pipefail -c "$code"
    [ -z "$output$stderr" ]
    cmp sync.c1z s3/bucket/airbyte.c1z
}

@test "an upload that fails is status 5: the file stays, and so does the object" {
    synced
    mkdir s3/bucket/airbyte
    echo old >s3/bucket/airbyte/sync.c1z
    keys default "$id" wrong >home/.aws/credentials
    run -5 --separate-stderr "$ROOT/scripts/baton-airbyte" -f sync.c1z --status-file status.json
    [ -z "$output" ]
    [[ $stderr == *'to-s3: the server says: SignatureDoesNotMatch: '*"'sync.c1z' is published, but the publish command failed with status 22" ]]
    [ "$(jq .status status.json)" -eq 5 ]
    "$BIN/c1z-cat" -f sync.c1z grants | grep -q Grant
    [ "$(cat s3/bucket/airbyte/sync.c1z)" = old ]
}

@test "what the server refuses is said: an unknown key, a bucket that is not there, a token that is none" {
    echo data >file
    keys default AKIAOTHER "$secret" >home/.aws/credentials
    run -22 --separate-stderr "$to_s3" file
    # Amazon's word is InvalidAccessKeyId.
    [[ $stderr == *'to-s3: the server says: XAdminUserNotFound: '* ]]
    keys default "$id" "$secret" >home/.aws/credentials
    S3_URL=$address/other/sync.c1z run -22 --separate-stderr "$to_s3" file
    [[ $stderr == *'to-s3: the server says: NoSuchBucket: '* ]]
    # That it is known to be none shows that it came, and was signed.
    echo 'aws_session_token = none' >>home/.aws/credentials
    run -22 --separate-stderr "$to_s3" file
    [[ $stderr == *'to-s3: the server says: InvalidToken: '* ]]
    [ -z "$(ls s3/bucket)" ]
}

@test "a file that changes on its way is refused by the server" {
    echo data >file
    mkdir bin
    printf '#!/bin/sh\nprintf "%%064d  -\\n" 0\n' >bin/sha256sum
    chmod +x bin/sha256sum
    PATH=$PWD/bin:$PATH run -22 --separate-stderr "$to_s3" file
    [[ $stderr == *XAmzContentSHA256Mismatch* ]]
    [ ! -e s3/bucket/airbyte/sync.c1z ]
}

@test "a server that cannot be trusted, and one that is not there, get nothing" {
    echo data >file
    CURL_CA_BUNDLE=$certificates/self.pem run -60 --separate-stderr "$to_s3" file
    [[ $stderr == 'curl: (60) '* ]]
    S3_URL=https://127.0.0.1:1/bucket/sync.c1z run -7 --separate-stderr "$to_s3" file
    [[ $stderr == *'curl: (7) '* ]]
    [ -z "$(ls s3/bucket)" ]
}

@test "names and sizes that curl would stumble over" {
    mkdir -p 'a b'
    head -c 3000000 /dev/urandom >'a b/{1,2}[3].c1z'
    run -0 "$to_s3" 'a b/{1,2}[3].c1z'
    cmp 'a b/{1,2}[3].c1z' s3/bucket/airbyte/sync.c1z
    echo data >-
    run -0 "$to_s3" - </dev/null
    [ "$(cat s3/bucket/airbyte/sync.c1z)" = data ]
}

@test "keys from another section, from another file, from the environment" {
    echo data >file
    keys default "$id" wrong >other
    printf '\n# a comment\n' >>other
    keys backup "$id" "$secret" >>other
    AWS_SHARED_CREDENTIALS_FILE=other AWS_PROFILE=backup run -0 "$to_s3" file
    AWS_SHARED_CREDENTIALS_FILE=other run -22 "$to_s3" file
    AWS_SHARED_CREDENTIALS_FILE=/nonexistent AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret run -0 "$to_s3" file
}

@test "no argument list and no environment has the keys" {
    echo data >file
    mkdir bin
    real=$(command -v curl)
    printf '#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ >%q\nexec %q "$@"\n' "$PWD/seen" "$real" >bin/curl
    chmod +x bin/curl
    AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret PATH=$PWD/bin:$PATH run -0 "$to_s3" file
    grep -qa upload-file seen
    run -1 grep -aF "$secret" seen
}

@test "settings that are missing or wrong" {
    echo data >file
    run -64 "$to_s3"
    run -64 "$to_s3" file file
    run -66 "$to_s3" other
    S3_URL=http://127.0.0.1/bucket/sync.c1z run -78 "$to_s3" file
    S3_URL=https://127.0.0.1/bucket/ run -78 "$to_s3" file
    S3_URL='' run -78 "$to_s3" file
    AWS_REGION='' run -78 "$to_s3" file
    [ "$output" = 'to-s3: AWS_REGION is not set' ]
    AWS_PROFILE=other run -78 "$to_s3" file
    [ "$output" = "to-s3: the section 'other' of '$HOME/.aws/credentials' has not both keys" ]
    AWS_SHARED_CREDENTIALS_FILE=/nonexistent run -78 "$to_s3" file
    AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$'a\nurl = "https://127.0.0.1/"' run -78 "$to_s3" file
    [ "$output" = 'to-s3: a setting has a control character in it' ]
    [ -z "$(ls s3/bucket)" ]
}
