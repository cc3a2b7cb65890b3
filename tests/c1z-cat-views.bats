#!/usr/bin/env bats
# c1z-cat: the views: tables, CSV and JSON of what is in a sync.

load lib.bash

CAT=$BIN/c1z-cat
PACK=$BIN/c1z-pack
GO=$FIXTURES/go-connector.c1z
A=type.googleapis.com/c1.connector.v2

setup() {
    cd "$BATS_TEST_TMPDIR"
    # A tenant with all that views show: a user by trait, an invited one, a group, inheritance, parents, odd texts.
    cat >small.ndjson <<END
{"@type":"$A.ResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}
{"@type":"$A.ResourceType","id":"group","displayName":"Group","traits":["TRAIT_GROUP","TRAIT_ROLE"],"description":"People"}
{"@type":"$A.ResourceType","id":"org"}
{"@type":"$A.Resource","id":{"resourceType":"user","resource":"u1"},"displayName":"Ann, \"the\" boss","annotations":[{"@type":"$A.UserTrait","emails":[{"address":"a@old"},{"address":"ann@x","isPrimary":true}],"status":{"status":"STATUS_ENABLED"},"profile":{},"login":"ann"}]}
{"@type":"$A.Resource","id":{"resourceType":"user","resource":"u2"},"displayName":"=cmd()","annotations":[{"@type":"$A.UserTrait","status":{"status":"STATUS_DISABLED","details":"invitation pending"},"profile":{}}]}
{"@type":"$A.Resource","id":{"resourceType":"user","resource":"u0"},"displayName":"\u001b[31mred\u202e","status":{"status":"RESOURCE_STATUS_PENDING"},"annotations":[{"@type":"$A.UserTrait","profile":{}}]}
{"@type":"$A.Resource","id":{"resourceType":"org","resource":"o"},"displayName":"Acme"}
{"@type":"$A.Resource","id":{"resourceType":"group","resource":"g"},"parentResourceId":{"resourceType":"org","resource":"o"},"displayName":"Staff","description":"all of\nthem"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"group","resource":"g"}},"id":"group:g:member","displayName":"Staff member","purpose":"PURPOSE_VALUE_ASSIGNMENT","slug":"member","grantableTo":[{"id":"user"},{"id":"group"}]}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"org","resource":"o"}},"id":"org:o:admin","purpose":"PURPOSE_VALUE_PERMISSION"}
{"@type":"$A.Grant","entitlement":{"resource":{"id":{"resourceType":"org","resource":"o"}},"id":"org:o:admin"},"principal":{"id":{"resourceType":"group","resource":"g"}},"id":"org:o:admin:group:g","annotations":[{"@type":"$A.GrantExpandable","entitlementIds":["group:g:member"],"resourceTypeIds":["user"]}]}
{"@type":"$A.Grant","entitlement":{"resource":{"id":{"resourceType":"group","resource":"g"}},"id":"group:g:member"},"principal":{"id":{"resourceType":"user","resource":"u2"}},"id":"group:g:member:user:u2"}
{"@type":"$A.Grant","entitlement":{"resource":{"id":{"resourceType":"group","resource":"g"}},"id":"group:g:member"},"principal":{"id":{"resourceType":"user","resource":"u1"}},"id":"group:g:member:user:u1"}
{"@type":"$A.Grant","entitlement":{"resource":{"id":{"resourceType":"org","resource":"o"}},"id":"org:o:admin"},"principal":{"id":{"resourceType":"user","resource":"u1"}},"id":"org:o:admin:user:u1"}
END
    "$PACK" --unframed -f small.c1z small.ndjson
}

# lose FILE SQL: run SQL on the database of small.c1z and make FILE of it.
lose() {
    tail -c +6 small.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "$2"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >"$1"
}

# show ARGS...: c1z-cat on small.c1z; nothing on stderr.
show() {
    run -0 --separate-stderr "$CAT" small.c1z "$@"
    [ -z "$stderr" ]
}

