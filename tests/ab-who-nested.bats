#!/usr/bin/env bats
# ab-who on groups in groups, on what else holds roles, and on sources that say more or less than the edges.
#
# bats sets stderr.
# shellcheck disable=SC2154
load lib
load pack

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    who=$BIN/ab-who
}

# people NAMES...: their type, and users of these ids.
people() {
    printf '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","traits":["TRAIT_USER"]}\n'
    local name
    for name; do resource user "$name"; done
}

# groups NAMES...: their type, and groups of these ids, each with a member.
groups() {
    kind group
    local name
    for name; do
        resource group "$name"
        entitlement group "$name" member
    done
}

# holds GROUP TYPE ID SLUG [MEMBERS]: the group holds that, and so do its members.
holds() {
    grant "$2" "$3" "$4" group "$1" "$(expandable "group:$1:member" "${5:-}")"
}

# packed FILE [OPTIONS]: standard input as a file.
packed() {
    "$BIN/c1z-pack" --unframed -f "$@"
}

# answer FILE SUBJECT OUTPUT: what is asked about the subject is answered so, without its first lines.
answer() {
    run -0 --separate-stderr "$who" -f "$1" "$2"
    [ -z "$stderr" ]
    diff - <(tail -n +3 <<<"$output") <<<"$3"
}

# chain: Ann in a, which is in b, which is in c.
chain() {
    people Ann
    groups a b c
    grant group a member user Ann
    holds a group b member
    holds b group c member
}

@test "a group gives what it is given itself; nobody asks how deep" {
    chain | packed chain.c1z
    answer chain.c1z a '
member
  Ann                                 own

gives
  member: member of group b
  member: member of group c'
    run -0 "$who" --json -f chain.c1z a
    [ "$(jq -c '.gives | map([.entitlement, (.to | map(.entitlement))])' <<<"$output")" = \
        '[["group:b:member",["group:a:member"]],["group:c:member",["group:a:member"]]]' ]
}

@test "sources without edges are reasons too, from either side" {
    chain | packed whole.c1z
    "$BIN/c1z-cat" -f whole.c1z | jq -c 'if .annotations then .annotations |= map(select(."@type" | endswith("GrantExpandable") | not)) else . end' |
        "$BIN/c1z-pack" --no-expand -f chain.c1z
    answer chain.c1z group:c '
member
  Ann                                 as member of group b, as member of group a'
    answer chain.c1z a '
member
  Ann                                 own

holds; whether it gives that, the file does not say
  member of group b
  member of group c'
}

# shallow: who is in a by himself, and nobody else, is an admin of o; b is in a; Ann is in both, Bob in b.
shallow() {
    people Ann Bob
    groups a b
    kind organization
    resource organization o
    entitlement organization o admin
    grant group a member user Ann
    grant group b member user Ann
    grant group b member user Bob
    holds b group a member
    holds a organization o admin ',"shallow":true'
}

@test "what is passed on to own members alone is no reason of others, and is said of it" {
    shallow | packed shallow.c1z
    answer shallow.c1z o '
admin
  Ann                                 as member of group a
  group b                             as member of group a'
    answer shallow.c1z Ann '
organization o
  admin                         as member of group a

group a
  member                        own
                                as member of group b

group b
  member                        own'
    answer shallow.c1z group:a '
member
  Ann                                 own
                                      as member of group b
  Bob                                 as member of group b

gives
  own member: admin of organization o'
    run -0 "$who" --json -f shallow.c1z group:a
    [ "$(jq -c '.gives[0].to | map([.role, .own])' <<<"$output")" = '[["member",true]]' ]
    # Two grants of which one is not shallow: it passes on to all.
    {
        shallow
        holds a organization o admin | sed 's/"id":"organization:o:admin:group:a"/"id":"again"/'
    } | packed both.c1z
    answer both.c1z Ann '
organization o
  admin                         as member of group a
                                as member of group a, as member of group b

group a
  member                        own
                                as member of group b

group b
  member                        own'
    # What b gives, its members hold through b: not by themselves.
    answer shallow.c1z b '
member
  Ann                                 own
  Bob                                 own

gives
  member: member of group a

holds, and gives to nobody
  admin of organization o'
}

