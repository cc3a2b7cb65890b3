#!/usr/bin/env bats
# c1z-diff: what changed between two syncs.

load lib.bash

DIFF=$BIN/c1z-diff
CAT=$BIN/c1z-cat
PACK=$BIN/c1z-pack
GO=$FIXTURES/go-connector.c1z
A=type.googleapis.com/c1.connector.v2

setup() {
    cd "$BATS_TEST_TMPDIR"
    cat >old.ndjson <<END
{"@type":"$A.ResourceType","id":"user","displayName":"User","traits":["TRAIT_USER"]}
{"@type":"$A.ResourceType","id":"group","displayName":"Group"}
{"@type":"$A.ResourceType","id":"org","displayName":"Organization"}
{"@type":"$A.Resource","id":{"resourceType":"user","resource":"u1"},"displayName":"Ann"}
{"@type":"$A.Resource","id":{"resourceType":"user","resource":"u2"},"displayName":"Bob"}
{"@type":"$A.Resource","id":{"resourceType":"group","resource":"g"},"displayName":"Staff"}
{"@type":"$A.Resource","id":{"resourceType":"org","resource":"o"},"displayName":"Acme"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"group","resource":"g"}},"id":"group:g:member","slug":"member"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"org","resource":"o"}},"id":"org:o:admin","slug":"admin"}
$(grant group:g:member user:u2)
$(edge org:o:admin group:g group:g:member)
END
    "$PACK" --unframed -f old.c1z old.ndjson
}

# grant ENTITLEMENT PRINCIPAL, edge ENTITLEMENT PRINCIPAL SOURCE: a grant, and one that passes SOURCE on. Ids are TYPE:ID:SLUG
# and TYPE:ID.
grant() {
    printf '{"@type":"%s.Grant","entitlement":{"resource":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s"},"principal":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s:%s"%s}\n' \
        "$A" "${1%%:*}" "$(cut -d: -f2 <<<"$1")" "$1" "${2%%:*}" "${2#*:}" "$1" "$2" "${3:-}"
}
edge() {
    grant "$1" "$2" ",\"annotations\":[{\"@type\":\"$A.GrantExpandable\",\"entitlementIds\":[\"$3\"],\"resourceTypeIds\":[\"user\"]}]"
}

# new SED-SCRIPT [LINES]: make new.c1z of the old records, changed by the script, and the lines.
new() {
    rm -f new.c1z
    { sed -E "$1" old.ndjson; [ -z "${2:-}" ] || printf '%s\n' "$2"; } | "$PACK" --unframed -f new.c1z
}

# differs ARGS...: c1z-diff old.c1z new.c1z with status 1 and nothing on stderr.
differs() {
    run -1 --separate-stderr "$DIFF" "$@" old.c1z new.c1z
    [ -z "$stderr" ]
}

@test "the same: nothing, 0" {
    new ''
    run -0 --separate-stderr "$DIFF" old.c1z new.c1z
    [ -z "$output$stderr" ]
    run -0 --separate-stderr "$DIFF" --json old.c1z old.c1z
    [ -z "$output$stderr" ]
    # The order of records and of the keys of a map is no change, nor is what only one format of file keeps.
    tac old.ndjson | "$PACK" --unframed -f back.c1z
    run -0 --separate-stderr "$DIFF" old.c1z back.c1z
    run -0 --separate-stderr "$DIFF" "$GO" "$FIXTURES/sdk-pebble.c1z"
    [ -z "$output$stderr" ]
}