@test "tables: the columns of baton, names in place of ids, padded, sorted" {
    show --format table resource-types
    [ "$output" = "\
ID    | Display Name | Traits
group | Group        | TRAIT_GROUP, TRAIT_ROLE
org   | -            | -
user  | User         | TRAIT_USER" ]
    show --format table entitlements
    [ "$output" = "\
ID             | Display Name | Resource Type | Resource | Permission
group:g:member | Staff member | Group         | Staff    | member
org:o:admin    | org:o:admin  | org           | Acme     | admin" ]
    show --format table grants
    [ "$output" = "\
ID                     | Resource Type | Resource | Entitlement  | Principal
group:g:member:user:u1 | Group         | Staff    | Staff member | Ann, \"the\" boss
group:g:member:user:u2 | Group         | Staff    | Staff member | =cmd()
org:o:admin:group:g    | org           | Acme     | org:o:admin  | Staff
org:o:admin:user:u1    | org           | Acme     | org:o:admin  | Ann, \"the\" boss
org:o:admin:user:u2    | org           | Acme     | org:o:admin  | =cmd()" ]
}

@test "tables: nothing in a name can steer the terminal" {
    show --format table resources
    [ "$output" = 'ID | Display Name        | Resource Type | Parent Resource
g  | Staff               | Group         | Acme (org)
o  | Acme                | org           | -
u0 | \u001b[31mred\u202e | User          | -
u1 | Ann, "the" boss     | User          | -
u2 | =cmd()              | User          | -' ]
    # Columns are as wide as they look, wide characters and combining marks too.
    printf '%s\n' '{"@type":"'"$A"'.ResourceType","id":"日本","displayName":"x"}' '{"@type":"'"$A"'.ResourceType","id":"e\u0301","displayName":"y"}' \
        '{"@type":"'"$A"'.Resource","id":{"resourceType":"日本","resource":"r"}}' | "$PACK" --unframed -f wide.c1z
    run -0 "$CAT" wide.c1z --format table resource-types
    [ "$output" = $'ID   | Display Name | Traits\ne\u0301    | y            | -\n日本 | x            | -' ]
}

@test "csv: all columns, quoted where needed, guarded against formulas, raw on request" {
    show --format csv resources
    [ "$output" = '"ID","Display Name","Resource Type","Resource Type ID","Parent Resource","Parent Resource Type ID","Parent Resource ID","Status","Status Details","Email","Login","Description"
g,Staff,Group,group,Acme (org),org,o,,,,,"all of
them"
o,Acme,org,org,,,,,,,,
u0,\u001b[31mred\u202e,User,user,,,,Pending,,,,
u1,"Ann, ""the"" boss",User,user,,,,Enabled,,ann@x,ann,
u2,'"'"'=cmd(),User,user,,,,Disabled,invitation pending,,,' ]
    show --format csv --raw --resource user:u2 resources
    [ "${lines[1]}" = 'u2,=cmd(),User,user,,,,Disabled,invitation pending,,,' ]
    show --format csv --raw --resource user:u0 resources
    [ "${lines[1]}" = $'u0,\e[31mred\u202e,User,user,,,,Pending,,,,' ]
    # Python's reader, which knows nothing of ours, reads every cell back.
    "$CAT" small.c1z --format csv --raw resources | python3 -c '
import csv, sys
rows = list(csv.DictReader(sys.stdin))
assert [r["ID"] for r in rows] == ["g", "o", "u0", "u1", "u2"], rows
assert rows[0]["Description"] == "all of\nthem" and rows[3]["Display Name"] == "Ann, \"the\" boss", rows'
}

@test "csv: each beginning of a formula is guarded, also in quotes" {
    local text
    for text in '=1' '+1' '-1' '@x' '\t1' '\r1' '\n1' '=1,2' '\uff1d1' '\uff0b1' '\uff0d1' '\uff20x'; do
        printf '%s\n' '{"@type":"'"$A"'.ResourceType","id":"t","displayName":"'"$text"'"}' '{"@type":"'"$A"'.Resource","id":{"resourceType":"t","resource":"r"}}' |
            "$PACK" --unframed --keep 1 -f formula.c1z
        "$CAT" formula.c1z --format csv resource-types >guarded.csv
        "$CAT" formula.c1z --format csv --raw resource-types >raw.csv
        python3 -c '
import csv, json, sys
want = json.loads("\"" + sys.argv[1] + "\"")
cell = lambda name: list(csv.reader(open(name, newline="")))[1][1]
assert cell("raw.csv") == want and cell("guarded.csv") == "\x27" + want, (cell("raw.csv"), cell("guarded.csv"))' "$text"
    done
}

@test "csv: what a spreadsheet cannot hold is escaped, what makes up lines and emoji is not; so it is with --raw" {
    local text='a\u0000b\u0007c\u007fd\u009be\u202ef\ud83d\udc69\u200d\ud83d\udc67 \u2699\ufe0f g\th\r\ni\u00e9j\u2800'
    printf '%s\n' '{"@type":"'"$A"'.ResourceType","id":"t","displayName":"'"$text"'"}' '{"@type":"'"$A"'.Resource","id":{"resourceType":"t","resource":"r"}}' |
        "$PACK" --unframed -f odd.c1z
    "$CAT" odd.c1z --format csv resource-types >safe.csv
    "$CAT" odd.c1z --format csv --raw resource-types >raw.csv
    python3 - "$text" <<'END'
import json, sys
want = json.loads('"' + sys.argv[1] + '"')
cell = lambda name: open(name, newline="").read().split('\n', 1)[1]
assert cell("raw.csv") == 't,"%s",,\n' % want, cell("raw.csv")
for c in "\x00\x07\x7f\x9b\u202e\u2800":
    want = want.replace(c, "\\u%04x" % ord(c))
assert cell("safe.csv") == 't,"%s",,\n' % want, cell("safe.csv")
END
}

@test "tables: a very long name does not make every row as long" {
    printf '%s\n' '{"@type":"'"$A"'.ResourceType","id":"a","displayName":"'"$(printf 'x%.0s' {1..5000})"'"}' \
        '{"@type":"'"$A"'.ResourceType","id":"b","displayName":"B"}' '{"@type":"'"$A"'.Resource","id":{"resourceType":"b","resource":"r"}}' |
        "$PACK" --unframed -f long.c1z
    run -0 --separate-stderr "$CAT" long.c1z --format table resource-types
    [ "${#lines[0]}" -eq 114 ]
    [ "${lines[1]}" = "a  | $(printf 'x%.0s' {1..5000}) | -" ]
    [ "${lines[2]}" = "$(printf 'b  | %-100s | -' B)" ]
}

@test "csv of grants: names beside ids, whether direct, and through what" {
    show --format csv grants
    [ "$output" = '"ID","Resource Type","Resource Type ID","Resource","Resource ID","Entitlement","Entitlement ID","Principal","Principal Type","Principal Type ID","Principal ID","Direct","Inherited From"
group:g:member:user:u1,Group,group,Staff,g,Staff member,group:g:member,"Ann, ""the"" boss",User,user,u1,yes,
group:g:member:user:u2,Group,group,Staff,g,Staff member,group:g:member,'"'"'=cmd(),User,user,u2,yes,
org:o:admin:group:g,org,org,Acme,o,org:o:admin,org:o:admin,Staff,Group,group,g,yes,
org:o:admin:user:u1,org,org,Acme,o,org:o:admin,org:o:admin,"Ann, ""the"" boss",User,user,u1,yes,group:g:member
org:o:admin:user:u2,org,org,Acme,o,org:o:admin,org:o:admin,'"'"'=cmd(),User,user,u2,no,group:g:member' ]
}

@test "json and ndjson: the same cells as members, empty ones left out" {
    show --format json entitlements
    [ "$(jq -c . <<<"$output")" = '[{"id":"group:g:member","displayName":"Staff member","resourceType":"Group","resourceTypeId":"group","resource":"Staff","resourceId":"g","permission":"member","purpose":"ASSIGNMENT","grantableTo":"user, group"},{"id":"org:o:admin","displayName":"org:o:admin","resourceType":"org","resourceTypeId":"org","resource":"Acme","resourceId":"o","permission":"admin","purpose":"PERMISSION"}]' ]
    show --format json syncs
    [ "$(jq -r '.[0].type' <<<"$output")" = full ]
    show --format json --resource-type user --resource g resources
    [ "$(jq -c . <<<"$output")" = '[]' ]
    show --principal u2 access
    [ "${#lines[@]}" -eq 2 ]
    [ "${lines[1]}" = '{"principal":"=cmd()","principalTypeId":"user","principalId":"u2","resourceType":"org","resourceTypeId":"org","resource":"Acme","resourceId":"o","permission":"admin","entitlement":"org:o:admin","entitlementId":"org:o:admin","direct":"no","inheritedFrom":"group:g:member"}' ]
}

@test "json: what is unsafe on a terminal is escaped, in views and in c1z-diff --json; records are as they are" {
    local text=$'A\xc2\x9b31m\xe2\x80\xaeX\x7f\xf3\xa0\x81\x81' safe='A\u009b31m\u202eX\u007f\udb40\udc41' args
    printf '%s\n' '{"@type":"'"$A"'.ResourceType","id":"t","displayName":"'"$text"'"}' '{"@type":"'"$A"'.Resource","id":{"resourceType":"t","resource":"r"}}' >odd.ndjson
    "$PACK" --unframed -f odd.c1z odd.ndjson
    for args in "odd.c1z --format json resource-types" "odd.c1z --format json resources"; do
        # shellcheck disable=SC2086 # several arguments
        run -0 --separate-stderr "$CAT" $args
        [[ $output == *"\"$safe\""* ]] || { echo "$args: $output"; return 1; }
        [[ $(jq -r '.[0] | .displayName, .resourceType' <<<"$output") == *"$text"* ]]
        [[ $output != *"$text"* ]]
    done
    run -0 --separate-stderr "$CAT" odd.c1z resource-types
    [[ $output == *"\"$text\""* ]]
    sed "1s/$text/plain/" odd.ndjson | "$PACK" --unframed -f plain.c1z
    run -1 --separate-stderr "$BIN/c1z-diff" --json plain.c1z odd.c1z
    [[ $output == *'"displayName":"'"$safe"'"'* ]]
    [[ $output != *"$text"* ]]
    # The manifest has the source of its stream.
    { echo '{"stream":"begin","schema":"baton-records/1","source":"'"$text"'","startedAt":"2026-01-01T00:00:00Z"}'
      cat odd.ndjson; echo '{"stream":"end","records":2}'; } | "$PACK" -f noted.c1z
    for args in "manifest" "--format json manifest"; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$CAT" noted.c1z $args
        [[ $output == *"\"$safe\""* && $output != *"$text"* ]]
    done
}

@test "access: what a principal can do; principals: who holds what is asked for" {
    show --format table --principal user:u1 access
    [ "$output" = "\
Principal       | Resource Type | Resource | Permission | Direct
Ann, \"the\" boss | Group         | Staff    | member     | yes
Ann, \"the\" boss | org           | Acme     | admin      | yes" ]
    show --format table --principal u0 access
    [ "$output" = "Principal | Resource Type | Resource | Permission | Direct" ]
    show --format json principals
    [ "$(jq -r '.[].id' <<<"$output" | tr '\n' ' ')" = 'g u1 u2 ' ]
    show --format csv --entitlement group:g:member principals
    [ "$(cut -d, -f1 <<<"$output" | tr '\n' ' ')" = '"ID" u1 u2 ' ]
}

@test "filters: each, alone and together, in every format; ndjson then has no frames" {
    local args want
    while IFS='|' read -r args want; do
        # shellcheck disable=SC2086 # several arguments
        run -0 --separate-stderr "$CAT" small.c1z $args
        [ "$(jq -r '.id | if type == "object" then .resource else . end' <<<"$output" | sort | tr '\n' ' ')" = "$want " ] || { echo "$args: $output"; return 1; }
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$CAT" small.c1z --format json $args
        [ "$(jq -r '.[].id' <<<"$output" | sort | tr '\n' ' ')" = "$want " ] || { echo "json $args: $output"; return 1; }
    done <<'END'
resource-types --resource-type org|org
resources --resource-type user|u0 u1 u2
resources --resource u1|u1
resources --resource group:g|g
resources --resource-type user --resource u1|u1
entitlements --resource o|org:o:admin
entitlements --entitlement group:g:member|group:g:member
grants --resource-type org --principal u2|org:o:admin:user:u2
grants --principal group:g|org:o:admin:group:g
grants --entitlement group:g:member --principal user:u1|group:g:member:user:u1
END
    show --resource-type user --resource g resources
    [ -z "$output" ]
}

@test "filters: an id that nothing has is warned about, one that something has is not" {
    local args want
    while IFS='|' read -r args want; do
        # shellcheck disable=SC2086 # several arguments
        run -0 --separate-stderr "$CAT" small.c1z $args
        [ "$stderr" = "${want:+c1z-cat: warning: nothing in the sync has this id ($want)}" ] || { echo "$args: $stderr"; return 1; }
        [ "$(wc -l <<<"$output")" -eq 1 ]
    done <<'END'
--principal nosuch access|principal=nosuch
--format csv --principal nosuch grants|principal=nosuch
--format table --resource-type nosuch resources|resource-type=nosuch
--resource org:nosuch --principal u1 grants|resource=org:nosuch
--resource g:g resources|resource=g:g
--resource-type org --entitlement group:g:membr entitlements grants|entitlement=group:g:membr
--principal u0 access|
--resource o --entitlement group:g:member grants|
--resource-type org --principal o grants|
--resource u1 entitlements|
END
    # Who is named by grants alone is there.
    lose less.c1z "DELETE FROM v1_resources WHERE external_id = 'user:u1'"
    run -0 --separate-stderr "$CAT" less.c1z --resource u1 entitlements
    [ -z "$stderr" ]
    # Each has its own.
    run -0 --separate-stderr "$CAT" small.c1z --resource no --principal nosuch --log-format json grants
    [ "$(jq -r '.resource // .principal' <<<"$stderr" | tr '\n' ' ')" = "no nosuch " ]
}

@test "missing references are said, and never a crash" {
    lose less.c1z "DELETE FROM v1_resources WHERE external_id IN ('user:u1', 'org:o'); DELETE FROM v1_entitlements WHERE external_id = 'org:o:admin'; DELETE FROM v1_resource_types WHERE external_id = 'group'"
    run -0 --separate-stderr "$CAT" less.c1z --format table grants
    [ "$output" = "\
ID                     | Resource Type                 | Resource                 | Entitlement                       | Principal
group:g:member:user:u1 | MISSING RESOURCE TYPE (group) | Staff                    | Staff member                      | MISSING RESOURCE (user:u1)
group:g:member:user:u2 | MISSING RESOURCE TYPE (group) | Staff                    | Staff member                      | =cmd()
org:o:admin:group:g    | org                           | MISSING RESOURCE (org:o) | MISSING ENTITLEMENT (org:o:admin) | Staff
org:o:admin:user:u1    | org                           | MISSING RESOURCE (org:o) | MISSING ENTITLEMENT (org:o:admin) | MISSING RESOURCE (user:u1)
org:o:admin:user:u2    | org                           | MISSING RESOURCE (org:o) | MISSING ENTITLEMENT (org:o:admin) | =cmd()" ]
    run -0 --separate-stderr "$CAT" less.c1z --format csv principals
    [ "${lines[-1]}" = "u1,MISSING RESOURCE (user:u1),User,user,,,,,,,," ]
    # The description of one is on two lines.
    [ "${#lines[@]}" -eq 5 ]
    # Those that are missing come last, sorted.
    lose two.c1z "DELETE FROM v1_resources WHERE external_id IN ('user:u1', 'group:g')"
    [ "$("$CAT" two.c1z --format json principals | jq -r '.[].id' | tr '\n' ' ')" = "u2 g u1 " ]
    for view in resource-types resources entitlements "access --principal u1"; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$CAT" less.c1z --format table $view
    done
    lose none.c1z "DELETE FROM v1_resources; DELETE FROM v1_entitlements; DELETE FROM v1_resource_types; DELETE FROM v1_grants"
    for view in resource-types resources entitlements grants principals; do
        run -0 --separate-stderr "$CAT" none.c1z --format csv "$view"
        [ "${#lines[@]}" -eq 1 ]
    done
}

@test "grants are shown by their ids and sources, whatever their copies of entitlement and principal are" {
    "$CAT" small.c1z --format csv grants >want
    # Field 1, the entitlement, is no message; field 5, the sources, is an empty one.
    lose copies.c1z "UPDATE v1_grants SET data = x'0A01FF2A00' WHERE external_id = 'group:g:member:user:u2'"
    "$CAT" copies.c1z --format csv grants | cmp - want
    run -65 --separate-stderr "$CAT" copies.c1z grants
    [[ $stderr == "c1z-cat: 'copies.c1z': v1_grants, row "* ]]
    # What is beside the copies is read, and refused, as ever.
    lose sources.c1z "UPDATE v1_grants SET data = x'0A01FF2A01FF' WHERE external_id = 'group:g:member:user:u2'"
    run -65 --separate-stderr "$CAT" sources.c1z --format csv grants
    [[ $stderr == "c1z-cat: 'sources.c1z': v1_grants, row "* ]]
}

@test "a user whose trait cannot be read does not pass for one who is enabled" {
    local url any
    url=$(printf type.googleapis.com/c1.connector.v2.UserTrait | od -An -v -tx1 | tr -d " \n")
    # Of the user u1 nothing but the id, and an annotation with a value that ends in the middle of a field.
    any=22320A2D${url}1201FF
    lose trait.c1z "UPDATE v1_resources SET data = x'0A0A0A047573657212027531${any}' WHERE external_id = 'user:u1'"
    for command in "$CAT --format csv trait.c1z resources" "$BIN/ab-who -f trait.c1z" "$BIN/c1z-report trait.c1z"; do
        # shellcheck disable=SC2086 # a program and its arguments
        run -65 --separate-stderr $command
        [[ ${stderr_lines[-1]} == *": 'trait.c1z': v1_resources, row "*": not a c1.connector.v2.UserTrait: "* ]]
    done
}

@test "what a grant passes on is read, or the reasons are refused" {
    lose edge.c1z "UPDATE v1_grants SET expansion = x'0AFF' WHERE length(expansion) > 0"
    run -65 --separate-stderr "$BIN/ab-who" -f edge.c1z Acme
    [[ ${stderr_lines[-1]} == "ab-who: 'edge.c1z': v1_grants, row "*": not a c1.connector.v2.GrantExpandable: "* ]]
    # The place of a message that cannot be read is said once.
    lose damaged.c1z "UPDATE v1_grants SET data = CAST(data || x'2A01FF' AS BLOB)"
    for command in "$BIN/ab-who -f damaged.c1z u1" "$BIN/c1z-report damaged.c1z"; do
        # shellcheck disable=SC2086 # a program and its arguments
        run -65 --separate-stderr $command
        [[ ${stderr_lines[-1]} == *": 'damaged.c1z': v1_grants, row "*": not a c1.connector.v2.Grant: "* ]]
        [ "$(grep -o damaged.c1z <<<"${stderr_lines[-1]}" | wc -l)" -eq 1 ]
    done
}

@test "the order is that of the bytes of ids, in files of both formats and any encoding" {
    # Rows come in another order than that of their ids, and the order of UTF-16 is another than that of UTF-8.
    for id in b a.b a 'é' '�' '😀' A; do
        printf '{"@type":"%s.Resource","id":{"resourceType":"t","resource":"%s"}}\n' "$A" "$id"
    done >some.ndjson
    { printf '{"@type":"%s.ResourceType","id":"t"}\n' "$A"; cat some.ndjson; } | "$PACK" --unframed -f order.c1z
    want=$'A\na\na.b\nb\né\n�\n😀'
    [ "$("$CAT" order.c1z --format json resources | jq -r '.[].id')" = "$want" ]
    tail -c +6 order.c1z | zstd -dqc >db.sqlite
    { echo "PRAGMA encoding = 'UTF-16le';"; sqlite3 db.sqlite .dump; } | sqlite3 wide.sqlite
    { printf 'C1ZF\0'; zstd -qc wide.sqlite; } >wide.c1z
    [ "$("$CAT" wide.c1z --format json resources | jq -r '.[].id')" = "$want" ]
    # Entitlements whose ids follow the convention come behind others on the same resource, as in keys of v3.
    cat >odd.ndjson <<END
{"@type":"$A.ResourceType","id":"t"}
{"@type":"$A.Resource","id":{"resourceType":"t","resource":"r"}}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"t","resource":"r"}},"id":"t:r:x"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"t","resource":"r"}},"id":"t:z"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"t","resource":"r"}},"id":"t:r"}
END
    "$PACK" --unframed -f odd.c1z odd.ndjson
    [ "$("$CAT" odd.c1z --format json entitlements | jq -r '.[].id' | tr '\n' ' ')" = "t:r t:z t:r:x " ]
    # A file of format v3: sorted is its own order.
    for kind in resources entitlements grants; do
        cmp <("$CAT" "$FIXTURES/sdk-pebble.c1z" "$kind" | grep -v '^{"stream"' | jq -r '.id | if type == "object" then .resource else . end') \
            <("$CAT" "$FIXTURES/sdk-pebble.c1z" --format json "$kind" | jq -r '.[].id')
    done
}

# on_terminal COLUMNS ARGS...: c1z-cat on a terminal of that width; what it printed, in ./typescript.
on_terminal() {
    local columns=$1
    shift
    script -qec "stty cols $columns; $(printf '%q ' "$CAT" "$@")" typescript >/dev/null </dev/null
    sed -i 's/\r$//; /^Script \(started\|done\)/d' typescript
}

@test "on a terminal: cut to its width, a bold head unless NO_COLOR" {
    on_terminal 60 small.c1z --format table grants
    cat typescript
    # One column for each character here; the sequences for bold and back take none.
    [ "$(sed 's/\x1b\[[01]m//g' typescript | wc -L)" -le 60 ]
    [ "$(grep -c '…' typescript)" -gt 0 ]
    [ "$(grep -c $'^\e\[1mID .*\e\[0m$' typescript)" -eq 1 ]
    NO_COLOR=1 on_terminal 200 small.c1z --format table grants
    [ "$(<typescript)" = "$("$CAT" small.c1z --format table grants)" ]
}

@test "a file is an operand or an option; a word that is a kind is a kind" {
    cp small.c1z grants
    cp small.c1z sync.c1z
    cmp <("$CAT" ./grants) <("$CAT" -f small.c1z)
    cmp <("$CAT" grants) <("$CAT" -f sync.c1z grants)
    cmp <("$CAT" small.c1z resources) <("$CAT" resources -f small.c1z)
    run -66 --separate-stderr "$CAT" grnts
    [ "$stderr" = "c1z-cat: cannot open 'grnts': No such file or directory; did you mean the kind 'grants'?" ]
    # --help has all of them.
    "$CAT" --help >help
    local kinds kind
    kinds=$(sed -nE 's/^    \{\.name = "([a-z-]+)".*/\1/p' "$ROOT/tools/c1z-cat/cat.c")
    [ "$(wc -w <<<"$kinds")" -ge 8 ]
    for kind in $kinds; do grep -qw -- "$kind" help; done
}

@test "the manifest: a document, or a row for each fact; its gaps and notes stand in the stream again" {
    manifest='{ "version": "1.2", "counts": {"grants": 5}, "stages": [{"tool":"ab-fetch","version":"9","resources":["group"]}],
        "gaps": [{"stream":"gap","of":"group","organizationId":"o1","status":403,"reason":"forbidden"}], "notes": [{"of":"group","reason":"unlicensed"}] }'
    lose with.c1z "DELETE FROM v1_assets; INSERT INTO v1_assets (external_id, content_type, data, sync_id, discovered_at) SELECT 'c1z-pack/manifest', 'application/json', CAST('$manifest' AS BLOB), sync_id, started_at FROM v1_sync_runs"
    run -0 --separate-stderr "$CAT" with.c1z manifest
    [ "$output" = '{"version":"1.2","counts":{"grants":5},"stages":[{"tool":"ab-fetch","version":"9","resources":["group"]}],"gaps":[{"stream":"gap","of":"group","organizationId":"o1","status":403,"reason":"forbidden"}],"notes":[{"of":"group","reason":"unlicensed"}]}' ]
    cmp <("$CAT" with.c1z --format json manifest) <(echo "$output")
    run -0 --separate-stderr "$CAT" with.c1z --format csv manifest
    [ "$output" = '"Name","Value"
version,1.2
counts.grants,5
stages.1,"{""tool"":""ab-fetch"",""version"":""9"",""resources"":[""group""]}"
gaps.1,"{""stream"":""gap"",""of"":""group"",""organizationId"":""o1"",""status"":403,""reason"":""forbidden""}"
notes.1,"{""of"":""group"",""reason"":""unlicensed""}"' ]
    run -0 --separate-stderr "$CAT" with.c1z
    [ "$(jq -c .stages <<<"${lines[0]}")" = '[{"tool":"ab-fetch","version":"9","resources":["group"]}]' ]
    [ "${lines[1]}" = '{"stream":"gap","of":"group","organizationId":"o1","status":403,"reason":"forbidden"}' ]
    [ "${lines[2]}" = '{"stream":"note","of":"group","reason":"unlicensed"}' ]
    [ "${lines[-1]}" = "{\"stream\":\"end\",\"records\":$((${#lines[@]} - 2)),\"gaps\":1}" ]
    printf '%s\n' "${lines[@]}" >again.ndjson
    run -65 --separate-stderr "$PACK" --no-expand -f again.c1z again.ndjson
    lose bad.c1z "DELETE FROM v1_assets; INSERT INTO v1_assets (external_id, content_type, data, sync_id, discovered_at) SELECT 'c1z-pack/manifest', 'application/json', x'7b22', sync_id, started_at FROM v1_sync_runs"
    run -65 --separate-stderr "$CAT" bad.c1z manifest
    [[ $stderr == "c1z-cat: 'bad.c1z': the manifest of sync '"*"': byte 3"* ]]
    run -65 --separate-stderr "$CAT" bad.c1z
    [ -z "$output" ]
    run -66 --separate-stderr "$CAT" "$GO" manifest
    [ "$stderr" = "c1z-cat: '$GO': sync '3MUPWPfWum4pemBW6zmQoyLu0E4' has no manifest" ]
}

@test "a view that cannot be written: 74; one that fails in the middle says where" {
    local format
    for format in table csv json; do
        run -74 bash -c '"$1" "$2" --format "$3" grants >/dev/full' - "$CAT" "$GO" "$format"
        [ "$output" = "c1z-cat: cannot write to 'standard output': No space left on device" ]
    done
    lose bad.c1z "UPDATE v1_grants SET data = x'FFFF' WHERE id = (SELECT max(id) FROM v1_grants)"
    run -65 --separate-stderr "$CAT" bad.c1z --format json grants
    [[ $stderr == "c1z-cat: 'bad.c1z': v1_grants, row "* ]]
    [ "${lines[-1]}" != "]" ]
}

@test "366,000 grants as CSV: memory stays under 64 MB" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured in sanitized builds"
    "$ROOT/tests/bench/gen-records" 366000 | "$PACK" --unframed -f big.c1z
    "$ROOT/tests/bench/measure" csv -o big.csv "$CAT" big.c1z --format csv grants >figures
    cat figures
    [ "$(wc -l <big.csv)" -eq 366001 ]
    [ "$(sed 's/.* \([0-9.]*\) MB.*/\1/' figures | cut -d. -f1)" -lt 64 ]
    LC_ALL=C sort -c <(tail -n +2 big.csv)
}

# people: the records of users of whom more than one thing is said.
people() {
    local t='"@type":"'$A.UserTrait'"'
    cat <<END
{"@type":"$A.ResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}
{"@type":"$A.Resource","id":{"resourceType":"user","resource":"a"},"displayName":"A","annotations":[{$t,"emails":[{"address":"a@none"},{"address":"a@first","isPrimary":true},{"address":"a@second","isPrimary":true}],"status":{"status":"STATUS_ENABLED"},"profile":{"user_id":"a"}}]}
{"@type":"$A.Resource","id":{"resourceType":"user","resource":"b"},"displayName":"B","status":{"status":"RESOURCE_STATUS_DISABLED","details":"invitation pending"},"profile":{"user_id":"b","permission_type":"org_reader","scope_type":"org","scope_id":"o"},"annotations":[{$t,"status":{"status":"STATUS_ENABLED"},"profile":{"user_id":"x"}}]}
{"@type":"$A.Resource","id":{"resourceType":"user","resource":"c"},"displayName":"C","annotations":[{$t,"emails":[{"address":"c@x","isPrimary":true}],"status":{"status":"STATUS_DELETED"},"profile":{"user_id":"c"}},{$t,"emails":[{"address":"c@y","isPrimary":true}],"status":{"status":"STATUS_ENABLED"},"profile":{"user_id":"y"}}]}
END
}

@test "users: the first primary address, the first trait, and what the resource itself says before it" {
    people | "$PACK" --unframed -f people.c1z
    run -0 --separate-stderr "$CAT" people.c1z --format csv resources
    [ "$(cut -d, -f1,8-10 <<<"${output#*$'\n'}")" = "\
a,Enabled,,a@first
b,Disabled,invitation pending,
c,Deleted,,c@x" ]
    run -0 --separate-stderr "$BIN/ab-who" -f people.c1z --json A
    [ "$(jq -c '[.person.email, .disabled, .invited]' <<<"$output")" = '["a@first",false,false]' ]
    run -0 --separate-stderr "$BIN/ab-who" -f people.c1z B
    [[ "$output" == *"an invitation that nobody has taken up"*"org_reader"* ]]
    run -0 --separate-stderr "$BIN/ab-who" -f people.c1z --json C
    [ "$(jq -c '[.person.email, .disabled, .invited]' <<<"$output")" = '["c@x",true,false]' ]
}

@test "users: address and status are those that baton exports" {
    local status=0
    BATON=$("$ROOT/tests/interop/build") || status=$?
    [ "$status" -ne 3 ] || skip "no Go here, so no real baton"
    people | "$PACK" --unframed -f people.c1z
    "$BATON" -f people.c1z export csv --out people.csv >baton.log 2>&1
    [ "$(grep ^Identity people.csv | cut -d, -f4-6 | LC_ALL=C sort)" = "$("$CAT" people.c1z --format csv resources | tail -n +2 | cut -d, -f1,8,10)" ]
    [ "$(grep -c ^Identity people.csv)" -eq 3 ]
}

# cells: the rows of a table on standard input, each cell without padding, "-" for nothing; the head stays first.
cells() {
    sed 's/[[:space:]]*$//' | awk -F ' *[|] *' 'NF > 1 { for (i = 1; i <= NF; i++) printf "%s%s", $i == "" ? "-" : $i, i < NF ? "|" : "\n" }' |
        { read -r head; echo "$head"; LC_ALL=C sort; }
}

@test "the tables are baton's, row for row, in files of both formats" {
    local status=0 view
    BATON=$("$ROOT/tests/interop/build") || status=$?
    [ "$status" -ne 3 ] || skip "no Go here, so no real baton"
    "$ROOT/tests/gen-graph" --seed 5 | "$PACK" --unframed -f graph.c1z
    for file in graph.c1z "$GO" "$FIXTURES/sdk-pebble.c1z"; do
        for view in resource-types resources entitlements grants; do
            NO_COLOR=1 "$BATON" -f "$file" "$view" 2>baton.log | cells >theirs
            "$CAT" "$file" --format table "$view" | cells >ours
            [ "$(wc -l <ours)" -gt 1 ]
            diff theirs ours || { echo "$file $view"; return 1; }
        done
    done
    # Who holds an entitlement.
    NO_COLOR=1 "$BATON" -f graph.c1z principals -e group:chain1:member | cells >theirs
    "$CAT" graph.c1z --format table --entitlement group:chain1:member principals | cells >ours
    [ "$(wc -l <ours)" -gt 1 ]
    diff theirs ours
}

@test "a file that was published with gaps gives them back, and needs the same leave to be packed again" {
    gap='{"stream":"gap","of":"group","organizationId":"o","status":403,"reason":"forbidden","needs":"organization_admin"}'
    note='{"stream":"note","of":"audit_event","reason":"unlicensed"}'
    { echo '{"stream":"begin","schema":"baton-records/1","source":"here","startedAt":"2026-01-01T00:00:00Z","stages":[{"tool":"some-fetch","version":"7"}]}'
      echo "$gap"; cat small.ndjson; echo "$note"
      printf '{"stream":"end","records":%d,"gaps":1}\n' $(($(wc -l <small.ndjson) + 2)); } >in.ndjson
    "$PACK" --accept-gap group -f gaps.c1z in.ndjson
    run -0 --separate-stderr "$CAT" gaps.c1z
    [ "$(grep -cxF "$gap" <<<"$output")" -eq 1 ]
    [ "$(grep -cxF "$note" <<<"$output")" -eq 1 ]
    [ "$(jq -c '.stages[0]' <<<"${lines[0]}")" = '{"tool":"some-fetch","version":"7"}' ]
    printf '%s\n' "${lines[@]}" >again.ndjson
    run -65 --separate-stderr "$PACK" --no-expand -f again.c1z again.ndjson
    [ ! -e again.c1z ]
    run -0 --separate-stderr "$PACK" --no-expand --accept-gap group -f again.c1z again.ndjson
    cmp <("$CAT" gaps.c1z | tail -n +2) <("$CAT" again.c1z | tail -n +2)
    [ "$("$CAT" gaps.c1z manifest | jq -c '[.complete, (.gaps | length), (.notes | length)]')" = '[false,1,1]' ]
    "$CAT" gaps.c1z --format table manifest | grep -q '^counts.grants *| 5$'
    # What is no stream says it beside itself, but for the manifest, which has them.
    local args
    for args in "--format table resources" "--format csv grants" "--format json principals" "principals" \
        "--principal u1 access" "--resource g grants"; do
        # shellcheck disable=SC2086 # several arguments
        run -0 --separate-stderr "$CAT" gaps.c1z $args
        [ "$stderr" = "c1z-cat: warning: the sync has gaps: access may exist that nobody could see (gaps=1)" ] || { echo "$args: $stderr"; return 1; }
    done
    for args in "" "grants" "manifest" "--format csv manifest" "--format json manifest" "--format table syncs"; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$CAT" gaps.c1z $args
        [ -z "$stderr" ] || { echo "$args: $stderr"; return 1; }
    done
}

@test "what was left out on purpose stands in the stream, and is warned about elsewhere" {
    "$PACK" --skip-grants --unframed -f part.c1z small.ndjson
    local args note='{"stream":"note","of":"grants","reason":"skipped"}'
    for args in "" "resources" "manifest" "--format csv manifest"; do
        # shellcheck disable=SC2086 # several arguments
        run -0 --separate-stderr "$CAT" part.c1z $args
        [ -z "$stderr" ] || { echo "$args: $stderr"; return 1; }
        [[ $output == *'"grants"'* ]]
    done
    run -0 --separate-stderr "$CAT" part.c1z
    [ "${lines[1]}" = "$note" ]
    [ "${lines[-1]}" = '{"stream":"end","records":'"$((${#lines[@]} - 2))"'}' ]
    for args in "--format table resources" "--format csv grants" "--resource g grants"; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$CAT" part.c1z $args
        [ "${stderr_lines[0]}" = "c1z-cat: warning: records were left out of the sync on purpose (kinds=grants)" ] || { echo "$args: $stderr"; return 1; }
    done
}

@test "an unfinished sync is warned about in every format; so is a manifest that cannot be read" {
    lose open.c1z "UPDATE v1_sync_runs SET ended_at = NULL"
    local args
    for args in "--format table resources" "--format csv grants" "--format json entitlements" "principals" \
        "--principal u1 access" "--resource g grants" "grants" "manifest" "--format csv manifest"; do
        # shellcheck disable=SC2086 # several arguments
        run -0 --separate-stderr "$CAT" open.c1z $args
        [ "$stderr" = "c1z-cat: warning: the sync is not finished" ] || { echo "$args: $stderr"; return 1; }
    done
    lose odd.c1z "UPDATE v1_assets SET data = '{\"gaps\":1}'"
    run -0 --separate-stderr "$CAT" odd.c1z --format csv grants
    [ "${#lines[@]}" -eq 6 ]
    [[ $stderr == "c1z-cat: warning: whether the sync has gaps cannot be told (error='odd.c1z': the manifest of sync "* ]]
    run -65 --separate-stderr "$CAT" odd.c1z grants
}
