# pack: c1z-pack: grants that need no expansion, beside a bare insert of the same rows, and beside the SDK's file of them
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
many=$(by_size 10000 1000000 1000000)

# to_v1 N: a file of N grants.
to_v1() {
    rm -f v1.c1z
    measure "c1z-pack, $1 grants" -i "$(records "$1")" "$bin/c1z-pack" --unframed -f v1.c1z
}

ours() {
    to_v1 "$many"
}

# It takes the rows into memory first, which does not count.
bare() {
    "$build/bench/bare-insert" v1.c1z bare.c1z >seconds
    printf '%-34s %7.2f s wall, rows taken from memory\n' "bare insert" "$(cat seconds)"
}

for n in $(by_size "1000 10000" "100000 1000000" "100000 1000000 10000000"); do
    to_v1 "$n" | tee -a sizes
done
most_resident sizes
taken cpu sizes | tail -n 2 | paste -sd ' ' | while read -r less more; do
    figure "processor, the last two" '%s times as much for ten times as many (aim: at most 11)' "$(share "$more" "$less")"
done
in_turn "of a bare insert" 0.90 ours bare
if baton=$("$root/tests/interop/build" v0.26 2>/dev/null); then
    "$baton" -f v1.c1z export c1z --out theirs.c1z
    figure "of baton export c1z's" '%s of the bytes (aim: at most 1.00)' \
        "$(share "$(stat -c %s v1.c1z)" "$(stat -c %s theirs.c1z)")"
else
    echo "no Go here, so no file of the SDK to compare with"
fi
