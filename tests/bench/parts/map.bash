# map: how long ab-map takes to start, what a second thread gives it, and that its memory does not grow
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
streams
printf '%s\n' '{"stream":"begin","schema":"airbyte-raw/1","source":"x","startedAt":""}' '{"stream":"end","records":0}' >empty

# start LABEL COMMAND...: the least milliseconds of processor time of 20 runs, which other programs disturb less than the
# clock, and, where valgrind is there to count them, the instructions.
start() {
    local TIMEFORMAT='%U %S' least count=-
    least=$(for _ in {1..20}; do { time "${@:2}" >/dev/null; } 2>&1; done |
        awk '{ ms = ($1 + $2) * 1000 } NR == 1 || ms < least { least = ms } END { print least }')
    ! command -v valgrind >/dev/null || count=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "${@:2}" 2>&1 >/dev/null |
        awk '/Collected/ { printf "%.0f", $NF / 1e6 }')
    figure "$1" '%7s ms cpu %7s million instructions' "$least" "$count"
}
start "ab-map, no lines (start)" "$bin/ab-map" empty
start "libjq alone (jq -n empty)" jq -n empty

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
