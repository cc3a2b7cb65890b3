#!/usr/bin/env bats
# c1z-report: the data of the page against what other readers say of the same file, what names cannot do to it, and the
# page in a browser.
#
# shellcheck disable=SC2154 # run sets output and stderr

load lib.bash

REPORT=$BIN/c1z-report
A=type.googleapis.com/c1.connector.v2

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# pack NAME: unframed records on standard input, as NAME.
pack() {
    "$BIN/c1z-pack" --unframed -f "$1" 2>/dev/null
}

graph() {
    "$ROOT/tests/gen-graph" --seed "$1" | pack "$2"
}

# data PAGE: the data of a page.
data() {
    sed -n '/<script type="application\/json" id="data">/,/<\/script>/p' "$1" |
        sed 's/.*<script type="application\/json" id="data">//; s/<\/script>.*//'
}

resource() {
    printf '{"@type":"%s.Resource","id":{"resourceType":"%s","resource":"%s"},"displayName":%s%s}\n' "$A" "$1" "$2" "$3" "${4:-}"
}
entitlement() {
    printf '{"@type":"%s.Entitlement","resource":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s:%s:%s","slug":"%s"}\n' \
        "$A" "$1" "$2" "$1" "$2" "$3" "$3"
}
# grant TYPE ID SLUG USER
grant() {
    printf '{"@type":"%s.Grant","entitlement":{"resource":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s:%s:%s"},"principal":{"id":{"resourceType":"user","resource":"%s"}},"id":"%s:%s:%s:%s"}\n' \
        "$A" "$1" "$2" "$1" "$2" "$3" "$4" "$1" "$2" "$3" "$4"
}

# company: Ann is an admin, Bob a guest of a workspace, Cy holds nothing.
company() {
    printf '{"@type":"%s.ResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}\n' "$A"
    printf '{"@type":"%s.ResourceType","id":"organization","displayName":"Organization"}\n' "$A"
    printf '{"@type":"%s.ResourceType","id":"workspace","displayName":"Workspace"}\n' "$A"
    resource user ann '"Ann"'
    resource user bob '"Bob"'
    resource user cy '"Cy"'
    resource organization o '"Acme"'
    resource workspace w '"Production"' ',"parentResourceId":{"resourceType":"organization","resource":"o"}'
    entitlement organization o organization_admin
    entitlement workspace w workspace_reader
    grant organization o organization_admin ann
    grant workspace w workspace_reader bob
}

# hostile: names that would end the element, begin another, run, or turn around what stands beside them.
hostile() {
    company
    resource user eve '"</script><script>document.title=1</script><!--"'
    resource user mal '"<img src=x onerror=\"document.title=1\">\u202e\u2066gpj.exe\u0000\u001b[31m'\''&amp;\\"'
    resource workspace x '"</SCRIPT >\u2028\"]}]"'
    entitlement workspace x 'workspace_\"<b>admin'
    grant workspace x 'workspace_\"<b>admin' eve
}

