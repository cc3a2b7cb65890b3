#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # stubs are in single quotes; each test is a subshell; run sets stderr
#
# The driver: its command line, and what it makes of the ends that stages come to, with stages that are stubs; then
# whole runs against the mock server.

load lib

setup() {
    driver=$ROOT/scripts/baton-airbyte
    tenant=$FIXTURES/demo-tenant.json
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    stop_mock
}

# use_stubs: settings, and four programs that note how they were started in NAME.args and NAME.env and then run the
# shell code in DO_FETCH, DO_MAP or DO_PACK. Left alone they pass one line on and publish it.
use_stubs() {
    export BATON_DOMAIN_URL=http://localhost:1 BATON_AIRBYTE_CLIENT_ID=an-id BATON_AIRBYTE_CLIENT_SECRET=a-secret
    export BATON_AIRBYTE_BIN=$BATS_TEST_TMPDIR/stubs BATON_LOG_FORMAT=console
    mkdir -p stubs
    local name note='#!/usr/bin/env bash
name=${0##*/}; printf "%s\n" "$@" >"$name.args"; env >"$name.env"; echo $$ >"$name.pid"
'
    printf '%s%s' "$note" '[[ ${*: -2:1} != --client-secret-file ]] || cat "${*: -1}" >secret
        while read -r line; do echo "token"; done' >stubs/ab-token
    # What it is asked in passing it answers as itself.
    printf '#!/usr/bin/env bash\n[[ $1 != --list ]] || exec "$BIN/ab-fetch" --list\n%s%s' "${note#*$'\n'}" 'fds=$(printf "%s\n" "$@" | sed -n "/^--token-fds$/{n;p}"); echo get >&"${fds#*,}"; read -r token <&"${fds%,*}"
        eval "${DO_FETCH:-echo a line}"' >stubs/ab-fetch
    printf '%s%s' "$note" 'eval "${DO_MAP:-cat}"' >stubs/ab-map
    printf '%s%s' "$note" 'file=${1#--file=} all=$(cat; echo .)
        publish() { printf %s "${all%.}" >"$file"; }
        eval "${DO_PACK:-publish}"' >stubs/c1z-pack
    for name in ab-token ab-fetch ab-map c1z-pack; do chmod +x "stubs/$name"; done
    ln -sf "$BIN/ab-stage" "$BIN/ab-config" "$BIN/c1z-cat" stubs/
    printf old >sync.c1z
}

# ends_with STATUS TEXT: run the driver; it must end with STATUS, TEXT as the last line on standard error, nothing on
# standard output, and (unless STATUS is 0) the old file.
ends_with() {
    local status=0
    "$driver" >out 2>err </dev/null || status=$?
    cat err
    [ "$status" -eq "$1" ]
    [ "$(tail -n 1 err)" = "$2" ]
    [ ! -s out ]
    [ "$1" -eq 0 ] || [ "$(cat sync.c1z)" = old ]
}

# ends_with_flags STATUS LAST-LINE FLAGS...: the same of the driver with FLAGS.
ends_with_flags() {
    run -"$1" --separate-stderr "$driver" "${@:3}"
    [ "${stderr_lines[-1]}" = "$2" ]
}

# appears FILE: wait until FILE is there and not empty, or fail after ten seconds.
appears() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        [ ! -s "$1" ] || return 0
        sleep 0.05
    done
    return 1
}

# goes PID: wait until the process has ended, or fail after ten seconds.
goes() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        [ -e "/proc/$1" ] || return 0
        sleep 0.05
    done
    return 1
}

### What is printed on request

