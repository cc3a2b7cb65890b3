#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # code in single quotes; run sets output and stderr
#
# The commands in the documents do what they say. The examples of the manual pages and the blocks marked "sh" are run as
# they stand, in a folder that holds the files they name, against the mock server; of blocks marked "console" the output is
# compared as well. What they take for the reader's own (the address, the ids, the secret) is put in its place. A command
# that cannot be run here is named, with the reason, in commands-not-run.

load lib

setup() {
    page='' tenant=''
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    stop_mock
}

# documents WHAT FILE...: what the documents have; see there.
documents() {
    "$ROOT/tests/documents" "$@"
}

# all_documents: the names of all of them, from the root of the tree, with a NUL after each.
all_documents() {
    (cd "$ROOT" && printf '%s\0' ./*.md docs/*.md contrib/*.md examples/*.md docs/man/*)
}

# own: put the reader's own things in their place.
own() {
    sed -E "s|https://airbyte\.example\.com|$MOCK_URL|g
        s/(BATON_AIRBYTE_CLIENT_ID=)([0-9a-f-]{36}|\.\.\.)/\1$(jq -r .application.clientId "$tenant")/
        s|(BATON_AIRBYTE_CLIENT_SECRET=)\.\.\.|\1$(jq -r .application.clientSecret "$tenant")|
        s|user:ann|user:$someone|
        s|--sync [0-9A-Za-z]{27}|--sync $sync|"
}

# serve TENANT: have a server of that tenant, of the fixtures or an absolute name, and its secret in the places that the examples name.
serve() {
    local secret
    local wanted=$FIXTURES/$1.json
    [[ $1 != /* ]] || wanted=$1.json
    [ "$tenant" != "$wanted" ] || return 0
    tenant=$wanted
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
    cp work/my-connector work/connector
    ln -s "$ROOT/examples" "$ROOT/tests" work
    sync=2YtdrKLx7LIqaVuv81lTDsXVTjC
    baton-airbyte -f work/sync.c1z --stages work --sync-id "$sync"
    grep '^{"@type"' work/records.ndjson >records
    someone=$(jq -r 'select(.principal.id.resourceType == "user").principal.id.resource' records | head -n 1)
    mkdir -p work/build/demo
    cp work/raw.ndjson work/build/demo
    jq -f "$FIXTURES/yesterday.jq" "$FIXTURES/demo-tenant.json" >yesterday.json
    tenant=
    serve "$PWD/yesterday"
    baton-airbyte -f work/yesterday.c1z
    for name in all old new before after; do cp work/sync.c1z "work/$name.c1z"; done
}

# run_example CODE: run it; it must succeed, and say nothing but at debug level, or that the owner of the application of the
# demonstration is no instance admin.
run_example() {
    local code
    # The audit log takes a licence.
    case $1 in *audit_event*) serve pro-tenant ;; *) serve demo-tenant ;; esac
    code=$(own <<<"$1")
    printf '%s: %s\n' "$page" "$code"
    (cd work && timeout 60 bash -euo pipefail -c "$code" >../out 2>../err </dev/null 3>&-)
    if grep -vE ': debug: |: the application was not shown all that gives access.*kinds=instance_admin\)$' err; then return 1; fi
}

# each COMMAND: call it with each block on standard input, as documents prints them; there must be one.
each() {
    local -a all
    local block
    mapfile -d $'\f' -t all
    [ "${#all[@]}" -gt 1 ]
    # Behind the last form feed is a line feed.
    unset 'all[-1]'
    for block in "${all[@]}"; do "$1" "${block#$'\n'}"; done
}

# run_session BLOCK: run each line that begins with "$ "; it must succeed, or be a c1z-diff that ends with 1, and print the
# lines below it, where "..." stands for any number of lines.
run_session() {
    local line command='' wanted=''
    while IFS= read -r line; do
        if [[ $line == '$ '* ]]; then
            [ -z "$command" ] || run_command "$command" "$wanted"
            command=${line#'$ '} wanted=
        else
            wanted+=$line$'\n'
        fi
    done <<<"${1%$'\n'}"
    run_command "$command" "$wanted"
}

run_command() {
    local status=0
    printf '%s: $ %s\n' "$page" "$1"
    (cd work && timeout 60 bash -uo pipefail -c "$1" >../out 2>&1 </dev/null 3>&-) || status=$?
    cat out
    [ "$status" -eq 0 ] || [[ $1 == c1z-diff* && $status -eq 1 ]]
    python3 -c 'import re, sys
wanted = "".join("(.*\n)*" if line == "...\n" else re.escape(line) for line in sys.argv[1].splitlines(True))
sys.exit(not re.fullmatch(wanted, open("out").read()))' "$2"
}

# stream PAGE: the stream under EXAMPLES of a page of a format.
stream() {
    sed -n '/^\.Sh EXAMPLES/,$ { /^\.Bd/,/^\.Ed/ { /^\.[BE]d/!p } }' "$1" | sed 's/\\e/\\/g'
}

# joined: lines that end in a backslash as one with the next, without what documents puts between examples.
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
        documents sh "$page" | sed 's/^ *//' >run
        [ "$(tail -n +2 shown | sed 's/^ *//' | grep -cvxFf run)" -eq 0 ] || { cat shown run && false; }
    done
}

@test "every page of a program has an example, and each one works" {
    furnish
    for page in "$ROOT"/docs/man/*.[17]; do
        # It runs until it is ended, with a service that its own suite stands in for.
        [ "${page##*/}" != c1-serve.1 ] || continue
        each run_example < <(documents sh "$page")
    done
    # The one line with a program in the pages of formats.
    page=baton-records.5
    each run_example < <(documents sh "$ROOT/docs/man/baton-records.5")
}

