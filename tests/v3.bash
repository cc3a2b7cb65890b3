# v3.bash: what the suites on format v3 share.
# shellcheck shell=bash

# records: records on standard input, their members in one order, sorted.
records() {
    grep -v '^{"stream":' | jq -cS . | sort
}

# reduced: as records, less what a conversion to format v3 drops: the creation source; of the resource in an entitlement,
# of the types that it can be granted to, and of the entitlement and the principal in a grant, all but their ids (and
# whose child the principal is).
reduced() {
    grep -v '^{"stream":' | jq -cS 'def stub: if . then {id} else . end;
        del(.creationSource)
        | if ."@type" | endswith(".Entitlement") then .resource |= stub | if .grantableTo then .grantableTo |= map(stub) else . end else . end
        | if ."@type" | endswith(".Grant") then .entitlement = {id: .entitlement.id, resource: (.entitlement.resource | stub)}
            | .principal |= (if .parentResourceId then {id, parentResourceId} else {id} end) else . end' | sort
}

# pack ARGS...: c1z-pack with a fixed id and time on unframed records.
pack() {
    SOURCE_DATE_EPOCH=1764000000 "$BIN/c1z-pack" --unframed --sync-id 0ujtsYcgvSTl8PAuAdqWYSMnLOv "$@" 2>pack.err
}

# graph SEED: the records of a random graph, none of whose grants differ from another by their id alone.
graph() {
    "$ROOT/tests/gen-graph" --seed "$1"
}

# record MESSAGE MEMBERS: a line.
record() {
    printf '{"@type":"type.googleapis.com/c1.connector.v2.%s",%s}\n' "$1" "$2"
}

# rich: records with ids of every kind of byte, profile, icon, status, times and annotations.
rich() {
    local odd='"resourceType":"user","resource":"\u0001:\u0001\u0002 ü"'
    record ResourceType '"id":"user","displayName":"User","traits":["TRAIT_USER"],"description":"d","annotations":[{"@type":"type.googleapis.com/c1.connector.v2.V1Identifier","id":"1"}]'
    record Resource '"id":{"resourceType":"user","resource":"u"},"displayName":"U","description":"\ud83d\ude00","annotations":[{"@type":"type.googleapis.com/c1.connector.v2.UserTrait","emails":[{"address":"u@x","isPrimary":true}],"status":{"status":"STATUS_ENABLED"},"profile":{"n":1.5,"l":[true,null]},"lastLogin":"2024-02-29T00:00:00Z"}]'
    record Resource '"id":{'"$odd"'},"parentResourceId":{"resourceType":"user","resource":"u"},"displayName":"x\u0000y","profile":{"a":[1,null,"b"]},"icon":{"id":"i"},"status":{"status":"RESOURCE_STATUS_DISABLED","details":"d"},"createdAt":"2020-01-02T03:04:05.678Z","annotations":[{"@type":"type.googleapis.com/c1.connector.v2.UserTrait","status":{"status":"STATUS_ENABLED"},"profile":{}}]'
    record Entitlement '"resource":{"id":{'"$odd"'}},"id":"user:\u0001:\u0001\u0002 ü:","purpose":"PURPOSE_VALUE_OWNERSHIP","grantableTo":[{"id":"user"}],"slug":"s","displayName":"S","description":"d"'
    record Grant '"entitlement":{"resource":{"id":{'"$odd"'}},"id":"user:\u0001:\u0001\u0002 ü:"},"principal":{"id":{"resourceType":"user","resource":"u"}},"id":"g","annotations":[{"@type":"type.googleapis.com/c1.connector.v2.GrantMetadata","metadata":{"k":"v"}}]'
}