@test "help goes to standard output and names every flag and its variable" {
    for words in --help -h help '--ticketing --help'; do
        # shellcheck disable=SC2086 # words are wanted
        run -0 --separate-stderr "$driver" $words
        [ -z "$stderr" ]
        [[ $output == usage:\ baton-airbyte* ]]
        for flag in domain-url hostname airbyte-client-id airbyte-client-secret airbyte-client-secret-file file stages \
            jobs insecure-http deadline sync-id log-level log-format provisioning ticketing skip-full-sync otel-collector-endpoint; do
            variable=BATON_${flag^^}
            [[ $output == *--$flag*\(\$${variable//-/_}\)* ]]
        done
        [ "$(awk 'length > 80' <<<"$output")" = '' ]
    done
    for topic in capabilities completion config help secrets roles statuses; do
        run -0 --separate-stderr "$driver" help "$topic"
        [ -z "$stderr" ]
        [[ $output != usage:\ baton-airbyte\ \[flags\]* ]]
        [ "$(awk 'length > 80' <<<"$output")" = '' ]
    done
    [ "$("$driver" help --help)" = "$("$driver" help help)" ]
    # In the order in which they count.
    [ "$("$driver" help secrets | grep -o '^  [^ ]*' | paste -sd ' ')" = '  --airbyte-client-secret   --airbyte-client-secret-file   '\
'$BATON_AIRBYTE_CLIENT_SECRET_FILE   $BATON_AIRBYTE_CLIENT_SECRET   airbyte-client-secret   $CREDENTIALS_DIRECTORY/airbyte-client-secret' ]
    # Examples come first, and on what there is no help a word tells what there is.
    [ "$("$driver" --help | grep -n '^[a-z]*:\( \|$\)' | cut -d : -f 2 | paste -sd ' ')" = 'usage examples commands' ]
    run -0 --separate-stderr "$driver" help statusses --log-format console
    [[ $output == usage:* ]]
    [ "$stderr" = 'baton-airbyte: warning: no help on statusses; there is: capabilities, completion, config, help, secrets, roles, statuses; did you mean statuses?' ]
    run -0 --separate-stderr "$driver" help S3cret=
    [[ $stderr != *S3cret* ]]
}

@test "the version is that of the programs" {
    export BATON_AIRBYTE_BIN=$BIN
    version=$("$BIN/c1z-pack" --version)
    version=${version#c1z-pack }
    [ -n "$version" ]
    for flag in -v --version; do
        run -0 --separate-stderr "$driver" "$flag"
        [ "$output" = "baton-airbyte version $version" ]
        [ -z "$stderr" ]
    done
}

@test "capabilities need no settings and end without a line feed" {
    BATON_AIRBYTE_BIN=$BIN "$driver" capabilities >caps 2>err
    [ ! -s err ]
    [ "$(tail -c 1 caps)" = '}' ]
    [ "$(jq -r '."@type"' caps)" = type.googleapis.com/c1.connector.v2.ConnectorCapabilities ]
    [ "$(jq -c '[.resourceTypeCapabilities[].resourceType.id]' caps)" = '["group","instance","organization","user","workspace"]' ]
    [ "$(jq -c '[.resourceTypeCapabilities[].resourceType.traits]' caps)" = '[["TRAIT_GROUP"],null,null,["TRAIT_USER"],null]' ]
    [ "$(jq -c '[.resourceTypeCapabilities[].capabilities, .connectorCapabilities] | flatten | unique' caps)" = \
        '["CAPABILITY_SYNC"]' ]
    [ "$(jq -c '[.resourceTypeCapabilities[].permissions] | unique' caps)" = '[{}]' ]
    [ "$(jq --indent 2 . caps)" = "$(cat caps)" ]
}

@test "config and capabilities are what SDK 0.26 itself would write, byte for byte" {
    local forms
    forms=$("$ROOT/tests/interop/build" v0.26 forms) || { [ $? -eq 3 ] && skip 'no Go here'; false; }
    for words in config capabilities; do
        BATON_AIRBYTE_BIN=$BIN "$driver" "$words" >"$words.json"
        "$forms" "$words" <"$words.json" >by-sdk
        cmp by-sdk "$words.json"
    done
    # It would say so.
    run -1 "$forms" config <<<'{"field":[]}'
}

@test "config needs no settings, and is the form for those there must be" {
    run -0 --separate-stderr "$driver" config
    [ -z "$stderr" ]
    [ "$("$driver" config | tail -c 1)" = '}' ]
    [ "$(jq --indent 2 . <<<"$output")" = "$output" ]
    jq -e '.fields | all(.description)' <<<"$output"
    # Those for who operates it first, as the SDK has them.
    [ "$(jq -c '[.fields[] | .isOps // false] == ([.fields[] | .isOps // false] | sort | reverse)' <<<"$output")" = true ]
    [ "$(jq -r '[.fields[] | select(.isRequired).name] | join(" ")' <<<"$output")" = \
        'domain-url airbyte-client-id airbyte-client-secret' ]
    [ "$(jq -r '.fields[] | select(.isSecret).name' <<<"$output")" = airbyte-client-secret ]
    [ "$(jq -r '.fields[] | select(.name == "log-level") | .isOps, .stringField.defaultValue' <<<"$output")" = 'true
info' ]
    jq -e '.constraints[0].fieldNames - [.fields[].name] == []' <<<"$output"
}

@test "completion for bash completes flags, values and commands, after = too" {
    # shellcheck disable=SC1090
    source <("$driver" completion bash)
    complete_words() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _baton_airbyte
        echo "${COMPREPLY[*]}"
    }
    [ "$(complete_words baton-airbyte --dom)" = --domain-url ]
    [ "$(complete_words baton-airbyte --log-level w)" = warn ]
    [ "$(complete_words baton-airbyte --log-level = w)" = warn ]
    [ "$(complete_words baton-airbyte --log-format =)" = 'json console' ]
    [ "$(complete_words baton-airbyte comp)" = completion ]
    [ "$(complete_words baton-airbyte help stat)" = statuses ]
    [ "$(complete_words baton-airbyte completion '')" = 'bash zsh fish powershell' ]
    for words in '--keep ' '-j ' '--domain-url =' '--publish-command '; do
        [ -z "$(complete_words baton-airbyte "${words% *}" "${words#* }")" ]
    done
    mkdir folder
    touch 'a file'
    [ "$(complete_words baton-airbyte -f 'a')" = 'a file' ]
    [ "$(complete_words baton-airbyte --stages = 'f')" = folder ]
}

@test "completion for bash: in a shell, a command is no folder, and a file's name is one" {
    command -v script >/dev/null || skip 'no terminal can be had here'
    "$driver" completion bash >script.bash
    mkdir config
    touch 'a file'
    printf '%s\n' 'source ./script.bash' 'baton-airbyte() { printf "<%s>" "$@" >>seen; }' >rc
    printf 'baton-airbyte %s\t\n' conf '-f a' '--stages c' >typed
    echo exit >>typed
    SHELL=/bin/bash TERM=dumb INPUTRC=/dev/null timeout 60 script -qec 'bash --noprofile --rcfile rc -i' /dev/null \
        <typed >shown
    [ "$(cat seen)" = '<config><-f><a file><--stages><config/>' ]
}

@test "completion for zsh: sourced, it completes flags and values" {
    command -v zsh >/dev/null || skip 'no zsh here'
    "$driver" completion zsh >script.zsh
    zsh -n script.zsh
    # A terminal of its own, in which somebody types and presses the tabulator.
    cat >type.zsh <<'EOF'
zmodload zsh/zpty
zpty shell zsh -f -i
send() { zpty -w shell "$1"; }
wait_for() { zpty -r -m shell seen "*$1*" && print -r -- "$seen"; }
send 'PS1= PS2=; stty columns 200; autoload -Uz compinit; compinit -u -d dump; source ./script.zsh; print rea""dy'
wait_for ready >/dev/null
zpty -w -n shell $'baton-airbyte --dom\t'
wait_for domain-url
zpty -w -n shell $' x --log-level=w\t'
wait_for level=warn
zpty -d shell
EOF
    run -0 timeout 60 zsh -f type.zsh
    [[ $output == *--domain-url* && $output == *--log-level=warn* ]]
}

@test "completion for fish completes flags, values and commands" {
    command -v fish >/dev/null || skip 'no fish here'
    "$driver" completion fish >script.fish
    HOME=$PWD run -0 fish -c 'source script.fish; complete -C "baton-airbyte --dom"; complete -C "baton-airbyte --log-level=w"
        complete -C "baton-airbyte comp"'
    [ "$(cut -f 1 <<<"$output" | paste -sd ' ')" = '--domain-url --log-level=warn completion' ]
}

@test "completion for PowerShell is code that it takes" {
    "$driver" completion powershell >script.ps1
    grep -qF "'--domain-url' = 'required" script.ps1
    command -v pwsh >/dev/null || skip 'no pwsh here'
    run -0 pwsh -NoProfile -Command \
        '. ./script.ps1; (TabExpansion2 "baton-airbyte --dom" 19).CompletionMatches.CompletionText'
    [ "$output" = --domain-url ]
}

# powershell_errors SCRIPT: print the places where it is not PowerShell.
powershell_errors() {
    "$python" - "$1" <<'EOF'
import sys, tree_sitter, tree_sitter_powershell
def wrong(node):
    if node.is_error or node.is_missing:
        print("%s: %d: %s" % (sys.argv[1], node.start_point[0] + 1, node.type))
    for child in node.children:
        wrong(child)
with open(sys.argv[1], "rb") as script:
    wrong(tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language())).parse(script.read()).root_node)
EOF
}

@test "completion for PowerShell has the grammar of it" {
    local status=0
    python=$("$ROOT/tests/clients/build" powershell) || status=$?
    [ "$status" -ne 3 ] || skip 'the grammar cannot be had here'
    [ "$status" -eq 0 ]
    "$driver" completion powershell >script.ps1
    "$driver" completion --no-descriptions powershell >plain.ps1
    for script in script plain; do
        run -0 powershell_errors "$script.ps1"
        [ -z "$output" ]
    done
    sed "s/'--domain-url' = '/&'/" script.ps1 >broken.ps1
    run -0 powershell_errors broken.ps1
    [[ $output == broken.ps1:* ]]
}

@test "--no-descriptions leaves them out" {
    for shell in zsh fish powershell; do
        "$driver" completion "$shell" >with
        "$driver" completion --no-descriptions "$shell" >without
        grep -q 'a URL or a host name' with
        run -1 grep -q 'a URL or a host name' without
        [ "$(grep -c -e domain-url without)" -eq 1 ]
    done
}

@test "completion without a shell, or with an unknown one, is help" {
    for shell in '' tcsh zssh; do
        run -0 --separate-stderr "$driver" completion $shell
        [[ $output == usage:\ baton-airbyte\ completion* ]]
    done
    [ "$stderr" = 'baton-airbyte: warning: no completion for zssh; there is: bash, zsh, fish, powershell; did you mean zsh?' ]
}

@test "what cannot be printed is an error" {
    export BATON_AIRBYTE_BIN=$BIN
    for words in help capabilities --version 'completion bash'; do
        # shellcheck disable=SC2086 # words are wanted
        run -74 bash -c '"$0" "$@" >/dev/full' "$driver" $words
    done
    run -74 bash -c '"$0" capabilities >&-' "$driver"
    run -74 --separate-stderr bash -c '"$0" --help >/dev/full' "$driver"
    [ "$stderr" = 'baton-airbyte: cannot write standard output' ]
    # A reader that has seen enough ends it without a word.
    run -0 --separate-stderr bash -c '{ "$0" --help; echo $? >status; } | true' "$driver"
    [ -z "$stderr" ]
    [ "$(cat status)" -eq 141 ] || [ "$(cat status)" -eq 0 ]
}

### The command line

@test "usage errors say why, then the usage, with status 64" {
    while IFS='|' read -r words reason; do
        # shellcheck disable=SC2086 # words are wanted
        run -64 --separate-stderr "$driver" $words
        [ -z "$output" ]
        [ "${stderr_lines[0]}" = "baton-airbyte: $reason" ]
        [[ ${stderr_lines[1]} == usage:\ * ]]
    done <<'CASES'
--nope|unknown flag: --nope
--nope=1|unknown flag: --nope
--flie x|unknown flag: --flie; did you mean --file?
--domain-ulr|unknown flag: --domain-ulr; did you mean --domain-url?
--airbyte-client-secretfile=x|unknown flag: --airbyte-client-secretfile; did you mean --airbyte-client-secret-file?
complete|unknown command "complete" for "baton-airbyte"; did you mean "completion"?
-x|unknown shorthand flag: -x
-px|unknown shorthand flag: -x
-- -0|unknown command
frobnicate|unknown command "frobnicate" for "baton-airbyte"
S3cret=|unknown command
-f|flag needs an argument: -f
--file|flag needs an argument: --file
--ticketing=maybe|invalid argument 'maybe' for --ticketing: neither true nor false
-p=maybe|invalid argument 'maybe' for --provisioning: neither true nor false
--@|unknown flag: '--@'
--airbyte-client-secret x --airbyte-client-secret-file y|--airbyte-client-secret and --airbyte-client-secret-file exclude each other
CASES
}

@test "an empty word is no command, and no run" {
    use_stubs
    run -64 --separate-stderr "$driver" ''
    [ "${stderr_lines[0]}" = 'baton-airbyte: unknown command' ]
    [ "$(cat sync.c1z)" = old ]
}

@test "what the Go connector has and this one has not is refused by name" {
    export BATON_LOG_FORMAT=console
    while IFS='|' read -r words reason; do
        # shellcheck disable=SC2086 # words are wanted
        run -78 --separate-stderr "$driver" $words
        [ -z "$output" ]
        [ "$stderr" = "baton-airbyte: $reason" ]
    done <<'CASES'
--client-id x|--client-id (BATON_CLIENT_ID) and --client-secret (BATON_CLIENT_SECRET) go together
--client-secret=S3cret|--client-id (BATON_CLIENT_ID) and --client-secret (BATON_CLIENT_SECRET) go together
--grant-entitlement x|--grant-entitlement is not supported: this connector only reads
--event-feed|--event-feed is not supported: "ab-fetch organization audit_event" reads the audit log
--log-event-log|--log-event-log is not supported: there are no traces, and logs go to standard error
--workers 4|--workers is not supported: --jobs says how many requests go at a time
--http-timeout-seconds 4|--http-timeout-seconds is not supported: --deadline bounds all that is asked of Airbyte
--bulk-create-ticket|--bulk-create-ticket is not supported: Airbyte has no tickets
--sync-resources x|--sync-resources is not supported: --sync-resource-types chooses by type
--compact-syncs|--compact-syncs is not supported: --keep says how many syncs a file keeps
--auth-method x|--auth-method is not supported: there is one way to log in, client id and secret
CASES
    use_stubs
    BATON_CLIENT_SECRET=S3cret ends_with 78 \
        'baton-airbyte: --client-id (BATON_CLIENT_ID) and --client-secret (BATON_CLIENT_SECRET) go together'
    BATON_SYNC_RESOURCES=x ends_with 78 \
        'baton-airbyte: BATON_SYNC_RESOURCES is not supported: --sync-resource-types chooses by type'
    BATON_WORKERS=4 BATON_DOMAIN_URL='' ends_with 78 \
        'baton-airbyte: BATON_WORKERS is not supported: --jobs says how many requests go at a time'
    BATON_WORKERS='' ends_with 0 ''
}

@test "all settings that are missing stand in one line" {
    run -78 --separate-stderr "$driver" --log-format console
    [ "$stderr" = 'baton-airbyte: missing settings: --domain-url (BATON_DOMAIN_URL), --airbyte-client-id (BATON_AIRBYTE_CLIENT_ID), --airbyte-client-secret (BATON_AIRBYTE_CLIENT_SECRET); baton-airbyte --help says how to give them' ]
    run -78 --separate-stderr "$driver" --log-format console --hostname x --airbyte-client-secret-file /dev/null
    [ "$stderr" = 'baton-airbyte: missing settings: --airbyte-client-id (BATON_AIRBYTE_CLIENT_ID); baton-airbyte --help says how to give them' ]
    BATON_DOMAIN_URL='' run -78 --separate-stderr "$driver" --log-format console --airbyte-client-id x \
        --airbyte-client-secret x
    [ "${stderr_lines[-1]}" = 'baton-airbyte: missing settings: --domain-url (BATON_DOMAIN_URL); baton-airbyte --help says how to give them' ]
}

@test "values that cannot be are refused" {
    use_stubs
    BATON_DEADLINE=soon ends_with 78 "baton-airbyte: --deadline (BATON_DEADLINE): 'soon' is not a number from 1 to 9999999"
    BATON_JOBS=0 ends_with 78 "baton-airbyte: --jobs (BATON_JOBS): '0' is not a number from 1 to 64"
    BATON_JOBS=65 ends_with 78 "baton-airbyte: --jobs (BATON_JOBS): '65' is not a number from 1 to 64"
    BATON_SYNC_ID=x ends_with 78 "baton-airbyte: --sync-id (BATON_SYNC_ID): 'x' is not a KSUID"
    BATON_TICKETING=$'\e[2J' ends_with 78 \
        "baton-airbyte: --ticketing (BATON_TICKETING): \$'\\E[2J' is neither true nor false"
    BATON_AIRBYTE_CLIENT_SECRET=$'two\nlines' ends_with 78 \
        'baton-airbyte: the client secret holds a control character'
    BATON_AIRBYTE_CLIENT_SECRET=$(printf '%4095d' 0) ends_with 78 \
        'baton-airbyte: the client secret is longer than 4094 bytes'
    BATON_AIRBYTE_CLIENT_SECRET='' BATON_AIRBYTE_CLIENT_SECRET_FILE=none ends_with 78 \
        "baton-airbyte: cannot read the file of the client secret, 'none': No such file or directory"
    # A word that is none of a few: 78 before anything is asked, with the one that may have been meant.
    BATON_STORAGE_ENGINE=peble ends_with 78 \
        "baton-airbyte: --storage-engine (BATON_STORAGE_ENGINE): 'peble' is none of sqlite pebble; did you mean pebble?"
    BATON_ACCEPT_GAP=invitation,grup ends_with 78 "baton-airbyte: --accept-gap (BATON_ACCEPT_GAP): 'grup' is none of \
audit_event group group_member group_permission instance instance_admin invitation organization organization_user user \
workspace workspace_user; did you mean group?"
    # All of a value counts, not its first line, and a word that is none is no word.
    BATON_ACCEPT_GAP=$'group\nbogus' ends_with 78 \
        "baton-airbyte: --accept-gap (BATON_ACCEPT_GAP): \$'group\\nbogus' holds a control character"
    BATON_ACCEPT_GAP=,group ends_with 78 \
        "baton-airbyte: --accept-gap (BATON_ACCEPT_GAP): ',group' has an empty word between its commas"
    printf '{"stream":"begin","schema":"baton-records/1","source":"x"}\n' >records.ndjson
    BATON_FROM=records.ndjson BATON_ACCEPT_GAP=other, ends_with 78 \
        "baton-airbyte: --accept-gap (BATON_ACCEPT_GAP): 'other,' has an empty word between its commas"
    BATON_SYNC_RESOURCE_TYPES=user,,group ends_with 78 "baton-airbyte: --sync-resource-types \
(BATON_SYNC_RESOURCE_TYPES): 'user,,group' has an empty word between its commas"
    printf 'accept-gap: |\n  group\n  bogus\n' >lines.yaml
    BATON_CONFIG_PATH=lines.yaml ends_with 78 \
        "baton-airbyte: --accept-gap (BATON_ACCEPT_GAP): \$'group\\nbogus\\n' holds a control character"
    echo 'accept-gap: [group, ~, invitation]' >lines.yaml
    BATON_CONFIG_PATH=lines.yaml ends_with 78 \
        "baton-airbyte: --accept-gap (BATON_ACCEPT_GAP): 'group,,invitation' has an empty word between its commas"
    ln -sf "$BIN/ab-map" stubs/
    BATON_SYNC_RESOURCE_TYPES=user,workspaces ends_with 78 "baton-airbyte: --sync-resource-types \
(BATON_SYNC_RESOURCE_TYPES): 'workspaces' is none of group instance organization user workspace; did you mean workspace?"
    BATON_ACCEPT_GAP=$'\e[2J' run -78 --separate-stderr "$driver"
    [[ $stderr != *$'\e'* ]]
    [ ! -e ab-token.args ]
}

@test "settings reach the stages, from flags of every form" {
    use_stubs
    id=0123456789abcdefghijklmnopq
    run -0 --separate-stderr "$driver" --hostname=http://other:1 -pf new.c1z -j7 --deadline 9 --sync-id "$id" \
        --airbyte-client-id another --log-level=ERROR --cacert ca.pem --keep=5
    [ -z "$output$stderr" ]
    [ "$(cat new.c1z)" = 'a line' ]
    grep -qx 'BATON_DOMAIN_URL=http://other:1' ab-fetch.env
    grep -qx 'BATON_AIRBYTE_CLIENT_ID=another' ab-token.env
    grep -qx 'BATON_LOG_LEVEL=error' ab-map.env
    grep -qx 'BATON_LOG_FORMAT=console' c1z-pack.env
    [ "$(cat secret)" = a-secret ]
    [[ $(paste -sd ' ' ab-fetch.args) =~ ^--deadline=9\ --jobs=7\ --cacert=ca.pem\ --token-fds\ [0-9]+,[0-9]+$ ]]
    [[ $(paste -sd ' ' c1z-pack.args) =~ ^--file=new.c1z\ --keep=5\ --sync-id=$id\ --lock-fd\ [0-9]+\ --reason-fd\ [0-9]+\ --go-fd\ [0-9]+$ ]]
    [[ $(paste -sd ' ' ab-token.args) =~ ^--serve\ --cacert=ca.pem\ --client-secret-file\ /dev/fd/[0-9]+$ ]]
    BATON_INSECURE_HTTP=1 "$driver" --deadline=5
    [[ $(paste -sd ' ' ab-fetch.args) =~ ^--deadline=5\ --insecure-http\ --token-fds\ [0-9]+,[0-9]+$ ]]
    [[ $(paste -sd ' ' ab-token.args) =~ ^--serve\ --insecure-http\ --client-secret-file\ /dev/fd/[0-9]+$ ]]
}

@test "settings reach the stages from variables, and a flag goes before them" {
    use_stubs
    export BATON_FILE=by-variable.c1z BATON_JOBS=3 BATON_HOSTNAME=http://loses:1
    "$driver"
    [ -s by-variable.c1z ]
    grep -qx 'BATON_DOMAIN_URL=http://localhost:1' ab-fetch.env
    grep -qx -e --jobs=3 ab-fetch.args
    BATON_DOMAIN_URL='' "$driver" --file=by-flag.c1z
    [ -s by-flag.c1z ]
    grep -qx 'BATON_DOMAIN_URL=http://loses:1' ab-fetch.env
    BATON_DOMAIN_URL=http://localhost:1 run -78 --separate-stderr "$driver" --domain-url ''
    [[ $stderr == *'missing settings: --domain-url (BATON_DOMAIN_URL);'* ]]
    "$driver" --hostname http://flag:1
    grep -qx 'BATON_DOMAIN_URL=http://flag:1' ab-fetch.env
    "$driver" --hostname http://flag:1 --domain-url http://first:1
    grep -qx 'BATON_DOMAIN_URL=http://first:1' ab-fetch.env
}

@test "settings come from a configuration file, after flags and variables" {
    use_stubs
    unset BATON_DOMAIN_URL BATON_AIRBYTE_CLIENT_SECRET
    umask 077
    cat >.baton.yaml <<'EOF'
hostname: http://by-file:1
airbyte-client-id: 0123
airbyte-client-secret: of-the-file
accept-gap: [group, invitation]
max-shrink: 7
jobs: 5
EOF
    BATON_AIRBYTE_CLIENT_ID='' BATON_JOBS=6 run -0 --separate-stderr "$driver" --max-shrink 8
    [ -z "$output$stderr" ]
    grep -qx 'BATON_DOMAIN_URL=http://by-file:1' ab-fetch.env
    # Texts stay texts.
    grep -qx 'BATON_AIRBYTE_CLIENT_ID=0123' ab-fetch.env
    [ "$(cat secret)" = of-the-file ]
    run -1 grep -q of-the-file ab-token.env ab-fetch.env
    [ "$(grep -e accept -e shrink c1z-pack.args | paste -sd ' ')" = '--accept-gap=group --accept-gap=invitation --max-shrink=8' ]
    grep -qx -e --jobs=6 ab-fetch.args
    # A variable goes before the file, under either name, and so does the secret in one.
    BATON_HOSTNAME=http://by-variable:1 BATON_AIRBYTE_CLIENT_SECRET=of-the-variable "$driver"
    grep -qx 'BATON_DOMAIN_URL=http://by-variable:1' ab-fetch.env
    [ "$(cat secret)" = of-the-variable ]
    # JSON is YAML; it is found first.
    echo '{"domain-url":"http://by-json:1","airbyte-client-secret":"x"}' >.baton.json
    "$driver" --log-level debug 2>err
    grep -qx 'BATON_DOMAIN_URL=http://by-json:1' ab-fetch.env
    grep -q "settings were taken from the file '.baton.json'" err
    echo 'hostname: http://by-name:1' >named.yaml
    BATON_CONFIG_PATH=named.yaml BATON_AIRBYTE_CLIENT_SECRET=x "$driver"
    grep -qx 'BATON_DOMAIN_URL=http://by-name:1' ab-fetch.env
}

@test "a configuration file that cannot be used is an error, an unknown name in it a warning" {
    use_stubs
    export BATON_CONFIG_PATH=x.yaml
    run -66 --separate-stderr "$driver"
    [ "$stderr" = "baton-airbyte: BATON_CONFIG_PATH: there is no file 'x.yaml'" ]
    BATON_CONFIG_PATH=x.json ends_with 78 "baton-airbyte: BATON_CONFIG_PATH: the name 'x.json' must end in .yaml or .yml"
    printf 'domain-ulr: x\nflie: y\nhelp: 1\n' >x.yaml
    run -0 --separate-stderr "$driver"
    [ "$stderr" = "baton-airbyte: warning: 'x.yaml': unknown setting domain-ulr; did you mean domain-url?
baton-airbyte: warning: 'x.yaml': unknown setting flie; did you mean file?
baton-airbyte: warning: 'x.yaml': unknown setting help" ]
    # What is missing may be what was mistyped.
    BATON_DOMAIN_URL='' run -78 --separate-stderr "$driver"
    [ "${stderr_lines[0]}" = "baton-airbyte: warning: 'x.yaml': unknown setting domain-ulr; did you mean domain-url?" ]
    [ "${#stderr_lines[@]}" -eq 4 ]
    [[ ${stderr_lines[3]} == 'baton-airbyte: missing settings: --domain-url '* ]]
    printf 'client-id: x\ncleint-secret: x\n' >x.yaml
    run -78 --separate-stderr "$driver"
    [ "${stderr_lines[0]}" = "baton-airbyte: warning: 'x.yaml': unknown setting cleint-secret; did you mean client-secret?" ]
    [[ ${stderr_lines[1]} == *'--client-secret (BATON_CLIENT_SECRET) go together' ]]
    echo 'workers: 4' >x.yaml
    printf old >sync.c1z
    ends_with 78 "baton-airbyte: 'x.yaml': workers is not supported: --jobs says how many requests go at a time"
    echo 'a: [' >x.yaml
    run -78 --separate-stderr "$driver"
    [[ $stderr == "ab-config: 'x.yaml', line 2, column 1: "* ]]
    echo 'airbyte-client-secret: S3cret' >x.yaml
    chmod 644 x.yaml
    run -78 --separate-stderr "$driver"
    [ "$stderr" = "ab-config: others can read 'x.yaml', and a client secret is in it: chmod go-r" ]
}

@test "what is in the place of the configuration file and is none is not passed by in silence" {
    use_stubs
    ln -s nowhere .baton.yaml
    run -66 --separate-stderr "$driver"
    [ "$stderr" = "ab-config: cannot open '.baton.yaml': No such file or directory" ]
    rm .baton.yaml
    mkfifo .baton.yaml
    run -66 --separate-stderr timeout 60 "$driver"
    [ "$stderr" = "ab-config: '.baton.yaml' is not a regular file" ]
    rm .baton.yaml
    [ "$(cat sync.c1z)" = old ]
    # A folder can be there for another reason; what comes after it is read.
    mkdir .baton.yaml
    echo 'keep: 7' >.baton.yml
    run -0 --separate-stderr "$driver"
    [ "$stderr" = "baton-airbyte: warning: '.baton.yaml' is a folder: it is no configuration file" ]
    grep -qx -e --keep=7 c1z-pack.args
}

@test "settings without effect are warned about, once, and other variables are no matter" {
    use_stubs
    BATON_EVENTFEED=1 BATON_TICKETING=t run -0 --separate-stderr "$driver" -p -p=false -vp=true --version=false --skip-full-sync=false \
        --otel-collector-endpoint http://x --log-level loud
    [ "$stderr" = "baton-airbyte: warning: unknown log level 'loud', using info
baton-airbyte: warning: --provisioning does nothing here
baton-airbyte: warning: --ticketing does nothing here
baton-airbyte: warning: --otel-collector-endpoint does nothing here" ]
}

@test "logs are JSON where no person reads them" {
    use_stubs
    BATON_LOG_FORMAT='' DO_MAP='exit 70' run -70 --separate-stderr "$driver" -f 'a"b\c'
    [ "$(jq -r '[.level, .logger, .msg] | join("|")' <<<"$stderr")" = \
        "error|baton-airbyte|ab-map failed with status 70; 'a\"b\\c' was not written" ]
    [ "$(jq '.ts | . > 1e9 and . < 1e10' <<<"$stderr")" = true ]
    [ "$(jq -c '[.stage, .exit_status]' <<<"$stderr")" = '["ab-map",70]' ]
    grep -qx 'BATON_LOG_FORMAT=json' ab-map.env
}

@test "a command line or a configuration file that is refused is told of in JSON where that is asked for" {
    use_stubs
    while IFS='|' read -r status words message; do
        # shellcheck disable=SC2086 # words are wanted
        BATON_LOG_FORMAT='' run "-$status" --separate-stderr "$driver" --log-format=json $words
        [ "$(jq -r '[.level, .logger, .msg] | join("|")' <<<"$stderr")" = "error|$message" ]
        # shellcheck disable=SC2086 # words are wanted
        BATON_LOG_FORMAT=JSON run "-$status" --separate-stderr "$driver" $words
        [ "$(jq -r .msg <<<"$stderr")" = "${message#*|}" ]
        # shellcheck disable=SC2086 # words are wanted
        BATON_LOG_FORMAT=json run "-$status" --separate-stderr "$driver" --log-format console $words
        [ "${stderr_lines[0]}" = "${message%|*}: ${message#*|}" ]
    done <<'CASES'
64|--nope|baton-airbyte|unknown flag: --nope
64|frobnicate|baton-airbyte|unknown command "frobnicate" for "baton-airbyte"
78|--workers 4|baton-airbyte|--workers is not supported: --jobs says how many requests go at a time
CASES
    export BATON_CONFIG_PATH=x.yaml
    echo 'a: [' >x.yaml
    BATON_LOG_FORMAT='' run -78 --separate-stderr "$driver"
    [ "$(jq -r .logger <<<"$stderr")" = ab-config ]
    run -78 --separate-stderr "$driver"
    [[ $stderr == "ab-config: 'x.yaml', line 2"* ]]
}

### Stages and how they end

@test "the status is that of the first stage that failed by itself" {
    use_stubs
    DO_FETCH='exit 77' ends_with 77 "baton-airbyte: ab-fetch failed with status 77; 'sync.c1z' was not written"
    DO_FETCH='echo x; exit 69' DO_MAP='cat; exit 65' ends_with 69 \
        "baton-airbyte: ab-fetch failed with status 69; 'sync.c1z' was not written"
    DO_MAP='exit 65' ends_with 65 "baton-airbyte: ab-map failed with status 65; 'sync.c1z' was not written"
    DO_MAP='cat >/dev/null; exit 70' ends_with 70 \
        "baton-airbyte: ab-map failed with status 70; 'sync.c1z' was not written"
    DO_PACK='exit 75' ends_with 75 'baton-airbyte: c1z-pack ended with status 75'
    DO_PACK='publish; exit 3' run -3 --separate-stderr "$driver"
    [ -z "$output$stderr" ]
    [ "$(cat sync.c1z)" = 'a line' ]
    printf old >sync.c1z
    ends_with 0 ''
}

@test "a stage that lost its reader is not the one that failed" {
    use_stubs
    DO_FETCH='yes' DO_MAP='head -c 9; exit 65' ends_with 65 \
        "baton-airbyte: ab-map failed with status 65; 'sync.c1z' was not written"
    DO_FETCH='kill -s PIPE $$' ends_with 141 \
        "baton-airbyte: ab-fetch failed with status 141; 'sync.c1z' was not written"
    sed -i 's/all=.*//' stubs/c1z-pack
    DO_FETCH='yes' DO_PACK='exit 75' ends_with 75 'baton-airbyte: c1z-pack ended with status 75'
}

@test "so it is where SIGPIPE is ignored, as systemd does" {
    use_stubs
    sed -i 's/all=.*//' stubs/c1z-pack
    export DO_FETCH='while echo y; do :; done; exit 74' DO_MAP='while echo y; do :; done; exit 74' DO_PACK='exit 75'
    trap '' PIPE
    ends_with 75 'baton-airbyte: c1z-pack ended with status 75'
}

@test "a stage that was killed failed" {
    use_stubs
    DO_FETCH='echo x; kill -s KILL $$' ends_with 137 \
        "baton-airbyte: ab-fetch failed with status 137; 'sync.c1z' was not written"
    DO_MAP='kill -s TERM $$' ends_with 143 \
        "baton-airbyte: ab-map failed with status 143; 'sync.c1z' was not written"
    DO_PACK='kill -s KILL $$' ends_with 137 'baton-airbyte: c1z-pack ended with status 137'
}

@test "a stage that missed the signal to end sees the end of its input" {
    use_stubs
    printf '#!/bin/bash\ntrap "" TERM\ncat >/dev/null\nexit 70\n' >stubs/c1z-pack
    DO_MAP='sleep 0.3; exit 71' ends_with 71 \
        "baton-airbyte: ab-map failed with status 71; 'sync.c1z' was not written"
}

@test "a stage that fails after its last line publishes nothing" {
    use_stubs
    DO_FETCH='echo all of it; exec >&-; sleep 0.2; exit 71' ends_with 71 \
        "baton-airbyte: ab-fetch failed with status 71; 'sync.c1z' was not written"
    DO_MAP='cat; exec >&-; sleep 0.2; exit 71' ends_with 71 \
        "baton-airbyte: ab-map failed with status 71; 'sync.c1z' was not written"
}

@test "ab-token's own failure is reported before that of ab-fetch, which follows from it" {
    use_stubs
    printf '#!/bin/sh\necho ab-token: no >&2\nexit 78\n' >stubs/ab-token
    DO_FETCH='[[ $token ]] || exit 70' ends_with 78 \
        "baton-airbyte: ab-token failed with status 78; 'sync.c1z' was not written"
}

@test "--stages keeps both streams for the owner alone, whatever was there" {
    use_stubs
    export BATON_STAGES=-new/stages DO_MAP='sed s/a/the/'
    ends_with 0 ''
    [ "$(cat ./-new/stages/raw.ndjson)" = 'a line' ]
    [ "$(cat ./-new/stages/records.ndjson)" = 'the line' ]
    [ "$(stat -c %a ./-new/stages ./-new/stages/*.ndjson | paste -sd ' ')" = '700 600 600' ]
    mkdir open
    echo precious >precious
    echo secret >open/raw.ndjson
    chmod 644 open/raw.ndjson
    ln -s ../precious open/records.ndjson
    BATON_STAGES=open ends_with 0 ''
    [ "$(stat -c '%a %F' open/raw.ndjson open/records.ndjson | paste -sd ' ')" = '600 regular file 600 regular file' ]
    [ "$(cat precious)" = precious ]
    printf old >sync.c1z
    BATON_STAGES=precious/x ends_with 73 "baton-airbyte: cannot create 'precious/x': Not a directory"
    BATON_STAGES=precious ends_with 73 "baton-airbyte: cannot create 'precious': File exists"
    rm open/raw.ndjson
    mkdir open/raw.ndjson
    BATON_STAGES=open ends_with 73 "baton-airbyte: cannot replace 'open/raw.ndjson': Is a directory"
}

@test "a stage file that cannot be written fails the run, even at the last byte" {
    use_stubs
    printf '#!/bin/sh\ncat\nexec >&-\necho "tee: no space" >&2\nexit 1\n' >stubs/tee
    chmod +x stubs/tee
    PATH=$PWD/stubs:$PATH BATON_STAGES=stages ends_with 74 \
        "baton-airbyte: tee raw.ndjson failed with status 74; 'sync.c1z' was not written"
    PATH=$PWD/stubs:$PATH BATON_STAGES=stages BATON_LOG_FORMAT=json run -74 --separate-stderr "$driver"
    [ "$(jq -r .msg <<<"$stderr")" = "tee: no space
tee raw.ndjson failed with status 74; 'sync.c1z' was not written" ]
}

@test "a signal ends all stages, publishes nothing and shows in the status" {
    use_stubs
    export DO_FETCH='echo x; echo $token >ready; exec sleep 100'
    for pair in HUP:129 TERM:143; do
        rm -f ./*.pid ready
        "$driver" --status-file run.json --metrics-file run.prom 2>err 3>&- &
        pid=$!
        for name in ab-token ab-fetch ab-map c1z-pack; do appears "$name.pid"; done
        appears ready
        kill -s "${pair%:*}" "$pid"
        status=0
        wait "$pid" || status=$?
        [ "$status" -eq "${pair#*:}" ]
        [ "$(jq -c '[.status, .message]' run.json)" = "[${pair#*:},\"ended by SIG${pair%:*}\"]" ]
        grep -qx "baton_airbyte_run_status ${pair#*:}" run.prom
        cat err
        [ "$(cat err)" = "baton-airbyte: ended by SIG${pair%:*}" ]
        [ "$(cat sync.c1z)" = old ]
        # Not "soon": they are gone when the driver is.
        for name in ab-token ab-fetch ab-map c1z-pack; do [ ! -e "/proc/$(cat "$name.pid")" ]; done
    done
}

@test "so do SIGINT and SIGQUIT" {
    use_stubs
    # A shell makes what it starts in the background ignore these, so the driver runs in the foreground here.
    for pair in INT:130 QUIT:131; do
        DO_FETCH='echo x; kill -s '${pair%:*}' $PPID; exec sleep 100' \
            run "-${pair#*:}" --separate-stderr env --default-signal=INT,QUIT \
            bash -c 'ulimit -c 0; "$0"; exit $?' "$driver"
        [[ $stderr == *"baton-airbyte: ended by SIG${pair%:*}"* ]]
        [ "$(cat sync.c1z)" = old ]
        for name in ab-token ab-fetch; do [ ! -e "/proc/$(cat "$name.pid")" ]; done
    done
}

@test "what is for one program reaches that one, lists by their parts" {
    use_stubs
    BATON_ACCEPT_GAP=group,invitation BATON_ALLOW_EMPTY=true "$driver" --max-shrink 0 --allow-incomplete --allow-shrink=false \
        --old-readers --sync-resource-types user,group --sync-resource-types=workspace --no-user-details
    [ "$(grep -v fd c1z-pack.args | sed '/^[0-9]*$/d' | paste -sd ' ')" = "--file=sync.c1z --accept-gap=group \
--accept-gap=invitation --allow-incomplete --max-shrink=0 --allow-empty --old-readers \
--sync-resource-types=user,group,workspace" ]
    grep -qx -e --no-user-details ab-fetch.args
    [ "$(cat ab-map.args)" = '' ]
    BATON_ACCEPT_GAP=group "$driver" --accept-gap instance_admin --accept-gap '' --accept-gap user
    [ "$(grep accept c1z-pack.args | paste -sd ' ')" = '--accept-gap=instance_admin --accept-gap=user' ]
}

@test "--from begins with a kept stream, and asks for no settings" {
    use_stubs
    unset BATON_DOMAIN_URL BATON_AIRBYTE_CLIENT_ID BATON_AIRBYTE_CLIENT_SECRET
    printf '{"stream":"begin","schema":"airbyte-raw/1","source":"x"}\nraw\n' >raw.ndjson
    DO_MAP='sed s/raw/mapped/' run -0 --separate-stderr "$driver" --from raw.ndjson --stages .
    [ -z "$output$stderr" ]
    [ "$(tail -n 1 sync.c1z)" = mapped ]
    [ "$(tail -n 1 raw.ndjson)" = raw ]
    cmp sync.c1z records.ndjson
    rm ab-map.pid
    printf '{"stream":"begin","schema":"baton-records/1","source":"x"}\nrecord\n' >records.ndjson
    DO_MAP='exit 70' "$driver" --from records.ndjson --stages .
    cmp sync.c1z records.ndjson
    [ ! -e ab-map.pid ]
    [ ! -e ab-fetch.pid ]
    printf old >sync.c1z
    BATON_FROM=none ends_with 66 "baton-airbyte: cannot read 'none': there is no such file"
    BATON_FROM=/dev/stdin ends_with 66 "baton-airbyte: cannot read '/dev/stdin': --from takes a file, as --stages keeps it"
    BATON_FROM=sync.c1z ends_with 65 "baton-airbyte: 'sync.c1z' begins neither as a raw stream nor as one of records"
    DO_PACK='exit 65' BATON_FROM=records.ndjson ends_with 65 'baton-airbyte: c1z-pack ended with status 65'
    DO_MAP='exit 65' BATON_FROM=raw.ndjson ends_with 65 \
        "baton-airbyte: ab-map failed with status 65; 'sync.c1z' was not written"
}

@test "the publish command gets the file, after 0 and 3 alone, and its failure is 5" {
    use_stubs
    export BATON_PUBLISH_COMMAND='cp "$1" published; echo published'
    run -0 --separate-stderr "$driver" -f -odd.c1z
    [ "$output" = published ]
    [ "$(cat published)" = 'a line' ]
    rm published
    DO_PACK='exit 65' ends_with 65 'baton-airbyte: c1z-pack ended with status 65'
    [ ! -e published ]
    DO_PACK='publish; exit 3' run -3 "$driver"
    [ -e published ]
    BATON_PUBLISH_COMMAND='exit 9' run -5 --separate-stderr "$driver"
    [ "$stderr" = "baton-airbyte: 'sync.c1z' is published, but the publish command failed with status 9" ]
    # Published, but perhaps not for ever: c1z-pack's own message says so.
    DO_PACK='echo new >other; mv other "$file"; exit 74' run -74 --separate-stderr "$driver"
    [ "$output" = published ]
    [ "$stderr" = 'baton-airbyte: c1z-pack ended with status 74' ]
    BATON_PUBLISH_COMMAND='env >env' "$driver"
    run -1 grep -E 'SECRET|a-secret' env
}

@test "the status file says how each run ended, and keeps what was published last" {
    use_mock
    export BATON_STATUS_FILE=status.json BATON_METRICS_FILE=metrics.prom
    "$driver"
    [ "$(jq -c '[.schema, .file, .status, .message]' status.json)" = '["baton-airbyte-status/1","sync.c1z",0,""]' ]
    [ "$(jq -r '.published.manifest.counts.grants' status.json)" -eq "$("$BIN/c1z-cat" grants | grep -c @type)" ]
    jq -e '.began <= .ended and .published.at >= .began' status.json
    users=$("$BIN/c1z-cat" resources | grep -c '"resourceType":"user","')
    grep -qx "baton_airbyte_resources{type=\"user\"} $users" metrics.prom
    grep -qx 'baton_airbyte_run_status 0' metrics.prom
    # Each metric is named and typed before its values, once, and has no other lines between.
    awk '/^# HELP / { name = $3; if (seen[name]++) exit 1; next } /^# TYPE / { if ($3 != name || $4 != "gauge") exit 1; next }
        { sub(/[{ ].*/, "", $1); if ($1 != name) exit 1 }' metrics.prom
    [ "$(grep -c HELP metrics.prom)" -eq 9 ]
    [ "$(stat -c %a status.json metrics.prom | paste -sd ' ')" = '644 644' ]
    jq .published status.json >before
    BATON_AIRBYTE_CLIENT_SECRET=wrong run -77 "$driver"
    [ "$(jq -c .status status.json)" -eq 77 ]
    [ "$(jq -r .message status.json)" = "ab-fetch failed with status 77; 'sync.c1z' was not written" ]
    cmp before <(jq .published status.json)
    grep -qx 'baton_airbyte_run_status 77' metrics.prom
    grep -q '^baton_airbyte_published_timestamp_seconds [0-9]*$' metrics.prom
    grep -qx "baton_airbyte_resources{type=\"user\"} $users" metrics.prom
    [ "$(grep -c HELP metrics.prom)" -eq 9 ]
    BATON_DOMAIN_URL='' run -78 "$driver"
    [ "$(jq -c .status status.json)" -eq 78 ]
    # A command line that is refused is such an end, too; one that is no run says nothing of runs.
    for words in --nope '--workers 4' '-p=maybe'; do
        echo >status.json
        # shellcheck disable=SC2086 # words are wanted
        run --separate-stderr "$driver" $words
        [ "$(jq -r .status status.json)" -eq "$status" ]
        [ "baton-airbyte: $(jq -r .message status.json)" = "${stderr_lines[0]}" ]
        grep -qx "baton_airbyte_run_status $status" metrics.prom
    done
    BATON_STATUS_FILE='' run -64 "$driver" --status-file named.json -f other.c1z --nope
    [ "$(jq -c '[.status, .file]' named.json)" = '[64,"other.c1z"]' ]
    rm status.json
    run -64 "$driver" capabilities --nope
    run -64 "$driver" frobnicate
    run -64 "$driver" --help --nope
    [ ! -e status.json ]
    # What a run left that was killed while it wrote these goes, and nobody else's.
    touch .status.json.new.aB3xYz .metrics.prom.new.aB3xYz .status.json.backup .other.json.new.aB3xYz
    BATON_DOMAIN_URL='' run -78 "$driver"
    [ "$(find . -name '.*.??????*' | LC_ALL=C sort | paste -sd ' ')" = './.other.json.new.aB3xYz ./.status.json.backup' ]
    BATON_STATUS_FILE=none/x run -0 --separate-stderr "$driver"
    [ "$stderr" = "baton-airbyte: warning: cannot write 'none/x': its folder is not there" ]
}

@test "--resume goes on where a run was cut short" {
    truth
    mkfifo hold
    mkdir work
    use_mock --fault "list_access_info_by_workspace_id 3 hold=$PWD/hold"
    "$driver" -f work/sync.c1z --resume -j 1 3>&- &
    pid=$!
    exec {held}>hold
    kill -s TERM "$pid"
    wait "$pid" || [ $? -eq 143 ]
    exec {held}>&-
    [ "$(find work -type f -printf '%f %m')" = '.sync.c1z.journal 600' ]
    "$driver" -f work/sync.c1z --resume --stages stages
    # Two workspaces' lists were had before: of the five, the third is the one that was asked for twice.
    [ "$(served list_access_info_by_workspace_id)" -le 6 ]
    cp work/sync.c1z .
    is_right
    [ "$(find work -type f -printf '%f')" = sync.c1z ]
    # One that is stale, or none at all, is in nobody's way.
    (umask 077 && touch -d '11 hours ago' work/.sync.c1z.journal)
    "$driver" -f work/sync.c1z --resume
    echo rubbish >work/.sync.c1z.journal
    chmod 600 work/.sync.c1z.journal
    run -65 "$driver" -f work/sync.c1z --resume
    "$driver" -f work/sync.c1z --resume
    [ "$(find work -type f -printf '%f')" = sync.c1z ]
}

@test "--resume keeps the journal where the next run can come to a better end with it, whichever stage ended this one" {
    use_stubs
    JOURNAL=$PWD/.sync.c1z.journal
    while IFS='|' read -r end fetch map; do
        rm -f "$JOURNAL"
        export DO_MAP="${map:+until [ -e .sync.c1z.journal ]; do sleep 0.02; done; }${map:-cat}"
        DO_FETCH="touch .sync.c1z.journal; $fetch" run "$driver" --resume
        [ "$status" -ne 0 ]
        [[ $(cat ab-fetch.args) == *"--journal=$JOURNAL"$'\n--journal-anew'* ]]
        [ "$end" = "$([ -e "$JOURNAL" ] && echo stays || echo goes)" ] || { echo "$end: $fetch $map: $output"; return 1; }
    done <<'CASES'
stays|exit 69
stays|exit 71
stays|exit 73
stays|exit 74
stays|exit 75
stays|exit 78
stays|kill -s KILL $$
stays|kill -s TERM $$
goes|exit 65
goes|exit 70
goes|exit 76
goes|exit 77
goes|kill -s SEGV $$
goes|exec sleep 60|exit 65
stays|exec sleep 60|exit 74
stays|exec sleep 60|kill -s KILL $$
CASES
    unset DO_MAP
    touch "$JOURNAL"
    # It is newer than the file, and then older.
    DO_FETCH='[ -e .sync.c1z.journal ] && echo a line' "$driver" --resume
    [ ! -e "$JOURNAL" ]
    touch -d '1 minute ago' "$JOURNAL"
    DO_FETCH='[ ! -e .sync.c1z.journal ] && echo a line' "$driver" --resume
    # Who publishes without it ends what was before; who only pretends, or fails, does not.
    touch "$JOURNAL"
    "$driver" --dry-run
    DO_FETCH='exit 76' run -76 "$driver"
    [ -e "$JOURNAL" ]
    "$driver"
    [ ! -e "$JOURNAL" ]
}

@test "--resume takes nothing from a run that asked others or as another, nor from one that ended by what it was told" {
    mkdir work
    use_mock --fault 'users/list_by_organization_id 1 status=429,retry-after=3600'
    before=$MOCK_URL
    run -75 "$driver" -f work/sync.c1z --resume
    [ -s work/.sync.c1z.journal ]
    stop_mock
    use_mock
    run -0 --separate-stderr "$driver" -f work/sync.c1z --resume
    [ "$stderr" = "ab-fetch: warning: journal '$PWD/work/.sync.c1z.journal' is begun anew: it is of '$before', and this run fetches from '$MOCK_URL'" ]
    [ "$(find work -type f -printf '%f')" = sync.c1z ]
    [ "$(asked 'GET /api/public/v1/organizations')" -eq 1 ]
    stop_mock
    # The role that was lacking was given in between.
    use_mock --fault 'users/list_by_organization_id 1-9 status=403' --fault 'list_access_info_by_workspace_id 1-9 status=403' \
        --fault 'public/v1/users 1-9 status=403'
    run -77 "$driver" -f work/sync.c1z --resume
    [ "$(find work -type f -printf '%f')" = sync.c1z ]
    stop_mock
    use_mock
    run -0 --separate-stderr "$driver" -f work/sync.c1z --resume
    [ -z "$stderr" ]
    # Who asks is known to ab-fetch by this.
    use_stubs
    "$driver" --resume --airbyte-client-id other
    grep -qx BATON_AIRBYTE_CLIENT_ID=other ab-fetch.env
}

# at_terminal ARGS...: run the driver at a terminal of its own; what that shows, by lines, is then in "seen".
at_terminal() {
    SHELL=/bin/bash TERM=xterm timeout 60 script -qefc "stty columns 100; ${*@Q}" typescript >/dev/null </dev/null
    tr '\r' '\n' <typescript >seen
}

@test "on a terminal there is a line of progress; off it there is none" {
    command -v script >/dev/null || skip 'no terminal can be had here'
    mkfifo hold
    use_mock --fault "list_access_info_by_workspace_id 3 hold=$PWD/hold"
    unset BATON_LOG_FORMAT
    # Nobody lets the request go before two lines of progress, a second apart, have been seen.
    { exec {held}>hold && until [ "$(tr '\r' '\n' <typescript | grep -c 'fetched [0-9]* ([0-9]*/s, [0-9]* requests), mapped .*[0-9] s')" -ge 2 ]; do sleep 0.05; done; } 3>&- &
    at_terminal "$driver"
    wait $!
    grep -E '^fetched [0-9]+ \([0-9]+/s, [0-9]+ requests\), mapped [0-9]+, [0-9]+ s.\[K$' seen
    # In a pipe, in a log, and where programs read.
    "$driver" 2>err
    [ ! -s err ]
    at_terminal env BATON_LOG_FORMAT=json "$driver"
    run -1 grep fetched seen
    at_terminal bash -c '"$0" 2>&1 | cat' "$driver"
    run -1 grep fetched seen
}

@test "the line tells how long the server is waited for, and fits a narrow terminal" {
    command -v script >/dev/null || skip 'no terminal can be had here'
    use_mock --fault 'v1/organizations 1 status=503,retry-after=4'
    unset BATON_LOG_FORMAT
    at_terminal "$driver"
    grep -E '; waits [1-4] s for Airbyte.\[K$' seen
    use_mock --fault 'v1/organizations 1 status=503,retry-after=3'
    SHELL=/bin/bash TERM=xterm timeout 60 script -qefc "stty columns 20; ${driver@Q}" typescript >/dev/null </dev/null
    tr '\r' '\n' <typescript >seen
    # One column stays free, so that the line does not wrap; behind it is what clears the rest.
    [ "$(grep '^fetched' seen | awk '{ print length }' | sort -u)" -eq $((20 - 1 + 3)) ]
}

@test "in the end a terminal tells what was published, what may be missing, and what has changed" {
    command -v script >/dev/null || skip 'no terminal can be had here'
    use_mock
    unset BATON_LOG_FORMAT
    at_terminal "$driver"
    grep -E "baton-airbyte: info: 'sync.c1z': 1 instance, 2 organizations, [0-9]+ users, 5 workspaces; [0-9]+ grants, of them [0-9]+ inherited; 0 gaps; [0-9]+ k?B, [0-9]+ s$" seen
    run -1 grep 'since the last sync' seen
    at_terminal "$driver"
    grep -qx 'baton-airbyte: info: since the last sync: nothing has changed' seen
    # One person less, in format v3, which holds one sync: what is compared is the file that was there before.
    lost=$(jq -r '[.permissions[] | select(.permissionType == "organization_reader")][0].userId' "$tenant")
    jq --arg id "$lost" '.workspaces[0].name = "Renamed" | .permissions |= map(select(.userId != $id))' "$tenant" >less.json
    tenant=$PWD/less.json use_mock --fault 'public/v1/groups * status=403'
    at_terminal "$driver" --storage-engine pebble --replace --accept-gap group
    grep -E "; 2 gaps; [0-9]+ k?B, [0-9]+ s$" seen
    # A message clears what it does not write over of the line of progress.
    grep -F $'(of=group, gaps=2, reason=forbidden, needs=organization_admin)\e[K' seen
    grep -qx 'baton-airbyte: info: access may be missing: group (ask for organization_admin)' seen
    grep -E 'since the last sync: 1 resource, [0-9]+ grants gone; 1 resource, 6 entitlements changed$' seen
    # Where programs read along it is theirs.
    at_terminal env BATON_LOG_FORMAT=json "$driver" --storage-engine pebble --accept-gap group
    grep -v '^Script \|^$' seen >lines
    run -0 jq -r .msg lines
    [[ $output == *"'sync.c1z': 1 instance, "*$'\nsince the last sync: nothing has changed' ]]
    # A file that says nothing of before.
    : >sync.c1z
    at_terminal "$driver" --accept-gap group
    run -1 grep 'since the last sync' seen
}

@test "the programs report how far they are on a descriptor, and wait for no reader" {
    use_mock
    "$BIN/ab-fetch" --progress-fd 5 >raw.ndjson 5>fetch
    records=$(tail -n 1 raw.ndjson | jq .records)
    grep -qEx "ab-fetch lines=$records requests=[1-9][0-9]* wait=0" fetch
    "$BIN/ab-map" --progress-fd 5 raw.ndjson >records.ndjson 5>map
    [ "$(tail -n 1 map)" = "ab-map lines=$(tail -n 1 records.ndjson | jq .records)" ]
    "$BIN/c1z-pack" --progress-fd 5 records.ndjson 5>pack
    [ "$(tail -n 3 pack)" = "c1z-pack lines=$(grep -c '^{"@type' records.ndjson) step=checking
c1z-pack step=expanding
c1z-pack step=writing" ]
    # A reader that has gone, one that does not read, and a descriptor that is none.
    mkfifo pipe
    exec {both}<>pipe
    exec {to}>pipe
    # It is full, and stays so.
    dd if=/dev/zero of=pipe bs=4096 oflag=nonblock status=none 2>err || true
    timeout 60 "$BIN/ab-map" --progress-fd "$to" raw.ndjson >again
    exec {both}>&-
    "$BIN/ab-map" --progress-fd "$to" raw.ndjson | cmp - again
    for program in ab-fetch ab-map c1z-pack; do
        run -64 --separate-stderr "$BIN/$program" --progress-fd 99
        [[ $stderr == "$program: --progress-fd: descriptor 99: Bad file descriptor"* ]]
        run -64 --separate-stderr "$BIN/$program" --progress-fd 2
        [[ $stderr == "$program: --progress-fd needs a descriptor above 2"* ]]
    done
}

@test "--dry-run does all but write" {
    use_mock
    "$driver" --dry-run
    [ ! -e sync.c1z ]
    use_mock --fault 'list_access_info_by_workspace_id * cut'
    run -69 "$driver" --dry-run
}

@test "--check says what a run would see, and writes nothing" {
    use_mock
    "$driver" --check >report
    grep -q '^organization_user  complete$' report
    [ -z "$(find . -maxdepth 1 -name 'sync.c1z' -o -maxdepth 1 -name '*lock*')" ]
    # It is no service, says no secret, and nothing of what is there for the service.
    "$driver" --check --client-id a --client-secret b --health-check >again 2>err
    diff report again
    [ ! -s err ]
    use_mock --fault 'public/v1/groups * status=403'
    run -65 --separate-stderr "$driver" --check --log-format console
    [[ $output == *'ask for organization_admin'* ]]
    [[ $stderr == *'gaps: a run would not be published, unless they are accepted' ]]
    use_mock --fault 'public/v1/organizations * status=401'
    run -77 --separate-stderr "$driver" --check
    [ -z "$output" ]
    run -78 --separate-stderr "$driver" --check --from raw.ndjson
    [[ $stderr == *'--check asks the server: it does not go with --from'* ]]
}

@test "a stage that cannot begin ends the others at once" {
    use_stubs
    sed -i 's/all=.*//' stubs/c1z-pack
    DO_FETCH='read -r never <&"${fds%,*}"' DO_PACK='exit 73' ends_with 73 'baton-airbyte: c1z-pack ended with status 73'
    DO_FETCH='read -r never <&"${fds%,*}"' DO_MAP='exit 78' DO_PACK='exec sleep 100' ends_with 78 \
        "baton-airbyte: ab-map failed with status 78; 'sync.c1z' was not written"
}

@test "kill -9 of the driver ends all stages, and nothing is published" {
    use_stubs
    # The last one lives on signals and would publish; so it shows when it does not.
    export DO_FETCH='echo x; echo $token >ready; exec sleep 100' DO_PACK='publish'
    "$driver" 2>err 3>&- &
    pid=$!
    for name in ab-token ab-fetch ab-map c1z-pack; do appears "$name.pid"; done
    appears ready
    kill -s KILL "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq 137 ]
    for name in ab-token ab-fetch ab-map c1z-pack; do goes "$(cat "$name.pid")"; done
    [ "$(cat sync.c1z)" = old ]
}

@test "signals that were blocked or ignored at the start still end stages" {
    use_stubs
    export DO_FETCH='echo x; echo $token >ready; exec sleep 100'
    for way in --ignore-signal=CHLD --block-signal=CHLD,USR1; do
        rm -f ./*.pid ready
        env "$way" "$driver" 2>err 3>&- &
        pid=$!
        for name in ready {ab-token,ab-fetch,ab-map,c1z-pack}.pid; do appears "$name"; done
        kill -s TERM "$pid"
        status=0
        wait "$pid" || status=$?
        [ "$status" -eq 143 ]
        for name in ab-token ab-fetch ab-map c1z-pack; do [ ! -e "/proc/$(cat "$name.pid")" ]; done
    done
    # With SIGTERM blocked bash cannot be ended by it, but what it starts can.
    DO_FETCH='grep SigBlk /proc/self/status >blocked; exit 75' run -75 env --block-signal=TERM "$driver"
    [ "$(cut -f 2 blocked)" = 0000000000000000 ]
}

@test "messages that cannot be written change nothing" {
    use_stubs
    for where in /dev/full gone; do
        printf old >sync.c1z
        [ "$where" = /dev/full ] || { mkfifo gone && (: <gone) & }
        BATON_LOG_LEVEL=debug "$driver" -p --ticketing 2>$where
        [ "$(cat sync.c1z)" = 'a line' ]
        DO_MAP='exit 70' run -70 --separate-stderr bash -c '"$0" -p 2>"$1"' "$driver" /dev/full
        run -64 bash -c '"$0" --nope 2>/dev/full' "$driver"
    done
}

@test "what fails in bash itself is 71 with one line, or works" {
    use_stubs
    "$driver" --version >version
    # Another shell, its settings, other locales.
    run -0 sh "$driver" --version
    [ "$output" = "$(cat version)" ]
    for setting in FUNCNEST=1 POSIXLY_CORRECT=1 BASH_COMPAT=4.2 TMOUT=1 LC_ALL=tr_TR.UTF-8 LC_ALL=az_AZ.UTF-8 LC_ALL=none; do
        printf old >sync.c1z
        run -0 --separate-stderr env "$setting" "$driver"
        # Where there is no such locale bash says so, before it reads the driver.
        [ -z "$output$(grep -v 'cannot change locale' <<<"$stderr")" ]
        [ "$(cat sync.c1z)" = 'a line' ]
    done
    printf old >sync.c1z
    for descriptors in 10 11 12 13 14; do
        run -71 --separate-stderr bash -c 'ulimit -n "$1"; exec "$0"' "$driver" "$descriptors"
        [ "${#stderr_lines[@]}" -eq 1 ]
        [[ $stderr == 'baton-airbyte: '* ]]
        [ "$(cat sync.c1z)" = old ]
    done
}

@test "too few processes: 71 with one line" {
    [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip 'this needs root, to become a user of no processes'
    use_stubs
    chmod 777 . stubs
    # Nobody may look for the programs and the parts of the driver where only root may go.
    as_nobody=(setpriv --reuid 65534 --clear-groups)
    "${as_nobody[@]}" test -r "$driver" || skip 'the driver is in a folder of root alone'
    run -71 --separate-stderr "${as_nobody[@]}" bash -c 'ulimit -u 1; exec "$0" -f sync.c1z' "$driver"
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == 'baton-airbyte: the shell failed: too few processes?' ]]
}

@test "closed descriptors do no harm" {
    use_stubs
    "$driver" <&-
    [ "$(cat sync.c1z)" = 'a line' ]
    rm sync.c1z
    "$driver" >&-
    [ "$(cat sync.c1z)" = 'a line' ]
    rm sync.c1z
    "$driver" 2>&-
    [ "$(cat sync.c1z)" = 'a line' ]
    rm sync.c1z
    "$driver" <&- 2>&-
    [ "$(cat sync.c1z)" = 'a line' ]
    rm sync.c1z
    "$driver" >&- 2>&-
    [ "$(cat sync.c1z)" = 'a line' ]
    rm sync.c1z
    "$driver" <&- >&- 2>&-
    [ "$(cat sync.c1z)" = 'a line' ]
    "$driver" --version <&- 2>&-
    # Nobody reads it.
    run -74 bash -c '"$0" --version >&- 2>&-' "$driver"
}

@test "the programs are found beside the driver or on PATH; a missing one is named" {
    use_stubs
    unset BATON_AIRBYTE_BIN
    mkdir -p tree/bin tree/share
    cp "$driver" tree/bin/
    run -71 --separate-stderr tree/bin/baton-airbyte
    [ "$stderr" = "baton-airbyte: its parts are neither beside it nor in $PWD/tree/bin/../share/baton-airbyte" ]
    cp -r "${driver%/*}/driver" tree/share/baton-airbyte
    driver=$PWD/tree/bin/baton-airbyte ends_with 71 'baton-airbyte: cannot find the program ab-stage'
    PATH=$PWD/stubs:$PATH driver=$PWD/tree/bin/baton-airbyte ends_with 0 ''
    mv stubs/* tree/bin/
    driver=$PWD/tree/bin/baton-airbyte ends_with 0 ''
    ln -s tree/bin/baton-airbyte link
    driver=$PWD/link ends_with 0 ''
    mkdir -p build tree/build
    mv tree/bin tree/scripts
    mv tree/share/baton-airbyte tree/scripts/driver
    mkdir tree/build/bin
    mv tree/scripts/ab-* tree/scripts/c1z-pack tree/build/bin
    driver=$PWD/tree/scripts/baton-airbyte ends_with 0 ''
}

### Whole runs

# use_mock SWITCHES...: settings and a mock server of the demo tenant.
use_mock() {
    rm -f mock.log
    start_mock --tenant "$tenant" "$@"
    credentials "$tenant"
    export BATON_AIRBYTE_BIN=$BIN BATON_LOG_FORMAT=console
}

# truth: keep the streams of a run without trouble as right/raw and right/records, begin lines aside; the mock server is
# then gone.
truth() {
    use_mock
    "$driver" -f right.c1z --stages right
    stop_mock
    tail -n +2 right/raw.ndjson >right/raw
    tail -n +2 right/records.ndjson >right/records
    [ "$(grep -c workspace_user right/raw)" -gt 5 ]
}

# is_right: whether the streams in the folder "stages" are those of truth, and sync.c1z holds what right.c1z does.
is_right() {
    tail -n +2 stages/raw.ndjson | cmp - right/raw
    tail -n +2 stages/records.ndjson | cmp - right/records
    cmp <("$BIN/c1z-cat" -f sync.c1z | tail -n +2) <("$BIN/c1z-cat" -f right.c1z | tail -n +2)
}

# fails_with STATUS: run the driver over an old sync.c1z; it must end with STATUS, name a stage in its last line, and
# leave the old file, byte for byte, and nothing else.
fails_with() {
    local expected=$1 status=0
    shift
    [ -s sync.c1z ] || cp right.c1z sync.c1z
    cp sync.c1z old.c1z
    mkdir work
    mv sync.c1z work
    (cd work && "$driver" "$@" >../out 2>../err </dev/null) || status=$?
    cat err
    [ "$status" -eq "$expected" ]
    [ ! -s out ]
    [[ $(tail -n 1 err) =~ ^baton-airbyte:\ (ab-|c1z-)[a-z]+\ (failed|ended)\ with\ status\ $expected ]]
    [ "$(ls -A work)" = sync.c1z ]
    cmp work/sync.c1z old.c1z
    rm -r work
}

# served SUFFIX: how many requests the mock server got whose path ends with SUFFIX.
served() {
    jq -r .path "$MOCK_LOG" | grep -c "$1\$"
}

@test "a run is silent, and its file holds what the tenant has" {
    use_mock
    mkdir work
    (cd work && "$driver" >../out 2>../err)
    [ ! -s out ]
    [ ! -s err ]
    [ "$(ls -A work)" = sync.c1z ]
    "$BIN/c1z-cat" -f work/sync.c1z resources >listed
    for kind in organization workspace; do
        [ "$(jq -r "select(.id.resourceType == \"$kind\") | .displayName" listed | sort)" = \
            "$(jq -r ".${kind}s[] | select(.listed != false) | .name // .organizationName" "$tenant" | sort)" ]
    done
    for program in ab-token ab-fetch ab-map c1z-pack; do
        [ "$("$BIN/$program" --version)" = "$program $("$driver" --version | sed 's/.* //')" ]
    done
}

@test "--storage-engine says which format, the flag before the variable; neither turns a file of the other into it" {
    use_mock
    # format: that of the file.
    format() { head -c 4 sync.c1z; }
    "$driver" -f right.c1z
    "$driver" --storage-engine pebble
    [ "$(format)" = C1Z3 ]
    local first
    first=$("$BIN/c1z-cat" -f sync.c1z syncs)
    # The variable of the connectors of the SDK for syncs to keep has no say here.
    BATON_STORAGE_ENGINE=pebble BATON_KEEP_SYNC_COUNT=2 "$driver"
    [ "$(format)" = C1Z3 ]
    [ "$("$BIN/c1z-cat" -f sync.c1z syncs | wc -l)" -eq 1 ]
    [ "$("$BIN/c1z-cat" -f sync.c1z syncs)" != "$first" ]
    cmp <("$BIN/c1z-cat" -f sync.c1z grants | tail -n +2 | jq -r '.id // empty' | sort) \
        <("$BIN/c1z-cat" -f right.c1z grants | tail -n +2 | jq -r '.id // empty' | sort)
    cp sync.c1z before.c1z
    run -65 --separate-stderr "$driver"
    [[ $stderr == *"'sync.c1z' is of format v3 (Pebble), which holds one sync: --storage-engine pebble"*"--replace"* ]]
    cmp before.c1z sync.c1z
    run -64 --separate-stderr "$driver" --storage-engine pebble --keep 2
    [[ $stderr == *"--keep: a file of format v3 (--storage-engine pebble) holds one sync"* ]]
    cmp before.c1z sync.c1z
    BATON_STORAGE_ENGINE=pebble "$driver" --storage-engine sqlite --replace
    [ "$(format)" = C1ZF ]
    cp sync.c1z before.c1z
    run -65 --separate-stderr "$driver" --storage-engine pebble
    [[ $stderr == *"'sync.c1z' is of format v1 (SQLite), whose syncs would be gone: --replace"* ]]
    cmp before.c1z sync.c1z
    BATON_REPLACE=true "$driver" --storage-engine pebble
    [ "$(format)" = C1Z3 ]
}

@test "a good run at debug level: lines of JSON alone, and every program ended with 0" {
    use_mock
    BATON_LOG_FORMAT=json BATON_LOG_LEVEL=debug "$driver" -f debug.c1z -p 2>err
    [ "$(jq -r .level err | sort -u)" = "$(printf 'debug\nwarn')" ]
    # What was synced, as the Go connector says it, but for what is not kept by type.
    [ "$(jq -c 'select(.msg == "Synced resources") | [.resource_type_id, .count]' err | paste -sd ' ')" = \
        "$("$BIN/c1z-cat" -f debug.c1z manifest | jq -c '.counts.resources | to_entries[] | [.key, .value]' | paste -sd ' ')" ]
    [ "$(jq -r '.msg | select(startswith("Sync"))' err | uniq | paste -sd ,)" = \
        'Synced resource types,Synced resources,Synced entitlements,Synced grants,Sync complete.' ]
    # Calls and stages by their parts.
    jq -se 'any(.msg == "answer" and .workspace and .status == 200 and (.call | startswith("POST ")))' err
    jq -se 'any(.stage == "ab-map" and .exit_status == 0)' err
    [ "$(jq -r '.msg | select(test("ended with status"))' err | sort)" = "$(printf '%s ended with status 0\n' ab-fetch ab-map ab-token c1z-pack)" ]
    # Where it fails, too, and where a command line is refused.
    run -78 --separate-stderr env BATON_LOG_FORMAT=json "$driver" -j 65
    jq -e . <<<"$stderr"
    BATON_AIRBYTE_CLIENT_SECRET=wrong run -77 --separate-stderr env BATON_LOG_FORMAT=json BATON_LOG_LEVEL=debug "$driver" -f debug.c1z
    jq -e .msg <<<"$stderr"
}

@test "what is wrong with the file of the secret is told in words that fit any of the programs" {
    use_mock
    : >empty
    chmod 600 empty
    BATON_AIRBYTE_CLIENT_SECRET='' run -78 --separate-stderr "$driver" --airbyte-client-secret-file empty
    [ "${stderr_lines[0]}" = 'ab-token: the file of the client secret is empty' ]
    [[ $stderr != *' --client-secret-file'* ]]
}

@test "wrong credentials: 77, whatever the server makes of them" {
    truth
    for mode in 400 401 500; do
        use_mock --wrong-credentials "$mode"
        BATON_AIRBYTE_CLIENT_SECRET=not-the-secret fails_with 77
        run -1 grep not-the-secret err
        stop_mock
    done
}

@test "a token that expires in mid-run is renewed" {
    truth
    # With four seconds of life, requests that take 1.5 s each cannot all be made with one token; and two seconds are
    # enough for a request to come in while its token lasts.
    use_mock --token-life 4 --fault 'list_access_info_by_workspace_id * delay=1500'
    "$driver" --stages stages -j 1
    is_right
    [ "$(jq -s 'map(.token) | max' "$MOCK_LOG")" -gt 1 ]
    [ "$(jq -s 'map(select(.status == 401)) | length' "$MOCK_LOG")" -eq 0 ]
}

@test "so is one whose life was told wrong" {
    truth
    use_mock --opaque-tokens --token-life 2 --expires-in 900 --fault 'list_access_info_by_workspace_id * delay=700'
    "$driver" --stages stages -j 1
    is_right
    [ "$(jq -s 'map(.token) | max' "$MOCK_LOG")" -gt 1 ]
    [ "$(jq -s 'map(select(.status == 401)) | length' "$MOCK_LOG")" -gt 0 ]
}

@test "one bad answer is made good: 401, 429, 500, 503, reset, a cut body" {
    truth
    for action in status=401 status=429,retry-after=0 status=500 status=503,retry-after=0 reset cut; do
        use_mock --fault "list_access_info_by_workspace_id 2 $action"
        rm -rf stages sync.c1z
        "$driver" --stages stages 2>err
        [ ! -s err ]
        is_right
        [ "$(served list_access_info_by_workspace_id)" -eq 6 ]
        stop_mock
    done
}

@test "a stage whose end bash does not tell of is found to have ended all the same" {
    use_mock
    # The first time it waits, it is told of the last of those processes alone.
    cat >missing.bash <<'END'
wait() {
    if [[ ${1:-} == -n && -z ${missed:-} ]]; then
        missed=1
        builtin wait "${@: -1}"
        return
    fi
    builtin wait "$@"
}
END
    BASH_ENV=$PWD/missing.bash timeout 60 "$driver" -f missed.c1z 3>&-
    [ -s missed.c1z ]
}

@test "bad answers without end: 65 for gaps, 69, 75, 76, 77, and the old file" {
    truth
    for pair in status=500:69 reset:69 cut:69 status=429,retry-after=9999:75 html:76 status=403:65 status=401:77; do
        use_mock --fault "list_access_info_by_workspace_id 2-999999 ${pair%:*}"
        fails_with "${pair#*:}"
        stop_mock
    done
}

@test "a deadline that passes: 75, and the old file" {
    truth
    use_mock --fault 'list_by_organization_id * delay=20000'
    began=$SECONDS
    fails_with 75 --deadline 1
    [ $((SECONDS - began)) -lt 10 ]
}

@test "a producer that is killed in mid-stream leaves the old file" {
    truth
    use_mock --fault 'list_access_info_by_workspace_id 3-9 delay=20000'
    # The one who kills waits until the third request hangs.
    (
        while [ "$(served list_access_info_by_workspace_id)" -lt 2 ]; do sleep 0.05; done
        for pid in $(grep -lsF "BATON_DOMAIN_URL=$MOCK_URL" /proc/[0-9]*/environ | tr -cd '0-9\n'); do
            [ "$(cat "/proc/$pid/comm")" != ab-fetch ] || kill -s KILL "$pid"
        done
    ) 3>&- &
    fails_with 137 -j 1
    wait $!
}

@test "the same tenant gives the same streams, and the same file if time and id are given" {
    truth
    use_mock
    export SOURCE_DATE_EPOCH=1700000000 BATON_SYNC_ID=2YtdrKLx7LIqaVuv81lTDsXVTjC
    for jobs in 1 8; do
        LC_ALL=C TZ=Asia/Kathmandu "$driver" --stages stages -j "$jobs" -f "$jobs.c1z"
        cp "$jobs.c1z" sync.c1z
        is_right
    done
    cmp 1.c1z 8.c1z
}

@test "stage files hold whole streams that the tools take by hand" {
    use_mock
    "$driver" --stages stages
    "$BIN/ab-map" <stages/raw.ndjson | cmp - stages/records.ndjson
    "$BIN/c1z-pack" -f again.c1z <stages/records.ndjson
    cmp <("$BIN/c1z-cat" -f sync.c1z | tail -n +2) <("$BIN/c1z-cat" -f again.c1z | tail -n +2)
    [ "$(stat -c %a stages/raw.ndjson)" = 600 ]
}

@test "the file's mode is the umask's, and then its own" {
    use_mock
    (umask 027 && "$driver")
    [ "$(stat -c %a sync.c1z)" = 640 ]
    chmod 604 sync.c1z
    "$driver"
    [ "$(stat -c %a sync.c1z)" = 604 ]
}

@test "a second run at one time: 75 before it asks anything, or it waits" {
    truth
    mkfifo hold
    use_mock --fault "list_access_info_by_workspace_id 1 hold=$PWD/hold"
    "$driver" -f shared.c1z 2>first 3>&- &
    first=$!
    # The server opens the other end when it is asked.
    exec {held}>hold
    run -75 --separate-stderr "$driver" -f shared.c1z
    [ "$stderr" = "baton-airbyte: 'shared.c1z' is being written by another run; --wait SECONDS waits for it" ]
    ln -s shared.c1z link
    run -75 --separate-stderr "$driver" -f link --wait 1
    [ "$stderr" = "baton-airbyte: 'link' is being written by another run, still after 1 s" ]
    [ "$(served applications/token)" -eq 1 ]
    "$driver" -f shared.c1z --wait 60 2>second 3>&- {held}>&- &
    second=$!
    exec {held}>&-
    wait "$first"
    wait "$second"
    [ ! -s first ]
    [ ! -s second ]
    [ ! -e .shared.c1z.lock ]
}

@test "a run that is ended while it waits leaves the lock to who has it, and nothing that waits on" {
    use_stubs
    mkfifo hold
    flock .sync.c1z.lock cat hold 3>&- &
    until ! flock --nonblock .sync.c1z.lock true; do sleep 0.05; done
    "$driver" --wait 60 --status-file run.json 2>err 3>&- &
    pid=$!
    waiter=
    until [ -n "$waiter" ] && [ "$(cat "/proc/$waiter/comm")" = flock ]; do
        sleep 0.05
        read -r waiter <"/proc/$pid/task/$pid/children" || true
    done
    kill -s TERM "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq 143 ]
    [ "$(cat err)" = 'baton-airbyte: ended by SIGTERM' ]
    [ "$(jq .status run.json)" -eq 143 ]
    [ -e .sync.c1z.lock ]
    [ ! -e "/proc/$waiter" ]
    run -75 "$driver"
    echo >hold
}

@test "the status file has what the last stage said of its failure" {
    use_stubs
    DO_PACK='while [ "$1" != --reason-fd ]; do shift; done; echo "in.ndjson: no good" >&"$2"; exit 65' \
        run -65 --separate-stderr "$driver" --status-file run.json
    [ "$stderr" = 'baton-airbyte: c1z-pack ended with status 65' ]
    [ "$(jq -r .message run.json)" = 'c1z-pack ended with status 65: in.ndjson: no good' ]
    DO_PACK='exit 70' run -70 --separate-stderr "$driver" --status-file run.json
    [ "$(jq -r .message run.json)" = 'c1z-pack ended with status 70' ]
}

@test "what is reported goes to files of its own, and never over a device" {
    use_stubs
    mkfifo pipe
    run -0 --separate-stderr "$driver" --status-file pipe --metrics-file /dev/null
    [ -p pipe ]
    [ -c /dev/null ]
    [ "$stderr" = "baton-airbyte: warning: cannot write 'pipe': what is there is not a regular file
baton-airbyte: warning: cannot write '/dev/null': what is there is not a regular file" ]
    ln -s kept.json link.json
    run -0 --separate-stderr "$driver" --status-file link.json
    [ -L link.json ]
    [ "$(jq .status kept.json)" -eq 0 ]
    printf old >sync.c1z
    ln -s sync.c1z other
    ends_with_flags 78 "baton-airbyte: --status-file and --file are one file: 'other'" --status-file other
    ends_with_flags 78 "baton-airbyte: --metrics-file and --file are one file: './sync.c1z'" --metrics-file ./sync.c1z
    ends_with_flags 78 "baton-airbyte: --metrics-file and --status-file are one file: 'x'" --status-file x --metrics-file x
    [ "$(cat sync.c1z)" = old ]
}

@test "--from records: the last stage alone, which publishes" {
    use_mock
    "$driver" -f first.c1z --stages kept
    stop_mock
    unset BATON_DOMAIN_URL BATON_AIRBYTE_CLIENT_ID BATON_AIRBYTE_CLIENT_SECRET
    for stream in raw records; do
        run -0 --separate-stderr timeout 60 "$driver" -f "$stream.c1z" --from "kept/$stream.ndjson"
        [ -z "$output$stderr" ]
        diff <("$BIN/c1z-cat" first.c1z | sed 1d) <("$BIN/c1z-cat" "$stream.c1z" | sed 1d)
    done
}

@test "with a publish command a good run says nothing, however soon the command has ended" {
    use_stubs
    for _ in {1..15}; do
        run -0 --separate-stderr "$driver" --status-file run.json --publish-command true
        [ -z "$stderr" ]
        [ "$(jq .status run.json)" -eq 0 ]
    done
}

# started: wait until the driver ${pid} has all its ${children}: the stages, and the process that ends in some seconds.
started() {
    children=()
    until [ "${#children[@]}" -ge 5 ]; do
        sleep 0.05
        read -ra children <"/proc/$pid/task/$pid/children" || true
    done
}

@test "without a living driver nothing is published, not even where no signal tells of its death" {
    mkfifo hold
    use_mock --fault "list_access_info_by_workspace_id 1 hold=$PWD/hold"
    mkdir bin work
    for name in ab-token ab-fetch ab-map c1z-pack; do ln -s "$BIN/$name" bin/; done
    printf '#!/bin/sh\nshift\nexec "$@"\n' >bin/ab-stage
    chmod +x bin/ab-stage
    BATON_AIRBYTE_BIN=$PWD/bin "$driver" -f work/sync.c1z 2>err 3>&- &
    pid=$!
    exec {held}>hold
    started
    kill -s KILL "$pid"
    wait "$pid" || true
    exec {held}>&-
    for child in "${children[@]}"; do goes "$child"; done
    grep "is not published: who started this run has ended" err
    [ ! -e work/sync.c1z ]
    "$driver" -f work/sync.c1z
    [ "$(ls -A work)" = sync.c1z ]
}

@test "what a run leaves that is killed with all that it can be asked for, the next one clears" {
    local -a asked=(--resume --status-file status.json --metrics-file run.prom --stages stages)
    mkfifo hold
    mkdir work
    use_mock --fault "list_access_info_by_workspace_id 3 hold=$PWD/hold"
    (cd work && exec "$driver" "${asked[@]}") 2>err 3>&- &
    pid=$!
    exec {held}>hold
    started
    # All at one time, as a machine does that runs out of memory: nobody can tidy up.
    kill -s KILL "$pid" "${children[@]}"
    wait "$pid" || true
    exec {held}>&-
    for child in "${children[@]}"; do goes "$child"; done
    [ -s work/.sync.c1z.journal ]
    [ -e work/.sync.c1z.lock ]
    [ ! -e work/sync.c1z ]
    (cd work && "$driver" "${asked[@]}")
    [ "$(find work -mindepth 1 -maxdepth 1 -printf "%f\n" | LC_ALL=C sort | paste -sd " ")" = 'run.prom stages status.json sync.c1z' ]
    [ "$(find work/stages -mindepth 1 -printf "%f\n" | LC_ALL=C sort | paste -sd " ")" = 'raw.ndjson records.ndjson' ]
}

@test "nowhere to write to: 73" {
    use_mock
    run -73 --separate-stderr "$driver" -f none/sync.c1z
    [ "$stderr" = "baton-airbyte: cannot create 'none/sync.c1z': its folder is not there" ]
    for place in . none/ /dev/null; do run -73 "$driver" -f "$place"; done
    # A run that only pretends says so as well.
    for place in . none/sync.c1z; do run -73 "$driver" --dry-run -f "$place"; done
    [ ! -s mock.log ]
    touch mounted
    unshare --mount true || skip 'mounting is not allowed here'
    run -73 --separate-stderr unshare --mount sh -c 'mount --bind mounted mounted && exec "$0" -f mounted' "$driver"
    [ "$stderr" = "baton-airbyte: cannot replace 'mounted': something is mounted on it; mount its folder instead" ]
    [ ! -s mock.log ]
}

@test "a lock that a killed run left, or another user's, is in nobody's way; the file's name may be as long as names can be" {
    use_mock
    touch .sync.c1z.lock
    "$driver"
    [ ! -e .sync.c1z.lock ]
    long=$(printf '%0251d.c1z' 1)
    "$driver" -f "$long"
    ln -s "$long" link
    "$driver" -f link
    [ "$(find . -mindepth 1 -maxdepth 1 | sed s,..,, | LC_ALL=C sort | paste -sd " ")" = "$long link mock.err mock.log sync.c1z" ]
}

@test "a signal in mid-run leaves no process and no file" {
    truth
    use_mock --fault 'list_access_info_by_workspace_id 2-9 delay=20000'
    mkdir work
    cp right.c1z work/sync.c1z
    "$driver" -j 1 -f work/sync.c1z 2>err 3>&- &
    pid=$!
    until [ "$(served list_access_info_by_workspace_id)" -ge 1 ]; do sleep 0.05; done
    started
    kill -s TERM "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq 143 ]
    for child in "${children[@]}"; do [ ! -e "/proc/$child" ]; done
    [ "$(cat err)" = 'baton-airbyte: ended by SIGTERM' ]
    [ "$(ls -A work)" = sync.c1z ]
    cmp work/sync.c1z right.c1z
}
