#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # code in single quotes; run sets output and stderr
#
# docs/TROUBLESHOOTING.md, and the table of the README: each text that stands there is made to happen, with the status that
# stands beside it.

load lib

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    tenant=$FIXTURES/demo-tenant.json slow=()
    export BATON_AIRBYTE_BIN=$BIN BATON_LOG_FORMAT=console HOME=$PWD
}

teardown() {
    stop_mock
}

# meet WHAT [MOCK-ARGUMENT...]: a run of the driver against a mock with those arguments, after WHAT was done in the shell
# that runs it. What it says is added to seen, as a line that begins with its status.
meet() {
    local what=$1 status=0
    shift
    start_mock --tenant "$tenant" "$@"
    credentials "$FIXTURES/demo-tenant.json"
    (
        eval "$what"
        exec timeout 60 "$ROOT/scripts/baton-airbyte" -f "${file:-sync.c1z}" </dev/null >said 2>&1 3>&-
    ) || status=$?
    stop_mock
    { printf '%s ' "$status" && tr '\n' ' ' <said && echo; } >>seen
}

# slowly WHAT [MOCK-ARGUMENT...]: the same beside the rest, in a folder of its own: most of its time are waits between tries.
slowly() {
    local folder
    folder=$(mktemp -d "$PWD/slow.XXXXXX")
    (BATS_TEST_TMPDIR=$folder && cd "$folder" && meet "$@") 3>&- &
    slow+=("$!")
}

# caller ROLE: the option that makes the mock's application one of a user with that role.
caller() {
    jq -r --arg role "$1" '[.permissions[] | select(.permissionType == $role)][0] | "--caller=" + .userId' "$tenant"
}

meet_network() {
    meet 'unset BATON_DOMAIN_URL'
    meet 'BATON_DOMAIN_URL=http://airbyte.example.com'
    # A name that no server of names is asked for, as it is too long.
    slowly 'BATON_DOMAIN_URL=https://airbyte$(printf %064d 0).example'
    slowly 'BATON_DOMAIN_URL=http://127.0.0.1:1'
    "$ROOT/tests/certificates" "$PWD"
    slowly 'BATON_DOMAIN_URL=${BATON_DOMAIN_URL/https:/http:}' --tls-cert "$PWD/good.pem" --tls-key "$PWD/good.key"
    meet '' --tls-cert self.pem --tls-key self.key
    meet '' --fault '* * status=302,location=https://login.example.com/'
    meet '' --fault '* * html'
    meet '' --auth-off
}

meet_roles() {
    meet 'BATON_AIRBYTE_CLIENT_SECRET=wrong'
    slowly 'BATON_AIRBYTE_CLIENT_SECRET=wrong' --wrong-credentials 500
    meet '' --fault '/workspaces * status=403' --fault '/organizations * status=403' --fault '/list_by_user_id * status=403'
    meet '' "$(caller organization_reader)"
    meet '' "$(caller organization_member)"
    meet '' --fault '/list_access_info_by_workspace_id * status=403'
}

meet_server() {
    slowly '' --fault '/organizations * status=500'
    slowly 'export BATON_DEADLINE=20' --fault '/organizations * status=429'
    slowly 'export BATON_DEADLINE=20' --fault '/organizations * stall'
}

meet_machine() {
    meet 'file=nowhere/sync.c1z'
    meet 'echo text >sync.c1z'
    rm sync.c1z
    umask 022
    meet 'echo "domain-url: x" >.baton.yaml; chmod go+w .baton.yaml'
    rm .baton.yaml
    meet 'echo "airbyte-client-secret: x" >.baton.yaml'
    meet 'echo "domain-urll: x" >.baton.yaml'
    rm .baton.yaml
    meet 'export BATON_PUBLISH_COMMAND="exit 9"'
    # The lock is held by this shell.
    exec {lock}<>.sync.c1z.lock
    flock -n "$lock"
    meet ''
    exec {lock}>&-
    jq '.permissions = .permissions[:1] | .users = .users[:1]' "$tenant" >small.json
    tenant=small.json
    meet ''
}

# rows FILE: the texts of the tables with a status, and that, as lines "STATUS<TAB>TEXT".
rows() {
    awk -F ' *[|] *' '$2 ~ /^`/ && $3 ~ /^[0-9]+$/ { gsub(/`/, "", $2); sub(/^ +/, "", $2); print $3 "\t" $2 }' "$1"
}

# is_seen STATUS TEXT: whether a run with that status said TEXT, in which "..." is whatever stands between.
is_seen() {
    local line pattern
    pattern=${2//\*/\\*}
    pattern=${pattern//\(/\\(}
    pattern=${pattern//\)/\\)}
    pattern=${pattern//\[/\\[}
    pattern=${pattern//\?/\\?}
    pattern=${pattern//.../*}
    while IFS= read -r line; do
        # shellcheck disable=SC2053 # it is a pattern
        if [[ $line == "$1 "*$pattern* ]]; then return 0; fi
    done <seen
    return 1
}

@test "each text of the page, and of the README, is said with the status that stands there" {
    meet_network
    meet_roles
    meet_server
    meet_machine
    wait "${slow[@]}"
    cat slow.*/seen >>seen
    cat seen
    for page in README.md docs/TROUBLESHOOTING.md; do
        mapfile -t rows < <(rows "$ROOT/$page")
        [ "${#rows[@]}" -ge 5 ]
        for row in "${rows[@]}"; do
            is_seen "${row%%$'\t'*}" "${row#*$'\t'}" || { echo "$page: nobody says: $row" && false; }
        done
    done
}

@test "what others stumble over is no trouble here" {
    meet '' --token-life 4 --expires-in 900 --fault '/list_access_info_by_workspace_id * delay=1200'
    meet '' --fault '/workspaces * next=http://localhost:8001/api/public/v1/workspaces?offset=1'
    meet 'BATON_DOMAIN_URL=$BATON_DOMAIN_URL//'
    [ "$(cat seen)" = $'0 \n0 \n0 ' ]
}
