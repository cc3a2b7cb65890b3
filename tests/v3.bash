# v3.bash: what the suites on format v3 share.
# shellcheck shell=bash

# reduced: records on standard input as format v3 keeps them, sorted.
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