@test "in a circle of groups nobody is given anything" {
    {
        people Ann
        groups a b
        grant group a member user Ann
        holds a group b member
        holds b group a member
    } | packed circle.c1z
    answer circle.c1z group:a '
member
  Ann                                 own
  group b                             own

holds, and gives to nobody
  member of group b'
    answer circle.c1z group:b '
member
  group a                             own

holds, and gives to nobody
  member of group a'
}

@test "groups and others that hold a role are listed, but for what users hold through them" {
    {
        people Ann
        groups full empty
        kind robot
        kind organization
        kind workspace
        resource robot r
        resource organization o
        resource workspace w organization o
        entitlement organization o admin
        entitlement workspace w admin
        grant group full member user Ann
        holds full organization o admin
        holds empty organization o admin
        grant organization o admin robot r
        grant workspace w admin organization o "$(expandable organization:o:admin)"
    } | packed holders.c1z
    answer holders.c1z o '
admin
  Ann                                 as member of group full
  group empty                         own
  robot r                             own

gives
  admin: admin of workspace w'
    run -0 "$who" --json -f holders.c1z o
    [ "$(jq -c '.access | map([.person.resourceType, .person.id, .reasons])' <<<"$output")" = \
        '[["user","Ann",[[{"entitlement":"group:full:member","role":"member","on":{"resourceType":"group","id":"full","name":"full"}}]]],["group","empty",[[]]],["robot","r",[[]]]]' ]
    # The organization around the workspace gives its roles there, whoever has them: it is no holder.
    run -0 "$who" -f holders.c1z w
    [[ $output != *"organization o "* ]]
    [[ $output == *$'\n  robot r  '* ]]
}

@test "a role of which nothing but a group is known is not called one that nobody holds; a type that is missing hides nobody" {
    {
        people Ann
        groups g
        kind organization
        resource organization o
        entitlement organization o admin
        holds g organization o admin
    } | packed group.c1z
    answer group.c1z o '
admin
  group g                             own'
    {
        people Ann
        kind organization
        resource organization o
        entitlement organization o admin
        grant organization o admin user Ann
    } | packed whole.c1z
    tail -c +6 whole.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "DELETE FROM v1_resource_types WHERE external_id = 'user'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >typeless.c1z
    answer typeless.c1z o '
admin
  user Ann                            own'
}

@test "sources that name each other in circles are walked no longer than anybody would wait" {
    # Every member of thirteen groups is one because of all the others, and of the first by himself too.
    local i k sources
    {
        people Ann
        groups g{10..22}
        for i in {10..22}; do
            sources=
            for k in {10..22}; do
                [ "$k" -eq "$i" ] && [ "$i" -ne 10 ] || sources+=",\"group:g$k:member\":{}"
            done
            grant group "g$i" member user Ann | sed 's/}$/,"sources":{"sources":{'"${sources#,}"'}}}/'
        done
    } | packed circles.c1z --no-expand
    run -0 timeout 20 "$who" -f circles.c1z Ann
    [ "$(grep -c 'as member of group g10$' <<<"$output")" -ge 12 ]
    [ "$(grep -c 'and for more reasons' <<<"$output")" -eq 13 ]
    timeout 60 "$BIN/c1z-report" circles.c1z -o circles.html
}

@test "the summary of another connector's file counts what it has; grants on what is missing are counted, and that is said" {
    {
        people Ann Bob
        kind app
        kind robot
        resource app x
        resource robot r
        entitlement app x admin
        grant app x admin user Ann
        grant app x admin user Bob
    } | packed whole.c1z
    run -0 --separate-stderr "$who" -f whole.c1z
    [ "$output" = "app                     1
robot                   1
people                  2
  admins                2
  without any role      0
  disabled              0
invitations             0
service accounts        0" ]
    tail -c +6 whole.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "DELETE FROM v1_resources WHERE external_id = 'app:x'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >missing.c1z
    run -0 --separate-stderr "$who" -f missing.c1z
    [ "${lines[0]}" = "app                     0" ]
    [ "${lines[-1]}" = "2 grants are on resources that the file does not have: counted above." ]
    run -0 "$who" --json -f missing.c1z
    [ "$(jq -c '[.missing, .onMissing]' <<<"$output")" = '[0,2]' ]
}
