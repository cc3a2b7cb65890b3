#!/usr/bin/env bats
# ab-fetch: what it asks for, what it makes of the answers, and how it fails.
# shellcheck disable=SC2154 # stderr is set by run
# shellcheck disable=SC2016 # bash -c gets its variables from the environment
# shellcheck disable=SC2206 # the ids in arrays have no spaces

load lib

TENANT=$FIXTURES/fetch-tenant.json
ALPHA=0a000000-0000-4000-8000-000000000001
BETA=0b000000-0000-4000-8000-000000000002
HIDDEN=0c000000-0000-4000-8000-000000000003
A1=1a000000-0000-4000-8000-000000000001
A2=1a000000-0000-4000-8000-000000000002
B1=1b000000-0000-4000-8000-000000000001
C1=1c000000-0000-4000-8000-000000000001
C2=1c000000-0000-4000-8000-000000000002
ADA=a0000000-0000-4000-8000-000000000001
BO=a0000000-0000-4000-8000-000000000002
CY=a0000000-0000-4000-8000-000000000003
DEE=a0000000-0000-4000-8000-000000000004
ROOT_ID=a0000000-0000-4000-8000-000000000009

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    credentials "$TENANT"
    export SOURCE_DATE_EPOCH=1795000000
}

teardown() {
    stop_mock
    stop_stub
}

