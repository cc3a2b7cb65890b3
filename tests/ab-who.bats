#!/usr/bin/env bats
# ab-who: who can do what, and why, out of files that ab-map and c1z-pack make of a small tenant.
#
# bats sets stderr.
# shellcheck disable=SC2154
load lib

O=00000000-0000-4000-8000-00000000000
U=00000000-0000-4000-8000-0000000000a
W=00000000-0000-4000-8000-0000000000b
G=00000000-0000-4000-8000-0000000000c

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    who=$BIN/ab-who
    cp "$BATS_FILE_TMPDIR/tenant.c1z" sync.c1z
}

# lines NAME: the lines of the tenant as a raw stream. Ann is an admin through the group Staff; Bob holds both editors.
tenant_lines() {
    cat <<END
{"resource":"instance","instanceId":"air.test","data":{"edition":"enterprise"}}
{"resource":"instance_admin","instanceId":"air.test","data":{"userId":"${U}3","email":"root@acme.test","name":"Root"}}
{"resource":"organization","instanceId":"air.test","data":{"organizationId":"${O}1","organizationName":"Acme","email":""}}
{"resource":"organization_user","organizationId":"${O}1","data":{"userId":"${U}1","permissionType":"organization_member"}}
{"resource":"group","organizationId":"${O}1","data":{"groupId":"${G}1","name":"Staff"}}
{"resource":"group_member","organizationId":"${O}1","groupId":"${G}1","active":true,"data":{"userId":"${U}1"}}
{"resource":"group_member","organizationId":"${O}1","groupId":"${G}1","active":false,"data":{"userId":"${U}2"}}
{"resource":"group_permission","organizationId":"${O}1","groupId":"${G}1","data":{"permissionType":"organization_admin","organizationId":"${O}1"}}
{"resource":"invitation","organizationId":"${O}1","data":{"id":"${U}9","invitedEmail":"new@acme.test","scopeId":"${O}1","scopeType":"organization","permissionType":"organization_reader","status":"pending"}}
{"resource":"workspace","organizationId":"${O}1","data":{"workspaceId":"${W}1","name":"Production"}}
{"resource":"workspace_user","organizationId":"${O}1","workspaceId":"${W}1","data":{"userId":"${U}1","workspacePermission":{"permissionType":"workspace_reader"}}}
{"resource":"workspace_user","organizationId":"${O}1","workspaceId":"${W}1","data":{"userId":"${U}2","workspacePermission":{"permissionType":"workspace_source_editor"}}}
{"resource":"workspace_user","organizationId":"${O}1","workspaceId":"${W}1","data":{"userId":"${U}2","workspacePermission":{"permissionType":"workspace_destination_editor"}}}
{"resource":"user","data":{"userId":"${U}3","email":"root@acme.test","name":"Root"}}
{"resource":"user","data":{"userId":"${U}1","email":"ann@acme.test","name":"Ann Admin"}}
{"resource":"user","data":{"userId":"${U}2","email":"bob@acme.test","name":"Bob\u001b[31m\u202e","status":"disabled"}}
{"resource":"user","data":{"userId":"${U}4","email":"idle@acme.test","name":"Idle"}}
{"resource":"user","data":{"userId":"00000000-0000-0000-0000-000000000000","name":"Default User"}}
END
}

# pack FILE OPTIONS...: standard input, lines of a raw stream, into FILE.
pack() {
    cat >lines
    {
        echo '{"stream":"begin","schema":"airbyte-raw/1","source":"https://air.test","startedAt":"2026-11-22T20:00:00Z"}'
        cat lines
        printf '{"stream":"end","records":%d,"gaps":%d}\n' "$(wc -l <lines)" "$(grep -c '"stream":"gap"' lines || true)"
    } | "$BIN/ab-map" | "$BIN/c1z-pack" -f "$@"
}

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    tenant_lines | pack tenant.c1z
}

