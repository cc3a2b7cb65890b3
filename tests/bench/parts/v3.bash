# v3: grants to format v3: beside build 368f237 to v1, and beside the SDK's own file and engine
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
many=$(by_size 10000 1000000 1000000)

# to_v3 N: a file of N grants.
to_v3() {
    rm -f v3.c1z
    measure "to v3, $1 grants" "$bin/c1z-pack" --unframed --storage-engine pebble -f v3.c1z "$(records "$1")"
}

ours() {
    to_v3 "$many"
}

was() {
    rm -f was.c1z
    measure "to v1 by 368f237, $many grants" "$before/c1z-pack" --unframed -f was.c1z "$(records "$many")"
}

sdk() {
    rm -f sdk.c1z
    measure "the SDK's engine, from memory" ./engine pebble "$many" sdk.c1z
}

for n in $(by_size "1000 10000" "100000 1000000" "100000 1000000 10000000"); do
    to_v3 "$n" | tee -a sizes
done
most_resident sizes
before=$(before) && in_turn "of 368f237's to v1" 0.25 ours was
if baton=$("$root/tests/interop/build" v0.26 2>/dev/null); then
    (cd "$root/tests/interop" && go build -trimpath -o "$work/v3.part/engine" ./engine)
    in_turn "of the SDK's engine" 0.30 ours sdk
    "$bin/c1z-pack" --unframed -f v1.c1z "$(records "$many")"
    "$baton" -f v1.c1z to-pebble --out theirs.c1z >/dev/null
    ours >/dev/null
    figure "of baton to-pebble's" '%s of the bytes (aim: at most 0.80)' \
        "$(share "$(stat -c %s v3.c1z)" "$(stat -c %s theirs.c1z)")"
else
    echo "no Go here, so nothing of the SDK to compare with"
fi