# stub STATUS TYPE FILE: a server that gives FILE as the answer to everything, for what the mock server never says.
stub() {
    stop_stub
    rm -f stub.port
    mkfifo stub.port
    STUB_STATUS=$1 STUB_TYPE=$2 STUB_FILE=$3 python3 -c '
import http.server, os, sys
class Stub(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = open(os.environ["STUB_FILE"], "rb").read()
        self.send_response(int(os.environ["STUB_STATUS"]))
        self.send_header("Content-Type", os.environ["STUB_TYPE"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Stub)
with open("stub.port", "w") as port:
    port.write("%d\n" % server.server_address[1])
server.serve_forever()' 3>&- &
    STUB_PID=$!
    local port
    read -r port <stub.port
    export BATON_DOMAIN_URL=http://127.0.0.1:$port
}

stop_stub() {
    [ -n "${STUB_PID:-}" ] || return 0
    kill "$STUB_PID" 2>/dev/null || true
    wait "$STUB_PID" 2>/dev/null || true
    STUB_PID=
}

# tenant ARGS...: serve the small tenant, instead of what was served before.
tenant() {
    stop_mock
    rm -f "$BATS_TEST_TMPDIR/mock.log"
    start_mock --tenant "$TENANT" "$@"
}

# fetch STATUS ARGS...: run ab-fetch and expect STATUS. Its output is $output, its messages $stderr.
fetch() {
    run -"$1" --separate-stderr "$BIN/ab-fetch" "${@:2}"
}

# stream LINES...: a complete raw stream of those lines, from the mock server or $SOURCE.
stream() {
    printf '{"stream":"begin","schema":"airbyte-raw/1","source":"%s","startedAt":"2026-01-02T03:04:05Z"}\n' \
        "${SOURCE:-$BATON_DOMAIN_URL}"
    [ $# -eq 0 ] || printf '%s\n' "$@"
    printf '{"stream":"end","records":%d}\n' $#
}

# stages RESOURCE...: the member of begin lines that says what a run was asked for; without arguments, everything.
stages() {
    local version
    version=$("$BIN/ab-fetch" --version)
    # shellcheck disable=SC2046 # the names of resources
    [ $# -gt 0 ] || set -- $(all_resources)
    printf '"stages":[{"tool":"ab-fetch","version":"%s","resources":["%s"' "${version#* }" "$1"
    printf ',"%s"' "${@:2}"
    printf ']}]'
}

# all_resources: what a run without arguments fetches.
all_resources() {
    "$BIN/ab-fetch" --list | awk 'NR > 1 && /^[a-z]/ && $1 != "audit_event" && !seen[$1]++ { print $1 }'
}

# shape FILE: one word for the place and thing of each line.
shape() {
    jq -r 'select(.resource) | [.resource, .organizationId, .groupId, .workspaceId, .data[{organization: "organizationId",
        group: "groupId", workspace: "workspaceId", invitation: "id"}[.resource] // "userId"]] | map(select(.)) | join(" ")' "$1"
}

# requests: the calls that the server has seen, but those for tokens.
requests() {
    jq -r 'select(.path | endswith("/applications/token") | not) |
        [.method, .path, (.query | select(. != "")), (.body // {} | .[])] | join(" ")' "$MOCK_LOG"
}

# gaps: the gap and note lines of $output, without what is the same in all.
gaps() {
    grep '"stream":"[gn]' <<<"$output" | sed 's/{"stream":"//; s/","of":"/ /; s/","/ /; s/}//'
}

# the_whole_shape: what the small tenant is as a stream.
the_whole_shape() {
    cat <<END
instance
instance_admin $ROOT_ID
organization $ALPHA
organization_user $ALPHA $ADA
organization_user $ALPHA $BO
workspace $ALPHA $A1
workspace_user $ALPHA $A1 $ADA
workspace_user $ALPHA $A1 $BO
workspace_user $ALPHA $A1 $CY
workspace $ALPHA $A2
workspace_user $ALPHA $A2 $ADA
organization $BETA
workspace $BETA $B1
organization $HIDDEN
organization_user $HIDDEN $DEE
workspace $HIDDEN $C2
workspace_user $HIDDEN $C2 $CY
workspace_user $HIDDEN $C2 $DEE
workspace $HIDDEN $C1
workspace_user $HIDDEN $C1 $DEE
user $ROOT_ID
user $ADA
user $BO
user $CY
user $DEE
END
}

# whole_run ARGS...: run ab-fetch, and expect the whole tenant and no word.
whole_run() {
    fetch 0 "$@"
    [ "$stderr" = "" ]
    printf '%s\n' "$output" >whole.ndjson
    diff <(the_whole_shape) <(shape whole.ndjson)
}

@test "help, version, list" {
    fetch 0 --help
    [[ $output = "usage: ab-fetch"*"--token-fds R,W"* ]]
    [ "$stderr" = "" ]
    fetch 0 -v
    [[ $output =~ ^ab-fetch\ [0-9]+\.[0-9]+\.[0-9]+[^[:space:]]*$ ]]
    fetch 0 --list
    [[ $output = *"organization_user  organization  required organization_member"$'\n'"    POST /users/list_by_organization_id (config API)"* ]]
    [[ $output = *"group              organization  optional organization_admin"$'\n'* ]]
    # Two lines a resource and two on top, none longer than a terminal is wide.
    [ "${#lines[@]}" -eq $((2 + 2 * ($(all_resources | wc -l) + 2))) ]
    [ -z "$(awk 'length > 80' <<<"$output")" ]
}

@test "usage errors say why, then the usage" {
    local -a bad=("--nonsense" "-x" "-j" "-j 0" "-j 65" "-j x" "--page-size 101" "--page-size 0" "--deadline 0" "--deadline 1.5"
        "--token-fds 3" "--token-fds 0,1" "--token-fds 3,4x" "--token-fds 60000,60001" "--token-file -" "--log-level loud"
        "--token-file a --token-command b" "--journal" "--replay" "--journal-max-age 5" "--journal j --journal-max-age 0" "--journal-anew" "--journal j --replay --journal-anew" "--since yesterday" "--since 2026-11-22" "member" "role" "nothing")
    for args in "${bad[@]}"; do
        # shellcheck disable=SC2086
        fetch 64 $args </dev/null
        [ "$output" = "" ]
        [[ $stderr = "ab-fetch: "*"usage: ab-fetch"* ]] || { echo "$args: $stderr"; return 1; }
    done
}

@test "a resource without its parent, with a terminal as standard input: usage error" {
    command -v script >/dev/null || skip "script(1) is not here"
    run -64 script -qec "$BIN/ab-fetch workspace_user" /dev/null
    [[ $output = *"standard input is a terminal"* ]]
}

@test "settings that are missing or wrong" {
    fetch 78
    [[ $stderr = *BATON_DOMAIN_URL* ]]
    fetch 78 --domain-url http://airbyte.example.com
    [[ $stderr = *insecure* ]]
    SOURCE_DATE_EPOCH=tomorrow fetch 78 --domain-url http://127.0.0.1:1
    [[ $stderr = *SOURCE_DATE_EPOCH* ]]
}

@test "the whole tenant: every line, in order" {
    tenant
    whole_run
    [ "${lines[0]}" = '{"stream":"begin","schema":"airbyte-raw/1","source":"'"$MOCK_URL"'","startedAt":"2026-11-18T11:06:40Z",'"$(stages)}" ]
    [ "${lines[-1]}" = '{"stream":"end","records":25}' ]
    # What the look-up of a user says besides is there too: what the mock draws is left out here.
    diff - <(jq -c 'select(.resource == "user") | del(.data.news)' whole.ndjson) <<END
{"resource":"user","data":{"userId":"$ROOT_ID","name":"Root","email":"root@ops.example","metadata":{}},"organizationIds":[],"workspaceIds":[]}
{"resource":"user","data":{"userId":"$ADA","name":"Ada Ng","email":"ada@alpha.example","metadata":{}},"organizationIds":["$ALPHA"],"workspaceIds":[]}
{"resource":"user","data":{"userId":"$BO","name":"Bo \"B\" Ruiz","email":"bo@alpha.example","metadata":{}},"organizationIds":["$ALPHA"],"workspaceIds":["$A1"]}
{"resource":"user","data":{"userId":"$CY","name":"Cy Vance","email":"cy@partner.example","metadata":{}},"organizationIds":[],"workspaceIds":["$A1","$C2"]}
{"resource":"user","data":{"userId":"$DEE","name":"Dee Hall","email":"dee@hidden.example","metadata":{}},"organizationIds":["$HIDDEN"],"workspaceIds":[]}
END
}

@test "the calls that are made, each once" {
    tenant
    whole_run
    diff <(requests | sort) - <<END
GET /api/public/v1/groups organizationId=$ALPHA&limit=100&offset=0
GET /api/public/v1/groups organizationId=$BETA&limit=100&offset=0
GET /api/public/v1/groups organizationId=$HIDDEN&limit=100&offset=0
GET /api/public/v1/organizations
GET /api/public/v1/permissions
GET /api/public/v1/workspaces limit=100&offset=0
GET /api/public/v1/workspaces limit=100&offset=5
GET /api/v1/instance_configuration
POST /api/v1/organizations/get $HIDDEN
POST /api/v1/user_invitations/list_pending organization $ALPHA
POST /api/v1/user_invitations/list_pending organization $BETA
POST /api/v1/user_invitations/list_pending organization $HIDDEN
POST /api/v1/users/get $ADA
POST /api/v1/users/get $BO
POST /api/v1/users/get $CY
POST /api/v1/users/get $DEE
POST /api/v1/users/get $ROOT_ID
POST /api/v1/users/list_access_info_by_workspace_id $A1
POST /api/v1/users/list_access_info_by_workspace_id $A2
POST /api/v1/users/list_access_info_by_workspace_id $B1
POST /api/v1/users/list_access_info_by_workspace_id $C1
POST /api/v1/users/list_access_info_by_workspace_id $C2
POST /api/v1/users/list_by_organization_id $ALPHA
POST /api/v1/users/list_by_organization_id $BETA
POST /api/v1/users/list_by_organization_id $HIDDEN
POST /api/v1/users/list_instance_admin
POST /api/v1/workspaces/get $C1
POST /api/v1/workspaces/get $C2
POST /api/v1/workspaces/list_by_organization_id $ALPHA
POST /api/v1/workspaces/list_by_organization_id $BETA
END
    [ "$(jq -r .user_agent "$MOCK_LOG" | grep -vc '^baton-airbyte/')" -eq 0 ]
    [ "$(jq -s '[.[] | select(.path | endswith("/token"))] | length' "$MOCK_LOG")" -eq 1 ]
}

@test "data is the object as sent: order, numbers and strings untouched, white space gone" {
    printf '{ "users" : [ {"userId":"%s", "x":1.50e+00,\n"big":12345678901234567890,"name":"na\\u006de \\ud83e\\uddea\\/","nested":{ "b" : [ 1 , -0 ] ,"a":""},"permissionType":"organization_reader","email":null } ] }' $ADA >body
    tenant --fault "users/list_by_organization_id * body=$PWD/body"
    fetch 0 --no-user-details organization organization_user user
    [ "${lines[2]}" = '{"resource":"organization_user","organizationId":"'$ALPHA'","data":{"userId":"'$ADA'","x":1.50e+00,"big":12345678901234567890,"name":"na\u006de \ud83e\uddea\/","nested":{"b":[1,-0],"a":""},"permissionType":"organization_reader","email":null}}' ]
    [ "${lines[-2]}" = '{"resource":"user","data":{"userId":"'$ADA'","name":"name 🧪/"},"organizationIds":["'$ALPHA'","'$BETA'"],"workspaceIds":[]}' ]
}

@test "secret members of workspaces never pass" {
    tenant
    whole_run
    [[ $output != *SENTINEL* ]]
    [[ $output != *ebhook* ]]
    [[ $output != *otification* ]]
    [[ $output = *'"customerId":"0e000000-'* ]]
    # Nor do members that are allowed, if they hold more than a scalar.
    printf '{"workspaces":[{"workspaceId":"%s","name":{"url":"SENTINEL"},"slug":["SENTINEL"],"email":"kept","notifications":"SENTINEL"}]}' $A1 >body
    tenant --fault "workspaces/list_by_organization_id 1 body=$PWD/body"
    fetch 0 -j 1 organization workspace
    [[ $output = *'"data":{"workspaceId":"'$A1'","email":"kept"}}'* ]]
    [[ $output != *SENTINEL* ]]
}

@test "the number of calls at a time, and answers that come in another order, change nothing" {
    tenant
    whole_run -j 1
    mv whole.ndjson one.ndjson
    whole_run -j 8
    tail -n +2 whole.ndjson | cmp - <(tail -n +2 one.ndjson)
    tenant --fault 'users/list_by_organization_id 1 delay=300' --fault 'list_access_info_by_workspace_id 1 delay=400' \
        --fault 'workspaces/list_by_organization_id 1 delay=200' --fault 'workspaces/get 1 delay=200'
    whole_run -j 8
    tail -n +2 whole.ndjson | cmp - <(tail -n +2 one.ndjson)
}

@test "a larger tenant with odd names: any page size, overlapping pages, any number of calls" {
    "$ROOT/tests/gen-tenant" --seed 77 --organizations 5 --workspaces 40 --users 50 --unlisted >big.json
    credentials big.json
    start_mock --tenant big.json
    fetch 0 -j 1
    tail -n +2 <<<"$output" >one
    [ "$(wc -l <one)" -gt 200 ]
    for options in "-j 8" "-j 64 --page-size 7" "-j 2 --page-size 1"; do
        # shellcheck disable=SC2086
        fetch 0 $options
        [ "$stderr" = "" ]
        tail -n +2 <<<"$output" | cmp - one
    done
    MOCK_URL_BEFORE=$MOCK_URL
    stop_mock
    start_mock --tenant big.json --overlap
    [ "$MOCK_URL" != "$MOCK_URL_BEFORE" ]
    fetch 0 --page-size 10
    [ "$stderr" = "" ]
    diff <(tail -n +2 <<<"$output" | sort) <(sort one)
}

@test "pages: offsets are counted, links are not followed, and a list ends on an empty page or without a next one" {
    tenant
    whole_run --page-size 2
    [ "$(requests | grep -c 'GET /api/public/v1/workspaces ')" -eq 4 ]
    requests | grep -qx 'GET /api/public/v1/workspaces limit=2&offset=4'
    requests | grep -qx 'GET /api/public/v1/workspaces limit=2&offset=5'
    # A server that gives fewer rows than it is asked for says no more by that.
    printf '{"data":[{"workspaceId":"%s"}],"next":"http://localhost:8001/"}' $A1 >one
    printf '{"data":[{"workspaceId":"%s"},{"workspaceId":"%s"}],"next":""}' $A1 $A2 >two
    tenant --fault "public/v1/workspaces 1 body=$PWD/one" --fault "public/v1/workspaces 2 body=$PWD/two"
    fetch 0 organization workspace
    [ "$(requests | grep 'GET /api/public/v1/workspaces ' | tail -n 1)" = 'GET /api/public/v1/workspaces limit=100&offset=1' ]
}

# groups FILE NEXT GROUP...: a page of groups, with another one behind it if NEXT is not empty.
groups() {
    jq -nc --arg next "$2" '{data: [$ARGS.positional[] | {groupId: ., name: .}]} + if $next == "" then {} else {$next} end' \
        --args "${@:3}" >"$1"
}

@test "pages without an order: a row that comes on two of them has the list read again" {
    groups first x g1 g2 g5
    groups again '' g2
    groups rest '' g3
    groups other '' g4
    local faults=() i
    for i in 1 3; do faults+=(--fault "v1/groups?$ALPHA $i body=$PWD/first"); done
    tenant "${faults[@]}" --fault "v1/groups?$ALPHA 2 body=$PWD/again" --fault "v1/groups?$ALPHA 4 body=$PWD/rest" \
        --fault "v1/groups?$BETA * body=$PWD/other"
    fetch 0 -j 1 --journal j --page-size 3 organization group
    [ "$stderr" = "" ]
    [ "$(shape <(printf '%s\n' "$output"))" = "organization $ALPHA
group $ALPHA g1
group $ALPHA g2
group $ALPHA g5
group $ALPHA g3
organization $BETA
group $BETA g4" ]
    [ "$(requests | grep -c "groups organizationId=$ALPHA&limit=3&offset=[03]\$")" -eq 4 ]
    printf '%s\n' "$output" >one
    stop_mock
    fetch 0 --page-size 3 --journal j --replay organization group
    cmp one <(printf '%s\n' "$output")
}

@test "pages that never settle: what was met, and a gap" {
    groups first x g1 g2 g5
    groups again '' g2
    groups other '' g4
    local faults=() i
    for i in 1 3 5 7 9; do
        faults+=(--fault "v1/groups?$ALPHA $i body=$PWD/first" --fault "v1/groups?$ALPHA $((i + 1)) body=$PWD/again")
    done
    tenant "${faults[@]}" --fault "v1/groups?$BETA * body=$PWD/other"
    fetch 0 -j 1 organization group
    [ "$stderr" = "ab-fetch: warning: access may exist that could not be seen (of=group, gaps=1, reason=partial, needs=(not known))" ]
    [ "$(gaps)" = 'gap group organizationId":"'$ALPHA'","reason":"partial"' ]
    [ "$(grep -c '"resource":"group"' <<<"$output")" -eq 4 ]
    [ "$(requests | grep -c "groups organizationId=$ALPHA")" -eq 10 ]
}

@test "a server that sends full pages for ever: 76" {
    printf '{"data":[{"workspaceId":"%s","name":"x"}],"next":"http://localhost:8001/"}' $A1 >body
    tenant --fault "public/v1/workspaces * body=$PWD/body"
    fetch 76 --page-size 1
    [[ $stderr = "ab-fetch: GET /workspaces (public API): page loop"* ]]
    [[ $output != *'"stream":"end"'* ]]
}

@test "stages joined by pipes give what one run gives" {
    credentials "$FIXTURES/pro-tenant.json"
    "$ROOT/tests/gen-tenant" --seed 5 --full --profile enterprise --release 2.1 --caller instance_admin --organizations 3 >full.json
    f=$BIN/ab-fetch
    local -a pipes=(
        "'$f' instance instance_admin organization | '$f' workspace organization_user | '$f' workspace_user | '$f' group group_member group_permission invitation | '$f' --user-details user"
        "'$f' instance organization | '$f' workspace | '$f' workspace_user | '$f' organization_user | '$f' instance_admin group | '$f' group_permission invitation | '$f' group_member | '$f' --user-details user"
        "'$f' instance organization group group_member | '$f' organization_user instance_admin workspace workspace_user | '$f' group_permission invitation | '$f' --user-details user"
        "'$f' invitation instance organization workspace workspace_user user | '$f' instance_admin organization_user | '$f' group | '$f' group_member group_permission | '$f' --user-details user")
    # An instance admin who sees all; an organization admin, reader and guest, who does not.
    for file in "$TENANT" "$FIXTURES/pro-tenant.json" full.json; do
        credentials "$file"
        stop_mock
        start_mock --tenant "$file"
        "$f" >whole.ndjson 2>/dev/null
        for pipe in "${pipes[@]}"; do
            bash -o pipefail -c "$pipe" >staged.ndjson 2>/dev/null
            cmp staged.ndjson whole.ndjson
        done
    done
}

@test "stages one at a time through files" {
    tenant
    whole_run
    "$BIN/ab-fetch" instance organization >s0
    local n=0
    for resource in organization_user workspace invitation workspace_user group instance_admin group_permission group_member "user --user-details"; do
        # shellcheck disable=SC2086
        "$BIN/ab-fetch" $resource <s$n >s$((n + 1))
        n=$((n + 1))
    done
    cmp s9 whole.ndjson
}

@test "a stage asks only for what it is to add" {
    tenant
    "$BIN/ab-fetch" organization workspace >w
    tenant
    sed -i "1s|http://[^\"]*|$MOCK_URL|" w
    "$BIN/ab-fetch" workspace_user <w >u
    [ "$(requests | grep -c list_access_info_by_workspace_id)" -eq 5 ]
    [ "$(requests | wc -l)" -eq 5 ]
}

@test "passing lines through: unchanged, with gaps and notes, and what comes from later versions of the stream" {
    tenant
    {
        printf '{"stream":"begin","schema":"airbyte-raw/1","source":"%s","startedAt":"2020-02-02T02:02:02Z"}\n' "$MOCK_URL"
        printf '%s\n' '{"resource":"instance", "instanceId":"h", "data":{ "a" : 1.0 }}' \
            '{"resource":"organization","instanceId":"h","data":{"organizationId":"'$ALPHA'","x" : "\u0041"}}' \
            '{"stream":"note","of":"group","organizationId":"'$ALPHA'","status":403,"reason":"unlicensed"}' \
            '{"resource":"invitation","organizationId":"'$ALPHA'","data":{"id":"i"}}' \
            '{"resource":"workspace","organizationId":"'$ALPHA'","data":{"workspaceId":"'$A2'"}}' \
            '{"stream":"gap","of":"something","status":403}' \
            '{"resource":"workspace","data":{"workspaceId":"'$B1'"}}' \
            '{"stream":"end","records":7,"gaps":1}'
    } >in
    fetch 0 organization_user workspace_user <in
    [ "$stderr" = "" ]
    [ "${lines[0]}" = '{"stream":"begin","schema":"airbyte-raw/1","source":"'"$MOCK_URL"'","startedAt":"2020-02-02T02:02:02Z",'"$(stages organization_user workspace_user)}" ]
    [ "${lines[1]}" = "$(sed -n 2p in)" ]
    [ "${lines[2]}" = "$(sed -n 3p in)" ]
    [[ ${lines[3]} = '{"resource":"organization_user","organizationId":"'$ALPHA'",'* ]]
    [ "${lines[5]}" = "$(sed -n 4p in)" ]
    [ "${lines[6]}" = "$(sed -n 5p in)" ]
    [ "${lines[7]}" = "$(sed -n 6p in)" ]
    [ "${lines[8]}" = "$(sed -n 7p in)" ]
    [[ ${lines[9]} = '{"resource":"workspace_user","organizationId":"'$ALPHA'","workspaceId":"'$A2'",'* ]]
    [ "${lines[-2]}" = "$(sed -n 8p in)" ]
    [ "${lines[-1]}" = '{"stream":"end","records":10,"gaps":1}' ]
}

@test "user: from any stream, without network or settings; earlier user lines are merged" {
    unset BATON_DOMAIN_URL
    SOURCE=https://x.example
    {
        stream '{"resource":"instance_admin","instanceId":"h","data":{"userId":"u-9","name":"Nine","email":"9@x.example"}}' \
            '{"resource":"workspace_user","workspaceId":"w2","data":{"userId":"u1","userName":"","userEmail":"","workspacePermission":{}}}' \
            '{"resource":"workspace_user","workspaceId":"w1","data":{"userId":"u1","userName":"One","userEmail":null,"workspacePermission":{}}}' \
            '{"resource":"workspace_user","workspaceId":"w3","data":{"userId":"u1","workspacePermission":null,"organizationPermission":{}}}'
        stream '{"resource":"group_member","organizationId":"o","groupId":"g","data":{"memberId":"m","userId":"u-9","userName":"other"}}' \
            '{"resource":"organization_user","organizationId":"o","data":{"userId":"00000000-0000-0000-0000-000000000000"}}' \
            '{"resource":"user","data":{"userId":"u1","name":"Uno","email":"1@x.example","status":"disabled"},"organizationIds":["o"],"workspaceIds":["w1","w0"]}'
    } >in
    fetch 0 user <in
    [ "$stderr" = "" ]
    diff - <(tail -n +2 <<<"$output") <<END
$(grep -v '"stream"' in | grep -v '"user"')
{"resource":"user","data":{"userId":"u-9","name":"Nine","email":"9@x.example"},"organizationIds":[],"workspaceIds":[]}
{"resource":"user","data":{"userId":"u1","name":"One","email":"1@x.example","status":"disabled"},"organizationIds":["o"],"workspaceIds":["w0","w1","w2"]}
{"resource":"user","data":{"userId":"00000000-0000-0000-0000-000000000000"},"organizationIds":["o"],"workspaceIds":[]}
{"stream":"end","records":9}
END
}

@test "an organization that can be neither listed nor read: its id, its workspaces beneath it, and one gap" {
    tenant --fault 'organizations/get * status=404'
    fetch 0 -j 1
    [[ $stderr = "ab-fetch: warning: access may exist that could not be seen (of=organization, gaps=1, reason=unlisted, needs=organization_member)" ]]
    printf '%s\n' "$output" >out
    diff - <(grep -A 3 '"stream":"gap"' out) <<END
{"stream":"gap","of":"organization","organizationId":"$HIDDEN","status":404,"reason":"unlisted","needs":"organization_member"}
{"resource":"organization","instanceId":"127.0.0.1","data":{"organizationId":"$HIDDEN"}}
$(grep '"resource":"organization_user"' out | grep $DEE)
$(grep '"resource":"workspace"' out | grep $C2)
END
    [[ $(tail -n 1 out) = *',"gaps":1}' ]]
}

@test "a workspace whose look-up is refused: its users tell its organization, else it stands at the root" {
    tenant --fault 'workspaces/get * status=403'
    fetch 0 -j 1
    printf '%s\n' "$output" >out
    [ "$(shape out | grep -A 9 "^organization $HIDDEN" | grep -c "workspace $HIDDEN")" -eq 2 ]
    [ "$(requests | grep -c "list_access_info_by_workspace_id $C1")" -eq 2 ]
    printf '{"usersWithAccess":[]}' >none
    tenant --fault 'workspaces/get * status=403' --fault "list_access_info_by_workspace_id * body=$PWD/none"
    fetch 0 -j 1 organization workspace workspace_user user
    printf '%s\n' "$output" >out
    [ "$(shape out | grep -c "^organization $HIDDEN")" -eq 0 ]
    diff <(shape out | tail -n 2) <(printf 'workspace %s\n' $C2 $C1)
    [[ $output != *SENTINEL* ]]
    # What the admins of an organization may do in a workspace of it is not known.
    gap() {
        printf 'gap workspace workspaceId":"%s"%s,"reason":"unlisted"%s\n' $C2 "$1" "$2" $C1 "$1" "$2"
    }
    [ "$(gaps)" = "$(gap ',"status":403' ',"needs":"workspace_reader"')" ]
    [ "$stderr" = "ab-fetch: warning: access may exist that could not be seen (of=workspace, gaps=2, reason=unlisted, needs=workspace_reader)" ]
    # Stages say the same.
    "$BIN/ab-fetch" -j 1 organization 2>err | "$BIN/ab-fetch" -j 1 workspace 2>>err | "$BIN/ab-fetch" -j 1 workspace_user user 2>>err >staged
    diff <(sed 1d out) <(sed 1d staged)
    # Found, but without a word on the organization.
    tenant --fault 'workspaces/get * without=organizationId' --fault "list_access_info_by_workspace_id * body=$PWD/none"
    fetch 0 -j 1 organization workspace
    [ "$(gaps)" = "$(gap '' '')" ]
}

@test "what no list has, but a role of the caller's is in, is looked up; what is not found was deleted" {
    local hide=(--caller $BO --fault "public/v1/organizations * omit=$ALPHA" --fault "public/v1/workspaces * omit=$A1")
    tenant "${hide[@]}"
    fetch 0 -j 1 organization organization_user workspace workspace_user
    printf '%s\n' "$output" >out
    diff <(shape out) - <<END
organization $ALPHA
organization_user $ALPHA $ADA
organization_user $ALPHA $BO
workspace $ALPHA $A1
workspace_user $ALPHA $A1 $ADA
workspace_user $ALPHA $A1 $BO
workspace_user $ALPHA $A1 $CY
END
    [ "$(gaps)" = 'gap workspace organizationId":"'$ALPHA'","reason":"partial","needs":"organization_reader"' ]
    "$BIN/ab-fetch" -j 1 organization workspace 2>err | "$BIN/ab-fetch" -j 1 organization_user workspace_user 2>>err >staged
    diff <(sed 1d out) <(sed 1d staged)
    # Not shown, so that nobody knows: the organization by its id alone, the workspace as a gap.
    tenant "${hide[@]}" --fault 'organizations/get * status=403' --fault 'workspaces/get * status=403'
    fetch 0 -j 1 organization organization_user workspace workspace_user
    [ "$(jq -c 'select(.resource == "organization").data' <<<"$output")" = '{"organizationId":"'$ALPHA'"}' ]
    gaps | grep -qx 'gap organization organizationId":"'$ALPHA'","status":403,"reason":"unlisted","needs":"organization_member"'
    gaps | grep -qx 'gap workspace workspaceId":"'$A1'","status":403,"reason":"unlisted","needs":"workspace_reader"'
    [ "$(jq -c 'select(.resource == "workspace")' <<<"$output")" = "" ]
    # Roles stay where what they are in was deleted.
    tenant "${hide[@]}" --fault 'organizations/get * status=404' --fault 'workspaces/get * status=404'
    fetch 77 -j 1 organization organization_user workspace workspace_user
    [[ $stderr = *'no organization and no workspace of '*' is visible'* ]]
    tenant --caller $BO --fault "public/v1/workspaces * omit=$A1" --fault "list_by_organization_id * omit=$A1" --fault 'workspaces/get * status=404'
    fetch 0 -j 1 organization workspace
    [ "$(gaps)" = 'gap workspace organizationId":"'$ALPHA'","reason":"partial","needs":"organization_reader"' ]
    [ "$(requests | grep -c "workspaces/get $A1")" -ge 1 ]
}

@test "a workspace that its organization's list does not have stands beneath it, after those that it has" {
    printf '{"workspaces":[{"workspaceId":"%s","name":"listed"}]}' $A2 >body
    tenant --fault "workspaces/list_by_organization_id 1 body=$PWD/body"
    fetch 0 -j 1 organization workspace
    printf '%s\n' "$output" >out
    diff <(shape out | head -n 4) - <<END
organization $ALPHA
workspace $ALPHA $A2
workspace $ALPHA $A1
organization $BETA
END
    [ "$(requests | grep -c "organizations/get $ALPHA")" -eq 0 ]
}

@test "each id once in a list, a workspace once in the stream, none that is deleted" {
    printf '{"workspaces":[{"workspaceId":"%s","name":"first"},{"workspaceId":"dead","name":"x","tombstone":true},{"workspaceId":"%s","name":"again"},{"workspaceId":"%s"}]}' $A1 $A1 $B1 >body
    printf '{"workspaces":[]}' >none
    printf '{"users":[{"userId":"u","name":"first","permissionType":"r"},{"userId":"u","name":"again","permissionType":"r"}]}' >users
    tenant --fault "workspaces/list_by_organization_id 1 body=$PWD/body" --fault "workspaces/list_by_organization_id 2 body=$PWD/none" \
        --fault "users/list_by_organization_id * body=$PWD/users"
    fetch 0 -j 1 organization organization_user workspace
    printf '%s\n' "$output" >out
    diff <(shape out | head -n 6) - <<END
organization $ALPHA
organization_user $ALPHA u
workspace $ALPHA $A1
workspace $ALPHA $B1
workspace $ALPHA $A2
organization $BETA
END
    [[ $output != *again* ]]
    [[ $output != *dead* ]]
}

@test "a user twice in one list with different roles: both count" {
    row='{"userId":"u","name":"U","permissionId":"%s","permissionType":"%s"}'
    # shellcheck disable=SC2059
    { printf '{"users":['; printf "$row," p1 organization_reader; printf "$row," p2 organization_admin; printf "$row" p3 organization_admin; printf ']}'; } >users
    tenant --fault "users/list_by_organization_id * body=$PWD/users"
    fetch 0 -j 1 organization organization_user
    [ "$(grep -c '"permissionType":"organization_reader"' <<<"$output")" -eq 2 ]
    [ "$(grep -c '"permissionType":"organization_admin"' <<<"$output")" -eq 2 ]
}

@test "rights of a group under one id: both count where they say something else" {
    credentials "$FIXTURES/pro-tenant.json"
    row='{"permissionId":"p","permissionType":"%s","workspaceId":"%s"}'
    # shellcheck disable=SC2059
    { printf '{"data":['; printf "$row," workspace_reader $A1; printf "$row," workspace_admin $A1; printf "$row," workspace_admin $A1; printf "$row" workspace_admin $A2; printf ']}'; } >rights
    start_mock --tenant "$FIXTURES/pro-tenant.json" --fault "/permissions 2 body=$PWD/rights"
    fetch 0 -j 1 --no-user-details organization group group_permission
    [[ $stderr != *group_permission* ]]
    [ "$(jq -c 'select(.resource == "group_permission" and .data.permissionId == "p").data | [.permissionType, .workspaceId]' <<<"$output")" = "[\"workspace_reader\",\"$A1\"]
[\"workspace_admin\",\"$A1\"]
[\"workspace_admin\",\"$A2\"]" ]
}

@test "an answer about another thing than the one asked for: 76 with the call" {
    printf '{"usersWithAccess":[{"userId":"u","workspaceId":"%s"}]}' $A2 >body
    tenant --fault "list_access_info_by_workspace_id * body=$PWD/body"
    fetch 76 -j 1
    [[ $stderr = "ab-fetch: POST /users/list_access_info_by_workspace_id (config API) for workspace $A1: "*"another workspace than the one asked for" ]]
    printf '{"usersWithAccess":[{"userId":"u","workspacePermission":{"permissionType":"workspace_admin","workspaceId":"%s"}}]}' $A2 >body
    tenant --fault "list_access_info_by_workspace_id * body=$PWD/body"
    fetch 76 -j 1
    printf '{"users":[{"userId":"u","organizationId":"%s"}]}' $BETA >body
    tenant --fault "users/list_by_organization_id * body=$PWD/body"
    fetch 76 -j 1
    [[ $stderr = *"for organization $ALPHA: "*"another organization than the one asked for" ]]
    printf '{"workspaces":[{"workspaceId":"%s","organizationId":"%s"}]}' $A1 $BETA >body
    tenant --fault "workspaces/list_by_organization_id 1 body=$PWD/body"
    fetch 76 -j 1
    # Without an organization of its own in its row, it is in two lists.
    printf '{"workspaces":[{"workspaceId":"%s"}]}' $A1 >body
    tenant --fault "workspaces/list_by_organization_id * body=$PWD/body"
    fetch 76 -j 1
    [[ $stderr = *"workspace $A1 is in the lists of two organizations" ]]
    echo '{"data":[{"groupId":"g","name":"G"}]}' >body
    tenant --fault "v1/groups * body=$PWD/body"
    fetch 76 -j 1 organization group
    [ "$stderr" = "ab-fetch: GET /groups?organizationId={organizationId} (public API) for organization $BETA: group g is in the lists of two organizations" ]
    [[ $output != *'"stream":"end"'* ]]
}

@test "what is not Airbyte's answer to a call: 76 with what it may be" {
    echo '<html>please log in</html>' >page
    echo some-token >token
    for code in 400 401 403; do
        stub $code text/html page
        fetch 76 --token-file token organization
        [[ $stderr = "ab-fetch: GET /organizations (public API): HTTP status $code: "*"should it be https, or is a login page in front?" ]]
        # Nor do calls that are under way together wait for each other.
        fetch 76 --token-file token -j 4
        [[ $stderr = "ab-fetch: "*": HTTP status $code: "*"should it be https, or is a login page in front?"* ]]
        [[ $output != *'"stream":"end"'* ]]
    done
    # Without a body it is the API's own answer.
    : >nothing
    stub 403 text/plain nothing
    fetch 77 --token-file token organization
}

@test "a stray answer in the middle: asked for once more; a 404 that stays is not the base URL's fault" {
    tenant --fault 'users/list_by_organization_id 1 html' --fault 'workspaces/list_by_organization_id 1 status=404' \
        --fault 'list_access_info_by_workspace_id 2 status=404'
    whole_run -j 1
    tenant --fault 'users/list_by_organization_id * html'
    fetch 76 -j 1
    [ "$(requests | grep -c "users/list_by_organization_id $ALPHA")" -eq 2 ]
}

@test "403 in words that are not Airbyte's, of a server that is: a gap or a note, after another try" {
    local words
    for words in '<html>403 Forbidden, nginx</html>' '{"timestamp":"2026-11-01","status":403,"error":"Forbidden","path":"/x"}'; do
        printf %s "$words" >body
        tenant --fault "public/v1/groups * body=$PWD/body,status=403" --fault "list_pending * body=$PWD/body,status=403"
        fetch 0 -j 1 organization group invitation
        diff - <(gaps) <<END
gap group organizationId":"$ALPHA","status":403,"reason":"forbidden","needs":"organization_admin"
note invitation organizationId":"$ALPHA","status":403,"reason":"forbidden"
gap group organizationId":"$BETA","status":403,"reason":"forbidden","needs":"organization_admin"
note invitation organizationId":"$BETA","status":403,"reason":"forbidden"
END
        [ "$stderr" = "ab-fetch: warning: access may exist that could not be seen (of=group, gaps=2, reason=forbidden, needs=organization_admin)" ]
        [ "$(requests | grep -c "/api/public/v1/groups")" -eq 4 ]
        # Once it is a stray answer. The other form of token is asked for as well where that may help.
        tenant --fault "public/v1/groups 1 body=$PWD/body,status=403" --fault "users/list_by_organization_id 1-2 body=$PWD/body,status=403"
        whole_run -j 1
    done
    # Nothing but that for every user: there is nothing to be seen.
    tenant --fault "users/list_by_organization_id * body=$PWD/body,status=403" --fault "public/v1/users * body=$PWD/body,status=403" \
        --fault "list_access_info_by_workspace_id * body=$PWD/body,status=403"
    fetch 77
    [[ $stderr = *"every list of users was refused"* ]]
}

@test "403 in words that are not Airbyte's, before the first answer that is: what it is shows when the others are there" {
    printf '<html>403 Forbidden, nginx</html>' >body
    mkfifo go
    tenant --fault "instance_configuration * body=$PWD/body,status=403" --fault "public/v1/organizations 1 hold=$PWD/go"
    "$BIN/ab-fetch" --journal j instance organization >out 2>err 3>&- &
    exec 5>go
    until [ "$(asked 'GET /api/v1/instance_configuration')" -ge 2 ]; do kill -0 $!; done
    exec 5>&-
    wait $!
    [ "$(cat err)" = "ab-fetch: warning: access may exist that could not be seen (of=instance, gaps=1, reason=forbidden, needs=(not known))" ]
    [ "$(jq -c 'select(.stream == "gap")' out)" = '{"stream":"gap","of":"instance","instanceId":"127.0.0.1","status":403,"reason":"forbidden"}' ]
    [ "$(jq -r 'select(.resource) | .resource' out | sort | uniq -c | xargs)" = "2 organization" ]
}

@test "403 in words that are not Airbyte's, after one in words that are" {
    printf '<html>403 Forbidden, nginx</html>' >body
    tenant
    "$BIN/ab-fetch" organization >o
    tenant --fault "public/v1/groups 1 status=403" --fault "public/v1/groups * body=$PWD/body,status=403"
    sed -i "1s|\"source\":\"[^\"]*\"|\"source\":\"$BATON_DOMAIN_URL\"|" o
    fetch 0 -j 1 group <o
    [ "$(gaps | grep -c '^gap group .*"status":403,"reason":"forbidden"')" -eq 2 ]
    # A stage whose first answer that is: who knows.
    tenant --fault "public/v1/groups 1- body=$PWD/body,status=403"
    sed -i "1s|\"source\":\"[^\"]*\"|\"source\":\"$BATON_DOMAIN_URL\"|" o
    fetch 76 -j 1 group <o
    [[ $stderr = *"HTTP status 403: Forbidden; this is not Airbyte's answer: should it be https, or is a login page in front?" ]]
}

@test "a run that is taken up knows from its journal that the server is Airbyte" {
    printf '<html>403 Forbidden, nginx</html>' >body
    tenant --fault 'public/v1/groups 1-5 status=500' --fault "public/v1/groups * body=$PWD/body,status=403"
    fetch 69 -j 1 --journal j organization group
    fetch 0 -j 1 --journal j organization group
    [ "$(requests | grep -c /organizations)" -eq 1 ]
    [ "$(gaps | grep -c '^gap group .*"status":403,"reason":"forbidden"')" -eq 2 ]
}

@test "a list with 206 or 202 is none: asked for once more, then 76" {
    local code
    printf '{"users":[]}' >body
    for code in 206 202; do
        tenant --fault "users/list_by_organization_id * body=$PWD/body,status=$code"
        fetch 76 -j 1 organization organization_user
        [ "$stderr" = "ab-fetch: POST /users/list_by_organization_id (config API) for organization $ALPHA: HTTP status $code; only 200 says that an answer is whole: does something in between change it? (2 tries)" ]
        [[ $output != *'"stream":"end"'* ]]
        tenant --fault "users/list_by_organization_id 1 body=$PWD/body,status=$code"
        whole_run -j 1
    done
}

@test "nothing visible: 77, and no end line" {
    printf '{"data":[]}' >body
    tenant --fault "public/v1/organizations * body=$PWD/body" --fault "public/v1/workspaces * body=$PWD/body"
    fetch 77
    [[ $output != *'"stream":"end"'* ]]
    [[ $stderr = "ab-fetch: no organization and no workspace of $MOCK_URL is visible: the owner of the application needs a role"* ]]
    fetch 77 organization
}

@test "answers of the wrong shape: 76 with the call and the place" {
    local -a bodies=('{"users":[{"name":"x"}]}' '{"users":[{"userId":5}]}' '{"users":[{"userId":""}]}' '{"users":[{"userId":null}]}'
        '{"users":["x"]}' '{"users":{}}' '{"users":null}' '{}' '[]' '"x"' "{\"users\":[{\"userId\":\"$(printf 'x%.0s' {1..1025})\"}]}")
    for body in "${bodies[@]}"; do
        printf %s "$body" >body
        tenant --fault "users/list_by_organization_id * body=$PWD/body"
        fetch 76 organization organization_user
        [[ $stderr = 'ab-fetch: POST /users/list_by_organization_id (config API) for organization 0'*' at $'* ]] ||
            { echo "$body: $stderr"; return 1; }
        [[ $output != *'"stream":"end"'* ]]
        [ "$(requests | grep -c "list_by_organization_id $ALPHA")" -eq 1 ]
    done
}

@test "a word on another page that is none, or in a list that has no pages: 76 with the call and the place" {
    for next in '{"href":"x"}' 1 true '["x"]'; do
        printf '{"data":[{"groupId":"g"}],"next":%s}' "$next" >body
        tenant --fault "v1/groups * body=$PWD/body"
        fetch 76 -j 1 organization group
        [[ $stderr = "ab-fetch: GET /groups?organizationId={organizationId} (public API) for organization $ALPHA: byte "*', at $.next: expected a string' ]]
        printf '{"data":[{"workspaceId":"%s"}],"next":%s}' $A1 "$next" >body
        tenant --fault "public/v1/workspaces * body=$PWD/body"
        fetch 76 -j 1 organization workspace
        [[ $stderr = "ab-fetch: GET /workspaces (public API): byte "*', at $.next: expected a string' ]]
    done
    printf '{"data":[{"organizationId":"%s"}],"next":"/public/v1/organizations?offset=1"}' $ALPHA >body
    tenant --fault "v1/organizations * body=$PWD/body"
    fetch 76 organization
    [[ $stderr = "ab-fetch: GET /organizations (public API): byte "*', at $.next: another page of a list that has none' ]]
    printf '{"data":[{"organizationId":"%s"}],"next":""}' $ALPHA >body
    tenant --fault "v1/organizations * body=$PWD/body"
    fetch 0 organization
    [ "$stderr" = "" ]
}

@test "an answer that is no JSON text is asked for again, then 76" {
    printf '{"users":[{"userId":"u1"},{"userId":"u2"},tru' >body
    tenant --fault "users/list_by_organization_id 1 body=$PWD/body"
    fetch 0 -j 1 organization organization_user
    [ "$stderr" = "" ]
    printf '%s\n' "$output" >out
    [ "$(shape out | grep -c "organization_user $ALPHA")" -eq 2 ]
    tenant --fault "users/list_by_organization_id * body=$PWD/body"
    fetch 76 -j 1 organization organization_user
    [[ $stderr = *"(5 tries)" ]]
}

@test "a row without the role that later stages rely on: 76 with its place" {
    local role
    for role in '' ',"permissionType":null' ',"permissionType":7' ',"permissionType":""' ',"permissionType":{}'; do
        printf '{"users":[{"userId":"u"%s}]}' "$role" >body
        tenant --fault "users/list_by_organization_id * body=$PWD/body"
        fetch 76 organization organization_user
        [[ $stderr = "ab-fetch: POST /users/list_by_organization_id (config API) for organization "*"at \$.users[0]"*"'permissionType'"* ]] || { echo "$role: $stderr"; return 1; }
    done
    for role in '{}' '{"permissionType":7}' '"workspace_admin"' 7 '[]' true; do
        printf '{"usersWithAccess":[{"userId":"u","workspacePermission":%s}]}' "$role" >body
        tenant --fault "list_access_info_by_workspace_id * body=$PWD/body"
        fetch 76
        [[ $stderr = "ab-fetch: POST /users/list_access_info_by_workspace_id (config API) for workspace "*'at $.usersWithAccess[0].workspacePermission: '* ]] || { echo "$role: $stderr"; return 1; }
    done
    credentials "$FIXTURES/pro-tenant.json"
    printf '{"data":[{"permissionId":"p","organizationId":null}]}' >body
    start_mock --tenant "$FIXTURES/pro-tenant.json" --fault "/permissions * body=$PWD/body"
    fetch 76 --no-user-details organization group group_permission
    [[ $stderr = *"at \$.data[0]: a row without 'permissionType'"* ]]
}

@test "not the API: 76" {
    tenant --fault 'organizations * html'
    fetch 76
    [[ $stderr = *"this is not the Airbyte API"* ]]
    tenant --fault 'organizations * status=302,location=http://127.0.0.1:1/'
    fetch 76
    [[ $stderr = *"redirects are not followed"* ]]
    tenant --fault '* 2-99 status=404'
    fetch 76 organization
    [[ $stderr = *"GET /organizations"*"the server does not know this call"* ]]
    # There is another list, of what a user may see: but it takes the caller's id. Last, the default organization.
    [ "$(requests | cut -d ' ' -f 2 | uniq)" = "/api/public/v1/organizations
/api/public/v1/permissions
/api/v1/organizations/get" ]
}

@test "refused: 77 with the call, where nothing can be done without it" {
    tenant --fault 'public/v1/organizations * status=403' --fault 'public/v1/permissions * status=403'
    fetch 77 organization
    [[ $stderr = 'ab-fetch: GET /organizations (public API): HTTP status 403:'*"any valid token will do for it"* ]]
    [[ $output != *'"stream":"end"'* ]]
}

@test "refused for want of a role: a gap that names kind, parent, status and role; one warning for each kind" {
    tenant --fault 'users/list_by_organization_id 1 status=403' --fault 'public/v1/users 1 status=403' \
        --fault 'list_access_info_by_workspace_id 2 status=403' --fault "workspaces/list_by_organization_id 2 status=403"
    fetch 0 -j 1
    diff - <(gaps) <<END
gap organization_user organizationId":"$ALPHA","status":403,"reason":"forbidden","needs":"organization_member"
gap workspace_user organizationId":"$ALPHA","workspaceId":"$A2","status":403,"reason":"forbidden","needs":"workspace_reader"
gap workspace organizationId":"$BETA","status":403,"reason":"forbidden","needs":"organization_reader"
END
    [ "$(tail -n 1 <<<"$output" | jq .gaps)" -eq 3 ]
    [ "$(grep -c 'warning: access may exist that could not be seen' <<<"$stderr")" -eq 3 ]
    # Roles that only the access list tells have lines of their own; nobody is lost.
    diff - <(jq -c 'select(.made)' <<<"$output") <<END
{"resource":"organization_user","organizationId":"$ALPHA","made":true,"data":{"userId":"$ADA","email":"ada@alpha.example","name":"Ada Ng","permissionId":"90000000-0000-4000-8000-000000000001","permissionType":"organization_admin","organizationId":"$ALPHA"}}
END
    [ "$(grep -A 1 '"made":true' <<<"$output" | tail -n 1 | jq -r '.resource + " " + .data.userId')" = "workspace_user $ADA" ]
    [ "$(jq -c 'select(.resource == "user" and .data.userId == "'$ADA'").organizationIds' <<<"$output")" = '["'$ALPHA'"]' ]
    # In stages it is the same, and where users of organizations were not asked for, none is made.
    mv "$MOCK_LOG" log.1
    tenant --fault 'list_access_info_by_workspace_id * delay=1'
    fetch 0 organization workspace workspace_user
    [[ $output != *'"made"'* ]]
}

@test "--check: what a run would see and what not, with one call of a kind in each organization" {
    tenant
    fetch 0 --check
    [ "$stderr" = "" ]
    diff - <(printf '%s\n' "$output") <<END
$MOCK_URL
instance           complete
instance_admin     complete
organization       complete
organization_user  complete
group              complete
group_member       nothing to ask it about was seen
group_permission   nothing to ask it about was seen
invitation         complete
workspace          complete
workspace_user     complete
user               complete
END
    # The users of one workspace in each of three organizations, and nobody is looked up.
    [ "$(requests | grep -c list_access_info_by_workspace_id)" -eq 3 ]
    [ "$(requests | grep -c users/get)" -eq 0 ]
    [ "$(requests | grep -c users/list_by_organization_id)" -eq 3 ]
    # Named alone, a kind is asked for alone.
    tenant
    fetch 0 --check organization organization_user
    [ "$(wc -l <<<"$output")" -eq 3 ]
    [ "$(requests | wc -l)" -eq 3 ]
}

@test "--check: a gap names the role to ask for, and the status is 65; every list of users refused is 77" {
    PRO=$FIXTURES/pro-tenant.json
    credentials "$PRO"
    start_mock --tenant "$PRO"
    fetch 65 --check
    [ "$stderr" = "ab-fetch: 5 gaps: a run would not be published, unless they are accepted" ]
    grep -A 2 '^group ' <<<"$output" | diff - <(printf '%s\n' 'group              gap' \
        '    gap: forbidden (403), organization 0b000000-0000-4000-8000-00000000000b; ask for organization_admin' \
        '    gap: forbidden (403), organization 0c000000-0000-4000-8000-00000000000c; ask for organization_admin')
    [[ $output == *$'\nuser               complete\n    note: users are not looked up (status, company); ask for instance_admin' ]]
    [ "$(requests | grep -c '/members')" -eq 1 ]
    # The same gaps as a run has.
    "$BIN/ab-fetch" 2>err >run.ndjson
    diff <(jq -r 'select(.stream == "gap") | .of' run.ndjson | sort -u) <(awk '$2 == "gap" { print $1 }' <<<"$output" | sort)
    credentials "$TENANT"
    tenant --fault 'users/list_by_organization_id * status=403' --fault 'public/v1/users * status=403' \
        --fault 'list_access_info_by_workspace_id * status=403'
    fetch 77 --check
    [[ $stderr = *"every list of users was refused"*"organization_admin"* ]]
    [[ $output == *'; ask for organization_member'* ]]
    for usage in '--check workspace' '--check user' '--check --journal j'; do
        # shellcheck disable=SC2086 # words are wanted
        fetch 64 $usage
        [[ $stderr = 'ab-fetch: --check '* ]]
        [ ! -e j ]
    done
    tenant --fault '* * status=401'
    fetch 77 --check
    [ "$output" = "" ]
}

@test "the list of organizations refused: that of what the caller may see" {
    for code in 403 404; do
        tenant --caller $ADA --fault "public/v1/organizations * status=$code"
        fetch 0 organization organization_user
        # That list may be shorter: only where the server has no other one is it all there is.
        [ "$(gaps)" = "$([ $code = 404 ] || echo 'gap organization status":403,"reason":"partial"')" ]
        printf '%s\n' "$output" >out
        diff <(shape out) <(printf '%s\n' "organization $ALPHA" "organization_user $ALPHA $ADA" "organization_user $ALPHA $BO")
        [ "$(requests | grep -c "list_by_user_id $ADA")" -eq 1 ]
    done
}

@test "no list of organizations at all: the default one of a self-managed server, and a gap" {
    local zero=00000000-0000-0000-0000-000000000000
    sed "s/$ALPHA/$zero/g" "$TENANT" >zero.json
    start_mock --tenant zero.json
    "$BIN/ab-fetch" >listed.ndjson
    stop_mock
    start_mock --tenant zero.json --fault 'public/v1/organizations * status=404' --fault 'list_by_user_id * status=403'
    fetch 0
    [[ $stderr = *'access may exist that could not be seen (of=organization, gaps=1, reason=partial, '* ]]
    [ "$(gaps)" = 'gap organization status":403,"reason":"partial"' ]
    # The others are found by their workspaces, so that nothing is lost, and the gap says that this need not be so.
    printf '%s\n' "$output" >out
    diff <(shape listed.ndjson | sort) <(shape out | sort)
    [ "$(requests | grep -c "organizations/get $zero")" -eq 1 ]
    # One that is not there: what was refused first is what is said.
    for code in 403:77 404:76; do
        tenant --caller $ADA --fault "public/v1/organizations * status=${code%:*}" --fault "list_by_user_id * status=${code%:*}"
        fetch "${code#*:}" organization
        [[ $stderr = "ab-fetch: POST /organizations/list_by_user_id (config API): HTTP status ${code%:*}"* ]]
        [ "$(requests | grep -c 'organizations/get')" -ge 1 ]
        [[ $output != *'"stream":"end"'* ]]
    done
    # Cloud has none.
    stop_mock
    rm "$MOCK_LOG"
    start_mock --tenant "$TENANT" --cloud-paths --fault 'v1/organizations * status=403' --fault 'v1/permissions * status=403'
    BATON_DOMAIN_URL=cloud.airbyte.com BATON_AIRBYTE_PUBLIC_URL=$MOCK_URL/v1 BATON_AIRBYTE_CONFIG_URL=$MOCK_URL/api/v1 fetch 77 organization
    [ "$(requests | grep -c 'organizations/get')" -eq 0 ]
}

@test "an organization's users refused: its members and their roles, one by one; who has none known is a gap" {
    # The first POST of a run that is refused is asked once more, with another token.
    tenant --fault 'users/list_by_organization_id 1-2 status=403'
    fetch 0 -j 1 organization organization_user
    diff - <(jq -c 'select(.made)' <<<"$output" | sort) <<END
{"resource":"organization_user","organizationId":"$ALPHA","made":true,"data":{"userId":"$ADA","email":"ada@alpha.example","name":"Ada Ng","permissionId":"90000000-0000-4000-8000-000000000001","permissionType":"organization_admin","organizationId":"$ALPHA"}}
{"resource":"organization_user","organizationId":"$ALPHA","made":true,"data":{"userId":"$BO","email":"bo@alpha.example","name":"Bo \"B\" Ruiz","permissionId":"90000000-0000-4000-8000-000000000002","permissionType":"organization_member","organizationId":"$ALPHA"}}
END
    [ "$stderr" = "" ]
    # Each role that he holds there counts, also two under one id, but none twice.
    row='{"permissionId":"p%s","permissionType":"organization_%s","userId":"%s","scope":"%s","scopeId":"%s"}'
    # shellcheck disable=SC2059
    { printf '{"data":['; printf "$row," 1 member $BO organization $ALPHA; printf "$row," 2 admin $BO organization $BETA; printf "$row," 1 admin $BO organization $ALPHA; printf "$row" 3 admin $BO organization $ALPHA; printf ']}'; } >roles
    tenant --fault 'users/list_by_organization_id 1-2 status=403' --fault "public/v1/permissions?$BO * body=$PWD/roles"
    fetch 0 -j 1 organization organization_user
    [ "$stderr" = "" ]
    [ "$(jq -c "select(.data.userId == \"$BO\" and .made) | [.organizationId, .data.permissionId, .data.permissionType]" <<<"$output")" = "[\"$ALPHA\",\"p1\",\"organization_member\"]
[\"$ALPHA\",\"p1\",\"organization_admin\"]" ]
    # One of them without a name: who knows what he may do.
    sed -i 's/organization_member//' roles
    tenant --fault 'users/list_by_organization_id 1-2 status=403' --fault "public/v1/permissions?$BO * body=$PWD/roles"
    fetch 0 -j 1 organization organization_user
    [ "$(jq -c "select(.data.userId == \"$BO\" and .made)" <<<"$output")" = "" ]
    [ "$(gaps)" = 'gap organization_user organizationId":"'$ALPHA'","reason":"role","needs":"organization_admin"' ]
    tenant --fault 'users/list_by_organization_id 1-2 status=403' --fault 'public/v1/permissions 1 status=403'
    fetch 0 -j 1 organization organization_user
    [ "$(jq -c 'select(.made)' <<<"$output" | wc -l)" -eq 1 ]
    [ "$(gaps)" = 'gap organization_user organizationId":"'$ALPHA'","status":403,"reason":"role","needs":"organization_admin"' ]
}

@test "every list of users refused: 77 with the role that is missing" {
    tenant --fault 'users/list_by_organization_id * status=403' --fault 'public/v1/users * status=403' \
        --fault 'list_access_info_by_workspace_id * status=403'
    fetch 77
    [[ $stderr = *"every list of users was refused"*"organization_admin"* ]]
    [[ $output != *'"stream":"end"'* ]]
}

@test "a workspace that vanished between two calls: its organization is listed once more; gone is a note" {
    for code in 403 404; do
        printf '{"workspaces":[{"workspaceId":"%s","organizationId":"%s"}]}' $A2 $ALPHA >body
        tenant --fault "list_access_info_by_workspace_id 1-2 status=$code" --fault "workspaces/list_by_organization_id 3-9 body=$PWD/body"
        fetch 0 -j 1 organization workspace workspace_user
        [ "$(gaps)" = 'note workspace_user organizationId":"'$ALPHA'","workspaceId":"'$A1'","status":'$code',"reason":"gone"' ] || {
            [ "$code" = 403 ]
            gaps | grep -q "^note workspace_user .*$A1.*gone"
            gaps | grep -q "^gap workspace_user .*$A2.*forbidden"
        }
        # Once for the organization, whatever is refused in it.
        [ "$(requests | grep -c "workspaces/list_by_organization_id $ALPHA")" -eq 2 ]
    done
}

@test "a workspace that no list of its organization had, or that is still there, is not gone: a gap" {
    local gap='gap workspace_user organizationId":"'$ALPHA'","workspaceId":"'$A1'","status":403,"reason":"forbidden","needs":"workspace_reader"'
    local note='note workspace_user organizationId":"'$ALPHA'","workspaceId":"'$A1'","status":403,"reason":"gone"'
    local lists="workspaces/list_by_organization_id?$ALPHA" users="list_access_info_by_workspace_id?$A1 * status=403"
    printf '{"workspaces":[{"workspaceId":"%s","organizationId":"%s"}]}' $A2 $ALPHA >body
    printf '{"workspaces":[]}' >none
    # Only the public list has it: that the other one has it not says nothing.
    tenant --fault "$lists * body=$PWD/body" --fault "$users"
    fetch 0 -j 1 organization workspace workspace_user
    [[ $stderr = "ab-fetch: warning: access may exist that could not be seen (of=workspace_user, gaps=1, reason=forbidden, needs=workspace_reader)" ]]
    [ "$(gaps)" = "$gap" ]
    [ "$(requests | grep -c "list_by_organization_id $ALPHA")" -eq 1 ]
    # A list that is empty now is that of somebody without a role: what is gone is not found by its id.
    for code in 403:"$gap" 404:"$note"; do
        tenant --fault "$lists 2- body=$PWD/none" --fault "$users" --fault "workspaces/get?$A1 * status=${code%%:*}"
        fetch 0 -j 1 organization workspace workspace_user
        [ "$(gaps)" = "${code#*:}" ]
        [ "$(requests | grep -c "list_by_organization_id $ALPHA")" -eq 2 ]
    done
    # A stage does not know what the list had: what is found by its id is there.
    tenant
    "$BIN/ab-fetch" organization workspace >w.ndjson
    SOURCE=$BATON_DOMAIN_URL
    for found in '99 status=404' '* status=403' '* status=404'; do
        tenant --fault "$lists * body=$PWD/body" --fault "$users" --fault "workspaces/get?$A1 $found"
        sed "1s|$SOURCE|$BATON_DOMAIN_URL|" w.ndjson >in
        fetch 0 -j 1 workspace_user <in
        [ "$(gaps)" = "$([[ $found = 99* ]] && echo "$gap" || echo "$note")" ]
        requests | grep -q "workspaces/get $A1"
    done
}

@test "not licensed, not there, too old a release: notes" {
    tenant --release 2.0
    fetch 0 -j 1
    diff - <(gaps) <<END
note group organizationId":"$ALPHA","status":403,"reason":"missing"
note group organizationId":"$BETA","status":403,"reason":"missing"
note group organizationId":"$HIDDEN","status":403,"reason":"missing"
END
    [ "$stderr" = "" ]
    # A stage learns the release from the instance's line that passes.
    "$BIN/ab-fetch" instance organization | "$BIN/ab-fetch" group >staged
    [ "$(grep -c '^{"stream":"note","of":"group",.*"status":403,"reason":"missing"}' staged)" -eq 2 ]
    [ "$(grep -c '^{"stream":"gap"' staged || true)" -eq 0 ]
    tenant --release 2.0 --missing 404
    fetch 0 -j 1 organization group
    [ "$(gaps | grep -c '^note group .*"status":404,"reason":"missing"')" -eq 2 ]
    printf '{"status":403,"type":"error:license/entitlement","title":"License Entitlement Error","detail":"no","data":{"entitlement":"feature-scim"}}' >body
    tenant
    "$BIN/ab-fetch" organization >o
    sed -i "1s|http://[^\"]*|http://stub|" o
    "$BIN/ab-token" >token
    stub 403 application/json body
    sed -i "1s|http://stub|$BATON_DOMAIN_URL|" o
    fetch 0 --token-file token group <o
    [ "$(gaps | grep -c '^note group .*"status":403,"reason":"unlicensed"')" -eq 2 ]
}

# pro ARGS...: Airbyte Cloud, as far as its addresses go.
pro() {
    credentials "$FIXTURES/pro-tenant.json"
    stop_mock
    start_mock --tenant "$FIXTURES/pro-tenant.json" --cloud-paths "$@"
    export BATON_DOMAIN_URL=https://cloud.airbyte.com BATON_AIRBYTE_PUBLIC_URL=$MOCK_URL/v1 BATON_AIRBYTE_CONFIG_URL=$MOCK_URL/api/v1
}

@test "Cloud: admin of one organization, reader of another, guest of a third" {
    A=0a000000-0000-4000-8000-00000000000a B=0b000000-0000-4000-8000-00000000000b C=0c000000-0000-4000-8000-00000000000c
    pro
    fetch 0
    printf '%s\n' "$output" >out
    diff - <(gaps) <<END
note instance reason":"missing"
gap group organizationId":"$B","status":403,"reason":"forbidden","needs":"organization_admin"
gap organization_user organizationId":"$C","status":403,"reason":"forbidden","needs":"organization_member"
gap group organizationId":"$C","status":403,"reason":"forbidden","needs":"organization_admin"
note invitation organizationId":"$C","status":403,"reason":"forbidden"
gap workspace organizationId":"$C","reason":"partial","needs":"organization_reader"
END
    [[ $output != *instanceId* ]]
    # No look-up of users: only instance admins may.
    [ "$(requests | grep -c users/get)" -eq 0 ]
    [ "$(requests | grep -c instance)" -eq 0 ]
    # Who has a role of his own in the organization, and whose membership so has an effect.
    diff - <(jq -r 'select(.resource == "group_member") | [.data.userName, .active] | join(" ")' out | sort) <<END
Bo Ruiz true
Cy Vance false
Eve Park true
Fay Guest false
END
    # Invitations without the code that accepts them.
    [ "$(jq -r 'select(.resource == "invitation").data.invitedEmail' out | sort | tr '\n' ' ')" = "gil@alpha.example jo@beta.example " ]
    [[ $output != *SENTINEL* ]]
    # Eve's role in the third organization shows only in the access list of its workspace.
    [ "$(jq -r 'select(.made).data | .name + " " + .permissionType' out)" = "Eve Park organization_admin" ]
}

@test "invitations to workspaces: on demand, beneath them, in one run as in stages" {
    A=0a000000-0000-4000-8000-00000000000a
    pro
    fetch 0 --workspace-invitations
    printf '%s\n' "$output" >out
    [ "$(jq -r 'select(.resource == "invitation" and .workspaceId).data.invitedEmail' out)" = ida@partner.example ]
    [ "$(jq -r 'select(.resource == "invitation" and (.workspaceId | not)).data.invitedEmail' out | wc -l)" -eq 2 ]
    [ "$(jq -c '.stages[0].resources // empty' out | grep -o '"invitation"' | wc -l)" -eq 1 ]
    run -1 grep -q SENTINEL out
    "$BIN/ab-fetch" instance organization workspace 2>/dev/null | "$BIN/ab-fetch" --workspace-invitations invitation 2>/dev/null |
        "$BIN/ab-fetch" workspace_user organization_user 2>/dev/null | "$BIN/ab-fetch" group group_member group_permission instance_admin 2>/dev/null |
        "$BIN/ab-fetch" user >staged
    diff <(tail -n +2 staged) <(tail -n +2 out)
}

@test "audit events: by name only, page by page, without addresses, requests and answers" {
    A=0a000000-0000-4000-8000-00000000000a
    unset SOURCE_DATE_EPOCH
    pro
    run -1 grep -q audit_event <("$BIN/ab-fetch" organization invitation)
    fetch 0 organization invitation audit_event
    printf '%s\n' "$output" >out
    # The last 30 days of the one organization where the caller may see them; a note for the others.
    [ "$(jq -r 'select(.resource == "audit_event") | .organizationId + " " + .data.operation' out)" = "$A createPermission
$A deletePermission
$A updatePermission" ]
    [ "$(jq -c 'select(.resource == "audit_event").data | keys_unsorted' out | sort -u | head -n 1 | grep -c request)" -eq 0 ]
    [ "$(jq -c 'select(.resource == "audit_event").data.actor | keys_unsorted' out | sort -u)" = '["actorId","email"]' ]
    [ "$(gaps | grep -c '^note audit_event .*"status":403')" -eq 2 ]
    run -1 grep -e SENTINEL -e 192.0.2 out
    # They stand behind the invitations of their organization.
    [ "$(jq -r 'select(.organizationId == "'$A'").resource' out | uniq | tr '\n' ' ')" = "invitation audit_event " ]
    fetch 0 --with-addresses --since "$(date -u -d '-85 days' +%Y-%m-%dT%H:%M:%SZ)" organization audit_event
    [ "$(grep -c '"ipAddress":"192.0.2' <<<"$output")" -eq 5 ]
    [ "$(grep -c SENTINEL-agent <<<"$output")" -eq 5 ]
    [ "$(grep -c -e SENTINEL-request -e SENTINEL-response <<<"$output" || true)" -eq 0 ]
    # Pages, each behind the token of the one before; a journal knows them apart.
    pro --fault 'audit_logs/list * cap=1'
    fetch 0 --journal j organization audit_event
    [ "$(grep -c '"resource":"audit_event"' <<<"$output")" -eq 3 ]
    [ "$(asked 'POST /api/v1/audit_logs/list')" -ge 5 ]
    [ "$(jq -r 'select(.call).call' j | sort | uniq -d | wc -l)" -eq 0 ]
    printf '%s\n' "$output" >first
    fetch 0 --journal j --replay organization audit_event
    cmp first <(printf '%s\n' "$output")
}

@test "audit events: a token that comes again is 76, refused everywhere is 77" {
    printf '{"auditLogs":[{"id":"e1"}],"nextPageToken":"same"}' >body
    pro --fault "audit_logs/list * body=$PWD/body"
    fetch 76 organization audit_event
    [[ $stderr = *"POST /audit_logs/list (config API) for organization "*"page loop: the server gives the same token for another page" ]]
    pro --fault 'audit_logs/list * status=403'
    fetch 77 organization audit_event
    [[ $stderr = *"every list of audit_event was refused"*organization_admin* ]]
    [[ $output != *'"stream":"end"'* ]]
}

@test "whether a membership counts is put in when the line passes a run that knows" {
    A=0a000000-0000-4000-8000-00000000000a
    pro --release head
    "$BIN/ab-fetch" organization group group_member >groups 2>/dev/null
    run -1 grep -q '"active"' groups
    "$BIN/ab-fetch" organization_user <groups >judged 2>/dev/null
    [ "$(grep -c '"active":true,"data"' judged)" -eq 2 ]
    [ "$(grep -c '"active":false,"data"' judged)" -eq 2 ]
    # An old word is replaced, and all else is left as it was.
    org='{"resource":"organization","data":{"organizationId":"'$A'"}}' group='{"resource":"group","organizationId":"'$A'","data":{"groupId":"g"}}'
    member='{"resource":"group_member","organizationId":"'$A'","groupId":"g", %s"other" : 1,"data" : { "userId":"'$BO'"} }'
    # shellcheck disable=SC2059
    for active in '"active":false,' '"active" : null,' ''; do
        fetch 0 organization_user < <(SOURCE=https://cloud.airbyte.com stream "$org" "$group" "$(printf "$member" "$active")")
        [ "$(grep group_member <<<"$output")" = '{"resource":"group_member","organizationId":"'$A'","groupId":"g"'"$(
            case $active in
            '') echo ', "other" : 1,"active":true,"data" : { "userId":"'$BO'"} }' ;;
            *) echo ',"active":true,"other" : 1,"data" : { "userId":"'$BO'"} }' ;;
            esac)" ] || { grep group_member <<<"$output"; return 1; }
    done
}

@test "instance admins: at either path, only where the caller is one, not on Cloud" {
    tenant --plural-admins
    whole_run
    # If it is the first POST of the run, it is tried with another token as well.
    [ "$(requests | grep -c 'list_instance_admin$')" -le 2 ]
    [ "$(requests | grep -c 'list_instance_admins$')" -eq 1 ]
    tenant --caller $ADA
    fetch 0
    [ "$(requests | grep -c list_instance_admin)" -eq 0 ]
    [ "$(requests | grep -c users/get)" -eq 0 ]
    gaps | grep -qx 'note instance_admin instanceId":"127.0.0.1","reason":"forbidden","needs":"instance_admin"'
    tenant --fault 'users/list_instance_admin * status=403' --fault 'users/list_instance_admins * status=403'
    fetch 0
    gaps | grep -qx 'gap instance_admin instanceId":"127.0.0.1","status":403,"reason":"forbidden","needs":"instance_admin"'
    # Whether he is one is not known: nobody was asked, and nobody refused.
    for code in 403 404; do
        tenant --fault "public/v1/permissions * status=$code"
        fetch 0 instance instance_admin
        [ "$stderr" = "ab-fetch: warning: access may exist that could not be seen (of=instance_admin, gaps=1, reason=role, needs=instance_admin)" ]
        [ "$(gaps)" = 'gap instance_admin instanceId":"127.0.0.1","reason":"role","needs":"instance_admin"' ]
        [ "$(requests | grep -c list_instance_admin)" -eq 0 ]
    done
}

@test "community: its one user is seen as instance admin only" {
    tenant --profile community
    fetch 0
    [ "$(jq -r 'select(.resource == "instance").data.edition' <<<"$output")" = community ]
    [ "$(jq -c 'select(.resource == "instance_admin").data.userId' <<<"$output" | wc -l)" -ge 1 ]
}

@test "details of users: merged, not asked for with --no-user-details, one note where they are refused" {
    tenant --fault 'users/get 2-3 status=404'
    fetch 0 -j 1
    [ "$stderr" = "" ]
    [ "$(jq -c 'select(.resource == "user" and .data.metadata == null).data.userId' <<<"$output")" = '"'$ADA'"' ]
    tenant
    fetch 0 --no-user-details
    [ "$(requests | grep -c users/get)" -eq 0 ]
    [ "$(jq -c 'select(.resource == "user") | .data | keys_unsorted' <<<"$output" | sort -u)" = '["userId","name","email"]' ]
    tenant --fault 'users/get 3-99 status=403'
    fetch 0 -j 1
    [ "$(gaps)" = 'note user status":403,"reason":"forbidden"' ]
    [ "$(jq -c 'select(.resource == "user").data.userId' <<<"$output" | wc -l)" -eq 5 ]
    [ "$(requests | grep -c users/get)" -le 5 ]
}

@test "hostile answers: a status and one line that names the call, and neither body nor token" {
    users=users/list_by_organization_id
    local -a cases=(
        "$users * pad=70000000|76|is larger than 67108864 bytes"
        "$users * bomb=200000000|76|is larger than 67108864 bytes"
        "$users * deep=100000|76|at \$"
        "$users * utf8|76|not UTF-8 (5 tries)"
        "$users * duplicate|76|duplicate member (5 tries)"
        "$users * without=users|76|an answer without 'users'"
        "$users * without=userId|76|at \$.users[0]: a row without 'userId'"
        "$users * header=Content-Type: text/html|76|the answer is not JSON"
        "$users * headers=400000|76|headers"
        "$users * trailers=400000|76|headers"
        "$users * status=302,location=http://127.0.0.1:1/|76|redirects are not followed"
        "$users * status=307,location=https://elsewhere.example/|76|redirects are not followed"
        "$users * status=400|76|HTTP status 400"
        "$users * cut|69|(5 tries)"
        "list_access_info_by_workspace_id * cache|76|another workspace than the one asked for"
        "list_access_info_by_workspace_id * ids|76|another workspace than the one asked for"
        "public/v1/workspaces * loop|76|page loop")
    "$BIN/ab-token" --version >/dev/null
    for it in "${cases[@]}"; do
        IFS='|' read -r fault code words <<<"$it"
        tenant --fault "$fault"
        "$BIN/ab-token" >token
        fetch "$code" --deadline 60 -j 2 --token-file token --page-size 2
        [ "${#stderr_lines[@]}" -eq 1 ]
        [[ $stderr =~ ^ab-fetch:\ (GET|POST)\ /[a-z_/]+\ \((public|config)\ API\)(\ for\ (organization|workspace)\ [0-9a-f-]+)?:\  ]] || { echo "$it: $stderr"; return 1; }
        [[ $stderr = *"$words"* ]] || { echo "$it: $stderr"; return 1; }
        [[ $stderr != *"$(cut -c 1-30 token)"* ]]
        [[ $stderr != *@alpha.example* ]]
        [[ $output != *'"stream":"end"'* ]]
    done
}

# certificate NAME DAYS: a key and a certificate of its own for that host, good for DAYS, in NAME.key and NAME.pem.
certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days "$2" -subj "/CN=$1" \
        -addext "subjectAltName=DNS:$1" 2>/dev/null
}

@test "TLS: trusted with --cacert or SSL_CERT_FILE; self-signed, for another host, expired: 76 with the cause, and no token sent" {
    command -v openssl >/dev/null || skip "openssl(1) is not here"
    certificate localhost 30
    certificate elsewhere.example 30
    echo some-token >token
    start_mock --tenant "$TENANT" --tls-cert localhost.pem --tls-key localhost.key
    export BATON_DOMAIN_URL=${MOCK_URL/127.0.0.1/localhost}
    fetch 0 --cacert localhost.pem
    SSL_CERT_FILE=localhost.pem fetch 0 organization
    fetch 76 --token-file token organization
    [[ $stderr = "ab-fetch: GET /organizations (public API): no answer from 'https://localhost:"*certificate* ]]
    requests >seen
    fetch 78 --token-file token --cacert nowhere.pem organization
    stop_mock
    start_mock --tenant "$TENANT" --tls-cert elsewhere.example.pem --tls-key elsewhere.example.key
    export BATON_DOMAIN_URL=${MOCK_URL/127.0.0.1/localhost}
    fetch 76 --cacert elsewhere.example.pem --token-file token organization
    [[ $stderr = *"no answer from"* ]]
    [ ! -s "$MOCK_LOG" ] || [ "$(requests | wc -l)" -le "$(wc -l <seen)" ]
    # It was good once.
    printf '[ca]\ndefault_ca=c\n[c]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nserial=serial\n' >ca
    printf '[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:localhost\n' >>ca
    : >index
    echo 01 >serial
    openssl req -new -newkey rsa:2048 -nodes -keyout old.key -out old.csr -subj /CN=localhost 2>/dev/null
    openssl ca -batch -notext -config ca -selfsign -keyfile old.key -in old.csr -out old.pem -extensions e \
        -startdate 20200101000000Z -enddate 20200201000000Z 2>/dev/null
    stop_mock
    start_mock --tenant "$TENANT" --tls-cert old.pem --tls-key old.key
    export BATON_DOMAIN_URL=${MOCK_URL/127.0.0.1/localhost}
    fetch 76 --cacert old.pem --token-file token organization
    [[ $stderr = *expired* ]]
}

@test "odd but whole answers change nothing: small pages, overlaps, links elsewhere, compression" {
    tenant
    whole_run
    tail -n +2 whole.ndjson >one
    for fault in 'public/v1/workspaces * cap=1' 'public/v1/workspaces * overlap=1' 'public/v1/workspaces * next=http://127.0.0.1:1/x' \
        '* * gzip' 'users/list_by_organization_id * headers=20000'; do
        tenant --fault "$fault"
        whole_run --page-size 3
        tail -n +2 whole.ndjson | cmp - one
    done
    # Rows that are gone from under the pages that follow: what was met is there, and there is an end.
    tenant --fault 'public/v1/workspaces * shrink=1'
    fetch 0 --page-size 2
    [ "$(tail -n 1 <<<"$output" | jq -r .stream)" = end ]
}

@test "a server that sends drop by drop, or nothing: the deadline, with the call" {
    for fault in stall drip=500; do
        tenant --fault "users/list_by_organization_id * $fault"
        fetch 75 --deadline 2 -j 1 organization organization_user
        [ "$stderr" = "ab-fetch: the deadline has passed while waiting for the answer to POST /users/list_by_organization_id (config API) for organization $ALPHA" ]
    done
}

@test "requests of a whole fetch: as many as the formula says, and no more at a time than asked" {
    "$ROOT/tests/gen-tenant" --seed 12 --full --profile enterprise --release 2.1 --caller instance_admin --organizations 3 --workspaces 40 >full.json
    credentials full.json
    # The first calls are held until as many are under way as may be.
    mkfifo go
    start_mock --tenant full.json --fault "list_access_info_by_workspace_id 1-6 hold=$PWD/go" --fault "/members 1-3 hold=$PWD/go"
    "$BIN/ab-fetch" -j 6 >out 2>err 3>&- &
    exec 5>go
    until [ "$(in_flight config)" -ge 6 ] && [ "$(in_flight public)" -ge 3 ]; do kill -0 $!; done
    exec 5>&-
    wait $!
    [ ! -s err ]
    count() { grep -c "^{\"resource\":\"$1\"" out || true; }
    local o w g u
    o=$(count organization) w=$(count workspace) g=$(count group) u=$(count user)
    # A list of pages may take one more, since it ends on an empty page only where the server says so.
    local least=$((1 + 2 + 2 * o + w + w / 100 + 1 + o + 2 * g + 2 + o + u)) n
    n=$(wc -l <"$MOCK_LOG")
    [ "$n" -ge "$least" ]
    [ "$n" -le $((least + 1 + o + g)) ]
    [ "$(requests | sort | uniq -d | wc -l)" -eq 0 ]
    [ "$(in_flight config)" -eq 6 ]
    [ "$(in_flight public)" -eq 3 ]
    # Connections are kept: as many as calls at a time, and one for the token.
    [ "$(curl -s "$MOCK_URL/-/counts" | jq .connections)" -le 16 ] && [ "$n" -gt 80 ]
}

@test "500 once, a reset, half an answer: asked again; nothing shows" {
    tenant --fault 'organizations 1 status=500' --fault 'list_access_info_by_workspace_id 1 reset' \
        --fault 'list_access_info_by_workspace_id 3 cut' --fault 'public/v1/workspaces 1 status=408' --fault 'workspaces/get 1 status=503'
    whole_run -j 2
}

@test "500 for ever: 69 after 5 tries" {
    tenant --fault 'workspaces/list_by_organization_id * status=500'
    fetch 69 -j 1
    [[ $stderr = *"POST /workspaces/list_by_organization_id (config API) for organization $ALPHA: HTTP status 500:"*"(5 tries)" ]]
    [ "$(requests | grep -c "workspaces/list_by_organization_id $ALPHA")" -eq 5 ]
    [[ $output != *'"stream":"end"'* ]]
}

@test "half an answer for ever, and nobody there: 69" {
    tenant --fault 'organizations * cut'
    fetch 69 organization
    [[ $stderr = *"GET /organizations"*"(5 tries)" ]]
    "$BIN/ab-token" >token
    stop_mock
    fetch 69 --token-file token organization
    [[ $stderr = *"no answer from 'http"* ]]
}

@test "429 and 503 with Retry-After: obeyed in full, or 75 at once if that takes too long" {
    tenant --fault 'organizations 1 status=429,retry-after=1' --fault 'workspaces/get 1 status=503,retry-after=1'
    SECONDS=0
    whole_run
    [ "$SECONDS" -ge 2 ]
    tenant --fault 'organizations * status=429,retry-after=3600'
    fetch 75 organization
    [ "$(requests | wc -l)" -eq 1 ]
    [[ $stderr = *"HTTP status 429"*"Retry-After is 3600 s" ]]
}

@test "429 without Retry-After: few and long waits; 75 where the next would end behind the deadline" {
    tenant --fault 'public/v1/workspaces * status=429'
    SECONDS=0
    fetch 75 --deadline 20 organization workspace
    [ "$SECONDS" -ge 5 ]
    [[ $stderr = *"GET /workspaces (public API): HTTP status 429"*"(2 tries)" ]]
    [ "$(requests | grep -c 'v1/workspaces ')" -eq 2 ]
}

@test "a long wait is one warning with call, cause and delay" {
    tenant --fault 'organizations 1 status=503,retry-after=11'
    fetch 0 organization
    [ "$stderr" = "ab-fetch: warning: waiting before the next try (call=GET /organizations (public API), cause=HTTP status 503: error id $(grep -o '[0-9a-f-]\{36\}' <<<"$stderr" | head -n 1); Retry-After is 11 s, seconds=11)" ] ||
        [[ $stderr = "ab-fetch: warning: waiting before the next try (call=GET /organizations (public API), cause=HTTP status 503: "*"; Retry-After is 11 s, seconds=11)" ]]
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "debug messages name the call and what it is for" {
    tenant
    fetch 0 --log-level debug -j 1 organization organization_user
    grep -qx "ab-fetch: debug: answer (call=POST /users/list_by_organization_id (config API) for organization $ALPHA, status=200, ms=[0-9]*, bytes=[0-9]*)" <<<"$stderr"
}

@test "in JSON a message about a call has its parts as fields: call, status, organization, workspace, role" {
    local call="POST /users/list_by_organization_id (config API) for organization $ALPHA"
    tenant --fault 'list_by_organization_id * status=500'
    fetch 69 --log-level debug --log-format json organization organization_user
    [ "$(jq -c --arg id "$ALPHA" 'select(.msg == "answer" and .organization == $id) | [.level, .call, .status, .organization]' <<<"$stderr" | sort -u)" = \
        "[\"debug\",\"$call\",500,\"$ALPHA\"]" ]
    # Whichever of the two organizations it was that ended the run.
    [ "$(jq -c --arg call "${call% *}" 'select(.level == "error") | [.status, .call == "\($call) \(.organization)", .workspace]' \
        <<<"$stderr")" = '[500,true,null]' ]
    tenant --fault 'list_access_info_by_workspace_id * status=403'
    fetch 0 --log-format json organization workspace organization_user workspace_user
    [ "$(jq -c '[.level, .of, .role]' <<<"$stderr")" = '["warn","workspace_user","workspace_reader"]' ]
    # On a console the message has said it.
    fetch 0 organization workspace organization_user workspace_user
    [[ $stderr == *', needs=workspace_reader)' ]]
    tenant --fault 'public/v1/workspaces * delay=20000'
    fetch 75 --log-format json --deadline 1 organization workspace
    [ "$(jq -c '[.call, .msg]' <<<"$stderr")" = \
        '["GET /workspaces (public API)","the deadline has passed while waiting for the answer to GET /workspaces (public API)"]' ]
}

@test "deadline: 75 although nobody reads" {
    "$ROOT/tests/gen-tenant" --seed 3 --organizations 2 --workspaces 30 --users 200 --access-per-workspace 150 --plain >big.json
    credentials big.json
    start_mock --tenant big.json
    mkfifo pipe
    # shellcheck disable=SC2217 # it is to hold the pipe, and not to read it
    sleep 6000 <pipe 3>&- &
    reader=$!
    run -75 --separate-stderr bash -c '"$BIN/ab-fetch" --deadline 2 >pipe'
    kill $reader
    [ "$stderr" = "ab-fetch: the deadline has passed while 'standard output' was not read" ]
}

@test "deadline: 75, with what was waited for" {
    tenant --fault 'organizations * delay=600000'
    fetch 75 --deadline 1
    [[ $stderr = *deadline* ]]
    fetch 75 --deadline 1 --token-command 'exec sleep 6000'
    tenant --fault 'organizations * status=429'
    fetch 75 --deadline 2 organization
    [[ $stderr = *"GET /organizations (public API): HTTP status 429"* ]]
    # Also a Retry-After that ends behind it.
    tenant --fault 'organizations * status=503,retry-after=9'
    fetch 75 --deadline 5 organization
    [[ $stderr = *"Retry-After is 9 s" ]]
}

@test "401 once in the middle: one new token for all, and the answer" {
    # Both calls are under way when the first answer comes.
    mkfifo go
    tenant --fault "list_access_info_by_workspace_id 1-2 hold=$PWD/go" --fault 'list_access_info_by_workspace_id 1-2 status=401'
    (whole_run -j 4) 3>&- &
    exec 5>go
    until [ "$(asked 'POST /api/v1/users/list_access_info_by_workspace_id')" -ge 2 ]; do kill -0 $!; done
    exec 5>&-
    wait $!
    [ "$(jq -s '[.[] | select(.status == 401)] | length' "$MOCK_LOG")" -eq 2 ]
    [ "$(jq -s '[.[] | select(.path | endswith("/token"))] | length' "$MOCK_LOG")" -eq 2 ]
}

@test "401 in the middle in words that are not Airbyte's: one new token all the same" {
    local words
    for words in Unauthorized '<html>401 Authorization Required</html>' '{}' '[]' '"Unauthorized"' '{"error":"invalid_token"}'; do
        printf %s "$words" >body
        tenant --fault "list_access_info_by_workspace_id 1 body=$PWD/body,status=401"
        whole_run -j 1
        [ "$(jq -s '[.[] | select(.path | endswith("/token"))] | length' "$MOCK_LOG")" -eq 2 ]
    done
    # Also the new one: refused as in Airbyte's words, which ends the run or is a gap.
    tenant --fault "list_access_info_by_workspace_id * body=$PWD/body,status=401"
    fetch 77 -j 1
    [[ $stderr = "ab-fetch: POST /users/list_access_info_by_workspace_id (config API) for workspace "*": HTTP status 401: Unauthorized; a new token was refused like the one before" ]]
    [[ $output != *'"stream":"end"'* ]]
    tenant --fault "public/v1/groups * body=$PWD/body,status=401"
    fetch 0 -j 1 organization group
    [ "$(gaps | grep -c '^gap group .*"status":401,"reason":"forbidden"')" -eq 2 ]
    # Before any token was taken, by a server that is Airbyte: this may be no answer to the token.
    tenant --fault "public/v1/organizations * body=$PWD/body,status=401" --fault 'public/v1/organizations 1 delay=1000'
    fetch 76 -j 1 instance organization
    [[ $stderr = *"HTTP status 401: Unauthorized; this is not Airbyte's answer: should it be https, or is a login page in front? (2 tries)" ]]
    # A token in a file ends with a word on why.
    tenant --fault "users/list_by_organization_id * body=$PWD/body,status=401"
    "$BIN/ab-token" >token
    fetch 77 -j 1 --token-file token organization organization_user
    [[ $stderr = *"HTTP status 401: Unauthorized; the token in a file cannot be renewed"* ]]
}

@test "401 for ever: 77 after one renewal" {
    tenant --fault 'organizations * status=401'
    fetch 77 organization
    [[ $stderr = *"GET /organizations"*"HTTP status 401"* ]]
    [ "$(requests | wc -l)" -eq 2 ]
    [ "$(jq -s '[.[] | select(.path | endswith("/token"))] | length' "$MOCK_LOG")" -eq 2 ]
}

@test "a token that is taken for GET and refused for POST: one of the configuration API, once" {
    for code in 401 403; do
        tenant --public-token-posts $code
        whole_run -j 4
        [ "$(jq -s '[.[] | select(.path == "/api/v1/applications/token")] | length' "$MOCK_LOG")" -eq 1 ]
    done
    # A role that is missing is still that, after one more token.
    tenant --fault 'users/list_by_organization_id * status=403' --fault 'public/v1/users * status=403'
    fetch 0 -j 1 organization organization_user
    [ "$(jq -s '[.[] | select(.path | endswith("/token"))] | length' "$MOCK_LOG")" -eq 2 ]
    [ "$(gaps | grep -c '^gap organization_user')" -eq 2 ]
    # A token in a file is what it is.
    tenant --public-token-posts 401
    "$BIN/ab-token" >token
    fetch 77 --token-file token organization organization_user
    [[ $stderr = *"may have to be one of the configuration API" ]]
}

@test "a POST refused with 403, and no token of the configuration API to be had: refused as it was, whatever came first" {
    local what
    local -a refusals=(--fault 'users/list_by_organization_id * status=403' --fault 'public/v1/users * status=403')
    local -a resources=(organization organization_user workspace)
    tenant "${refusals[@]}"
    fetch 0 -j 1 "${resources[@]}"
    [ "$(gaps | grep -c '^gap organization_user .*"status":403,"reason":"forbidden"')" -eq 3 ]
    # The first line names the server.
    sed 1d <<<"$output" >expected
    mkfifo go
    for what in status=404 status=405 status=403 status=500 html; do
        # The users' lists are answered before any other POST.
        tenant "${refusals[@]}" --fault "workspaces/list_by_organization_id 1-2 hold=$PWD/go" --fault "/api/v1/applications/token * $what"
        "$BIN/ab-fetch" -j 4 "${resources[@]}" >out 2>err 3>&- &
        exec 5>go
        until [ "$(asked 'POST /api/v1/applications/token')" -ge 1 ]; do kill -0 $!; done
        exec 5>&-
        wait $!
        diff expected <(sed 1d out)
        [[ $(grep -v '^ab-token: ' err) = "ab-fetch: warning: access may exist that could not be seen (of=organization_user, "* ]] ||
            { echo "$what: $(cat err)"; return 1; }
    done
    # Where no POST at all is taken, the form may be why; here of a source that has no other one.
    tenant "${refusals[@]}"
    "$BIN/ab-token" --json >line
    fetch 0 -j 1 --token-command "test -z \"\$AB_TOKEN_FRESH\" && cat '$PWD/line'" organization organization_user
    [ "$(gaps | grep -c '^gap organization_user .*"status":403,"reason":"forbidden"')" -eq 2 ]
    [[ $stderr = *$'\n''ab-fetch: warning: no POST was taken, perhaps for the form of the token: one of the configuration API cannot be had (cause=token command: failed with status 1)' ]]
    # The deadline is the end all the same.
    fetch 75 -j 1 --deadline 2 --token-command "test -z \"\$AB_TOKEN_FRESH\" && cat '$PWD/line' || exec sleep 6000" organization organization_user
    [[ $stderr = "ab-fetch: "*deadline* && $output != *'"stream":"end"'* ]]
}

@test "tokens that live 2 s, and say so: renewed before they end" {
    # They live on, in truth, so that a machine that is slow does not make them refused.
    tenant --opaque-tokens --expires-in 2 --fault 'list_access_info_by_workspace_id * delay=600'
    whole_run -j 1
    [ "$(jq -s '[.[] | select(.path | endswith("/token"))] | length' "$MOCK_LOG")" -ge 2 ]
}

@test "tokens that live 2 s, and say 900: renewed on the 401" {
    tenant --opaque-tokens --token-life 2 --expires-in 900 --fault 'list_access_info_by_workspace_id * delay=700'
    whole_run -j 1
    [ "$(jq -s '[.[] | select(.status == 401)] | length' "$MOCK_LOG")" -ge 1 ]
}

@test "token sources: a file, a command, descriptors" {
    tenant
    "$BIN/ab-token" >bare
    "$BIN/ab-token" --json >line
    whole_run --token-file bare
    whole_run --token-file line
    whole_run --token-command "test -z \"\$AB_TOKEN_FRESH\" && cat '$PWD/line'"
    mkfifo ask answer
    "$BIN/ab-token" --serve <ask >answer 3>&- &
    exec 9>ask 8<answer
    env -u BATON_AIRBYTE_CLIENT_SECRET "$BIN/ab-fetch" --token-fds 8,9 >by-fds
    exec 8<&- 9>&-
    wait $!
    cmp by-fds whole.ndjson
}

@test "token sources that fail: their words and status" {
    tenant
    fetch 77 --token-command "echo '{\"error\":\"no such client\",\"status\":77}'"
    [ "$stderr" = "ab-fetch: token command: no such client" ]
    fetch 78 --token-command "exit 78"
    [[ $stderr = *"failed with status 78" ]]
    fetch 69 --token-command "kill \$\$"
    fetch 65 --token-command "echo SENTINEL"
    [[ $stderr != *SENTINEL* ]]
    fetch 65 --token-command "printf '{\"access_token\":\"SENTI NEL\"}'"
    [[ $stderr != *SENTI* ]]
    fetch 66 --token-file nowhere
    : >empty
    fetch 65 --token-file empty
    echo token-of-nobody >refused
    fetch 77 --token-file refused
    [[ $stderr = *"cannot be renewed" ]]
    [[ $stderr != *nobody* ]]
    BATON_AIRBYTE_CLIENT_SECRET=SENTINEL fetch 77
    [[ $stderr != *SENTINEL* ]]
    exec 8</dev/null 9>/dev/null
    fetch 69 --token-fds 8,9
    exec 8<&- 9>&-
}

@test "the token is in no argument, environment or message" {
    mkfifo go
    tenant --fault "organizations 1 hold=$PWD/go"
    "$BIN/ab-token" >token
    token=$(cat token)
    unset BATON_AIRBYTE_CLIENT_SECRET
    "$BIN/ab-fetch" --log-level debug --token-file token >out 2>err 3>&- &
    pid=$!
    exec 5>go # its first call is under way
    tr '\0' '\n' <"/proc/$pid/cmdline" >seen
    tr '\0' '\n' <"/proc/$pid/environ" >>seen
    exec 5>&-
    wait $pid
    [ -s err ]
    run -1 grep -F -e "$token" seen out err
}

@test "the stages of a stream are named in its begin line: what was asked of all of them, in the order of the table" {
    tenant
    "$BIN/ab-fetch" organization | "$BIN/ab-fetch" workspace_user user workspace | "$BIN/ab-fetch" organization_user >out
    [[ $(head -n 1 out) = *",$(stages organization organization_user workspace workspace_user user)}" ]]
    # Of streams that were joined, the end line says what the first one's begin line does not.
    "$BIN/ab-fetch" organization >a
    "$BIN/ab-fetch" organization organization_user >b
    cat a b | "$BIN/ab-fetch" user >out
    [[ $(head -n 1 out) = *",$(stages organization user)}" ]]
    [[ $(tail -n 1 out) = *",$(stages organization organization_user user)}" ]]
}

@test "a server that repeats the token in what it says: its words are not shown" {
    tenant
    "$BIN/ab-token" >token
    token=$(cat token)
    for code in 403 400 401; do
        printf '{"message":"you sent Authorization: Bearer %s"}' "$token" >body
        stub $code application/json body
        run --separate-stderr "$BIN/ab-fetch" --log-level debug --token-file token organization
        [ "$status" -ne 0 ]
        [[ $stderr != *"${token:0:20}"* ]]
        [[ $stderr = *"its words are not shown"* ]]
    done
    # Also in base64, as a proxy logs it.
    printf '{"message":"%s"}' "$(base64 -w0 token)" >body
    stub 403 application/json body
    fetch 77 --token-file token organization
    [[ $stderr != *"$(base64 -w0 token | head -c 40)"* ]]
}

@test "a token command that does not end when it is told to is killed" {
    tenant
    fetch 75 --deadline 1 --token-command "trap '' TERM; while :; do sleep 1; done"
    [[ $stderr = *"token command" ]]
}

@test "standard input that is no raw stream: 65" {
    tenant
    good='{"resource":"organization","data":{"organizationId":"'$ALPHA'"}}'
    fetch 65 organization_user </dev/null
    [[ $stderr = "ab-fetch: standard input: empty"*"name the parents of what is to be fetched as well"* ]]
    fetch 65 organization_user < <(stream "$good" | head -n -1)
    [[ $stderr = *unfinished* ]]
    [[ $output != *'"stream":"end"'* ]]
    fetch 65 organization_user < <(stream "$good" | head -c 150)
    fetch 65 organization_user < <(stream "$good" | sed 's/"records":1/"records":2/')
    fetch 65 organization_user < <(SOURCE=https://other.example stream "$good")
    [[ $stderr = *"comes from 'https://other.example'"* ]]
    fetch 65 organization_user < <(stream $'{"resource":"organization","data":{"organizationId":"\xff"}}')
    [[ $stderr = "ab-fetch: standard input: line 2, byte"* ]]
    fetch 65 organization_user < <(stream | sed 's|airbyte-raw/1|baton-records/1|')
}

@test "lines of the wrong type, or that cannot be kept in order: 65 with the line" {
    tenant
    org='{"resource":"organization","data":{"organizationId":"'$ALPHA'"}}'
    local -a bad=('5' '{}' '[]' 'null' '{"data":{}}' '{"resource":5,"data":{}}' '{"resource":"rabbit","data":{}}' '{"resource":"organization"}'
        '{"resource":"organization","data":[]}' '{"resource":"organization","data":{"organizationId":7}}'
        '{"resource":"workspace","organizationId":[],"data":{"workspaceId":"w"}}' '{"resource":"organization","data":{"organizationId":""}}'
        '{"resource":"workspace","organizationId":"other","data":{"workspaceId":"w"}}'
        '{"resource":"workspace_user","workspaceId":"w","data":{"userId":"u"}}'
        '{"resource":"organization_user","organizationId":"'$ALPHA'","data":{"userId":"u"}}'
        '{"resource":"workspace","organizationId":"'$ALPHA'","data":{"workspaceId":"w"}} x')
    for line in "${bad[@]}"; do
        fetch 65 organization_user < <(stream "$org" "$line")
        [[ $stderr = "ab-fetch: standard input: line 3"* ]] || { echo "$line: $stderr"; return 1; }
    done
    fetch 65 workspace < <(stream "$org" '{"resource":"workspace","organizationId":"'$ALPHA'","data":{"workspaceId":"w"}}')
    [[ $stderr = *"already holds"* ]]
    fetch 65 workspace_user < <(stream "$org" '{"resource":"workspace","organizationId":"'$ALPHA'","data":{"workspaceId":"'$A1'"}}' \
        '{"resource":"organization_user","organizationId":"'$ALPHA'","data":{"userId":"u"}}')
    [[ $stderr = *"out of order"* ]]
}

@test "an instance before its organizations: with '-' they are put behind it, and bear its id" {
    tenant
    "$BIN/ab-fetch" instance organization instance_admin | sed 1d >one
    "$BIN/ab-fetch" instance | "$BIN/ab-fetch" - organization instance_admin | sed 1d >two
    diff one two
    grep -q '"resource":"organization","instanceId":"127.0.0.1"' two
    # And all the rest of the root.
    "$BIN/ab-fetch" | sed 1d >one
    mapfile -t others < <(all_resources | grep -vx instance)
    "$BIN/ab-fetch" instance | "$BIN/ab-fetch" - "${others[@]}" | sed 1d >two
    diff one two
    # Without a stream there is nothing to put them behind.
    run -65 --separate-stderr "$BIN/ab-fetch" - organization </dev/null
    run -64 --separate-stderr script -qec "'$BIN/ab-fetch' - organization" /dev/null
    [[ $output == *"'-' reads a stream, and standard input is a terminal"* ]]
}

@test "an instance that comes after its organizations: 65" {
    tenant
    "$BIN/ab-fetch" organization >o
    fetch 65 instance workspace <o
    [[ $stderr = "ab-fetch: standard input: line 2: fetch the instance with what bears its id or before it, not after: a line of resource 'organization'" ]]
}

@test "a line longer than any that is allowed: 65" {
    tenant
    {
        stream | head -n 1
        printf '{"resource":"organization","data":{"organizationId":"x","name":"'
        head -c 70000000 /dev/zero | tr '\0' x
        printf '"}}\n{"stream":"end","records":1}\n'
    } >huge
    fetch 65 user <huge
    [[ $stderr = *"line 2"* ]]
}

@test "output that cannot be written: 74" {
    tenant
    run -74 --separate-stderr bash -c '"$BIN/ab-fetch" >/dev/full'
    [[ $stderr = *"standard output"* ]]
    run -74 --separate-stderr bash -c '"$BIN/ab-fetch" >&-'
    run -74 --separate-stderr bash -c '"$BIN/ab-fetch" --help >/dev/full'
    run -74 --separate-stderr bash -c '"$BIN/ab-fetch" --list >&-'
    SOURCE=https://x.example stream >in
    run -74 --separate-stderr bash -c '"$BIN/ab-fetch" user <in >/dev/full'
    run -74 --separate-stderr bash -c '"$BIN/ab-fetch" user <&-'
}

@test "a reader that goes away ends it quietly" {
    "$ROOT/tests/gen-tenant" --seed 3 --organizations 2 --workspaces 30 --users 200 --access-per-workspace 150 --plain >big.json
    credentials big.json
    start_mock --tenant big.json
    run -0 --separate-stderr bash -c '"$BIN/ab-fetch" | head -n 1; echo "${PIPESTATUS[0]}" >status'
    [ "$(cat status)" -eq 141 ]
    [ "$stderr" = "" ]
}

@test "a stage that fetches workspaces: what must wait for them waits in a file" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured with sanitizers"
    command -v /usr/bin/time >/dev/null || skip "time(1) is not here"
    tenant
    mkdir tmp
    {
        SOURCE=$MOCK_URL stream | head -n 1
        # 100 MB beneath two organizations: one long list of users in each, and the lines of a third on their own.
        for o in $ALPHA $BETA; do
            echo '{"resource":"organization","data":{"organizationId":"'"$o"'"}}'
            seq -f '{"resource":"organization_user","organizationId":"'"$o"'","data":{"userId":"u%.0f","name":"'"$(printf 'x%.0s' {1..200})"'"}}' 1 150000
        done
    } >in
    printf '{"stream":"end","records":%d}\n' $(($(wc -l <in) - 1)) >>in
    [ "$(stat -c %s in)" -gt 90000000 ]
    TMPDIR=$PWD/tmp /usr/bin/time -f %M -o rss "$BIN/ab-fetch" workspace <in >out
    [ "$(tail -n 1 rss)" -lt 40000 ]
    [ -z "$(ls -A tmp)" ]
    diff <(grep organization_user in) <(grep organization_user out | grep -v $HIDDEN)
    [ "$(grep -c '"resource":"workspace"' out)" -ge 3 ]
    TMPDIR=$PWD/nowhere fetch 73 workspace <in
}

@test "a reader that is slow: calls under way are attended to, and nothing times out" {
    "$ROOT/tests/gen-tenant" --seed 4 --organizations 1 --workspaces 60 --users 1500 --access-per-workspace 1200 --plain >big.json
    credentials big.json
    start_mock --tenant big.json
    mkfifo pipe
    "$BIN/ab-fetch" --log-level debug -j 2 >pipe 2>err 3>&- &
    pid=$!
    exec 7<pipe
    # The server's answers are taken although the pipe is full: their number grows without a line being read.
    until [ "$(grep -c 'debug: answer' err || true)" -ge 8 ]; do sleep 0.05; done
    cat <&7 >out
    wait $pid
    exec 7<&-
    [ "$(tail -n 1 out | jq -r .stream)" = end ]
    [ "$(grep -c 'trying again' err || true)" -eq 0 ]
}

@test "a reader that is slow: memory stays small" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured with sanitizers"
    command -v /usr/bin/time >/dev/null || skip "time(1) is not here"
    "$ROOT/tests/gen-tenant" --seed 4 --organizations 1 --workspaces 60 --users 1500 --access-per-workspace 1200 --plain >big.json
    credentials big.json
    start_mock --tenant big.json
    mkfifo pipe
    /usr/bin/time -f %M -o rss "$BIN/ab-fetch" -j 8 >pipe 3>&- &
    exec 7<pipe
    # Read a line, then nothing until the server has no more calls: then what is held is all there will be.
    read -r _ <&7
    before=-1
    until now=$(wc -l <"$MOCK_LOG") && [ "$now" -eq "$before" ]; do before=$now; sleep 0.3; done
    [ "$now" -lt 60 ]
    cat <&7 >/dev/null
    wait $!
    [ "$(tail -n 1 rss)" -lt 65536 ]
}

# journaled N: a journal of the small tenant, as a run leaves it that was killed after its Nth answer, in the file j.
journaled() {
    head -n $(($1 + 1)) full.journal >j
    chmod 600 j
}

@test "journal: a killed run is taken up, at whatever answer; what is printed is the same, and nothing is asked twice" {
    tenant
    whole_run
    cp whole.ndjson plain.ndjson
    tenant
    sed -i "1s|http://[^\"]*|$MOCK_URL|" plain.ndjson
    whole_run --journal full.journal
    cmp whole.ndjson plain.ndjson
    requests | sort >asked
    [ "$(stat -c %a full.journal)" = 600 ]
    [ "$(jq -r 'select(.call).call' full.journal | wc -l)" -eq "$(wc -l <asked)" ]
    run -1 grep -e SENTINEL -e Bearer -e webhook full.journal
    local total
    total=$(($(wc -l <full.journal) - 2))
    for n in $(seq 0 "$total"); do
        journaled "$n"
        # The answer that was being written when the end came.
        sed -n "$((n + 2))p" full.journal | head -c 40 | tr -d '\n' >>j
        : >"$MOCK_LOG"
        "$BIN/ab-fetch" --journal j >resumed.ndjson
        cmp resumed.ndjson whole.ndjson
        # Once more it is asked who asks.
        [ "$(requests | wc -l)" -eq $((total - n + (n > 0))) ]
        diff <(jq -rs 'map(select(.call).call) | sort[]' j) <(jq -rs 'map(select(.call).call) | sort[]' full.journal)
    done
}

@test "journal: kill -9 in the middle, again and again" {
    "$ROOT/tests/gen-tenant" --seed 5 --full --profile enterprise --release 2.1 --caller instance_admin --organizations 3 >full.json
    credentials full.json
    start_mock --tenant full.json --fault 'list_access_info_by_workspace_id * delay=30' --fault 'users/get * delay=20'
    "$BIN/ab-fetch" >whole.ndjson
    requests | sort >asked
    : >"$MOCK_LOG"
    kills=0
    while :; do
        before=$(wc -l 2>/dev/null <j || echo 0)
        "$BIN/ab-fetch" -j 2 --journal j >resumed.ndjson 3>&- &
        pid=$!
        while kill -0 $pid 2>/dev/null && [ "$(wc -l 2>/dev/null <j || echo 0)" -lt $((before + 5)) ]; do :; done
        kill -9 $pid 2>/dev/null && kills=$((kills + 1))
        wait $pid 2>/dev/null && break
        # Killed when all was done and written down, before it could end.
        if grep -q finished j; then
            "$BIN/ab-fetch" --journal j --replay >resumed.ndjson
            break
        fi
    done
    [ "$kills" -ge 5 ]
    cmp resumed.ndjson whole.ndjson
    # Asked twice was only what was in flight at a kill, at most three calls, and who asks.
    [ "$(requests | wc -l)" -le $(($(wc -l <asked) + 4 * kills)) ]
    diff <(requests | sort -u) asked
}

@test "journal: replayed without settings, network or token; stages of one journal" {
    tenant
    whole_run --journal j
    stop_mock
    env -i "$BIN/ab-fetch" --journal j --replay >again.ndjson
    cmp again.ndjson whole.ndjson
    "$BIN/ab-fetch" --journal j --replay instance organization | "$BIN/ab-fetch" --journal j --replay workspace |
        jq -c 'select(.resource == "workspace")' >some
    diff some <(grep '"resource":"workspace"' whole.ndjson)
    # What is not in it is asked of nobody.
    grep -v list_instance_admin j >less
    chmod 600 less
    fetch 66 --journal less --replay
    [[ $stderr = "ab-fetch: POST /users/list_instance_admin (config API) for instance 127.0.0.1: not in the journal"* ]]
    [[ $output != *'"stream":"end"'* ]]
    fetch 66 --journal nowhere --replay
}

@test "journal: refusals are kept, answers that are tried again are not" {
    tenant --fault 'public/v1/groups 1 status=403' --fault 'workspaces/list_by_organization_id 1 status=500'
    fetch 0 -j 1 --journal j
    printf '%s\n' "$output" >first
    [ "$(grep -c '"status":403' j)" -eq 1 ]
    [ "$(grep -c '"status":500' j)" -eq 0 ]
    stop_mock
    fetch 0 --journal j --replay
    cmp <(printf '%s\n' "$output") first
}

@test "journal: what was refused is asked for again by the run that takes it up, and the last answer counts" {
    tenant --fault 'public/v1/groups 1 status=403'
    fetch 0 -j 1 --journal j
    [ "$(gaps)" = "gap group organizationId\":\"$ALPHA\",\"status\":403,\"reason\":\"forbidden\",\"needs\":\"organization_admin\"" ]
    sed -i '/finished/d' j
    : >"$MOCK_LOG"
    whole_run --journal j
    [ "$(requests | grep -c "^GET /api/public/v1/groups organizationId=$ALPHA&limit=100&offset=0$")" -eq 1 ]
    run -1 grep -v -e /groups -e /permissions$ <(requests)
    fetch 0 --journal j --replay
    cmp <(printf '%s\n' "$output") whole.ndjson
}

# unfit WHY: the journal j is refused for that reason; with --journal-anew it is emptied with a warning, and all is asked.
unfit() {
    local -a given=()
    [ ! -e token ] || given=(--token-file token)
    cp j kept
    : >"$MOCK_LOG"
    fetch 65 --journal j "${given[@]}"
    [ "$stderr" = "ab-fetch: journal 'j': $1: remove it, or take --journal-anew or --replay" ]
    [ "$output" = "" ]
    cmp j kept
    [[ -z $(requests) || $(requests) = 'GET /api/public/v1/permissions' ]]
    : >"$MOCK_LOG"
    fetch 0 --journal j --journal-anew "${given[@]}"
    [ "$stderr" = "ab-fetch: warning: journal 'j' is begun anew: $1" ]
    diff <(the_whole_shape) <(shape <(printf '%s\n' "$output"))
    diff <(requests | sort -u) asked
    [ "$(grep -c airbyte-journal j)" -eq 1 ]
}

@test "journal: of who asks with another client id, at other addresses, with another version or in other roles" {
    local other='it is of another client id, of other addresses of the APIs or of another version of this program'
    tenant
    whole_run --journal full.journal
    requests | sort -u >asked
    journaled 12
    run -1 grep "$BATON_AIRBYTE_CLIENT_ID" j
    "$BIN/ab-token" >token
    BATON_AIRBYTE_CLIENT_ID=other unfit "$other"
    rm token
    journaled 12
    BATON_AIRBYTE_CONFIG_URL=$MOCK_URL/api/v1/../v1 fetch 78 --journal j
    BATON_AIRBYTE_CONFIG_URL=${MOCK_URL/127.0.0.1/localhost}/api/v1 unfit "$other"
    # One of the releases before there was such a thing.
    journaled 12
    sed -i '1s/"asker":"[0-9a-f]*",//' j
    unfit "$other"
    # What is in it was told to somebody who could see less, or it is not known to whom.
    other="the caller's roles are not those under which it was told what is in it"
    for change in '2s/instance_admin/organization_reader/' 2d; do
        journaled 12
        sed -i "$change" j
        run -1 cmp -s j <(head -n 13 full.journal)
        unfit "$other"
    done
    # The same in a stage for which they do not matter.
    journaled 12
    sed -i '2d' j
    fetch 0 --journal j organization group
    [ "$stderr" = "" ]
    # As they were refused, so they are.
    tenant --fault 'public/v1/permissions * status=403' --fault 'users/list_by_organization_id 1 status=429,retry-after=3600'
    fetch 75 --journal refused.j
    fetch 0 --journal refused.j
    [[ $stderr != *journal* ]]
}

@test "journal: an end that came of the answers is not come to again; one that may pass is mended" {
    tenant
    whole_run
    requests | sort -u >asked
    tenant --fault 'users/get 2-3 html'
    fetch 76 -j 1 --journal j
    unfit 'what is in it led to the end of a run with status 76'
    tenant --fault 'users/list_by_organization_id 1-3 status=403' --fault 'list_access_info_by_workspace_id 1-5 status=403' \
        --fault 'public/v1/users * status=403'
    rm j
    fetch 77 --journal j
    [[ $stderr = *"every list of users was refused"* ]]
    unfit 'what is in it led to the end of a run with status 77'
    tenant --fault 'users/get 2 status=429,retry-after=3600'
    rm j
    fetch 75 -j 1 --journal j
    : >"$MOCK_LOG"
    whole_run --journal j
    [ "$(requests | grep -v users/get)" = 'GET /api/public/v1/permissions' ]
    # A token that has had its day is not an answer.
    tenant --fault 'users/get 2 status=401'
    rm j
    "$BIN/ab-token" >token
    fetch 77 -j 1 --journal j --token-file token
    whole_run --journal j
}

@test "journal: of another source, finished, too old, not one, open to others, in use" {
    tenant
    whole_run --journal j
    fetch 65 --journal j
    [ "$stderr" = "ab-fetch: journal 'j': it is of a finished run: remove it, or take --journal-anew or --replay" ]
    grep -v finished j >open.j
    chmod 600 open.j
    BATON_DOMAIN_URL=http://127.0.0.1:1 fetch 65 --journal open.j
    [[ $stderr = "ab-fetch: journal 'open.j': it is of '$MOCK_URL', and this run fetches from 'http://127.0.0.1:1': remove it, or"* ]]
    sed '1s/"at":[0-9]*/"at":1000/' open.j >old.j
    chmod 600 old.j
    fetch 65 --journal old.j
    [[ $stderr = *"too long"* ]]
    fetch 0 --journal old.j --replay
    sed '1s/"at":[0-9]*/"at":'$((($(date +%s) - 100) * 1000))'/' open.j >old.j
    chmod 600 old.j
    fetch 65 --journal old.j --journal-max-age 50
    cp old.j younger.j
    fetch 0 --journal younger.j --journal-max-age 500
    echo '{"stream":"begin"}' >no.j
    chmod 600 no.j
    fetch 65 --journal no.j
    sed '3s/{/[/' open.j >broken.j
    chmod 600 broken.j
    fetch 65 --journal broken.j
    [[ $stderr = "ab-fetch: journal 'broken.j': line 3, byte"* ]]
    chmod 644 open.j
    fetch 73 --journal open.j
    fetch 73 --journal nowhere/j
    fetch 73 --journal .
    chmod 600 open.j
    exec 8<open.j
    flock 8
    fetch 75 --journal open.j 8<&-
    exec 8<&-
}