@test "a new member: the change, and what follows from it folded under it" {
    new '' "$(grant group:g:member user:u1)"
    differs
    [ "$output" = "Ann (user:u1)
  + member on Staff (group:g), and 1 more by it" ]
    differs --all
    [ "$output" = "Ann (user:u1)
  + member on Staff (group:g)
  + admin on Acme (org:o), inherited from member on Staff" ]
    differs --by resource
    [ "$output" = "Staff (group:g)
  + member: Ann (user:u1), and 1 more by it" ]
    run -1 --separate-stderr "$DIFF" new.c1z old.c1z
    [ "$output" = "Ann (user:u1)
  - member on Staff (group:g), and 1 more by it" ]
}

@test "a group that gains a role: its members' roles follow from that" {
    new '/GrantExpandable/d'
    run -1 --separate-stderr "$DIFF" new.c1z old.c1z
    [ "$output" = "Staff (group:g)
  + admin on Acme (org:o), and 1 more by it" ]
    differs
    [ "$output" = "Staff (group:g)
  - admin on Acme (org:o), and 1 more by it" ]
}

@test "what is lost or gained stands under what explains it, not under another change beside it" {
    local note=',"annotations":[{"@type":"'"$A"'.RawId","id":"77"}]'
    new '/GrantExpandable/d; /"group:g:member:user:u2"/s|\}$|'"$note"'}|'
    differs
    [ "$output" = "Staff (group:g)
  - admin on Acme (org:o), and 1 more by it
Bob (user:u2)
  ~ member on Staff (group:g): annotations nothing -> [{\"@type\":\"$A.RawId\",\"id\":\"77\"}]" ]
    run -1 --separate-stderr "$DIFF" new.c1z old.c1z
    [ "${lines[1]}" = "  + admin on Acme (org:o), and 1 more by it" ]
    # Where nothing explains it, it is shown.
    "$PACK" --unframed --no-expand -f new.c1z <<<"$(sed '/"group:g:member:user:u2"/s|}$|'"$note"'}|' old.ndjson)"
    differs
    [ "$output" = "Bob (user:u2)
  ~ member on Staff (group:g): annotations nothing -> [{\"@type\":\"$A.RawId\",\"id\":\"77\"}]
  - admin on Acme (org:o), inherited from member on Staff" ]
}

@test "a grant that passes on something else explains what comes and goes by that" {
    cat >>old.ndjson <<END
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"group","resource":"g"}},"id":"group:g:owner","slug":"owner"}
$(grant group:g:owner user:u1)
END
    "$PACK" --unframed -f old.c1z old.ndjson
    new 's/"entitlementIds":\["group:g:member"/&,"group:g:owner"/'
    differs
    [[ $output == "Staff (group:g)
  ~ admin on Acme (org:o): annotations"*", and 1 more by it" ]]
    run -1 --separate-stderr "$DIFF" new.c1z old.c1z
    [[ $output == "Staff (group:g)
  ~ admin on Acme (org:o): annotations"*", and 1 more by it" ]]
}

@test "shallow: a membership that is no longer direct explains what is lost by it, one that comes to be so what is gained" {
    cat >>old.ndjson <<END
{"@type":"$A.Resource","id":{"resourceType":"group","resource":"h"},"displayName":"All"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"group","resource":"h"}},"id":"group:h:member","slug":"member"}
$(edge group:g:member group:h group:h:member)
$(grant group:h:member user:u2)
END
    sed -i 's/"group:g:member"\],/&"shallow":true,/' old.ndjson
    "$PACK" --unframed -f old.c1z old.ndjson
    new '/"group:g:member:user:u2"/d'
    differs
    [ "$output" = "Bob (user:u2)
  ~ member on Staff (group:g): no longer direct, now inherited, and 1 more by it" ]
    run -1 --separate-stderr "$DIFF" new.c1z old.c1z
    [ "$output" = "Bob (user:u2)
  ~ member on Staff (group:g): now direct, and 1 more by it" ]
}

@test "a chain of groups: everything is folded under the first cause" {
    cat >>old.ndjson <<END
{"@type":"$A.Resource","id":{"resourceType":"group","resource":"h"},"displayName":"All"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"group","resource":"h"}},"id":"group:h:member","slug":"member"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"org","resource":"o"}},"id":"org:o:reader","slug":"reader"}
$(edge group:h:member group:g group:g:member)
$(edge org:o:reader group:h group:h:member)
END
    "$PACK" --unframed -f old.c1z old.ndjson
    new '' "$(grant group:g:member user:u1)"
    differs
    [ "$output" = "Ann (user:u1)
  + member on Staff (group:g), and 3 more by it" ]
    differs --all
    [ "${lines[4]}" = "  + reader on Acme (org:o), inherited from member on All" ]
}

@test "a circle of groups ends" {
    cat >>old.ndjson <<END
{"@type":"$A.Resource","id":{"resourceType":"group","resource":"h"},"displayName":"All"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"group","resource":"h"}},"id":"group:h:member","slug":"member"}
$(edge group:h:member group:g group:g:member)
$(edge group:g:member group:h group:h:member)
END
    "$PACK" --unframed -f old.c1z old.ndjson
    new '' "$(grant group:g:member user:u1)"
    differs
    [[ $output == "Ann (user:u1)
  + member on Staff (group:g)"* ]]
    # An inherited grant whose reason has not changed stands for itself.
    "$CAT" old.c1z >framed.ndjson
    grep -v '"id":"org:o:admin:user:u2"' framed.ndjson | grep -v '^{"stream"' | "$PACK" --unframed --no-expand -f new.c1z
    differs
    [ "$output" = "Bob (user:u2)
  - admin on Acme (org:o), inherited from member on Staff" ]
}

@test "direct and inherited: a role that was held both ways, and no longer is" {
    new '' "$(grant org:o:admin user:u2)"
    differs
    [ "$output" = "Bob (user:u2)
  ~ admin on Acme (org:o): now direct" ]
    run -1 --separate-stderr "$DIFF" new.c1z old.c1z
    [ "$output" = "Bob (user:u2)
  ~ admin on Acme (org:o): no longer direct, now inherited" ]
}

@test "records that came, went and changed: by name, with what changed" {
    new 's/"displayName":"Ann"/"displayName":"Anna","description":"'"$(printf 'x%.0s' {1..100})"'"/; /"u2"/d; s/"slug":"admin"/"slug":"admin","displayName":"Admin"/' \
        "{\"@type\":\"$A.ResourceType\",\"id\":\"app\",\"displayName\":\"App\"}
{\"@type\":\"$A.Resource\",\"id\":{\"resourceType\":\"app\",\"resource\":\"a\"},\"displayName\":\"Mail\"}
{\"@type\":\"$A.Entitlement\",\"resource\":{\"id\":{\"resourceType\":\"app\",\"resource\":\"a\"}},\"id\":\"app:a:use\",\"slug\":\"use\"}
{\"@type\":\"$A.Entitlement\",\"resource\":{\"id\":{\"resourceType\":\"group\",\"resource\":\"g\"}},\"id\":\"group:g:owner\",\"slug\":\"owner\"}"
    differs
    [ "$output" = '+ resource type App (app)
+ resource Mail (app:a), with 1 entitlements
~ resource Anna (user:u1): displayName "Ann" -> "Anna", description
- resource Bob (user:u2)
+ entitlement owner on Staff (group:g)
~ entitlement admin on Acme (org:o): displayName nothing -> "Admin"
Bob (user:u2)
  - member on Staff (group:g), and 1 more by it' ]
}

@test "who and what was renamed has one heading, by the new name" {
    cat >>old.ndjson <<END
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"org","resource":"o"}},"id":"org:o:editor","slug":"editor"}
{"@type":"$A.Entitlement","resource":{"id":{"resourceType":"org","resource":"o"}},"id":"org:o:reader","slug":"reader"}
$(grant org:o:editor user:u1)
END
    "$PACK" --unframed -f old.c1z old.ndjson
    new 's/"Ann"/"Anna"/; s/"Acme"/"Acme Ltd"/; /"org:o:editor:user:u1"/d; /"org:o:editor"/s/"editor"/"writer"/' \
        "$(grant org:o:admin user:u1; grant org:o:reader user:u1)"
    differs
    [[ $output == *'Anna (user:u1)
  + admin on Acme Ltd (org:o)
  - writer on Acme Ltd (org:o)
  + reader on Acme Ltd (org:o)' ]]
    differs --by resource
    [[ $output == *'Acme Ltd (org:o)
  + admin: Anna (user:u1)
  - writer: Anna (user:u1)
  + reader: Anna (user:u1)' ]]
    # Of who is gone, the old name.
    new '/"u1"/d; s/"Acme"/"Acme Ltd"/'
    differs
    [[ $output == *'Ann (user:u1)
  - editor on Acme Ltd (org:o)' ]]
}

@test "a change for most is said first" {
    local n
    for n in {3..40}; do
        printf '{"@type":"%s.Resource","id":{"resourceType":"user","resource":"u%d"},"displayName":"User %d"}\n' "$A" "$n" "$n"
    done >>old.ndjson
    "$PACK" --unframed -f old.c1z old.ndjson
    new '' "$(for n in {3..40}; do grant org:o:admin user:u"$n"; done)"
    differs
    [ "${lines[0]}" = "! 38 of 40 users gained admin on Acme" ]
    [ "${lines[1]}" = "User 10 (user:u10)" ]
    run -1 --separate-stderr "$DIFF" new.c1z old.c1z
    [ "${lines[0]}" = "! 38 of 40 users lost admin on Acme" ]
    new '/"u[3-9]"|"u[12].."|"u[1-4][0-9]"/d'
    differs
    [ "${lines[0]}" = "! 38 of 40 resources of type User are gone" ]
    new '' "{\"@type\":\"$A.Resource\",\"id\":{\"resourceType\":\"org\",\"resource\":\"p\"},\"displayName\":\"Bolt\"}
{\"@type\":\"$A.Entitlement\",\"resource\":{\"id\":{\"resourceType\":\"org\",\"resource\":\"p\"}},\"id\":\"org:p:admin\",\"slug\":\"admin\"}
$(for n in {3..40}; do grant org:o:admin user:u"$n"; grant org:p:admin user:u"$n"; done)"
    differs
    [ "${lines[0]}" = "! 38 of 40 users gained admin on 2 resources of type Organization" ]
    # Another type of that name is told from it by the id.
    "$CAT" new.c1z | sed '/"stream"/d' >twins.ndjson
    printf '{"@type":"%s.ResourceType","id":"tenant","displayName":"Organization"}\n' "$A" >>twins.ndjson
    rm new.c1z
    "$PACK" --unframed -f new.c1z twins.ndjson
    differs
    [ "${lines[0]}" = "! 38 of 40 users gained admin on 2 resources of type Organization (org)" ]
    # Few, or few of many, are no mass.
    new '' "$(for n in {3..6}; do grant org:o:admin user:u"$n"; done)"
    differs
    [[ $output != *"!"* ]]
}

@test "status: said by its words, and first where it is that of most" {
    local n
    for n in {3..40}; do
        printf '{"@type":"%s.Resource","id":{"resourceType":"user","resource":"u%d"},"displayName":"User %d","annotations":[{"@type":"%s.UserTrait","status":{"status":"STATUS_ENABLED"},"login":"user%d"}]}\n' "$A" "$n" "$n" "$A" "$n"
    done >>old.ndjson
    "$PACK" --unframed -f old.c1z old.ndjson
    new 's/ENABLED/DISABLED/; s/"login":"user7"/"login":"seven"/; s/"User 8"/"Eight"/'
    differs
    [ "${lines[0]}" = "! 38 of 40 users are now disabled" ]
    [ "${lines[1]}" = "~ resource User 10 (user:u10): status enabled -> disabled" ]
    [ "$(grep -c ': status enabled -> disabled$' <<<"$output")" -eq 36 ]
    [ "$(grep -c 'resource User 7 (user:u7): status enabled -> disabled, annotations' <<<"$output")" -eq 1 ]
    [ "$(grep -c 'resource Eight (user:u8): status enabled -> disabled, displayName "User 8" -> "Eight"$' <<<"$output")" -eq 1 ]
    # Without a status now; and in the resource itself, as newer connectors have it.
    new 's/"status":\{"status":"STATUS_ENABLED"\},//'
    differs
    [ "${lines[0]}" = "! 38 of 40 users are now without a status" ]
    [ "${lines[1]}" = "~ resource User 10 (user:u10): status enabled -> nothing" ]
    new 's/("displayName":"User 9",.*)"status":\{"status":"STATUS_ENABLED"\},/"status":{"status":"RESOURCE_STATUS_DELETED"},\1/'
    differs
    [ "$output" = "~ resource User 9 (user:u9): status enabled -> deleted" ]
}

# named ID: the grant of admin to Bob, with an id of its own.
named() {
    grant org:o:admin user:u2 | sed -E 's/"id":"org:o:admin:user:u2"/"id":"'"$1"'"/'
}

@test "a grant is known by who holds what: with another id it is one that has changed, nobody gained or lost anything" {
    local n
    sed -i '/GrantExpandable/d' old.ndjson
    for n in {3..40}; do
        printf '{"@type":"%s.Resource","id":{"resourceType":"user","resource":"u%d"},"displayName":"User %d"}\n' "$A" "$n" "$n"
    done >>old.ndjson
    for n in {3..40}; do grant org:o:admin user:u"$n"; done >>old.ndjson
    "$PACK" --unframed -f old.c1z old.ndjson
    new 's/"id":"org:o:admin:user/"id":"grant/'
    differs
    [ "$(grep -c '^User' <<<"$output")" -eq 38 ]
    [ "$(grep -cE '^  ~ admin on Acme \(org:o\): id "org:o:admin:user:(u[0-9]+)" -> "grant:\1"$' <<<"$output")" -eq 38 ]
    [ "${#lines[@]}" -eq 76 ]
    differs --json
    [ "$(jq -c 'select(.change == "changed" and .kind == "grant" and .id.id == .new.id
        and .old.id == "org:o:admin:user:" + .id.principal.resource and .new.id == "grant:" + .id.principal.resource)' <<<"$output" | wc -l)" -eq 38 ]
    [ "${#lines[@]}" -eq 38 ]
}

@test "several grants of one entitlement and principal: equal ids first, then the others in order" {
    local n
    sed -i '/GrantExpandable/d' old.ndjson
    "$PACK" --unframed --no-expand -f old.c1z <<<"$(cat old.ndjson; for n in b d f g; do named $n; done)"
    pairs() {
        differs --json
        [ "$(jq -r '.change + " " + (.old.id // "none") + " " + (.new.id // "none") + " " + .id.id' <<<"$output" | sort)" = "$1" ]
    }
    "$PACK" --unframed --no-expand -f new.c1z <<<"$(cat old.ndjson; for n in a d h i; do named $n; done)"
    pairs "changed b a a
changed f h h
changed g i i"
    # Of who holds it still, one grant less is no loss, and one more no gain.
    rm new.c1z
    "$PACK" --unframed --no-expand -f new.c1z <<<"$(cat old.ndjson; for n in d z; do named $n; done)"
    pairs "changed b z z
changed f none f
changed g none g"
    differs
    [ "$output" = 'Bob (user:u2)
  ~ admin on Acme (org:o): id "b" -> "z"
  ~ admin on Acme (org:o): one such grant less
  ~ admin on Acme (org:o): one such grant less' ]
    run -1 --separate-stderr "$DIFF" new.c1z old.c1z
    [ "${lines[2]}" = "  ~ admin on Acme (org:o): one more such grant" ]
    # Who holds it no longer lost it, with all grants of it.
    rm new.c1z
    "$PACK" --unframed --no-expand -f new.c1z old.ndjson
    differs
    [ "$(grep -c '^  - admin on Acme (org:o)$' <<<"$output")" -eq 4 ]
}

@test "json: the same changes that jq finds in the records, each with its ids" {
    "$ROOT/tests/gen-graph" --seed 3 | "$PACK" --unframed -f old.c1z
    "$ROOT/tests/gen-graph" --seed 4 | "$PACK" --unframed -f new.c1z
    differs --json
    jq -e 'select(.change | . != "added" and . != "removed" and . != "changed")' <<<"$output" && return 1
    # Independently: records by their ids, from the streams.
    for f in old new; do
        "$CAT" $f.c1z | grep -v '^{"stream"' | jq -cS '{k: (."@type" | split(".")[-1]), i: (.id | if type == "object" then .resourceType + ":" + .resource else . end),
            r: (del(.entitlement, .principal, .resource, .creationSource) | if .grantableTo then .grantableTo |= map({id}) else . end)}' | sort >$f.flat
    done
    jq -rn --slurpfile o old.flat --slurpfile n new.flat '
        ($o | map({key: (.k + " " + .i), value: .r}) | from_entries) as $a | ($n | map({key: (.k + " " + .i), value: .r}) | from_entries) as $b
        | (($a | keys) + ($b | keys) | unique)[] | . as $k
        | if $a[$k] == null then "added " + $k elif $b[$k] == null then "removed " + $k elif $a[$k] != $b[$k] then "changed " + $k else empty end' | sort >expected
    jq -r '.change + " " + (.kind | {"resource type": "ResourceType", resource: "Resource", entitlement: "Entitlement", grant: "Grant"}[.]) + " "
        + (.id | if .id then .id else .resourceType + ":" + .resource end)' <<<"$output" | sort >found
    [ -s expected ]
    diff expected found
    grep -q '^added Grant' found
    grep -q '^removed Grant' found
    # A change's ids and both forms.
    new '' "$(grant group:g:member user:u1)"
    rm old.c1z
    "$PACK" --unframed -f old.c1z old.ndjson
    differs --json
    [ "$(jq -c 'select(.id.id == "group:g:member:user:u1")' <<<"$output")" = \
        '{"change":"added","kind":"grant","id":{"id":"group:g:member:user:u1","on":{"resourceType":"group","resource":"g"},"entitlement":"group:g:member","principal":{"resourceType":"user","resource":"u1"}},"new":{"@type":"'"$A"'.Grant","id":"group:g:member:user:u1"}}' ]
}

@test "fields that are not known here differ by their bytes" {
    cat >in.ndjson <<'END'
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","displayName":"User"}
{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"group","displayName":"Group"}
END
    "$BIN/c1z-pack" --unframed --allow-empty -f ours.c1z in.ndjson
    tail -c +6 ours.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "UPDATE v1_resource_types SET data = CAST(data || x'F80601' AS BLOB) WHERE external_id = 'user'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >theirs.c1z
    run -1 --separate-stderr "$BIN/c1z-diff" ours.c1z theirs.c1z
    [ "$output" = '~ resource type User (user): fields that are not known here' ]
    run -0 "$BIN/c1z-diff" theirs.c1z theirs.c1z
    # In JSON old and new are the same, and a member says why; where something else differs too it is not there.
    run -1 --separate-stderr "$BIN/c1z-diff" --json ours.c1z theirs.c1z
    local user='{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"user","displayName":"User"}'
    [ "$output" = '{"change":"changed","kind":"resource type","id":{"id":"user"},"old":'"$user"',"new":'"$user"',"unknownFields":true}' ]
    [ "$stderr" = "" ]
    sed 's/User/Person/' in.ndjson | "$BIN/c1z-pack" --unframed --allow-empty -f other.c1z
    run -1 --separate-stderr "$BIN/c1z-diff" --json other.c1z theirs.c1z
    [ "$(jq -c '[.id.id, .old.displayName, .new.displayName, .unknownFields]' <<<"$output")" = '["user","Person","User",null]' ]
}

@test "two syncs of one file: the newest and the one before, or those asked for" {
    local ids=(0ujtsYcgvSTl8PAuAdqWYSMnLO1 0ujtsYcgvSTl8PAuAdqWYSMnLO2 0ujtsYcgvSTl8PAuAdqWYSMnLO3) i
    for i in 0 1 2; do
        { cat old.ndjson; [ $i -lt 1 ] || grant group:g:member user:u1; [ $i -lt 2 ] || grant org:o:admin user:u2; } |
            SOURCE_DATE_EPOCH=$((1700000000 + i)) "$PACK" --unframed --keep 5 --sync-id "${ids[i]}" -f many.c1z
    done
    run -1 --separate-stderr "$DIFF" many.c1z
    [ "$output" = "Bob (user:u2)
  ~ admin on Acme (org:o): now direct" ]
    run -1 --separate-stderr "$DIFF" --old-sync "${ids[0]}" --new-sync "${ids[1]}" many.c1z
    [ "$output" = "Ann (user:u1)
  + member on Staff (group:g), and 1 more by it" ]
    run -1 --separate-stderr "$DIFF" --new-sync "${ids[1]}" many.c1z
    [ "${lines[0]}" = "Ann (user:u1)" ]
    run -65 --separate-stderr "$DIFF" --new-sync "${ids[0]}" many.c1z
    [ "$stderr" = "c1z-diff: 'many.c1z' has no finished full sync before '${ids[0]}'" ]
    run -65 --separate-stderr "$DIFF" old.c1z
    [[ $stderr == "c1z-diff: 'old.c1z' has no finished full sync before '"* ]]
    # One that is not finished did not end after any.
    tail -c +6 many.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET ended_at = NULL WHERE sync_id = '${ids[2]}'"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >open.c1z
    run -65 --separate-stderr "$DIFF" --new-sync "${ids[2]}" open.c1z
    [ "$stderr" = "c1z-diff: 'open.c1z': sync '${ids[2]}' is not finished, so none ended before it: give an --old-sync" ]
    run -1 --separate-stderr "$DIFF" --old-sync "${ids[1]}" --new-sync "${ids[2]}" open.c1z
    [ "${lines[0]}" = "Bob (user:u2)" ]
    run -65 --separate-stderr "$DIFF" --old-sync nothing many.c1z old.c1z
    [ "$stderr" = "c1z-diff: 'many.c1z' has no sync 'nothing'" ]
}

@test "one of the two may be standard input" {
    new '' "$(grant group:g:member user:u1)"
    run -1 --separate-stderr "$DIFF" old.c1z new.c1z
    local want=$output
    [ -n "$want" ]
    run -1 --separate-stderr "$DIFF" - new.c1z <old.c1z
    [ "$output" = "$want" ]
    run -1 --separate-stderr "$DIFF" old.c1z - <new.c1z
    [ "$output" = "$want" ]
    run -64 --separate-stderr "$DIFF" - - <new.c1z
    [ "${stderr_lines[0]}" = "c1z-diff: standard input cannot be both OLD and NEW" ]
}

@test "what a sync does not know is warned about" {
    new ''
    tail -c +6 new.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "UPDATE v1_sync_runs SET ended_at = NULL"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >open.c1z
    run -0 --separate-stderr "$DIFF" old.c1z open.c1z
    [[ $stderr == "c1z-diff: warning: the sync is not finished (file=open.c1z, "* ]]
    tail -c +6 new.c1z | zstd -dqc >db.sqlite
    sqlite3 db.sqlite "DELETE FROM v1_assets; INSERT INTO v1_assets (external_id, content_type, data, sync_id, discovered_at) SELECT 'c1z-pack/manifest', 'application/json', CAST('{\"gaps\":[{\"of\":\"group\",\"reason\":\"forbidden\"}]}' AS BLOB), sync_id, started_at FROM v1_sync_runs"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >gaps.c1z
    run -0 --separate-stderr "$DIFF" old.c1z gaps.c1z
    [[ $stderr == "c1z-diff: warning: the sync has gaps: what is missing there may only not have been seen (file=gaps.c1z, "*"gaps=1)" ]]
    # What was refused may be a way to roles, or not; what was not there is none.
    sqlite3 db.sqlite "UPDATE v1_assets SET data = CAST('{\"notes\":[{\"of\":\"instance_admin\",\"reason\":\"forbidden\"},{\"of\":\"invitation\",\"reason\":\"forbidden\"},{\"of\":\"group\",\"reason\":\"missing\"}]}' AS BLOB)"
    { printf 'C1ZF\0'; zstd -qc db.sqlite; } >notes.c1z
    for pair in "old.c1z notes.c1z" "notes.c1z old.c1z"; do
        # shellcheck disable=SC2086 # two files
        run -0 --separate-stderr "$DIFF" $pair
        [[ $stderr == "c1z-diff: warning: the application was not shown all that gives access: what is missing there may only not have been seen (file=notes.c1z, "*"kinds=instance_admin)" ]]
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
    done
    # What was shown on neither side makes no difference.
    run -0 --separate-stderr "$DIFF" notes.c1z notes.c1z
    [ -z "$stderr" ]
}

@test "what was left out on purpose is warned about, on either side" {
    "$BIN/c1z-cat" -f old.c1z | "$PACK" --no-expand --skip-grants -f part.c1z
    for pair in "old.c1z part.c1z" "part.c1z old.c1z"; do
        # shellcheck disable=SC2086 # two files
        run -1 --separate-stderr "$DIFF" $pair
        [[ $stderr == "c1z-diff: warning: records were left out of the sync on purpose: what is missing there may be among them (file=part.c1z, "*"kinds=grants)" ]]
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
    done
}

@test "nothing in a name can steer a terminal" {
    new 's/"displayName":"Ann"/"displayName":"\\\\u001b[2J\\\\u202eAnn"/'
    differs
    [[ $output != *$'\e'* ]]
    [[ $output == '~ resource \u001b[2J\u202eAnn (user:u1): displayName "Ann" -> '* ]]
}

@test "trouble has the statuses of the house, and is no difference" {
    new '' "$(grant group:g:member user:u1)"
    run -66 --separate-stderr "$DIFF" old.c1z nowhere
    [ "$stderr" = "c1z-diff: cannot open 'nowhere': No such file or directory" ]
    echo garbage >garbage
    run -65 --separate-stderr "$DIFF" garbage old.c1z
    run -74 --separate-stderr bash -c '"$1" old.c1z new.c1z >/dev/full' - "$DIFF"
    run -74 --separate-stderr bash -c '"$1" --json old.c1z new.c1z >/dev/full' - "$DIFF"
    TMPDIR=$PWD/nowhere run -73 --separate-stderr "$DIFF" old.c1z new.c1z
    local args
    for args in "" "a b c" "--by name a b" "--nothing a b"; do
        # shellcheck disable=SC2086 # several arguments
        run -64 --separate-stderr "$DIFF" $args
        [[ $stderr == *"usage: c1z-diff "* ]]
    done
    run -0 --separate-stderr "$DIFF" --help
    [ "$(wc -L <<<"$output")" -le 80 ]
}

@test "memory does not grow with the grants" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured in sanitized builds"
    "$ROOT/tests/bench/gen-records" 100000 | "$PACK" --unframed -f one.c1z
    "$ROOT/tests/bench/gen-records" 100000 | sed 's/"Workspace 7"/"Workspace seven"/' | "$PACK" --unframed -f two.c1z
    "$ROOT/tests/bench/measure" diff -o changes "$DIFF" one.c1z two.c1z >figures || [ $? -eq 1 ]
    cat figures
    [ "$(wc -l <changes)" -eq 1 ]
    [ "$(sed 's/.* \([0-9.]*\) MB.*/\1/' figures | cut -d. -f1)" -lt 64 ]
}

@test "nor with the grants of one entitlement and principal, all with other ids" {
    [ -z "${AB_SANITIZED:-}" ] || skip "memory is not measured in sanitized builds"
    { cat old.ndjson; named 'o%06d' | awk '{ for (i = 0; i < 50000; i++) printf($0 "\n", i) }'; } | "$PACK" --unframed --no-expand -f one.c1z
    { cat old.ndjson; named 'n%06d' | awk '{ for (i = 0; i < 50000; i++) printf($0 "\n", i) }'; } | "$PACK" --unframed --no-expand -f two.c1z
    "$ROOT/tests/bench/measure" diff -o changes "$DIFF" --json two.c1z one.c1z >figures || [ $? -eq 1 ]
    cat figures
    [ "$(jq -r '"n" + .new.id[1:] == .old.id and .change == "changed"' changes | sort | uniq -c | xargs)" = "50000 true" ]
    [ "$(sed 's/.* \([0-9.]*\) MB.*/\1/' figures | cut -d. -f1)" -lt 64 ]
}
