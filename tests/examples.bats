#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # code in single quotes; run sets output and stderr
#
# The examples of the manual pages and of the README do what they say: each is run as it stands, in a folder that holds
# the files it names, against the mock server. In a page that is every .Bd and .Dl under EXAMPLES; in the README every
# block marked "sh". What they take for the reader's own (the address, the ids, the secret) is put in its place.

load lib

setup() {
    tenant=$FIXTURES/demo-tenant.json
    page=
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    stop_mock
}

# examples PAGE: print the examples of a page in mdoc, each followed by a line with a form feed.
examples() {
    awk '
        /^\.Sh / { inside = $2 == "EXAMPLES" }
        !inside { next }
        /^\.Bd / { block = 1; next }
        /^\.Ed/ { block = 0; print "\f"; next }
        /^\.Dl / { print substr($0, 5) "\n\f" }
        block' "$1" | sed 's/\\e/\\/g; s/\\&//g; s/\\(aq/'\''/g; s/\\-/-/g'
}

# blocks FILE: the same of a file in Markdown.
blocks() {
    awk '/^```sh$/ { block = 1; next } /^```/ { if (block) print "\f"; block = 0 } block' "$1"
}

# own: put the reader's own things in their place.
own() {
    sed -E "s|https://airbyte\.example\.com|$MOCK_URL|g
        s|(BATON_AIRBYTE_CLIENT_ID=)[^ ]*|\1$(jq -r .application.clientId "$tenant")|
        s|(BATON_AIRBYTE_CLIENT_SECRET=)\.\.\.|\1$(jq -r .application.clientSecret "$tenant")|
        s|user:ann|user:$someone|
        s|--sync [0-9A-Za-z]{27}|--sync $sync|"
}

# furnish: start the server, and make the folder that the examples find themselves in: HOME with the secret in the places
# that they name, streams and files of a run, a connector.
furnish() {
    local secret
    export HOME=$PWD/home PATH=$PWD/bin:$BIN:$ROOT/scripts:$PATH EDITOR=true
    export BATON_AIRBYTE_BIN=$BIN BATON_LOG_FORMAT=console
    start_mock --tenant "$tenant"
    credentials "$tenant"
    secret=$BATON_AIRBYTE_CLIENT_SECRET
    mkdir -p home/.config/airbyte bin work
    umask 077
    printf '%s\n' "$secret" | tee home/.airbyte-secret home/.config/airbyte-secret >home/.config/airbyte/airbyte-client-secret
    printf '#!/bin/sh\necho "%s"\n' "$secret" >bin/pass
    printf '#!/bin/sh\ncat %s\n' "$PWD/records" | tee work/my-connector >work/users
    printf '#!/bin/sh\n' >work/groups
    chmod +x bin/pass work/my-connector work/users work/groups
    sync=2YtdrKLx7LIqaVuv81lTDsXVTjC
    baton-airbyte -f work/sync.c1z --stages work --sync-id "$sync"
    grep '^{"@type"' work/records.ndjson >records
    someone=$(jq -r 'select(.principal.id.resourceType == "user").principal.id.resource' records | head -n 1)
    for name in all old new before after; do cp work/sync.c1z "work/$name.c1z"; done
}

# run_example CODE: run it; it must succeed, and say nothing but at debug level.
run_example() {
    local code
    code=$(own <<<"$1")
    printf '%s: %s\n' "$page" "$code"
    (cd work && timeout 60 bash -euo pipefail -c "$code" >../out 2>../err </dev/null 3>&-)
    if grep -v ': debug: ' err; then return 1; fi
}

# run_examples: run those on standard input, as examples() prints them; there must be one.
run_examples() {
    local -a all
    local code
    mapfile -d $'\f' -t all
    [ "${#all[@]}" -gt 1 ]
    # Behind the last form feed is a line feed.
    unset 'all[-1]'
    for code in "${all[@]}"; do run_example "${code#$'\n'}"; done
}

@test "every page of a program has an example, and each one works" {
    furnish
    for page in "$ROOT"/docs/man/*.1; do
        # It runs until it is ended, with a service that its own suite stands in for.
        [ "${page##*/}" != c1-serve.1 ] || continue
        run_examples < <(examples "$page")
    done
}

@test "the streams in the pages of the formats are streams of that format" {
    furnish
    examples "$ROOT/docs/man/ab-raw.5" | sed '/\f/d' >work/example.ndjson
    ab-map work/example.ndjson | tail -n 1 | grep '"stream":"end"'
    examples "$ROOT/docs/man/baton-records.5" | sed '/\f/d' | sed -e ':more' -e '/\\$/{N;s/\\\n//;b more' -e '}' >example.ndjson
    c1z-pack -f example.c1z example.ndjson
    [ "$(c1z-cat -f example.c1z grants | grep -c Grant)" -eq 1 ]
}

@test "the README's commands work" {
    furnish
    page=README.md
    blocks "$ROOT/README.md" | run_examples
}