@test "the streams in the pages of the formats are streams of that format" {
    furnish
    stream "$ROOT/docs/man/ab-raw.5" | joined >work/example.ndjson
    ab-map work/example.ndjson | tail -n 1 | grep '"stream":"end"'
    stream "$ROOT/docs/man/baton-records.5" | joined >example.ndjson
    c1z-pack -f example.c1z example.ndjson
    [ "$(c1z-cat -f example.c1z grants | grep -c Grant)" -eq 1 ]
}

@test "the commands in the README and the other documents work, and say what stands there" {
    furnish
    for page in README.md CONTRIBUTING.md docs/CONDUCTORONE.md examples/README.md; do
        each run_example < <(documents sh "$ROOT/$page")
        serve demo-tenant
        [ -z "$(documents console "$ROOT/$page")" ] || each run_session < <(documents console "$ROOT/$page")
    done
    # Those are all.
    [ "$(cd "$ROOT" && for page in ./*.md */*.md; do
        grep -qE '^ *```(sh|console)$' "$page" && echo "$page"
    done)" = $'./CONTRIBUTING.md\n./README.md\ndocs/CONDUCTORONE.md\nexamples/README.md' ]
}

# is_target WORD...: whether they are arguments that make takes: targets, or settings.
is_target() {
    local word
    for word; do
        [[ $word == *=* ]] || grep -qE "^\.PHONY:(.*) $word( |\$)" "$ROOT/Makefile" || return 1
    done
}

