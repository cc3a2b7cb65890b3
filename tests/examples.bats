#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # code in single quotes; run sets output and stderr
#
# The examples of the manual pages and of the README do what they say: each is run as it stands, in a folder that holds
# the files it names, against the mock server. In a page that is every .Bd and .Dl under EXAMPLES; in the README every
# block marked "sh". What they take for the reader's own (the address, the ids, the secret) is put in its place.

load lib

setup() {
    page='' tenant=''
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

# serve TENANT: have a server of that tenant, and its secret in the places that the examples name.
serve() {
    local secret
    [ "$tenant" != "$FIXTURES/$1.json" ] || return 0
    tenant=$FIXTURES/$1.json
    stop_mock
    start_mock --tenant "$tenant"
    credentials "$tenant"
    secret=$BATON_AIRBYTE_CLIENT_SECRET
    printf '%s\n' "$secret" | tee home/.airbyte-secret home/.config/airbyte-secret >home/.config/airbyte/airbyte-client-secret
    printf '#!/bin/sh\necho "%s"\n' "$secret" >bin/pass
    chmod +x bin/pass
}

# furnish: start the server, and make the folder that the examples find themselves in: HOME with the secret in the places
# that they name, streams and files of a run, a connector.
furnish() {
    export HOME=$PWD/home PATH=$PWD/bin:$BIN:$ROOT/scripts:$PATH EDITOR=true
    export BATON_AIRBYTE_BIN=$BIN BATON_LOG_FORMAT=console
    mkdir -p home/.config/airbyte bin work
    umask 077
    serve demo-tenant
    printf '#!/bin/sh\ncat %s\n' "$PWD/records" | tee work/my-connector >work/users
    printf '#!/bin/sh\n' >work/groups
    chmod +x work/my-connector work/users work/groups
    sync=2YtdrKLx7LIqaVuv81lTDsXVTjC
    baton-airbyte -f work/sync.c1z --stages work --sync-id "$sync"
    grep '^{"@type"' work/records.ndjson >records
    someone=$(jq -r 'select(.principal.id.resourceType == "user").principal.id.resource' records | head -n 1)
    for name in all old new before after; do cp work/sync.c1z "work/$name.c1z"; done
}

# run_example CODE: run it; it must succeed, and say nothing but at debug level.
run_example() {
    local code
    # The audit log takes a licence.
    case $1 in *audit_event*) serve pro-tenant ;; *) serve demo-tenant ;; esac
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

# joined: lines that end in a backslash as one with the next, without what examples() puts between examples.
joined() {
    sed -e '/\f/d' -e ':more' -e '/\\$/{N;s/\\\n//;b more' -e '}'
}

# too_wide: print the lines of standard input that do not fit a terminal of 80 columns.
too_wide() {
    python3 -c 'import sys
for line in sys.stdin.buffer.read().decode().splitlines():
    if len(line) > 80: print(line)'
}

@test "help, and the pages of the formats, fit 80 columns" {
    for program in "$BIN"/a[b]-* "$BIN"/c1*; do
        run -0 --separate-stderr "$program" --help
        [ -z "$(too_wide <<<"$output")" ] || { echo "$program" && too_wide <<<"$output" && false; }
    done
    for page in "$ROOT"/docs/man/*.[57]; do
        mandoc -T ascii -O width=78 "$page" | sed 's/.\x08//g' >rendered
        [ -s rendered ]
        [ -z "$(too_wide <rendered)" ]
    done
}

@test "every --help has examples before all else, which stand in the page, where they are run" {
    for program in "$BIN"/a[b]-* "$BIN"/c1* "$ROOT/scripts/baton-airbyte"; do
        page=$ROOT/docs/man/${program##*/}.1
        "$program" --help >help
        # Behind the usage, which ends at the first empty line, up to the next.
        awk -v RS= 'NR == 2' help >shown
        [ "$(head -n 1 shown)" = examples: ]
        examples "$page" | sed 's/^ *//' >run
        [ "$(tail -n +2 shown | sed 's/^ *//' | grep -cvxFf run)" -eq 0 ] || { cat shown run && false; }
    done
}

@test "every page of a program has an example, and each one works" {
    furnish
    for page in "$ROOT"/docs/man/*.[17]; do
        # It runs until it is ended, with a service that its own suite stands in for.
        [ "${page##*/}" != c1-serve.1 ] || continue
        run_examples < <(examples "$page")
    done
}

@test "the streams in the pages of the formats are streams of that format" {
    furnish
    examples "$ROOT/docs/man/ab-raw.5" | joined >work/example.ndjson
    ab-map work/example.ndjson | tail -n 1 | grep '"stream":"end"'
    examples "$ROOT/docs/man/baton-records.5" | joined >example.ndjson
    c1z-pack -f example.c1z example.ndjson
    [ "$(c1z-cat -f example.c1z grants | grep -c Grant)" -eq 1 ]
}

@test "the README's commands work" {
    furnish
    page=README.md
    blocks "$ROOT/README.md" | run_examples
}
