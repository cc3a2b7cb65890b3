# v3: grants to format v3, against format v1 by the build of 368f237, and against the SDK's own file and engine
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
few=$(by_size 10000 100000 1000000)
many=$(by_size 100000 1000000 10000000)

# seconds FILE: the wall seconds in a line of measure's.
seconds() {
    awk '{ for (i = 1; i < NF; i++) if ($(i + 1) == "s" && $(i + 2) == "wall") print $i }' "$1"
}

measure "to v3, $few grants" "$bin/c1z-pack" --unframed --storage-engine pebble -f few.c1z "$(records "$few")"
measure "to v3, $many grants" "$bin/c1z-pack" --unframed --storage-engine pebble -f v3.c1z "$(records "$many")" | tee v3
if git -C "$root" cat-file -e 368f237 2>/dev/null; then
    mkdir old
    git -C "$root" archive 368f237 | tar -C old -x
    make -s -C old build/bin/c1z-pack
    measure "to v1 by 368f237, $many grants" old/build/bin/c1z-pack --unframed -f v1.c1z "$(records "$many")" | tee v1
    figure "v3 takes of that" "%7.2f of the time" "$(echo "scale=4; $(seconds v3) / $(seconds v1)" | bc)"
else
    echo "no history here, so no build of 368f237 to compare with"
    "$bin/c1z-pack" --unframed -f v1.c1z "$(records "$many")"
fi
figure "v3 takes of v1" "%7.2f of the bytes" "$(echo "scale=4; $(stat -c %s v3.c1z) / $(stat -c %s v1.c1z)" | bc)"
measure "c1z-cat of v3, $many grants" -o /dev/null "$bin/c1z-cat" -f v3.c1z grants
if baton=$("$root/tests/interop/build" 2>/dev/null); then
    "$baton" -f v1.c1z to-pebble --out theirs.c1z >/dev/null
    figure "v3 takes of baton to-pebble's" "%7.2f of the bytes" \
        "$(echo "scale=4; $(stat -c %s v3.c1z) / $(stat -c %s theirs.c1z)" | bc)"
    (cd "$root/tests/interop" && go build -trimpath -o "$work/v3.part/engine" ./engine)
    measure "the SDK's engine, from memory" ./engine pebble "$many" sdk.c1z | tee sdk
    figure "c1z-pack takes of that" "%7.2f of the time" "$(echo "scale=4; $(seconds v3) / $(seconds sdk)" | bc)"
    measure "baton stats of ours" -o /dev/null "$baton" -f v3.c1z stats
    measure "baton stats of theirs" -o /dev/null "$baton" -f theirs.c1z stats
else
    echo "no Go here, so nothing of the SDK to compare with"
fi