@test "a person: every role and every chain of reasons" {
    run -0 --separate-stderr "$who" ann@acme.test
    [ "$stderr" = "" ]
    [ "$output" = "Ann Admin <ann@acme.test>
user ${U}1

organization Acme
  organization_admin            as member of group Staff
  organization_member           own

group Staff, in organization Acme
  member                        own

workspace Production, in organization Acme
  workspace_admin               as organization_admin of organization Acme, as
                                member of group Staff
  workspace_reader              own" ]
}

@test "a person whom the instance makes an admin" {
    run -0 --separate-stderr "$who" Root
    [ "$output" = "Root <root@acme.test>
user ${U}3

instance Airbyte Enterprise
  instance_admin                own

organization Acme
  organization_admin            as instance_admin of instance Airbyte Enterprise

workspace Production, in organization Acme
  workspace_admin               as organization_admin of organization Acme, as
                                instance_admin of instance Airbyte Enterprise" ]
}

@test "both editors, an inactive member, a disabled user, a name that means harm" {
    run -0 --separate-stderr "$who" BOB@ACME.TEST
    [ "$output" = "Bob\\u001b[31m\\u202e <bob@acme.test>
user ${U}2, disabled

group Staff, in organization Acme
  inactive_member               own
  An inactive member has nothing from the group: no role of his own in its
  organization.

workspace Production, in organization Acme
  workspace_destination_editor  own
  workspace_source_editor       own
  Of source editor and destination editor the server counts one only, and does
  not say which." ]
}

@test "an invitation, a service account, and a person without any role" {
    run -0 --separate-stderr "$who" new@acme.test
    [ "$output" = "new@acme.test
user ${U}9, an invitation that nobody has taken
up, to be organization_reader of organization Acme
holds no role" ]
    run -0 --separate-stderr "$who" "Default User"
    [ "${lines[1]}" = "user 00000000-0000-0000-0000-000000000000, a service account" ]
    run -0 --separate-stderr "$who" idle@acme.test
    [ "${lines[2]}" = "holds no role" ]
}

@test "a resource: everyone with each role, and why" {
    run -0 --separate-stderr "$who" production
    [ "$output" = "workspace Production
${W}1, in organization Acme

workspace_admin
  Ann Admin <ann@acme.test>           as organization_admin of organization
                                      Acme, as member of group Staff
  Root <root@acme.test>               as organization_admin of organization
                                      Acme, as instance_admin of instance
                                      Airbyte Enterprise

workspace_destination_editor
  Bob\\u001b[31m\\u202e <bob@acme.test> (disabled)
                                      own
                                      Of source editor and destination editor
                                      the server counts one only, and does not
                                      say which.

workspace_reader
  Ann Admin <ann@acme.test>           own

workspace_source_editor
  Bob\\u001b[31m\\u202e <bob@acme.test> (disabled)
                                      own
                                      Of source editor and destination editor
                                      the server counts one only, and does not
                                      say which." ]
}

@test "a group: who is in it, and what it gives" {
    run -0 --separate-stderr "$who" "group:${G}1"
    [ "$output" = "group Staff
${G}1, in organization Acme

inactive_member
  An inactive member has nothing from the group: no role of his own in its
  organization.
  Bob\\u001b[31m\\u202e <bob@acme.test> (disabled)
                                      own

member
  Ann Admin <ann@acme.test>           own

gives
  member: organization_admin of organization Acme" ]
}

@test "an organization gives by its roles, each to those who have it; what is not passed on, to nobody" {
    run -0 --separate-stderr "$who" Acme
    [[ "$output" == *"

gives
  organization_admin: workspace_admin of workspace Production
  organization_editor: workspace_editor of workspace Production
  organization_reader: workspace_reader of workspace Production
  organization_runner: workspace_runner of workspace Production" ]]
    run -0 --separate-stderr "$who" --json Acme
    [ "$(jq -c '.gives[] | select(.role == "workspace_admin") | [.on.name, (.to | map(.role, .on.name))]' <<<"$output")" = \
        '["Production",["organization_admin","Acme"]]' ]
    tail -c +6 sync.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "UPDATE v1_grants SET expansion = NULL WHERE external_id LIKE '%:workspace_editor:organization:%'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >alone.c1z
    run -0 --separate-stderr "$who" -f alone.c1z Acme
    [[ "$output" == *"

gives
  organization_admin: workspace_admin of workspace Production
  organization_reader: workspace_reader of workspace Production
  organization_runner: workspace_runner of workspace Production

holds, and gives to nobody
  workspace_editor of workspace Production" ]]
}

@test "all together" {
    run -0 --separate-stderr "$who"
    [ "$output" = "organizations           1
workspaces              1
groups                  1
people                  4
  admins                2
    of the instance     1
    of organizations    2
    of workspaces       2
  guests                1
  without any role      1
  disabled              1
invitations             1
service accounts        1" ]
}

@test "where everybody is an admin it is said, and what could not be seen" {
    {
        echo "{\"resource\":\"organization\",\"data\":{\"organizationId\":\"${O}1\",\"organizationName\":\"Acme\"}}"
        echo "{\"stream\":\"gap\",\"of\":\"group\",\"organizationId\":\"${O}1\",\"status\":403,\"reason\":\"forbidden\"}"
        echo "{\"stream\":\"note\",\"of\":\"invitation\",\"organizationId\":\"${O}1\",\"status\":403,\"reason\":\"forbidden\"}"
        for i in 1 2; do
            echo "{\"resource\":\"organization_user\",\"organizationId\":\"${O}1\",\"data\":{\"userId\":\"${U}$i\",\"permissionType\":\"organization_admin\"}}"
            echo "{\"resource\":\"user\",\"data\":{\"userId\":\"${U}$i\"}}"
        done
    } | pack all.c1z --accept-gap group 2>pack.err
    run -0 --separate-stderr "$who" -f all.c1z
    [ "${lines[13]}" = "2 of 2 people are admins: roles mean nothing on this plan." ]
    [ "${lines[14]}" = "could not be seen" ]
    [ "${lines[15]}" = "  group (organizationId ${O}1): forbidden, status" ]
    [ "${lines[17]}" = "not shown to the application" ]
    [[ "${lines[18]}" == "  invitation (organizationId ${O}1): forbidden,"* ]]
    [ "${#lines[@]}" -eq 20 ]
    run -0 --separate-stderr "$who" -f all.c1z --json
    [ "$(jq -c '[.people, .admins, .allAdmins, (.gaps | length), .gaps[0].of, .notShown]' <<<"$output")" = \
        '[2,2,true,1,"group",[{"stream":"note","of":"invitation","organizationId":"'$O'1","status":403,"reason":"forbidden"}]]' ]
    [ -z "$stderr" ]
    # Nothing in what is said of one says it; a person, then a resource.
    for subject in "${U}1" Acme; do
        run -0 --separate-stderr "$who" -f all.c1z "$subject"
        [ "$stderr" = "ab-who: warning: the sync has gaps: access may exist that nobody could see (gaps=1)" ]
    done
}

@test "what was not shown to the application is listed; of one, a warning names what may be a way to roles" {
    local subject
    # noted NOTE...: a tenant whose stream has these notes.
    noted() {
        { tenant_lines; printf '{"stream":"note",%s}\n' "$@"; } | pack noted.c1z 2>pack.err
    }
    noted '"of":"instance_admin","instanceId":"air.test","reason":"forbidden","needs":"instance_admin"'
    run -0 --separate-stderr "$who" -f noted.c1z
    [ -z "$stderr" ]
    [ "${lines[13]}" = "not shown to the application" ]
    [ "${lines[14]}" = "  instance_admin (instanceId air.test): forbidden, needs instance_admin" ]
    [ "${#lines[@]}" -eq 15 ]
    run -0 --separate-stderr "$who" -f noted.c1z --json
    [ "$(jq -c '[.gaps, (.notShown | map([.of, .reason, .needs]))]' <<<"$output")" = '[[],[["instance_admin","forbidden","instance_admin"]]]' ]
    for subject in "${U}1" Acme air.test; do
        run -0 --separate-stderr "$who" -f noted.c1z "$subject"
        [ "$stderr" = "ab-who: warning: the application was not shown all that gives access (kinds=instance_admin)" ]
    done
    # A kind is named once; what gives no access is only listed; what was not there hides nothing.
    noted '"of":"invitation","organizationId":"o","status":403,"reason":"forbidden"' '"of":"user","status":403,"reason":"forbidden"' \
        '"of":"audit_event","organizationId":"o","status":403,"reason":"forbidden"'
    run -0 --separate-stderr "$who" -f noted.c1z Acme
    [ -z "$stderr" ]
    run -0 --separate-stderr "$who" -f noted.c1z --json
    [ "$(jq -c '.notShown | map(.of)' <<<"$output")" = '["audit_event","invitation","user"]' ]
    noted '"of":"group","organizationId":"o","status":403,"reason":"unlicensed"' '"of":"instance_admin","status":404,"reason":"missing"' \
        '"of":"workspace_user","workspaceId":"w","status":404,"reason":"gone"'
    for subject in "" Acme; do
        # shellcheck disable=SC2086 # none or one
        run -0 --separate-stderr "$who" -f noted.c1z $subject
        [ -z "$stderr" ]
        [[ $output != *"not shown"* ]]
    done
    noted '"of":"vault\u001b[31m","vaultId":"1","reason":"forbidden"' '"of":"vault\u001b[31m","vaultId":"2","reason":"forbidden"' \
        '"of":"instance_admin","reason":"forbidden"'
    run -0 --separate-stderr "$who" -f noted.c1z Acme
    [ "$stderr" = "ab-who: warning: the application was not shown all that gives access (kinds=instance_admin, vault\\u001b[31m)" ]
    # More kinds than fit a message.
    # shellcheck disable=SC2046 # a note each
    noted $(seq -f '"of":"kind%050g","reason":"forbidden"' 100)
    run -0 --separate-stderr "$who" -f noted.c1z Acme
    [ "$stderr" = "ab-who: warning: the application was not shown all that gives access (kinds=...)" ]
}

@test "a sync that is not finished is warned about" {
    tail -c +6 sync.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET ended_at = NULL"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >open.c1z
    for subject in "" "${U}1" Acme; do
        # shellcheck disable=SC2086 # none or one
        run -0 --separate-stderr "$who" -f open.c1z $subject
        [ "$stderr" = "ab-who: warning: the sync is not finished" ]
    done
}

@test "a sync that is not full is warned about, in all answers" {
    "$BIN/c1z-cat" -f sync.c1z | "$BIN/c1z-pack" -f some.c1z --sync-type resources_only
    for subject in "" "${U}1" Acme; do
        # shellcheck disable=SC2086 # none or one
        run -0 --separate-stderr "$who" -f some.c1z $subject
        [ "$stderr" = "ab-who: warning: the sync is not full (type=resources_only)" ]
    done
}

@test "what was left out on purpose is listed; of one, it is warned about" {
    "$BIN/c1z-cat" -f sync.c1z >all.ndjson
    "$BIN/c1z-pack" -f some.c1z --skip-grants all.ndjson
    run -0 --separate-stderr "$who" -f some.c1z
    [ -z "$stderr" ]
    [ "${lines[13]}
${lines[14]}" = "left out on purpose
  grants: skipped" ]
    [ "${#lines[@]}" -eq 15 ]
    run -0 --separate-stderr "$who" -f some.c1z --json
    [ "$(jq -c '[.gaps, .notShown, .leftOut]' <<<"$output")" = '[[],[],[{"stream":"note","of":"grants","reason":"skipped"}]]' ]
    for subject in "${U}1" Acme; do
        run -0 --separate-stderr "$who" -f some.c1z "$subject"
        [ "$stderr" = "ab-who: warning: records were left out of the sync on purpose (kinds=grants)" ]
    done
    "$BIN/c1z-pack" -f few.c1z --skip-entitlements-and-grants --sync-type full --sync-resource-types user,organization all.ndjson
    run -0 --separate-stderr "$who" -f few.c1z Acme
    [ "$stderr" = "ab-who: warning: records were left out of the sync on purpose (kinds=entitlements, grants, resource-types)" ]
}

@test "who is an admin of a workspace alone, beside a lower role, has roles that mean something" {
    local role
    # with ROLE: an organization of two people, one an admin, the other with ROLE there, and admin of a workspace.
    with() {
        {
            echo "{\"resource\":\"organization\",\"data\":{\"organizationId\":\"${O}1\",\"organizationName\":\"Acme\"}}"
            echo "{\"resource\":\"workspace\",\"organizationId\":\"${O}1\",\"data\":{\"workspaceId\":\"${W}1\",\"name\":\"W\"}}"
            echo "{\"resource\":\"organization_user\",\"organizationId\":\"${O}1\",\"data\":{\"userId\":\"${U}1\",\"permissionType\":\"organization_admin\"}}"
            [ "$1" = none ] || echo "{\"resource\":\"organization_user\",\"organizationId\":\"${O}1\",\"data\":{\"userId\":\"${U}2\",\"permissionType\":\"$1\"}}"
            echo "{\"resource\":\"workspace_user\",\"organizationId\":\"${O}1\",\"workspaceId\":\"${W}1\",\"data\":{\"userId\":\"${U}2\",\"workspacePermission\":{\"permissionType\":\"workspace_admin\"}}}"
            echo "{\"resource\":\"user\",\"data\":{\"userId\":\"${U}1\"}}"
            echo "{\"resource\":\"user\",\"data\":{\"userId\":\"${U}2\"}}"
        } | pack "$1.c1z"
    }
    for role in organization_reader organization_member none; do
        with "$role"
        run -0 --separate-stderr "$who" -f "$role.c1z"
        [[ "$output" == *"  admins                2"* && "$output" != *"mean nothing"* ]]
        run -0 --separate-stderr "$who" -f "$role.c1z" --json
        [ "$(jq -c .allAdmins <<<"$output")" = false ]
    done
    with organization_admin
    run -0 --separate-stderr "$who" -f organization_admin.c1z
    [[ "$output" == *"2 of 2 people are admins: roles mean nothing on this plan." ]]
    # Nor is it so where somebody is an admin of one organization and a reader of another, or of a workspace of that.
    {
        cat lines
        echo "{\"resource\":\"organization\",\"data\":{\"organizationId\":\"${O}2\",\"organizationName\":\"Other\"}}"
        echo "{\"resource\":\"workspace\",\"organizationId\":\"${O}2\",\"data\":{\"workspaceId\":\"${W}2\",\"name\":\"V\"}}"
    } >two.raw
    echo "{\"resource\":\"organization_user\",\"organizationId\":\"${O}2\",\"data\":{\"userId\":\"${U}2\",\"permissionType\":\"organization_reader\"}}" |
        cat two.raw - | pack reader.c1z
    echo "{\"resource\":\"workspace_user\",\"organizationId\":\"${O}2\",\"workspaceId\":\"${W}2\",\"data\":{\"userId\":\"${U}2\",\"workspacePermission\":{\"permissionType\":\"workspace_reader\"}}}" |
        cat two.raw - | pack guest.c1z
    for role in reader guest; do
        run -0 --separate-stderr "$who" -f "$role.c1z"
        [[ "$output" == *"  admins                2"* && "$output" != *"mean nothing"* ]]
    done
}

@test "a gap has no control character that reaches the terminal" {
    {
        echo "{\"resource\":\"organization\",\"data\":{\"organizationId\":\"${O}1\",\"organizationName\":\"Acme\"}}"
        echo "{\"stream\":\"gap\",\"of\":\"group\",\"organizationId\":\"${O}1\",\"status\":403,\"reason\":\"forbidden\",\"needs\":\"organization_admin\u001b[31m\u202e\"}"
    } | pack red.c1z --accept-gap group 2>pack.err
    run -0 --separate-stderr "$who" -f red.c1z
    [[ "$output" == *'needs organization_admin\u001b[31m\u202e' ]]
}

@test "--json" {
    run -0 --separate-stderr "$who" --json "${U}1"
    [ "$(jq -c '[.person.email, .disabled, .invited, (.access | length)]' <<<"$output")" = '["ann@acme.test",false,false,5]' ]
    [ "$(jq -c '.access[] | select(.role == "workspace_admin") | .reasons | map(map(.role))' <<<"$output")" = \
        '[["organization_admin","member"]]' ]
    [ "$(jq -c '.access[] | select(.role == "workspace_reader") | .reasons' <<<"$output")" = '[[]]' ]
    [ "$(jq -r '.access[] | select(.role == "workspace_admin") | .on.name' <<<"$output")" = Production ]
    run -0 --separate-stderr "$who" --json "${U}2"
    [ "$(jq -c .person.name <<<"$output")" = "\"Bob\\u001b[31m$(printf '\u202e')\"" ]
    # What steers a terminal is escaped, wherever names are.
    for subject in "${U}2" Staff bob; do
        run -0 --separate-stderr "$who" --json "$subject"
        [[ $output == *'"Bob\u001b[31m\u202e"'* ]]
    done
    run -65 --separate-stderr "$who" --json acme.test
    [[ $output == *'"Bob\u001b[31m\u202e"'* ]]
    run -0 --separate-stderr "$who" --json Staff
    [ "$(jq -c '[.resource.name, (.access | map([.person.email, .role])), (.gives | map(.role))]' <<<"$output")" = \
        '["Staff",[["bob@acme.test","inactive_member"],["ann@acme.test","member"]],["organization_admin"]]' ]
    run -0 --separate-stderr "$who" --json
    [ "$(jq -c '[.people, .guests, .withoutRole, .invitations, .allAdmins, .gaps]' <<<"$output")" = '[4,1,1,1,false,[]]' ]
}

@test "--json has what is said in words" {
    run -0 --separate-stderr "$who" --json "${U}2"
    [ "$(jq -c '.access | map([.role, .undecided, .inactive])' <<<"$output")" = \
        '[["inactive_member",null,true],["workspace_destination_editor",true,null],["workspace_source_editor",true,null]]' ]
    run -0 --separate-stderr "$who" --json Production
    [ "$(jq -c '.access | map([.role, .disabled, .undecided])' <<<"$output")" = \
        '[["workspace_admin",false,null],["workspace_admin",false,null],["workspace_destination_editor",true,true],["workspace_reader",false,null],["workspace_source_editor",true,true]]' ]
    run -0 --separate-stderr "$who" --json Staff
    [ "$(jq -c '.access | map([.role, .inactive])' <<<"$output")" = '[["inactive_member",true],["member",null]]' ]
    run -0 --separate-stderr "$who" --json new@acme.test
    [ "$(jq -c '[.invited, .invitation.role, .invitation.on.name]' <<<"$output")" = '[true,"organization_reader","Acme"]' ]
}

@test "who is an editor besides has both in effect, and nothing is undecided" {
    {
        tenant_lines
        echo "{\"resource\":\"workspace_user\",\"organizationId\":\"${O}1\",\"workspaceId\":\"${W}1\",\"data\":{\"userId\":\"${U}2\",\"workspacePermission\":{\"permissionType\":\"workspace_editor\"}}}"
    } | pack editor.c1z
    for subject in "${U}2" Production; do
        run -0 --separate-stderr "$who" -f editor.c1z "$subject"
        [[ "$output" == *workspace_source_editor* && "$output" != *"counts one only"* ]]
        run -0 --separate-stderr "$who" -f editor.c1z --json "$subject"
        [[ "$output" == *workspace_source_editor* && "$output" != *undecided* ]]
    done
}

@test "--json has no control character that reaches the terminal, and the names as they are" {
    local odd=$'\x7f\xc2\x9b31m\xe2\x80\xae'
    {
        tenant_lines
        echo "{\"resource\":\"user\",\"data\":{\"userId\":\"${U}5\",\"email\":\"odd@acme.test\",\"name\":\"Odd$odd\"}}"
        echo "{\"stream\":\"gap\",\"of\":\"group\",\"organizationId\":\"${O}1\",\"reason\":\"forbidden\",\"needs\":\"x$odd\"}"
    } | pack odd.c1z --accept-gap group 2>pack.err
    run -0 --separate-stderr "$who" -f odd.c1z --json odd@acme.test
    [[ "$output" == *'"name":"Odd\u007f\u009b31m\u202e"'* ]]
    [ "$(jq -r .person.name <<<"$output")" = "Odd$odd" ]
    run -0 --separate-stderr "$who" -f odd.c1z --json
    [[ "$output" == *'"needs":"x\u007f\u009b31m\u202e"'* ]]
    [ "$(jq -r '.gaps[0].needs' <<<"$output")" = "x$odd" ]
    run -65 --separate-stderr "$who" -f odd.c1z --json acme.test
    [[ "$output" == *'"name":"Odd\u007f\u009b31m\u202e"'* ]]
}

@test "several that match are listed, and the status says so; so it does where there is none" {
    run -65 --separate-stderr "$who" acme.test
    [ "$output" = "user:${U}1  Ann Admin <ann@acme.test>
user:${U}2  Bob\\u001b[31m\\u202e <bob@acme.test>
user:${U}3  Root <root@acme.test>
user:${U}4  Idle <idle@acme.test>
user:${U}9  new@acme.test" ]
    [ "$stderr" = "ab-who: 5 match 'acme.test': ask by TYPE:ID, as listed" ]
    run -65 --separate-stderr "$who" --json acme.test
    [ "$(jq -s 'length' <<<"$output")" -eq 5 ]
    run -65 --separate-stderr "$who" nobody
    [ "$output" = "" ]
    [ "$stderr" = "ab-who: 'sync.c1z': nobody and nothing here is called 'nobody'" ]
}

@test "an id of two things, as in every community edition: what to ask for is listed, and answered" {
    local zero=00000000-0000-0000-0000-000000000000
    tenant_lines | sed "s/${O}1/$zero/g" | pack zero.c1z
    run -65 --separate-stderr "$who" -f zero.c1z "$zero"
    [ "$output" = "organization:$zero  Acme
user:$zero          Default User" ]
    [ "$stderr" = "ab-who: 2 match '$zero': ask by TYPE:ID, as listed" ]
    run -0 --separate-stderr "$who" -f zero.c1z "organization:$zero"
    [ "${lines[0]}" = "organization Acme" ]
    run -0 --separate-stderr "$who" -f zero.c1z "user:$zero"
    [ "${lines[0]}" = "Default User" ]
}

@test "parts of ids and of names, and any case of them, beyond ASCII too" {
    {
        tenant_lines
        echo "{\"resource\":\"user\",\"data\":{\"userId\":\"${U}5\",\"email\":\"lz@acme.test\",\"name\":\"Łukasz Żak\"}}"
        echo "{\"resource\":\"user\",\"data\":{\"userId\":\"${U}6\",\"email\":\"odysseus@acme.test\",\"name\":\"ΟΔΥΣΣΕΥΣ 8000-0000000000B1\"}}"
    } | pack case.c1z
    for subject in "łukasz żak" "ŁUKASZ" "ŻAK" LZ@Acme "${U^^}5" "USER:${U^^}5" "user:${U:19}5" "${U:19}5"; do
        run -0 --separate-stderr "$who" -f case.c1z "$subject"
        [ "${lines[0]}" = "Łukasz Żak <lz@acme.test>" ]
    done
    run -0 --separate-stderr "$who" -f case.c1z "οδυσσευς 8000-0000000000b1"
    [ "${lines[1]}" = "user ${U}6" ]
    # A part of a name comes before a part of an id.
    run -0 --separate-stderr "$who" -f case.c1z "8000-0000000000B1"
    [ "${lines[1]}" = "user ${U}6" ]
    run -0 --separate-stderr "$who" -f case.c1z "WORKSPACE:${W:24}1"
    [ "${lines[0]}" = "workspace Production" ]
    run -65 --separate-stderr "$who" -f case.c1z "user:"
    [ "$output" = "" ]
    run -65 --separate-stderr "$who" -f case.c1z $'\xff'
    [ "$output" = "" ]
}

@test "a file of the other format gives the same answer" {
    "$BIN/c1z-pack" --help | grep -q -e --storage-engine || skip "this c1z-pack writes one format only"
    tenant_lines | pack v3.c1z --storage-engine pebble
    for subject in ann@acme.test Production Staff; do
        cmp <("$who" "$subject") <("$who" -f v3.c1z "$subject")
    done
}

@test "sources that lead in a circle, or nowhere, or are too many" {
    local p='{"@type":"type.googleapis.com/c1.connector.v2.' i
    # entitlement NAME, grant NAME SOURCES: on the organization o, to the user u.
    entitlement() {
        printf '%sEntitlement","resource":{"id":{"resourceType":"organization","resource":"o"}},"id":"organization:o:%s","slug":"%s"}\n' \
            "$p" "$1" "$1"
    }
    grant() {
        printf '%sGrant","entitlement":{"resource":{"id":{"resourceType":"organization","resource":"o"}},"id":"organization:o:%s"},' "$p" "$1"
        printf '"principal":{"id":{"resourceType":"user","resource":"u"}},"id":"organization:o:%s:user:u","sources":{"sources":{%s}}}\n' "$1" "$2"
    }
    {
        printf '%sResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}\n' "$p"
        printf '%sResourceType","id":"organization","displayName":"Organization"}\n' "$p"
        printf '%sResource","id":{"resourceType":"user","resource":"u"},"displayName":"U"}\n' "$p"
        printf '%sResource","id":{"resourceType":"organization","resource":"o"},"displayName":"O"}\n' "$p"
        for i in a b c d r{1..70}; do entitlement "$i"; done
        grant a '"organization:o:b":{}'
        grant b '"organization:o:a":{}'
        grant c '"organization:gone:x":{}'
        grant d "$(printf '"organization:o:r%d":{},' {1..69})\"organization:o:r70\":{}"
    } >records
    "$BIN/c1z-pack" --unframed --no-expand -f odd.c1z records
    run -0 --separate-stderr "$who" -f odd.c1z u
    [ "${lines[3]}" = "  a                             for a reason that the file does not tell" ]
    [ "${lines[4]}" = "  b                             for a reason that the file does not tell" ]
    [ "${lines[5]}" = "  c                             for a reason that the file does not tell" ]
    [[ "${lines[6]}" == "  d                             as r"* ]]
    [ "$(grep -c 'as r[0-9]* of organization O' <<<"$output")" -eq 64 ]
    [ "${lines[70]}" = "                                and for more reasons" ]
}

# whole_records: of the user u, and of what missing_file takes away.
whole_records() {
    local p='{"@type":"type.googleapis.com/c1.connector.v2.'
    # on TYPE ID NAME: the members of an entitlement; grant TYPE ID NAME PRINCIPAL-TYPE PRINCIPAL.
    on() {
        printf '"resource":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s:%s:%s"' "$1" "$2" "$1" "$2" "$3"
    }
    grant() {
        printf '%sGrant","entitlement":{%s},"principal":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s:%s:%s:%s:%s"}\n' \
            "$p" "$(on "$1" "$2" "$3")" "$4" "$5" "$@"
    }
    printf '%sResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}\n' "$p"
    printf '%sResourceType","id":"%s","displayName":"x"}\n' "$p" organization "$p" group "$p" workspace
    printf '%sResource","id":{"resourceType":"%s","resource":"%s"},"displayName":"%s"}\n' "$p" user u U "$p" user gone Gone \
        "$p" group team Team "$p" organization o O "$p" workspace lost Lost
    printf '%sEntitlement",%s,"slug":"%s"}\n' "$p" "$(on organization o member)" member \
        "$p" "$(on organization o owner)" owner "$p" "$(on workspace lost admin)" admin
    grant organization o member user u
    grant organization o member user gone
    grant organization o member group team
    grant organization o owner user u
    grant workspace lost admin user u
}

# missing_file FILE: a file without a user, a group, an entitlement and a workspace that its grants name.
missing_file() {
    whole_records | "$BIN/c1z-pack" --unframed --no-expand -f whole.c1z
    tail -c +6 whole.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "DELETE FROM v1_resources WHERE external_id IN ('user:gone', 'group:team', 'workspace:lost');
        DELETE FROM v1_entitlements WHERE external_id = 'organization:o:owner'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >"$1"
}

@test "who holds a grant and is not in the file is listed as missing, counted, and answered" {
    missing_file missing.c1z
    run -0 --separate-stderr "$who" -f missing.c1z O
    [ "$output" = "organization O
o

member
  U                                   own
  group team (missing)                own
  user gone (missing)                 own

owner (missing)
  U                                   own" ]
    run -0 --separate-stderr "$who" -f missing.c1z gone
    [ "$output" = "gone
user gone, missing: of him the file has grants only

organization O
  member                        own" ]
    run -0 --separate-stderr "$who" -f missing.c1z U
    [ "$output" = "U
user u

organization O
  member                        own
  owner (missing)               own

workspace lost (missing)
  admin                         own" ]
    run -0 --separate-stderr "$who" -f missing.c1z workspace:lost
    [ "$output" = "workspace lost (missing)
lost, missing: of it the file has grants only

admin
  U                                   own" ]
    run -0 --separate-stderr "$who" -f missing.c1z
    [ "${lines[-2]}" = "3 grants are to, or of, what the file does not have: not counted above." ]
    [ "${lines[-1]}" = "1 grant is on resources that the file does not have: counted above." ]
    run -0 --separate-stderr "$who" -f missing.c1z --json
    [ "$(jq -c .missing <<<"$output")" = 3 ]
    run -0 --separate-stderr "$who" -f missing.c1z --json O
    [ "$(jq -c '.access | map([.role, .person.id, .person.missing])' <<<"$output")" = \
        '[["member","u",null],["member","team",true],["member","gone",true],["owner","u",null]]' ]
    run -0 --separate-stderr "$who" -f missing.c1z --json gone
    [ "$(jq -c '[.person.id, .person.missing, (.access | map(.role))]' <<<"$output")" = '["gone",true,["member"]]' ]
    run -0 --separate-stderr "$who" -f missing.c1z USER:Go
    [ "${lines[0]}" = gone ]
    run -65 --separate-stderr "$who" -f missing.c1z never
    [ "$stderr" = "ab-who: 'missing.c1z': nobody and nothing here is called 'never'" ]
}

@test "a user is of the type that the file calls it, by which he can be asked for" {
    (
        # shellcheck source=tests/pack.bash
        . "$ROOT/tests/pack.bash"
        printf '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"account","traits":["TRAIT_USER"]}\n'
        kind role; resource account 7; resource role r; entitlement role r reader
        grant role r reader account 7; grant role r reader account 8
    ) | "$BIN/c1z-pack" --unframed --no-expand --log-level error -f account.c1z
    run -0 --separate-stderr "$who" -f account.c1z account:7
    [ "$output" = "7
account 7

role r
  reader                        own" ]
    run -0 --separate-stderr "$who" -f account.c1z account:8
    [ "${lines[1]}" = "account 8, missing: of him the file has grants only" ]
    run -65 --separate-stderr "$who" -f account.c1z user:7
    [ "$output" = "" ]
    [ "$stderr" = "ab-who: 'account.c1z': nobody and nothing here is called 'user:7'" ]
}

# exact_file FILE: the users 55, who is called Fifty Five, and n1, who is called 7; a workspace 8; and grants to the users
# 5, 7, 8, a:b and LOUD, whom it does not have, and to 55.
exact_file() {
    (
        # shellcheck source=tests/pack.bash
        . "$ROOT/tests/pack.bash"
        local p='{"@type":"type.googleapis.com/c1.connector.v2.' principal
        printf '%sResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}\n' "$p"
        kind organization; kind workspace
        printf '%sResource","id":{"resourceType":"user","resource":"%s"},"displayName":"%s"}\n' "$p" 55 "Fifty Five" "$p" n1 7
        resource organization o; resource workspace 8; resource workspace user:55; entitlement organization o member
        for principal in 5 55 7 8 a:b LOUD; do grant organization o member user "$principal"; done
    ) | "$BIN/c1z-pack" --unframed --no-expand --log-level error -f "$1"
}

@test "an exact id of what is missing comes before parts of names and ids, and beside what is called so" {
    exact_file exact.c1z
    for subject in user:5 5 USER:5; do
        run -0 --separate-stderr "$who" -f exact.c1z "$subject"
        [ "$output" = "5
user 5, missing: of him the file has grants only

organization o
  member                        own" ]
        [ "$stderr" = "" ]
    done
    # A workspace has that id, too.
    run -65 --separate-stderr "$who" -f exact.c1z 8
    [ "$output" = "workspace:8  8
user:8       (missing)" ]
    [ "$stderr" = "ab-who: 2 match '8': ask by TYPE:ID, as listed" ]
    run -65 --separate-stderr "$who" -f exact.c1z --json 8
    [ "$(jq -sc 'map([.resourceType, .missing])' <<<"$output")" = '[["workspace",null],["user",true]]' ]
    # Somebody has that name.
    run -65 --separate-stderr "$who" -f exact.c1z 7
    [ "$output" = "user:n1  7
user:7   (missing)" ]
    [ "$stderr" = "ab-who: 2 match '7': ask by TYPE:ID, as listed" ]
    for subject in user:8 user:7 user:a:b; do
        run -0 --separate-stderr "$who" -f exact.c1z "$subject"
        [ "${lines[1]}" = "user ${subject#user:}, missing: of him the file has grants only" ]
    done
    run -0 --separate-stderr "$who" -f exact.c1z loud
    [ "${lines[0]}" = LOUD ]
    # What is there is found by parts as ever, and one that is only a part of a missing one's last.
    for subject in fifty 55 user:n; do
        run -0 --separate-stderr "$who" -f exact.c1z "$subject"
        [[ "${lines[1]}" == "user 55" || "${lines[1]}" == "user n1" ]]
    done
    run -0 --separate-stderr "$who" -f exact.c1z LOU
    [ "${lines[0]}" = LOUD ]
}

@test "TYPE:ID is one thing, whatever else has it for an id" {
    exact_file exact.c1z
    run -0 --separate-stderr "$who" -f exact.c1z user:55
    [ "${lines[0]}" = "Fifty Five" ]
    run -0 --separate-stderr "$who" -f exact.c1z workspace:user:55
    [ "${lines[0]}" = "workspace user:55" ]
}

@test "the Go connector's file has twelve administrators that it knows, and nine that it does not" {
    run -0 --separate-stderr "$who" -f "$ROOT/tests/fixtures/go-connector.c1z" --json organization:00000000-0000-0000-0000-000000000000
    [ "$(jq -c '.access | [length, (map(select(.person.missing)) | length)]' <<<"$output")" = '[21,9]' ]
}

@test "what it says is what the real rules give, for every person of a random tenant" {
    "$ROOT/tests/gen-tenant" --seed 23 --full --profile enterprise --release head --caller instance_admin \
        --organizations 2 --workspaces 6 --users 20 >tenant.json
    start_mock --tenant tenant.json
    credentials tenant.json
    "$BIN/ab-fetch" 2>fetch.err | "$BIN/ab-map" 2>map.err | "$BIN/c1z-pack" --allow-incomplete -f random.c1z 2>pack.err
    stop_mock
    "$BIN/c1z-cat" -f random.c1z grants | jq -c 'select(.["@type"]) | select(.principal.id.resourceType == "user")' >held
    [ "$(wc -l <held)" -gt 50 ]
    for id in $(jq -r .principal.id.resource held | sort -u); do
        # Each entitlement once, its first steps the sources, "own" where it is held directly.
        "$who" -f random.c1z --json "user:$id" |
            jq -c '.access | map({e: .entitlement, via: (.reasons | map(.[0].entitlement // "own") | unique)}) | sort_by(.e)' >said
        jq -sc --arg id "$id" 'map(select(.principal.id.resource == $id) | .entitlement.id as $e
            | {e: $e, via: ((.sources.sources // {} | keys) as $s | if $s == [] then ["own"]
                else $s | map(if . == $e then "own" else . end) | unique end)}) | sort_by(.e)' held >true
        cmp said true
    done
}

@test "no line is wider than 80 columns but for what has no space" {
    run -0 --separate-stderr "$who" ann@acme.test
    for line in "${lines[@]}"; do [ "${#line}" -le 80 ]; done
    run -0 --separate-stderr "$who" Production
    for line in "${lines[@]}"; do [ "${#line}" -le 80 ]; done
}

@test "however long the names are, a line has 80 columns and loses nothing" {
    local words="A Company With Many Words In Its Name, So That No Line Of A Terminal Has Room For It" one line
    one=$(printf 'x%.0s' {1..100})
    tenant_lines | sed -e "s/Acme/$words/; s/Production/$words/; s/Ann Admin/Ann $one/; s/Staff/$one/" | pack long.c1z
    for subject in "" ann@acme.test "workspace:${W}1" "group:${G}1" "$words" acme.test; do
        # shellcheck disable=SC2086 # none or one
        run --separate-stderr "$who" -f long.c1z ${subject:+"$subject"}
        [ "$output" != "" ]
        for line in "${lines[@]}"; do [ "${#line}" -le 80 ]; done
    done
    run -0 --separate-stderr "$who" -f long.c1z "workspace:${W}1"
    [ "${lines[0]}" = "workspace ${words% Has Room For It}" ]
    [ "${lines[1]}" = "Has Room For It" ]
    run -0 --separate-stderr "$who" -f long.c1z ann@acme.test
    [[ "${output//[$' \n']/}" == "Ann$one<ann@acme.test>"* ]]
}

@test "headings are bold on a terminal, unless NO_COLOR is set" {
    command -v script >/dev/null || skip "script is not installed"
    script -qec "'$who' idle@acme.test" /dev/null </dev/null >typed
    [[ "$(head -n 1 typed)" == $'\e[1mIdle <idle@acme.test>\e[0m'* ]]
    NO_COLOR=1 script -qec "'$who' idle@acme.test" /dev/null </dev/null >typed
    [[ "$(head -n 1 typed)" == 'Idle <idle@acme.test>'* ]]
    "$who" idle@acme.test >piped
    [ "$(head -n 1 piped)" = 'Idle <idle@acme.test>' ]
}

@test "-f - is standard input" {
    run -0 --separate-stderr "$who" -f - Production <sync.c1z
    [ "${lines[0]}" = "workspace Production" ]
    run -65 --separate-stderr "$who" -f - nobody <sync.c1z
    [ "$stderr" = "ab-who: 'standard input': nobody and nothing here is called 'nobody'" ]
}

@test "files that cannot be read, output that cannot be written" {
    run -66 --separate-stderr "$who" -f missing.c1z
    [ "$stderr" = "ab-who: cannot open 'missing.c1z': No such file or directory" ]
    ln -s loop.c1z loop.c1z
    run -66 --separate-stderr "$who" -f loop.c1z
    [ "$stderr" = "ab-who: cannot open 'loop.c1z': Too many levels of symbolic links" ]
    run -74 --separate-stderr "$who" -f .
    BATON_DECODER_MAX_DECODED_SIZE_MB=x run -78 --separate-stderr "$who"
    [[ $stderr == *BATON_DECODER_MAX_DECODED_SIZE_MB* ]]
    echo nonsense >bad.c1z
    run -65 --separate-stderr "$who" -f bad.c1z
    run -65 --separate-stderr "$who" --sync 0ujtsYcgvSTl8PAuAdqWYSMnLOv
    for subject in "" ann@acme.test Production acme.test; do
        # shellcheck disable=SC2086 # none or one
        run -74 bash -c "'$who' $subject >/dev/full 2>err"
        [[ "$(cat err)" == "ab-who: cannot write to 'standard output': No space left on device" ]]
    done
}

@test "usage errors say why, then how; --help and --version" {
    run -64 --separate-stderr "$who" a b
    [ "${stderr_lines[0]}" = "ab-who: more than one USER or RESOURCE" ]
    [[ "${stderr_lines[1]}" == "usage: ab-who "* ]]
    run -64 --separate-stderr "$who" ""
    run -64 --separate-stderr "$who" -f ""
    run -64 --separate-stderr "$who" --nonsense
    run -0 --separate-stderr "$who" --help
    [[ "${lines[0]}" == "usage: ab-who "* ]]
    run -0 --separate-stderr "$who" -v
    [[ "$output" =~ ^ab-who\ [0-9]+[^[:space:]]*$ ]]
}
