#!/usr/bin/env bats
# c1z-mask: records with pseudonyms.

load lib.bash

MASK=$BIN/c1z-mask
CAT=$BIN/c1z-cat
PACK=$BIN/c1z-pack
FRAME=$BIN/c1z-frame
A=type.googleapis.com/c1.connector.v2

setup() {
    cd "$BATS_TEST_TMPDIR"
    export SOURCE_DATE_EPOCH=1700000000
    umask 077
    printf 'sixteen bytes...\n' >key
}

# mask LINES: the masked form of record lines, without frames.
mask() {
    printf '%s\n' "$1" >lines
    "$FRAME" cat lines | "$MASK" --key-file key | grep -v '^{"stream"'
}

# pseudonym TEXT: the first 16 hexadecimal digits of its HMAC, made by another program.
pseudonym() {
    python3 -c 'import hashlib, hmac, sys; print(hmac.new(b"sixteen bytes...", sys.argv[1].encode(), hashlib.sha256).hexdigest()[:16])' "$1"
}

@test "pseudonyms are HMACs, in the shape of what they stand for" {
    run -0 mask "{\"@type\":\"$A.Resource\",\"id\":{\"resourceType\":\"user\",\"resource\":\"ann\"},\"displayName\":\"ann@example.com\"}"
    [ "$(jq -r .id.resource <<<"$output")" = "x$(pseudonym ann)" ]
    [ "$(jq -r .displayName <<<"$output")" = "x$(pseudonym ann@example.com)@masked.invalid" ]
    [ "$(jq -r .id.resourceType <<<"$output")" = user ]
    id=0ED4C116-023f-48e3-976b-6fed27ff8974
    run -0 mask "{\"@type\":\"$A.Resource\",\"id\":{\"resourceType\":\"user\",\"resource\":\"$id\"}}"
    [[ $(jq -r .id.resource <<<"$output") =~ ^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$ ]]
    [ "$(jq -r .id.resource <<<"$output" | tr -d - | cut -c-16)" = "$(pseudonym "$id")" ]
}

@test "the same key, the same pseudonyms; another key, others; the line feed at its end does not count" {
    "$CAT" "$FIXTURES/go-connector.c1z" >in.ndjson
    "$MASK" --key-file key in.ndjson >one
    "$MASK" --key-file key <in.ndjson | cmp - one
    printf 'sixteen bytes...' >bare
    "$MASK" --key-file bare - <in.ndjson | cmp - one
    printf 'sixteen bytes..!\n' >other
    "$MASK" --key-file other in.ndjson >two
    # But for the three types and the end line, no line is the same.
    [ "$(wc -l <two)" -eq 260 ]
    [ "$(grep -cvxFf one two)" -eq 256 ]
}

