#!/usr/bin/env bash
# ab-map.sh RAW: processor time of ab-map and of the jq program for the same filter on the lines of the raw stream RAW.
# Both run three times on one thread; the best of each counts.
set -euo pipefail

raw=${1:?usage: ab-map.sh RAW}
build=${AB_BUILD:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build}
map=$build/bin/ab-map
work=$(mktemp -d "${TMPDIR:-/tmp}/ab-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

# best COMMAND...: the least user and system seconds of three runs.
best() {
    local TIMEFORMAT='%U %S'
    for _ in 1 2 3; do
        { time "$@" >/dev/null 2>&1; } 2>&1
    done | awk '{ s = $1 + $2 } NR == 1 || s < min { min = s } END { print min }'
}

"$map" --print-filter >"$work/airbyte.jq"
# The jq program has no notion of frames: what ab-map does not put through the filter would only make it fail.
grep -Ev '^\{"stream":"(end|gap|note)"' "$raw" >"$work/lines"
"$map" -j 1 "$raw" 2>/dev/null | grep -Ev '^\{"stream":' >"$work/ours"
# jq escapes DEL, protojson and ab-map do not.
jq -c -f "$work/airbyte.jq" "$work/lines" | grep -Ev '^\{"stream":' | sed 's/\\u007f/\x7f/g' >"$work/theirs"
cmp "$work/ours" "$work/theirs"

lines=$(wc -l <"$work/lines")
ours=$(best "$map" -j 1 "$raw")
theirs=$(best jq -c -f "$work/airbyte.jq" "$work/lines")
awk -v n="$lines" -v a="$ours" -v b="$theirs" 'BEGIN {
    printf "%-34s %9d lines/s on one core (%.2f s)\n", "ab-map -j 1", n / a, a
    printf "%-34s %9d lines/s on one core (%.2f s)\n", "jq, same filter", n / b, b
    printf "%-34s %9.2f\n", "ab-map is faster by the factor", b / a }'