@test "each command in the documents is run, is a target of make, or is named with a reason" {
    all_documents | (cd "$ROOT" && xargs -0 tests/documents others) >commands
    cut -f 1 "$ROOT/tests/commands-not-run" | grep -v '^#' | sort >named
    [ "$(grep -cP '^[^\t]+\t.{10}' "$ROOT/tests/commands-not-run")" -eq "$(wc -l <named)" ]
    while IFS=$'\t' read -r page command; do
        # shellcheck disable=SC2086 # words are wanted
        if [[ $command == make* && $command != *'&&'* ]] && is_target ${command#make}; then continue; fi
        grep -qxF -- "$command" named || { echo "$page: neither run nor named: $command" && false; }
    done <commands
    # What is no longer in a document needs no reason.
    run -0 comm -23 named <(cut -f 2 commands | sort -u)
    [ -z "$output" ]
    # No block has a label that nobody looks at.
    run -0 bash -c "cd '$ROOT' && tests/documents labels ./*.md */*.md | grep -vxE '|sh|sh s3|console|text|ini|json|yaml' || true"
    [ -z "$output" ]
}

# check_mention CODE: whether the programs, flags, targets and files in it are there.
check_mention() {
    local segment program flag
    local -a words
    while IFS= read -r segment; do
        read -ra words <<<"$segment"
        program=${words[0]:-}
        case $program in
        make) is_target "${words[@]:1}" ;;
        */*) compgen -G "$ROOT/${program%,}" >/dev/null ;;
        ab-* | c1-* | c1z-* | baton-airbyte | mock-airbyte)
            for flag in "${words[@]:1}"; do
                [[ $flag =~ ^(--[a-z0-9-]+|-[a-z]$) ]] || continue
                grep -qE -- "(^|[^a-z0-9-])${BASH_REMATCH[1]}([^a-z0-9-]|\$)" <("$program" --help) || return 1
            done
            command -v "$program" >/dev/null
            ;;
        esac || return 1
    done < <(tr '|' '\n' <<<"$1")
}

@test "programs, flags, targets, files, pages and links that the documents name are there" {
    export PATH=$BIN:$ROOT/scripts:$PATH
    all_documents | (cd "$ROOT" && xargs -0 tests/documents mentions) | sort -u >codes
    [ "$(wc -l <codes)" -gt 50 ]
    while IFS=$'\t' read -r page code; do
        check_mention "$code" || { echo "$page: not there: $code" && false; }
    done <codes
    (cd "$ROOT" && tests/documents links ./*.md ./*/*.md) >targets
    while IFS=$'\t' read -r page target; do
        case $target in
        http*) ;;
        '#'*) grep -qE "^## " "$ROOT/$page" && grep -E '^#+ ' "$ROOT/$page" | sed 's/^#* //; s/[^A-Za-z0-9 -]//g; s/ /-/g' |
            grep -qixF "${target#?}" ;;
        *) [ -e "$(dirname "$ROOT/$page")/${target%%#*}" ] ;;
        esac || { echo "$page: not there: $target" && false; }
    done <targets
    grep -ohE '(ab|c1z?|baton)-[a-z]+\([157]\)' "$ROOT"/*.md "$ROOT"/*/*.md | sort -u >pages
    while IFS='()' read -r name section; do
        [ -e "$ROOT/docs/man/$name.${section%)}" ] || { echo "no page $name($section" && false; }
    done <pages
    # The overview has each page.
    for page in "$ROOT"/docs/man/*.[15]; do
        name=${page##*/}
        grep -qE "^\.(It )?Xr ${name%.*} ${name##*.}" "$ROOT/docs/man/baton-airbyte.7" || { echo "not in the overview: $name" && false; }
    done
}

# said_in PICTURE: the texts of a terminal's picture, but for the line with the time that the run took.
said_in() {
    sed -n 's/<\/*tspan[^>]*>//g; s/\xc2\xa0/ /g; s/<text [^>]*>\(.*\)<\/text>/\1/p' "$1" | grep -vE ', [0-9]+ s$'
}

@test "the picture of the terminal shows what a run says; that of the report is one" {
    AB_BUILD=${BIN%/bin} "$ROOT/docs/pictures/draw" .
    said_in terminal.svg >now
    [ "$(wc -l <now)" -gt 20 ]
    # If not: make pictures, and look at them.
    diff now <(said_in "$ROOT/docs/pictures/terminal.svg")
    for picture in "$ROOT"/docs/pictures/report.png report.png; do
        [ ! -e report.png ] || [ "$(head -c 8 "$picture" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
    done
    [ "$(du -k --apparent-size "$ROOT/docs/pictures" | cut -f 1)" -lt 200 ]
}