@test "nothing of a name, an address, a login or an id is left, in any field" {
    s=SENTINEL
    mask "{\"@type\":\"$A.ResourceType\",\"id\":\"user\",\"displayName\":\"$s type!\",\"description\":\"$s\",\"annotations\":[{\"@type\":\"$A.ChildResourceType\",\"resourceTypeId\":\"a $s\"},{\"@type\":\"$A.CapabilityPermissions\",\"permissions\":[{\"permission\":\"$s!\"}]}]}
{\"@type\":\"$A.Resource\",\"id\":{\"resourceType\":\"user\",\"resource\":\"$s\"},\"parentResourceId\":{\"resourceType\":\"user\",\"resource\":\"$s.2\"},\"displayName\":\"$s\",\"description\":\"$s\",\"externalId\":{\"id\":\"$s\",\"link\":\"$s\",\"description\":\"$s\"},\"profile\":{\"email\":\"$s\",\"$s\":[{\"$s\":\"$s\"},12345678,true,null]},\"icon\":{\"id\":\"$s\"},\"status\":{\"status\":\"RESOURCE_STATUS_ENABLED\",\"details\":\"$s\"},\"createdAt\":\"2026-01-01T00:00:00Z\",\"annotations\":[{\"@type\":\"$A.UserTrait\",\"emails\":[{\"address\":\"$s@x.y\",\"isPrimary\":true}],\"status\":{\"details\":\"$s left\"},\"profile\":{\"user_id\":\"$s\",\"nested\":{\"$s\":{\"$s\":\"$s\"}}},\"icon\":{\"id\":\"$s\"},\"login\":\"$s\",\"loginAliases\":[\"$s\"],\"employeeIds\":[\"$s\"],\"structuredName\":{\"givenName\":\"$s\",\"familyName\":\"$s\",\"middleNames\":[\"$s\"],\"prefix\":\"$s\",\"suffix\":\"$s\"}},{\"@type\":\"$A.GroupTrait\",\"icon\":{\"id\":\"$s\"},\"profile\":{\"a\":\"$s\"},\"groupSourceType\":\"a $s\",\"rawGroupSourceType\":\"a $s\"},{\"@type\":\"$A.RoleTrait\",\"profile\":{\"a\":\"$s\"},\"roleScopeConditions\":{\"type\":\"a $s\",\"conditions\":[{\"expression\":\"$s\"}]}},{\"@type\":\"$A.ScopeBindingTrait\",\"roleId\":{\"resource\":\"$s\"},\"scopeResourceId\":{\"resource\":\"$s\"}},{\"@type\":\"$A.AppTrait\",\"helpUrl\":\"$s\",\"logo\":{\"id\":\"$s\"},\"profile\":{\"a\":\"$s\"}},{\"@type\":\"$A.ExternalLink\",\"url\":\"$s\"},{\"@type\":\"$A.V1Identifier\",\"id\":\"$s\"},{\"@type\":\"$A.RawId\",\"id\":\"$s\"},{\"@type\":\"$A.Aliases\",\"ids\":[\"$s\"]}]}
{\"@type\":\"$A.Entitlement\",\"resource\":{\"id\":{\"resourceType\":\"user\",\"resource\":\"$s\"},\"displayName\":\"$s\"},\"id\":\"$s!\",\"displayName\":\"$s admin\",\"description\":\"$s\",\"slug\":\"admin\",\"annotations\":[{\"@type\":\"$A.EntitlementImmutable\",\"sourceId\":\"$s\",\"metadata\":{\"a\":\"$s\"}},{\"@type\":\"$A.EntitlementExclusionGroup\",\"exclusionGroupId\":\"$s\",\"order\":3}]}
{\"@type\":\"$A.Grant\",\"id\":\"$s\",\"entitlement\":{\"resource\":{\"id\":{\"resourceType\":\"user\",\"resource\":\"$s\"}},\"id\":\"$s!\"},\"principal\":{\"id\":{\"resourceType\":\"user\",\"resource\":\"$s\"},\"displayName\":\"$s\"},\"sources\":{\"sources\":{\"$s\":{\"isDirect\":true}}},\"annotations\":[{\"@type\":\"$A.GrantExpandable\",\"entitlementIds\":[\"$s\",\"user:$s:x\"]},{\"@type\":\"$A.GrantImmutable\",\"sourceId\":\"$s\",\"metadata\":{\"$s\":\"$s\"}},{\"@type\":\"$A.GrantMetadata\",\"metadata\":{\"a\":\"$s\"}},{\"@type\":\"$A.ETag\",\"value\":\"$s\",\"entitlementId\":\"$s\"}]}" >out
    [ "$(wc -l <out)" -eq 4 ]
    run ! grep -i sentinel out
    run ! grep -E '12345678|left|x\.y' out
    # What is structure stays.
    [ "$(sed -n 2p out | jq -c '[.status.status, .createdAt, .profile.email != null, (.annotations[0] | .emails[0].isPrimary)]')" = '["RESOURCE_STATUS_ENABLED","2026-01-01T00:00:00Z",true,true]' ]
    [ "$(sed -n 3p out | jq -r .displayName)" = "x$(pseudonym "$s") admin" ]
    [ "$(sed -n 3p out | jq -r '.annotations[1].order')" = 3 ]
}

@test "roles and ids that are made of others stay what they are: masked and packed is packed and masked" {
    "$ROOT/tests/gen-graph" --seed 11 >graph.ndjson
    "$PACK" --unframed -f plain.c1z graph.ndjson
    "$CAT" plain.c1z | "$MASK" --key-file key | grep -v '^{"stream"' | sort >masked-after
    # The graph with entitlements first, as c1z-cat has them.
    { grep -v -e Grant\" graph.ndjson; grep Grant\" graph.ndjson; } >ordered.ndjson
    "$FRAME" cat ordered.ndjson | "$MASK" --key-file key | "$PACK" -f masked.c1z
    "$CAT" masked.c1z | grep -v '^{"stream"' | sort >masked-before
    [ -s masked-after ]
    diff masked-before masked-after
    [ "$(grep -c GrantImmutable masked-after)" -gt 0 ]
    # And it goes into a file as it is.
    "$CAT" plain.c1z | "$MASK" --key-file key | "$PACK" --no-expand -f shown.c1z
    "$CAT" shown.c1z | grep -v '^{"stream"' | sort | cmp - masked-after
}

@test "ids by no convention are masked whole, the same wherever they are named" {
    run -0 mask "{\"@type\":\"$A.Entitlement\",\"resource\":{\"id\":{\"resourceType\":\"g\",\"resource\":\"a\"}},\"id\":\"odd\",\"slug\":\"ann smith\"}
{\"@type\":\"$A.Grant\",\"id\":\"odd one\",\"entitlement\":{\"resource\":{\"id\":{\"resourceType\":\"g\",\"resource\":\"a\"}},\"id\":\"odd\"},\"principal\":{\"id\":{\"resourceType\":\"g\",\"resource\":\"a\"}},\"sources\":{\"sources\":{\"odd\":{}}}}"
    odd=x$(pseudonym odd)
    [ "$(jq -c '[.id, .slug]' <<<"${lines[0]}")" = "[\"$odd\",\"x$(pseudonym 'ann smith')\"]" ]
    [ "$(jq -c '[.id, .entitlement.id, (.sources.sources | keys[])]' <<<"${lines[1]}")" = "[\"x$(pseudonym 'odd one')\",\"$odd\",\"$odd\"]" ]
}

@test "a reference to an entitlement becomes what its id becomes, or is refused" {
    on='"entitlement":{"resource":{"id":{"resourceType":"g","resource":"a"}},"id":"g:a:member"},"principal":{"id":{"resourceType":"g","resource":"b"}}'
    entitlement='{"@type":"'"$A"'.Entitlement","resource":{"id":{"resourceType":"g","resource":"a"}},"id":"g:a:member","slug":"member"}'
    # Its own entitlement a grant knows; nothing else where the stream has no entitlements.
    run -0 mask "{\"@type\":\"$A.Grant\",\"id\":\"1\",$on,\"sources\":{\"sources\":{\"g:a:member\":{}}}}"
    [ "$(jq -c '[.entitlement.id, (.sources.sources | keys[])] | unique' <<<"$output")" = "[\"g:x$(pseudonym a):member\"]" ]
    for more in '"sources":{"sources":{"g:b:member":{}}}' '"annotations":[{"@type":"'"$A"'.GrantExpandable","entitlementIds":["g:b:member"]}]'; do
        printf '%s\n' "{\"@type\":\"$A.Grant\",\"id\":\"1\",$on,$more}" >lines
        run -65 --separate-stderr bash -c '"$1" cat lines | "$2" --key-file key' - "$FRAME" "$MASK"
        [ "$stderr" = "c1z-mask: standard input: line 2: 'g:b:member' is referred to before its entitlement: put entitlements first, as c1z-cat does" ]
        [[ $output != *'"stream":"end"'* ]]
    done
    # One that is nowhere is masked whole; but not one that is known too late, by a grant of it.
    run -0 mask "$entitlement
{\"@type\":\"$A.Grant\",\"id\":\"1\",$on,\"sources\":{\"sources\":{\"g:b:member\":{}}}}"
    [ "$(jq -c '.sources.sources | keys' <<<"${lines[1]}")" = "[\"x$(pseudonym g:b:member)\"]" ]
    printf '%s\n' "$entitlement" "{\"@type\":\"$A.Grant\",\"id\":\"1\",$on,\"sources\":{\"sources\":{\"g:b:member\":{}}}}" \
        "{\"@type\":\"$A.Grant\",\"id\":\"2\",$on}" | sed '3s/"resource":"a"/"resource":"b"/; 3s/g:a:/g:b:/' >lines
    run -65 --separate-stderr bash -c '"$1" cat lines | "$2" --key-file key' - "$FRAME" "$MASK"
    [[ $stderr == "c1z-mask: standard input: line 4: 'g:b:member' is referred to before its entitlement:"* ]]
    # Etags, which resources have before any entitlement, lose theirs with their values.
    run -0 mask "{\"@type\":\"$A.Resource\",\"annotations\":[{\"@type\":\"$A.ETag\",\"value\":\"v\",\"entitlementId\":\"g:a:member\"}]}"
    [ "$(jq -c '.annotations[0] | del(.["@type"])' <<<"$output")" = '{}' ]
}

@test "an invitation stays one, to hold its role on its resource" {
    printf '%s\n' "{\"@type\":\"$A.ResourceType\",\"id\":\"user\",\"traits\":[\"TRAIT_USER\"]}" "{\"@type\":\"$A.ResourceType\",\"id\":\"org\"}" \
        "{\"@type\":\"$A.Resource\",\"id\":{\"resourceType\":\"org\",\"resource\":\"o\"},\"displayName\":\"Acme\"}" \
        "{\"@type\":\"$A.Resource\",\"id\":{\"resourceType\":\"user\",\"resource\":\"i\"},\"displayName\":\"new@x.y\",\"annotations\":[{\"@type\":\"$A.UserTrait\",\"status\":{\"status\":\"STATUS_DISABLED\",\"details\":\"invitation pending\"},\"profile\":{\"invited_by\":\"ann\",\"permission_type\":\"workspace_admin\",\"scope_id\":\"o\",\"scope_type\":\"org\",\"status\":\"pending\"}}]}" >lines
    "$FRAME" cat lines | "$MASK" --key-file key >masked.ndjson
    [ "$(sed -n 5p masked.ndjson | jq -c '.annotations[0].profile | [.permission_type, .scope_type, .scope_id]')" = '["workspace_admin","org","x'"$(pseudonym o)"'"]' ]
    "$PACK" --no-expand -f masked.c1z masked.ndjson
    run -0 --separate-stderr "$BIN/ab-who" -f masked.c1z user:"x$(pseudonym i)"
    [[ ${lines[1]} == *", an invitation that nobody has taken up, to be" ]]
    [ "${lines[2]}" = "workspace_admin of org x$(pseudonym Acme)" ]
    # A role that is no plain word may be anything.
    run -0 mask "{\"@type\":\"$A.Resource\",\"profile\":{\"permission_type\":\"boss of Ann\",\"scope_type\":[\"a b\",\"org\"]}}"
    [ "$(jq -c '.profile | [.permission_type, .scope_type]' <<<"$output")" = '["x'"$(pseudonym 'boss of Ann')"'",["x'"$(pseudonym 'a b')"'","org"]]' ]
}

@test "what is not known is refused, by line, type and field; no end line" {
    local record want
    while IFS='|' read -r record want; do
        printf '%s\n' '{"@type":"'"$A"'.ResourceType","id":"t"}' "${record//@A/$A}" >lines
        run -65 --separate-stderr bash -c '"$1" cat lines | "$2" --key-file key' - "$FRAME" "$MASK"
        [ "$stderr" = "c1z-mask: standard input: line 3: $want: not known how to mask" ] || { echo "$stderr"; return 1; }
        [[ ${lines[-1]} == *ResourceType* ]]
    done <<'END'
{"@type":"@A.Resource","annotations":[{"@type":"@A.SecretTrait","profile":{"a":"b"}}]}|c1.connector.v2.SecretTrait
{"@type":"@A.Resource","annotations":[{"@type":"@A.VendorTrait"}]}|c1.connector.v2.VendorTrait
{"@type":"@A.Resource","annotations":[{"@type":"type.googleapis.com/google.protobuf.Struct","value":{"a":"b"}}]}|google.protobuf.Struct
{"@type":"@A.UserTrait","login":"x"}|c1.connector.v2.UserTrait
{"@type":"@A.Resource","annotations":[{"@type":"https://ann.example/c1.connector.v2.SkipGrants"}]}|https://ann.example/c1.connector.v2.SkipGrants
{"@type":"@A.Resource","annotations":[{"@type":"type.googleapis.com/ann/c1.connector.v2.SkipGrants"}]}|ann/c1.connector.v2.SkipGrants
{"@type":"@A.Resource","annotations":[{"@type":"c1.connector.v2.SkipGrants"}]}|c1.connector.v2.SkipGrants
{"@type":"@A.Resource","annotations":[{"@type":"/c1.connector.v2.SkipGrants"}]}|/c1.connector.v2.SkipGrants
END
    # That of the record itself is not kept.
    run -0 mask '{"@type":"https://ann.example/c1.connector.v2.ResourceType","id":"t"}'
    [ "$output" = '{"@type":"'"$A"'.ResourceType","id":"t"}' ]
    printf '%s\n' '{"@type":"'"$A"'.Grant","id":"g"}' '{"@type":"'"$A"'.Entitlement","id":"e"}' >lines
    run -65 --separate-stderr bash -c '"$1" cat lines | "$2" --key-file key' - "$FRAME" "$MASK"
    [ "$stderr" = "c1z-mask: standard input: line 3: an entitlement behind a grant: put entitlements first, as c1z-cat does" ]
    echo '{"@type":"'"$A"'.Resource","nonsense":1}' >lines
    run -65 --separate-stderr bash -c '"$1" cat lines | "$2" --key-file key' - "$FRAME" "$MASK"
    [[ $stderr == "c1z-mask: standard input: line 2, "* ]]
}

@test "frame lines: the source and the ids of gaps and notes are masked, their counts and words kept" {
    cat >in.ndjson <<'END'
{"stream":"begin","schema":"baton-records/1","source":"https://airbyte.example.com","startedAt":"2026-11-22T20:00:00Z","stages":[{"tool":"x","version":"1","host":"example.com"}]}
{"stream":"gap","of":"group","organizationId":"o1","status":403,"reason":"forbidden","needs":"organization_admin","more":"example"}
{"stream":"note","of":"Example Inc","organizationId":"o1","reason":"unlicensed"}
{"stream":"end","records":2,"gaps":1}
END
    run -0 --separate-stderr "$MASK" --key-file key in.ndjson
    [ -z "$stderr" ]
    [ "$output" = '{"stream":"begin","schema":"baton-records/1","source":"masked:x'"$(pseudonym https://airbyte.example.com)"'","startedAt":"2026-11-22T20:00:00Z"}
{"stream":"gap","of":"group","organizationId":"x'"$(pseudonym o1)"'","status":403,"reason":"forbidden","needs":"organization_admin"}
{"stream":"note","of":"x'"$(pseudonym 'Example Inc')"'","organizationId":"x'"$(pseudonym o1)"'","reason":"unlicensed"}
{"stream":"end","records":2,"gaps":1}' ]
}

@test "plain records: what helps is named, and no option that is not there" {
    echo "{\"@type\":\"$A.ResourceType\",\"id\":\"t\"}" >lines
    run -65 --separate-stderr "$MASK" --key-file key lines
    [ "$stderr" = "c1z-mask: lines: line 1: the stream does not start with a begin line; plain records need c1z-frame COMMAND" ]
    [ -z "$output" ]
    run -65 --separate-stderr "$MASK" --key-file key "$FIXTURES/go-connector.c1z"
    [ "$stderr" = "c1z-mask: $FIXTURES/go-connector.c1z: a .c1z file, not a stream of records: use c1z-cat FILE |" ]
    [ -z "$output" ]
}

@test "an input that does not end well, an output that cannot be written" {
    "$CAT" "$FIXTURES/go-connector.c1z" >in.ndjson
    head -n 20 in.ndjson >"cut"
    run -65 --separate-stderr "$MASK" --key-file key "cut"
    [[ $stderr == "c1z-mask: cut: unfinished:"* ]]
    [[ ${lines[-1]} != *'"end"'* ]]
    run -74 --separate-stderr bash -c '"$1" --key-file key in.ndjson >/dev/full' - "$MASK"
    run -66 --separate-stderr "$MASK" --key-file key nowhere
    [ "$stderr" = "c1z-mask: cannot open 'nowhere': No such file or directory" ]
    ln -s loop loop
    run -66 --separate-stderr "$MASK" --key-file key loop
    [ "$stderr" = "c1z-mask: cannot open 'loop': Too many levels of symbolic links" ]
    run -66 --separate-stderr "$MASK" --key-file loop in.ndjson
    [ "$stderr" = "c1z-mask: cannot open 'loop': Too many levels of symbolic links" ]
}

@test "keys: needed, long enough, not too long, there, and no one else's to read" {
    "$CAT" "$FIXTURES/go-connector.c1z" >in.ndjson
    run -64 --separate-stderr "$MASK" in.ndjson
    [[ $stderr == "c1z-mask: --key-file is needed"* ]]
    run -66 --separate-stderr "$MASK" --key-file nowhere in.ndjson
    printf 'fifteen bytes..\n' >short
    run -65 --separate-stderr "$MASK" --key-file short in.ndjson
    [ "$stderr" = "c1z-mask: 'short': a key has 16 to 4096 bytes" ]
    head -c 4097 /dev/zero >long
    run -65 --separate-stderr "$MASK" --key-file long in.ndjson
    head -c 4096 /dev/zero >most
    run -0 --separate-stderr "$MASK" --key-file most in.ndjson
    [ -z "$stderr" ]
    chmod 644 key
    run -0 --separate-stderr "$MASK" --key-file key in.ndjson
    [ "$stderr" = "c1z-mask: warning: others can read the key file, and with it lead pseudonyms back (file=key)" ]
    # A key is shown nowhere.
    [[ $output$stderr != *sixteen* ]]
    run -0 --separate-stderr "$MASK" --help
    [ "$(wc -L <<<"$output")" -le 80 ]
    run -64 --separate-stderr "$MASK" --key-file key a b
}

@test "baton reads a masked file: as many of everything, and none of its names" {
    local status=0 kind
    BATON=$("$ROOT/tests/interop/build") || status=$?
    [ "$status" -ne 3 ] || skip "no Go here, so no real baton"
    (umask 077; openssl rand -hex 32 >baton.key)
    "$BIN/c1z-cat" "$FIXTURES/go-connector.c1z" >plain.ndjson
    "$BIN/c1z-mask" --key-file baton.key <plain.ndjson | "$BIN/c1z-pack" --no-expand -f masked.c1z 2>pack.err
    for kind in resource-types resources entitlements grants; do
        NO_COLOR=1 "$BATON" -f masked.c1z "$kind" 2>baton.log >shown
        # It prints a head and an empty line besides, we a begin and an end line.
        [ "$(wc -l <shown)" -eq "$("$BIN/c1z-cat" "$FIXTURES/go-connector.c1z" "$kind" | wc -l)" ]
        cat shown >>all
    done
    jq -r 'select(."@type" // "" | endswith(".Resource")) | .displayName, .id.resource' plain.ndjson >names
    [ "$(wc -l <names)" -eq 88 ]
    run -1 grep -Ff names all
}
