# who: the answers of ab-who
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
streams
"$bin/c1z-pack" -f sync.c1z --log-level error "$work/records.ndjson"
grants=$("$bin/c1z-cat" sync.c1z grants | grep -c '"@type"')
someone=$(jq -r '.users[7].userId' "$work/big.json")
place=$(jq -r '.workspaces[7].workspaceId' "$work/big.json")
measure "ab-who, $grants grants" "$bin/ab-who" -f sync.c1z
measure "ab-who USER" "$bin/ab-who" -f sync.c1z "$someone"
measure "ab-who WORKSPACE" "$bin/ab-who" -f sync.c1z "$place"