@test "grants: those of the file, each once, with the reasons that ab-who gives" {
    for seed in 3 5 8; do
        rm -f graph.c1z
        graph "$seed" graph.c1z
        run -0 --separate-stderr "$REPORT" graph.c1z
        [ -z "$stderr" ]
        printf '%s\n' "$output" >page.html
        data page.html >data.json
        # What is granted to whom, as c1z-cat reads it.
        jq -r '. as $d | .grants[] | [$d.resources[.[0]][0, 1], $d.entitlements[.[1]][1]] | join(" ")' data.json | sort >has
        "$BIN/c1z-cat" -f graph.c1z grants | jq -r 'select(.entitlement) |
            [.principal.id.resourceType, .principal.id.resource, .entitlement.id] | join(" ")' | sort >wants
        [ "$(wc -l <wants)" -gt 20 ]
        diff wants has
        # Of each user: the roles, and all chains of reasons, as ab-who tells them.
        jq -c '. as $d | .people[][0] as $p | [$d.resources[$p][1],
            ([$d.grants[] | select(.[0] == $p) |
                [$d.entitlements[.[1]][1], ((.[2] // [[]]) | map(map($d.entitlements[.][1])) | sort)]] | sort)]' data.json >has
        jq -r '. as $d | .people[][0] as $p | $d.resources[$p][1]' data.json | while read -r user; do
            "$BIN/ab-who" -f graph.c1z --json "user:$user" | jq -c --arg user "$user" '[$user,
                ([.access[] | [.entitlement, (.reasons | map(map(.entitlement)) | sort)]] | sort)]'
        done >wants
        [ -s wants ]
        diff wants has
    done
}

@test "people: standing as ab-who counts it; resources, types and parents as the file has them" {
    company | pack company.c1z
    "$REPORT" company.c1z >page.html
    data page.html >data.json
    [ "$(jq -c '[.people[] | [.[1], .[4], .[5]]]' data.json)" = '[["Ann",0,26],["Bob",0,16],["Cy",0,0]]' ]
    run -0 "$BIN/ab-who" -f company.c1z --json
    [ "$(jq -c '[.people, .admins, .guests, .withoutRole]' <<<"$output")" = '[3,1,1,1]' ]
    run -0 jq -c '. as $d | .resources[] | select(.[1] == "w") | [.[0, 2], $d.resources[.[3]][2]]' data.json
    [ "$output" = '["workspace","Production","Acme"]' ]
    run -0 jq -c '[.sync.type, .sync.whole, .unknown, .gaps, .notes, has("changes")]' data.json
    [ "$output" = '["full",true,0,[],[],false]' ]
    run -0 jq -r '.sync.ended' data.json
    [[ $output =~ ^20[0-9-]+T[0-9:.]+Z$ ]]
}

@test "a connector without organizations: a role called admin makes one, nobody is a guest" {
    {
        printf '{"@type":"%s.ResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}\n' "$A"
        printf '{"@type":"%s.ResourceType","id":"app","displayName":"App"}\n' "$A"
        resource user ann '"Ann"'
        resource user bob '"Bob"'
        resource user cy '"Cy"'
        resource app x '"X"'
        entitlement app x admin
        entitlement app x administrator
        grant app x admin ann
        grant app x administrator bob
    } | pack other.c1z
    "$REPORT" other.c1z -o page.html
    data page.html >data.json
    [ "$(jq -c '[.people[] | [.[1], .[5]]], .entitlements' data.json)" = \
        '[["Ann",28],["Bob",24],["Cy",0]]
[[0,"app:x:admin","admin",1],[0,"app:x:administrator","administrator"]]' ]
    run -0 --separate-stderr "$BIN/ab-who" -f other.c1z --json
    [ "$(jq -c '[.admins, .guests, .withoutRole]' <<<"$output")" = '[1,0,1]' ]
}

@test "what could not be seen is in the report, in words; an invitation with its role" {
    {
        echo '{"stream":"begin","schema":"airbyte-raw/1","source":"https://air.test","startedAt":"2026-11-22T20:00:00Z"}'
        echo '{"resource":"instance","instanceId":"air.test","data":{"edition":"enterprise"}}'
        echo '{"resource":"organization","instanceId":"air.test","data":{"organizationId":"o1","organizationName":"Acme","email":""}}'
        echo '{"resource":"invitation","organizationId":"o1","data":{"id":"i1","invitedEmail":"new@acme.test","scopeId":"o1","scopeType":"organization","permissionType":"organization_reader","status":"pending"}}'
        echo '{"stream":"gap","of":"group","organizationId":"o1","status":403,"reason":"forbidden","needs":"organization_admin"}'
        echo '{"stream":"note","of":"group_member","organizationId":"o1","reason":"gone"}'
        echo '{"stream":"note","of":"workspace_invitation","organizationId":"o1","status":403,"reason":"forbidden"}'
        echo '{"stream":"end","records":6,"gaps":1}'
    } | "$BIN/ab-map" | "$BIN/c1z-pack" --accept-gap group -f tenant.c1z
    "$REPORT" tenant.c1z | cat >page.html
    data page.html >data.json
    [ "$(jq -c .gaps data.json)" = '["group (organizationId o1): forbidden, status 403, needs organization_admin"]' ]
    run -0 jq -c '.notes[], .adminsRefused' data.json
    [ "$output" = '["group_member (organizationId o1): gone"]
["workspace_invitation (organizationId o1): forbidden, status 403",1]
false' ]
    run -0 jq -c '. as $d | .people[] | [.[2], .[4], .[6], $d.resources[.[7]][2]]' data.json
    [ "$output" = '["new@acme.test",5,"organization_reader","Acme"]' ]
}

@test "names cannot leave the data: no markup, nothing that reorders text, and they are whole" {
    hostile | pack hostile.c1z
    "$REPORT" hostile.c1z >page.html
    # Two elements of script begin and end, whatever names there are.
    [ "$(grep -oi '<script' page.html | wc -l)" -eq 2 ]
    [ "$(grep -oi '</script' page.html | wc -l)" -eq 2 ]
    # In the data no byte that means something in HTML, and no character that hides or reorders, escaped or not.
    sed -n '/id="data">/,/<\/script>/p' page.html | sed 's/.*id="data">//; s/<\/script>.*//' >data.json
    run -1 grep -n '[<>&]' data.json
    run -1 grep -nP '[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{2028}\x00-\x08\x0b-\x1f]' data.json
    run -1 bash -c "jq -r '.people[][1], .resources[][2]' data.json | grep -nP '[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{2028}\x1b]'"
    run -0 jq -r '.people[] | select(.[1] | startswith("<")) | .[1]' data.json
    [ "${lines[0]}" = '</script><script>document.title=1</script><!--' ]
    [[ ${lines[1]} == '<img src=x onerror="document.title=1">\u202e\u2066gpj.exe'* ]]
    [[ ${lines[1]} == *"'&amp;\\" ]]
}

@test "the policy names the digests of the script and the style, and allows nothing else" {
    company | pack company.c1z
    "$REPORT" company.c1z -o page.html
    run -0 grep -o 'http-equiv="Content-Security-Policy" content="[^"]*"' page.html
    policy=$output
    [[ $policy == *"default-src 'none'; script-src 'sha256-"*"'; style-src 'sha256-"*"'; img-src data:; base-uri 'none'; form-action 'none'\"" ]]
    digest() { openssl dgst -sha256 -binary "$1" | openssl base64; }
    [[ $policy == *"script-src 'sha256-$(digest "$ROOT/tools/c1z-report/report.js")'"* ]]
    [[ $policy == *"style-src 'sha256-$(digest "$ROOT/tools/c1z-report/report.css")'"* ]]
    # No address of another place, and nothing that makes code or markup of text.
    run -1 grep -nE 'https?://|eval\(|new Function|innerHTML|outerHTML|insertAdjacent|document\.write|@(policy|style|script|data)@' page.html
}

@test "--since: what was lost follows from what was lost, not from another change beside it" {
    {
        company
        resource group g '"Staff"'
        printf '{"@type":"%s.ResourceType","id":"group","displayName":"Group"}\n' "$A"
        entitlement group g member
        grant group g member cy
        grant organization o organization_admin g | sed "s/\"resourceType\":\"user\"/\"resourceType\":\"group\"/; s|}\$|,\"annotations\":[{\"@type\":\"$A.GrantExpandable\",\"entitlementIds\":[\"group:g:member\"]}]}|"
    } >old.ndjson
    pack old.c1z <old.ndjson
    grep -v GrantExpandable old.ndjson | sed "/\"group:g:member:cy\"/s|}\$|,\"annotations\":[{\"@type\":\"$A.RawId\",\"id\":\"77\"}]}|" | pack new.c1z
    "$REPORT" new.c1z --since old.c1z -o page.html
    run -0 jq -r '.changes.grants as $g | $g[] | .[13] as $root |
        [.[1], .[4], .[9], ($g[] | select(.[0] == $root) | .[1], .[4], .[9])] | join(" ")' <(data page.html)
    [ "$output" = "- Cy organization_admin - Staff organization_admin
~ Cy member
- Staff organization_admin" ]
    # Where it came from is said by name.
    data page.html | jq -e '.changes.grants[0][11] == "member on Staff"'
}

@test "--since: the changes that c1z-diff tells, and what follows from which" {
    graph 3 old.c1z
    graph 4 new.c1z
    "$REPORT" new.c1z --since old.c1z -o page.html
    data page.html | jq .changes >changes.json
    jq -r '.grants[] | [.[1], .[2], .[3], .[9], .[6], .[7]] | join(" ")' changes.json | sort >has
    "$BIN/c1z-cat" new.c1z >new.ndjson
    "$BIN/c1z-cat" old.c1z >old.ndjson
    run -1 "$BIN/c1z-diff" --json old.c1z new.c1z
    printf '%s\n' "$output" | jq -r 'select(.kind == "grant") |
        [{added: "+", removed: "-", changed: "~"}[.change], .id.principal.resourceType, .id.principal.resource,
         (.id.entitlement | split(":")[-1]), .id.on.resourceType, .id.on.resource] | join(" ")' | sort >wants
    [ "$(wc -l <wants)" -gt 20 ]
    diff wants has
    printf '%s\n' "$output" | jq -s 'map(select(.kind != "grant")) | length' >wants
    jq '.things | length' changes.json >has
    diff wants has
    [ "$(jq '[.grants[] | select(.[13] != 0)] | length' changes.json)" -gt 0 ]
    [ "$(jq -r .file changes.json)" = old.c1z ]
    # Against the same there is nothing.
    cp new.c1z same.c1z
    run -0 "$REPORT" new.c1z --since same.c1z
    data <(printf '%s\n' "$output") | jq -e '.changes | .things == [] and .grants == []'
}

@test "--since with the file itself: since the sync before the one that is shown, as c1z-diff with one file" {
    graph 3 many.c1z
    graph 4 many.c1z
    run -0 "$BIN/c1z-cat" many.c1z syncs
    mapfile -t ids < <(jq -r .syncId <<<"$output")
    [ "${#ids[@]}" -eq 2 ]
    run -1 "$BIN/c1z-diff" --json many.c1z
    jq -c 'select(.kind == "grant") | [{added: "+", removed: "-", changed: "~"}[.change], .id.principal.resource,
        .id.on.resource, (.id.entitlement | split(":")[-1])]' <<<"$output" | sort >wants
    [ "$(wc -l <wants)" -gt 20 ]
    ln many.c1z hard.c1z
    ln -s many.c1z soft.c1z
    for name in many.c1z ./many.c1z hard.c1z soft.c1z; do
        run -0 --separate-stderr "$REPORT" many.c1z --since "$name" -o page.html
        [ -z "$output$stderr" ]
        data page.html | jq -c '.changes.grants[] | [.[1], .[3], .[7], .[9]]' | sort >has
        diff wants has
        data page.html | jq -e --arg id "${ids[1]}" '.sync.id == $id and .changes.file == "many.c1z" and
            .changes.whole and .changes.ended != .sync.ended'
    done
    # Before the older one there is none, and c1z-diff says so in the same words.
    rm page.html
    run -65 --separate-stderr "$BIN/c1z-diff" --new-sync "${ids[0]}" many.c1z
    [ "$stderr" = "c1z-diff: 'many.c1z' has no finished full sync before '${ids[0]}'" ]
    run -65 --separate-stderr "$REPORT" --sync "${ids[0]}" many.c1z --since soft.c1z -o page.html
    [ "$stderr" = "c1z-report: 'many.c1z' has no finished full sync before '${ids[0]}'" ]
    # Nor before one that is not finished.
    tail -c +6 many.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET ended_at = NULL WHERE sync_id = '${ids[1]}'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >open.c1z
    run -65 --separate-stderr "$REPORT" --sync "${ids[1]}" open.c1z --since open.c1z -o page.html
    [ "$stderr" = "c1z-report: 'open.c1z': sync '${ids[1]}' is not finished, so none ended before it" ]
    run -65 --separate-stderr "$REPORT" open.c1z --since open.c1z -o page.html
    [ "$stderr" = "c1z-report: 'open.c1z' has no finished full sync before '${ids[0]}'" ]
    [ ! -e page.html ]
}

@test "the same file makes the same report, to a file and to standard output, of v3 as well" {
    graph 3 graph.c1z
    "$REPORT" graph.c1z >one.html
    "$REPORT" -o two.html graph.c1z
    cmp one.html two.html
    run -0 --separate-stderr bash -c '"$1" graph.c1z -o - >three.html' - "$REPORT"
    [ "$stderr" = "" ]
    cmp one.html three.html
    [ ! -e ./- ]
    "$REPORT" graph.c1z -o ./-
    cmp one.html ./-
    # And - as input is standard input, of which the page says so.
    "$REPORT" - <graph.c1z >piped.html
    [ "$(data piped.html | jq -r .file)" = "standard input" ]
    cmp <(data piped.html | jq 'del(.file)') <(data one.html | jq 'del(.file)')
    run -64 --separate-stderr "$REPORT" - --since - <graph.c1z
    [[ $stderr == "c1z-report: standard input cannot be both FILE and OLD"* ]]
    cp "$FIXTURES/sdk-pebble.c1z" v3.c1z
    "$REPORT" v3.c1z >page.html
    # A grant to somebody whom the file does not have is there as well, and counted apart.
    [ "$(data page.html | jq '.unknown')" -gt 0 ]
    [ "$(data page.html | jq '.unknown == (.strays | length)')" = true ]
    [ "$(data page.html | jq '(.strays + .grants) | length')" -eq "$("$BIN/c1z-cat" v3.c1z grants | grep -c '^{"@type"')" ]
    run -0 "$REPORT" --sync "$(jq -r .sync.id <(data page.html))" v3.c1z
    run -65 "$REPORT" --sync 2YtdrKLx7LIqaVuv81lTDsXVTjC v3.c1z
}

# missing: company and a group whose members read the workspace, of which the file has lost Ann, the organization, the
# reader's role, and the resource of the member's.
missing() {
    {
        company
        printf '{"@type":"%s.ResourceType","id":"group","displayName":"Group"}\n' "$A"
        resource group g '"Staff"'
        entitlement group g member
        grant group g member cy
        printf '{"@type":"%s.Grant","entitlement":{"resource":{"id":{"resourceType":"workspace","resource":"w"}},"id":"workspace:w:workspace_reader"},"principal":{"id":{"resourceType":"group","resource":"g"}},"id":"e","annotations":[{"@type":"%s.GrantExpandable","entitlementIds":["group:g:member"]}]}\n' "$A" "$A"
    } | pack whole.c1z
    tail -c +6 whole.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "DELETE FROM v1_resources WHERE external_id IN ('user:ann', 'organization:o')" \
        "DELETE FROM v1_entitlements WHERE external_id = 'workspace:w:workspace_reader'" \
        "DELETE FROM v1_resource_types WHERE external_id = 'organization'" \
        "UPDATE v1_entitlements SET resource_type_id = '', resource_id = '' WHERE external_id = 'group:g:member'" \
        "UPDATE v1_grants SET resource_type_id = '', resource_id = '' WHERE entitlement_id = 'group:g:member'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >"$1"
}

@test "grants of what is missing are in the report, by their ids and with their reasons, and counted apart" {
    missing missing.c1z
    "$REPORT" missing.c1z -o page.html
    data page.html >data.json
    jq -r '. as $d | .strays[] | [(.[0, 2] | if type == "number" then $d.resources[.][0:2] | join(":") else . end),
        (.[1] | if type == "number" then $d.entitlements[.][1] else . end), (.[4] | tojson)] | join(" ")' data.json >has
    diff has - <<'END'
user:ann organization:o organization:o:organization_admin null
group:g workspace:w workspace:w:workspace_reader null
user:bob workspace:w workspace:w:workspace_reader null
user:cy workspace:w workspace:w:workspace_reader [["group:g:member"]]
END
    [ "$(jq -c '[.unknown, (.grants | length), .entitlements]' data.json)" = \
        '[4,1,[[":","group:g:member","member"],["organization:o","organization:o:organization_admin","organization_admin",1]]]' ]
    # As many as c1z-cat shows so, and the one on a resource that is missing of a role that is not.
    "$BIN/c1z-cat" missing.c1z --format csv grants | grep -c MISSING >wants
    [ "$(<wants)" -eq 5 ]
}

# editors: company with both editors' roles of the workspace for Ann, the group and Bob, of whom he holds a higher one,
# and of four more workspaces for Ann; Cy is an inactive member of the group.
editors() {
    company
    printf '{"@type":"%s.ResourceType","id":"group","displayName":"Group"}\n' "$A"
    resource group g '"Staff"'
    entitlement group g inactive_member
    grant group g inactive_member cy
    entitlement workspace w workspace_editor
    grant workspace w workspace_editor bob
    for w in w w1 w2 w3 w4; do
        [ "$w" = w ] || resource workspace "$w" "\"${w^}\""
        for role in source destination; do
            entitlement workspace "$w" "workspace_${role}_editor"
            grant workspace "$w" "workspace_${role}_editor" ann
        done
    done
    for role in source destination; do
        grant workspace w "workspace_${role}_editor" bob
        grant workspace w "workspace_${role}_editor" g | sed 's/"resourceType":"user"/"resourceType":"group"/'
    done
}

CHANCE='Of source editor and destination editor the server counts one only, and does not say which.'
INACTIVE='An inactive member has nothing from the group: no role of his own in its organization.'

@test "the roles that ab-who has a caveat on are told from the others" {
    editors | pack editors.c1z
    run -0 --separate-stderr "$REPORT" editors.c1z
    [ -z "$stderr" ]
    data <(printf '%s\n' "$output") >data.json
    [ "$(jq -r '.caveats[]' data.json)" = "$CHANCE"$'\n'"$INACTIVE" ]
    [ "$(jq -c '.entitlements[] | select(.[4]) | [.[1], .[3], .[4]]' data.json | grep -v ':w[1-4]:')" = \
        '["group:g:inactive_member",0,8]
["workspace:w:workspace_destination_editor",0,2]
["workspace:w:workspace_editor",0,4]
["workspace:w:workspace_source_editor",0,1]' ]
    run -0 jq -c '.entitlements[] | select(.[2] | IN("workspace_reader", "organization_admin")) | .[2:]' data.json
    [ "$output" = '["organization_admin",1]
["workspace_reader"]' ]
}

@test "in Chromium: Access and People have the caveats of ab-who" {
    editors | pack editors.c1z
    # Who says it of whom, so that neither says more than the other.
    for user in ann bob cy; do
        "$BIN/ab-who" -f editors.c1z --json "user:$user" | jq -r --arg user "$user" '.access[] |
            [$user, .role, .on.id, if .undecided then "chance" elif .inactive then "inactive" else "-" end] | join(" ")'
    done | sort >wants
    [ "$(grep -c ' chance$' wants)" -eq 10 ]
    "$REPORT" editors.c1z -o page.html
    browse page.html 'click:[aria-controls=access]' 'text:#access tbody tr' 'text:#access tbody tr:nth-child(2)' \
        'choose:#access [aria-label=Whose]=groups and others' 'text:#access .caveat' 'count:#access tbody tr' \
        'type:#access input=nothing from the group' 'choose:#access [aria-label=Whose]=people' 'text:#access output' \
        console
    head -n -5 <<<"$output" | awk -F ' [|] ' -v chance="$CHANCE" -v inactive="$INACTIVE" '{
        print tolower($1), $2, $3, $NF == chance ? "chance" : $NF == inactive ? "inactive" : "-" }' |
        sed 's/ Staff / g /; s/ Acme / o /; s/ Production / w /; s/ W\([1-4]\) / w\1 /' | sort >has
    diff wants has
    [ "$(tail -n 5 <<<"$output")" = "Ann | workspace_destination_editor | Production | Workspace | organization Acme | own | $CHANCE
$CHANCE
$CHANCE
2
1 of 18" ]
    browse page.html 'click:[aria-controls=people]' 'text:#people td:nth-child(4)' console
    [ "$output" = "organization admin | workspace Production, workspace W1 and 3 more: $CHANCE
guest
no role | group Staff: $INACTIVE" ]
}

@test "in Chromium: a role that the file does not have is no less one of two" {
    editors | pack editors.c1z
    tail -c +6 editors.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "DELETE FROM v1_entitlements WHERE external_id IN
        ('workspace:w:workspace_source_editor', 'workspace:w:workspace_editor', 'group:g:inactive_member')"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >missing.c1z
    run -0 --separate-stderr "$BIN/ab-who" -f missing.c1z --json user:ann
    [ "$(jq '[.access[] | select(.on.id == "w" and .undecided)] | length' <<<"$output")" -eq 2 ]
    "$REPORT" missing.c1z -o page.html
    [ "$(data page.html | jq -c '[.strays[] | [.[1], .[3]]] | unique')" = \
        '[["group:g:inactive_member",8],["workspace:w:workspace_editor",4],["workspace:w:workspace_source_editor",1]]' ]
    browse page.html 'click:[aria-controls=access]' 'type:#access input=production' 'text:#access tbody tr' \
        'click:[aria-controls=people]' 'text:#people td:nth-child(4)' console
    [ "$output" = "Ann | workspace_destination_editor | Production | Workspace | organization Acme | own | $CHANCE
Bob | workspace_destination_editor | Production | Workspace | organization Acme | own
Bob | workspace_reader | Production | Workspace | organization Acme | own
Bob | workspace:w:workspace_editor (missing) | Production | Workspace | organization Acme | own
Ann | workspace:w:workspace_source_editor (missing) | Production | Workspace | organization Acme | own | $CHANCE
Bob | workspace:w:workspace_source_editor (missing) | Production | Workspace | organization Acme | own
organization adminholds what is missing | workspace Production, workspace W1 and 3 more: $CHANCE
guestholds what is missing
holds what is missing | group Staff: $INACTIVE" ]
}

@test "statuses: usage, no file, no .c1z, no folder, a full disk; what was there stays" {
    company | pack company.c1z
    run -64 --separate-stderr "$REPORT"
    [[ $stderr == "c1z-report: no file"* ]]
    run -64 "$REPORT" company.c1z company.c1z
    run -64 "$REPORT" -o '' company.c1z
    run -66 "$REPORT" none.c1z
    run -66 "$REPORT" company.c1z --since none.c1z
    echo no >no.c1z
    run -65 "$REPORT" no.c1z
    echo before >page.html
    run -65 "$REPORT" no.c1z -o page.html
    run -65 "$REPORT" company.c1z --since no.c1z -o page.html
    [ "$(<page.html)" = before ]
    run -73 "$REPORT" company.c1z -o none/page.html
    # What is no regular file is not replaced, whatever leads to it; the name is the one that was given.
    mkfifo fifo
    ln -s fifo link
    echo removed >removed
    exec 9<removed
    rm removed
    for at in /dev/null fifo link /dev/stdout /proc/self/fd/9; do
        run -73 --separate-stderr bash -o pipefail -c '"$0" company.c1z -o "$1" | cat' "$REPORT" "$at"
        [[ $stderr == "c1z-report: cannot create '$at': "* ]]
    done
    exec 9<&-
    run -73 --separate-stderr bash -o pipefail -c '"$0" company.c1z -o /dev/stdout | cat' "$REPORT"
    [ "$stderr" = "c1z-report: cannot create '/dev/stdout': something that is not a regular file is there" ]
    run -74 --separate-stderr bash -c '"$0" company.c1z >/dev/full' "$REPORT"
    [[ $stderr == *"standard output"* ]]
    (ulimit -f 4; trap '' XFSZ; run -74 "$REPORT" company.c1z -o page.html)
    [ "$(<page.html)" = before ]
    [ "$(find . -name '.page*' | wc -l)" -eq 0 ]
    # Never in the place of what it is about, by any name.
    cp company.c1z kept.c1z
    ln -s company.c1z link.html
    run -64 --separate-stderr "$REPORT" company.c1z -o link.html
    [[ $stderr == *"would replace 'company.c1z'"* ]]
    run -64 "$REPORT" kept.c1z --since company.c1z -o ./company.c1z
    cmp company.c1z kept.c1z
}

# ---- in a browser ----

# browse PAGE STEP...: tests/browse, with what it prints in ${output}; the test is skipped without a browser.
browse() {
    run --separate-stderr "$ROOT/tests/browse" "$PWD/$1" "${@:2}"
    [ "$status" -ne 77 ] || skip "$stderr"
    [ "$status" -eq 0 ] || { echo "$output$stderr" >&2; return 1; }
}

@test "in Chromium: opened from disk, without a word on the console and without a request" {
    # What the test looks for would be found.
    echo '<!doctype html><img src="http://127.0.0.1:1/x.png"><script>console.error("heard")</script>' >loud.html
    browse loud.html console requests
    [[ $output == *heard* && $output == *http://127.0.0.1:1/x.png* ]]
    hostile | pack hostile.c1z
    company | pack company.c1z
    "$REPORT" hostile.c1z --since company.c1z -o page.html
    local steps=()
    for view in summary people access resources changes unseen; do
        steps+=("click:[aria-controls=$view]" "count:#$view:not([hidden])")
    done
    browse page.html "${steps[@]}" console requests
    [ "$output" = $'1\n1\n1\n1\n1\n1' ]
    # Names are text on the page: they have made no elements, and run nothing.
    browse page.html 'click:[aria-controls=people]' 'run:return document.title' 'count:img' 'count:script' 'text:#people .link'
    [ "${lines[0]}" = '"Access review"' ]
    [ "${lines[1]}" = 0 ]
    [ "${lines[2]}" = 2 ]
    [[ $output == *'</script><script>document.title=1</script><!--'* ]]
    [[ $output == *'<img src=x onerror="document.title=1">\u202e\u2066gpj.exe'* ]]
}

@test "in Chromium: the changes say what of the two syncs is not the whole truth" {
    company | pack whole.c1z
    {
        echo '{"stream":"begin","schema":"baton-records/1","source":"s","startedAt":"2026-11-22T20:00:00Z"}'
        company
        echo '{"stream":"gap","of":"group","reason":"forbidden"}'
        printf '{"stream":"end","records":%d,"gaps":1}\n' "$(($(company | wc -l) + 1))"
    } | "$BIN/c1z-pack" --accept-gap group -f gap.c1z
    tail -c +6 whole.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite 'UPDATE v1_sync_runs SET ended_at = NULL'
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >cut.c1z
    says() { # NEW OLD
        run -0 --separate-stderr "$REPORT" "$1" --since "$2" -o page.html
        browse page.html 'click:[aria-controls=changes]' 'text:#changes .warning' 'count:#changes .warning' console
    }
    cp whole.c1z same.c1z
    says whole.c1z same.c1z
    [ "$output" = 0 ]
    says whole.c1z cut.c1z
    [ "$output" = 'The old sync is not a finished full one: what is new here may only not have been read then.
1' ]
    says whole.c1z gap.c1z
    [ "$output" = 'Not everything could be seen in the old sync: what is new here may have been there then.
1' ]
    says cut.c1z whole.c1z
    [ "$output" = 'The new sync is not a finished full one: what is lost here may only not have been read.
1' ]
    cp gap.c1z same.c1z
    says gap.c1z same.c1z
    [ "${lines[1]}" = 'Not everything could be seen in the new sync: what is lost here may still be there.' ]
    [ "${lines[2]}" = 2 ]
}

# noted LINES: the records of company as a stream with a type more, and with LINES: records, gaps and notes.
noted() {
    {
        company
        printf '{"@type":"%s.ResourceType","id":"instance","displayName":"Instance"}\n' "$A"
        printf '%s\n' "$@"
    } | sed '/^$/d' >lines.ndjson
    echo '{"stream":"begin","schema":"baton-records/1","source":"s","startedAt":"2026-11-22T20:00:00Z"}'
    cat lines.ndjson
    printf '{"stream":"end","records":%d,"gaps":%d}\n' "$(wc -l <lines.ndjson)" "$(grep -c '"gap"' lines.ndjson)"
}

@test "in Chromium: what was left out of the sync on purpose is said first, and listed" {
    company | "$BIN/c1z-pack" --unframed --skip-grants -f short.c1z 2>/dev/null
    "$REPORT" short.c1z -o page.html
    browse page.html 'text:#summary .warning' 'click:[aria-controls=unseen]' 'text:#unseen h2' 'text:#unseen tbody tr' \
        'run:window.dispatchEvent(new Event("beforeprint"))' console
    [ "$output" = 'Left out of the sync on purpose: grants. This report does not have them.
Left out on purpose
grants
null' ]
}

@test "in Chromium: what the notes say is listed apart from the gaps, and what was refused is no fact" {
    local admins='{"stream":"note","of":"instance_admin","instanceId":"i","reason":"forbidden","needs":"instance_admin"}'
    local invitation='{"stream":"note","of":"invitation","organizationId":"o","status":403,"reason":"forbidden"}'
    local gone='{"stream":"note","of":"workspace_user","organizationId":"o","workspaceId":"w","status":404,"reason":"gone"}'
    local gap='{"stream":"gap","of":"group","organizationId":"o","reason":"forbidden"}'
    local who='Who the admins of the instance are was not shown to the application: there may be some, who can do everything,'
    who+=' and this report does not have them. See “Not seen”.'
    says() { # LINES
        rm -f noted.c1z
        noted "$@" | "$BIN/c1z-pack" --accept-gap group --accept-gap instance -f noted.c1z 2>/dev/null
        run -0 --separate-stderr "$REPORT" noted.c1z -o page.html
        [ -z "$output$stderr" ]
        browse page.html 'text:#summary .warning' 'text:#summary .cards:nth-of-type(1) .card:nth-child(3)' \
            'text:#summary .cards:last-of-type .card:nth-child(n+5)' 'click:[aria-controls=unseen]' \
            'text:#unseen h2, #unseen .warning, #unseen .empty, #unseen td' console
    }
    says
    [ "$output" = '0 | admins of the instance
0 | not seen
The file says of nothing that it could not be seen.' ]
    says "$admins"
    [ "$output" = "$who"'
? | admins of the instance: not shown
0 | not seen
1 | not shown to the application
Not shown to the application
These were refused to the application: they may be there, and this report does not have them.
instance_admin (instanceId i): forbidden, needs instance_admin' ]
    says "$gap" "$invitation" "$gone"
    [ "$output" = 'Not everything could be seen: there may be access that this report does not show. See “Not seen”.
0 | admins of the instance
1 | not seen
1 | not shown to the application
Access may exist in these places that the reader was not allowed to see.
group (organizationId o): forbidden
Not shown to the application
These were refused to the application: they may be there, and this report does not have them.
invitation (organizationId o): forbidden, status 403
Not there
The server does not have these, or not any more, or has no licence for them: they hide nothing.
workspace_user (organizationId o, workspaceId w): gone, status 404' ]
    # What is not there is no reason to doubt: Cloud has no instance, and so no admins of one.
    says '{"stream":"note","of":"instance","reason":"missing"}' \
        '{"stream":"note","of":"instance_admin","reason":"missing"}'
    [ "${lines[0]}" = '0 | admins of the instance' ]
    [ "${lines[2]}" = 'Not there' ]
    # A gap of the instance covers its admins.
    says '{"stream":"gap","of":"instance","instanceId":"i","status":403,"reason":"forbidden"}'
    [ "${lines[1]}" = "$who" ]
    [ "${lines[2]}" = '? | admins of the instance: not shown' ]
    # Those who are known are counted; the card leads to them.
    says "$admins" "$(resource instance i '"I"')" "$(entitlement instance i instance_admin)" \
        "$(grant instance i instance_admin bob)"
    [ "${lines[1]}" = '1 | admins of the instance, as far as shown' ]
    browse page.html 'click:#summary .cards:nth-of-type(1) .card:nth-child(3)' 'text:#people td:first-child'
    [ "$output" = Bob ]
    # On paper each table of the view says what it shows.
    browse page.html 'click:[aria-controls=unseen]' 'type:#unseen input=nothing' \
        'run:window.dispatchEvent(new Event("beforeprint")); return document.querySelector("#unseen .paper").textContent'
    [[ $output == *nothing* ]]
}

# masses ARGS: company with six users more, who read its workspace, and another workspace; changed by sed with ARGS.
masses() {
    local trait=",\"annotations\":[{\"@type\":\"$A.UserTrait\",\"status\":{\"status\":\"STATUS_ENABLED\"}}]"
    {
        company
        resource workspace w1 '"Second"'
        entitlement workspace w1 workspace_reader
        for n in 1 2 3 4 5 6; do
            resource user "u$n" "\"User $n\"" "$trait"
            grant workspace w workspace_reader "u$n"
        done
    } | sed -E "$@"
}

@test "in Chromium: what changed for many is said first, as c1z-diff says it" {
    masses '' | pack old.c1z
    # All that can be: who is gone, and what he lost; who is disabled; what is gained, on one resource and on several.
    masses '/"(user:)?u[1-6]"/d; /workspace_reader:u/d' | pack gone.c1z
    masses 's/STATUS_ENABLED/STATUS_DISABLED/; s/"User"/"Us<b>er\\u202e"/' | pack disabled.c1z
    { masses ''; for n in 1 2 3 4 5 6; do grant workspace w1 workspace_reader "u$n"; done; } | pack one.c1z
    {
        masses 's/("id":"workspace"),"displayName":"Workspace"/\1,"displayName":"Organization"/'
        for n in 1 2 3; do
            resource organization "o$n" "\"O $n\""
            entitlement organization "o$n" organization_admin
            resource organization "p$n" "\"P $n\""
        done
        for n in 1 2 3 4 5 6; do
            for of in 1 2 3; do
                grant organization "o$of" organization_admin "u$n"
            done
        done
    } | pack many.c1z
    says() { # NEW OLD
        run -1 --separate-stderr "$BIN/c1z-diff" "$2" "$1"
        sed -n 's/^! //p' <<<"$output" >wants
        run -0 --separate-stderr "$REPORT" "$1" --since "$2" -o page.html
        [ -z "$output$stderr" ]
        browse page.html 'click:[aria-controls=changes]' 'text:#changes .mass' console
        [ "$output" = "$(<wants)" ]
    }
    says gone.c1z old.c1z
    [ "$output" = '6 of 9 resources of type User are gone
6 of 9 users lost workspace_reader on Production' ]
    says old.c1z gone.c1z
    [ "$output" = '6 of 9 resources of type User are new
6 of 9 users gained workspace_reader on Production' ]
    says disabled.c1z old.c1z
    [ "$output" = '6 of 9 users are now disabled' ]
    says gone.c1z disabled.c1z
    [ "${lines[0]}" = '6 of 9 resources of type User are gone' ]
    says disabled.c1z gone.c1z
    [ "${lines[0]}" = '6 of 9 resources of type Us<b>er\u202e are new' ]
    says one.c1z old.c1z
    [ "$output" = '6 of 9 users gained workspace_reader on Second' ]
    says many.c1z old.c1z
    [ "$output" = '6 of 7 resources of type Organization (organization) are new
6 of 9 users gained organization_admin on 3 resources of type Organization (organization)' ]
    # Few are no mass.
    { masses ''; for n in 1 2 3 4; do grant workspace w1 workspace_reader "u$n"; done; } | pack few.c1z
    says few.c1z old.c1z
    [ -z "$output" ]
}

@test "in Chromium: a word typed, a column clicked, a person followed to what he holds" {
    company | pack company.c1z
    "$REPORT" company.c1z -o page.html
    browse page.html 'text:#summary .card' 'click:[aria-controls=people]' \
        'text:#people td:first-child' 'type:#people input=bo' 'text:#people td:first-child' 'text:#people output' \
        'run:document.querySelector("#people input").value = ""' 'click:#people th:nth-child(1) button' \
        'click:#people th:nth-child(1) button' 'text:#people td:first-child' 'text:#people th[aria-sort]'
    [[ $output == *$'3 | people\n1 | admins\n'* ]]
    [[ $output == *$'1 | guests\n1 | without any role\n'* ]]
    [[ $output == *$'Ann\nBob\nCy\nBob\n1 of 3\nnull\nCy\nBob\nAnn\nPerson' ]]
    browse page.html 'click:[aria-controls=people]' 'choose:#people select=guests' 'text:#people td:first-child' \
        'click:#people td .link' 'text:#access tbody tr' 'text:#access output'
    [ "${lines[0]}" = Bob ]
    [[ ${lines[1]} == *Bob*workspace_reader*Production*Workspace*"organization Acme"*own* ]]
    [ "${lines[2]}" = "1 of 2" ]
}

# numbered: roles and a type whose names an object in JavaScript would not keep, or put first; a type without resources.
numbered() {
    printf '{"@type":"%s.ResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}\n' "$A"
    printf '{"@type":"%s.ResourceType","id":"app","displayName":"7"}\n' "$A"
    printf '{"@type":"%s.ResourceType","id":"site","displayName":"every type"}\n' "$A"
    printf '{"@type":"%s.ResourceType","id":"none","displayName":"Nothing of it"}\n' "$A"
    resource user ann '"Ann"'
    resource user bob '"Bob"'
    resource app x '"X"'
    resource site y '"Y"'
    for role in 30 __proto__ constructor; do
        entitlement app x "$role"
        grant app x "$role" ann
    done
    entitlement site y 'every role'
    grant site y 'every role' bob
}

@test "in Chromium: every filter is open at first, whatever roles and types are called, and a type may have no resources" {
    numbered | pack numbered.c1z
    "$REPORT" numbered.c1z -o page.html
    browse page.html 'click:[aria-controls=access]' 'text:#access output' \
        'run:return [...document.querySelectorAll("#access select:nth-of-type(n+2)")].map(s => s.value).join()' \
        'choose:#access [aria-label=Role]=30' 'text:#access output' 'choose:#access [aria-label=Role]=__proto__' \
        'text:#access output' 'choose:#access [aria-label=Role]=constructor' 'text:#access output' \
        'click:[aria-controls=people]' 'click:#people tr:first-child td .link' 'text:#access output' \
        'run:return [...document.querySelectorAll("#access [aria-label=Role] option")].map(o => o.text)' console
    [ "$output" = '4 of 4
"every type,every role,for any reason"
1 of 4
1 of 4
1 of 4
3 of 4
["every role", "__proto__", "30", "constructor", "every role"]' ]
    # The cards of types, by their place: 7, Nothing of it, every type; each shows its own.
    local steps=()
    for card in 1 2 3; do
        steps+=('click:[aria-controls=summary]' "click:#summary .cards:last-of-type .card:nth-child($card)"
            'run:return document.querySelector("#resources select").selectedIndex' 'text:#resources output'
            'text:#resources td:first-child')
    done
    browse page.html 'text:#summary .cards:last-of-type .card' "${steps[@]}" console
    [ "$output" = '1 | 7
0 | Nothing of it
1 | every type
4 | grants
0 | not seen
1
1 of 2
X
3
0 of 2
2
1 of 2
Y' ]
}

@test "in Chromium: two types of one name are two, in cards and filters" {
    numbered | sed 's/"displayName":"7"/"displayName":"Site"/; s/"displayName":"every type"/"displayName":"Site"/' |
        pack twins.c1z
    "$REPORT" twins.c1z -o page.html
    browse page.html 'text:#summary .cards:last-of-type .card' \
        'click:#summary .cards:last-of-type .card:nth-child(3)' 'text:#resources td:nth-child(2)' \
        'click:[aria-controls=access]' 'choose:#access [aria-label="Type of resource"]=Site (app)' \
        'text:#access output' 'text:#access tbody tr:first-child td:nth-child(5)' console
    [ "$output" = '1 | Site (app)
0 | Nothing of it
1 | Site (site)
4 | grants
0 | not seen
Site (site)
3 of 4
Site (app)' ]
}

@test "in Chromium: what is missing is shown as such, whoever is asked about" {
    missing missing.c1z
    "$REPORT" missing.c1z -o page.html
    browse page.html 'text:#summary .warning' 'click:#summary .cards:last-of-type .card:nth-last-child(2)' 'text:#access tbody tr' \
        'click:[aria-controls=people]' 'text:#people tbody tr' 'click:#people tr:nth-child(1) .link' 'text:#access output' \
        'click:[aria-controls=resources]' 'text:#resources tbody tr' 'click:#resources tr:last-child .link' \
        'text:#access tbody tr' console
    diff - <(echo "$output") <<'END'
4 grants name people or roles that the file does not have: they are shown as missing, and counted apart.
ann (missing) | organization_admin | o (missing) | organization (missing) | own
Staff | workspace:w:workspace_reader (missing) | Production | Workspace | organization o (missing) | own
Bob | workspace:w:workspace_reader (missing) | Production | Workspace | organization o (missing) | own
Cy | workspace:w:workspace_reader (missing) | Production | Workspace | organization o (missing) | through group:g:member
Bob | holds what is missing | 0 | 0 | bob
Cy | holds what is missing | 1 | 1 | cy
1 of 5
Staff | Group | 0 | 0 | 0 | g
Production | Workspace | organization o (missing) | 2 | 0 | 1 | w
(missing) | (missing) | 1 | 0 | 0
o (missing) | organization (missing) | 0 | 0 | 1 | o
ann (missing) | organization_admin | o (missing) | organization (missing) | own
END
}

@test "in Chromium: who is of a type that the file does not have counts as somebody" {
    company | pack company.c1z
    tail -c +6 company.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "DELETE FROM v1_resource_types WHERE external_id = 'user'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >typeless.c1z
    run -0 --separate-stderr "$REPORT" typeless.c1z -o page.html
    [ -z "$output$stderr" ]
    browse page.html 'click:[aria-controls=access]' 'text:#access tbody tr' 'text:#access output' \
        'choose:#access [aria-label=Whose]=groups and others' 'text:#access output' console
    [ "$output" = 'Ann | organization_admin | Acme | Organization | own
Bob | workspace_reader | Production | Workspace | organization Acme | own
2 of 2
0 of 2' ]
}

@test "in Chromium: 100,000 grants, of which a hundred rows are built, and all are found" {
    {
        company
        # By sed, for a loop of the shell takes longer than the report and the browser.
        resource user '&' '"User &"' | sed 's/.*/s|.*|&|/' >users.sed
        grant workspace w workspace_reader '&' | sed 's/.*/s|.*|&|/' >grants.sed
        seq 0 99999 | sed -f users.sed
        seq 0 99999 | sed -f grants.sed
    } | pack many.c1z
    "$REPORT" many.c1z -o page.html
    browse page.html 'click:[aria-controls=access]' 'text:#access output' \
        'run:return document.querySelectorAll("#access tbody tr").length <= 300' 'click:#access th:nth-child(1) button' \
        'click:#access th:nth-child(1) button' 'text:#access tr:nth-child(1) td:first-child' \
        'run:window.dispatchEvent(new Event("beforeprint")); return document.querySelectorAll("#access tbody tr").length' \
        'run:return document.querySelector("#access .paper").textContent' \
        'type:#access input=user 99999' 'text:#access output' 'count:#access tbody tr' \
        'run:window.dispatchEvent(new Event("beforeprint")); return document.querySelector("#access .paper").textContent' \
        'run:const i = document.querySelector("#access input"), t = performance.now(); for (const words of ["", "user 9"]) {
            i.value = words; i.dispatchEvent(new Event("input")); document.querySelector("#access th button").click(); }
            return performance.now() - t < 5000' console
    [ "$output" = '100,002 of 100,002
true
User 99999
5000
"people; every type; every role; for any reason; the first 5,000 rows: there are more than fit on paper"
1 of 100,002
1
"people; every type; every role; for any reason; \u201cuser 99999\u201d"
true' ]
}
