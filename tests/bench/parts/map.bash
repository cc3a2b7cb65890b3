# map: how long ab-map takes to start, what a second thread gives it, and that its memory does not grow
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
streams
printf '%s\n' '{"stream":"begin","schema":"airbyte-raw/1","source":"x","startedAt":""}' '{"stream":"end","records":0}' >empty

# best COMMAND...: the least milliseconds of 20 runs.
best() {
    local began least=999999 ms
    for _ in {1..20}; do
        began=$(date +%s%N)
        "$@" >/dev/null
        ms=$((($(date +%s%N) - began) / 100000))
        [ "$ms" -ge "$least" ] || least=$ms
    done
    printf '%d.%d' $((least / 10)) $((least % 10))
}
figure "ab-map, no lines (start)" '%7s ms' "$(best "$bin/ab-map" empty)"
figure "libjq alone (jq -n empty)" '%7s ms' "$(best jq -n empty)"

measure "ab-map -j 1" -i "$work/raw.ndjson" "$bin/ab-map" --log-level error -j 1
measure "ab-map -j 2" -i "$work/raw.ndjson" "$bin/ab-map" --log-level error -j 2

# The users of workspaces again and again: 10^7 lines where that is asked for.
grep '^{"resource":"workspace_user"' "$work/raw.ndjson" >users
times=$(by_size 2 8 10)
lines=$(($(wc -l <users) * times))
{
    head -n 1 "$work/raw.ndjson"
    for _ in $(seq "$times"); do cat users; done
    printf '{"stream":"end","records":%d}\n' "$lines"
} >long
measure "ab-map, $lines lines" -i long "$bin/ab-map" --log-level error
