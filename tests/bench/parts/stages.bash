# stages: one organization, 2,000 people: all stages, then one at a time
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
streams
serve "$work/big.json"
measure "all stages together" "$root/scripts/baton-airbyte" -f big.c1z
figure requests "%7d" "$(wc -l <requests)"
measure ab-fetch -o raw.ndjson "$bin/ab-fetch"
measure ab-map -i raw.ndjson -o records.ndjson "$bin/ab-map"
measure c1z-pack -i records.ndjson "$bin/c1z-pack" -f stage.c1z
measure c1z-cat -o again.ndjson "$bin/c1z-cat" -f stage.c1z
figure "workspace_user lines" "%7d" "$(grep -c '^{"resource":"workspace_user"' raw.ndjson)"
figure "grants after expansion" "%7d" "$(grep -c 'connector.v2.Grant"' again.ndjson)"
