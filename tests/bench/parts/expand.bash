# expand: c1z-pack: grants that expand sixfold, and what readers make of the file, beside build 368f237
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
"$bench/gen-expanding" "$(by_size 40 400 4000)" >records.ndjson

# pack LABEL PROGRAMS: pack the records, print seconds and memory; then the seconds of processor time and by the clock, of
# the whole and of the expansion, in the file LABEL.
pack() {
    rm -f "$1.c1z"
    "$bench/phases" "$2/c1z-pack" --unframed -f "$1.c1z" records.ndjson >"$1"
    awk -v label="c1z-pack, $1" '{ printf "%-34s %7.2f s wall %7.2f s cpu; expansion %.2f s wall %.2f s cpu\n", label, $1, $2, $3, $4 }' "$1"
}

# times LABEL COLUMN: how many times as long the build before takes, of three runs each, one after the other.
times() {
    paste befores ours | awk -v c="$2" '{ printf "%s%.1f", (NR > 1 ? ", " : ""), $c / $(c + 4) } END { print "" }' |
        while read -r ratios; do figure "$1" '%s times as fast' "$ratios"; done
}

if before=$(before); then
    rm -f befores ours
    for _ in 1 2 3; do
        pack before "$before"
        pack now "$bin"
        cat before >>befores
        cat now >>ours
    done
    times "the whole, by the clock" 1
    times "the whole, processor" 2
    times "expansion, by the clock" 3
    times "expansion, processor" 4
    figure "size of the file" '%s bytes before, %s now' "$(stat -c %s before.c1z)" "$(stat -c %s now.c1z)"
    if baton=$("$root/tests/interop/build" v0.26); then
        for command in stats resources "access -t user -r 0000000a-0000-4000-8000-000000000000"; do
            for file in before now; do
                # shellcheck disable=SC2086 # words of a command
                measure "baton 0.26 ${command%% *}, $file" "$baton" -f $file.c1z $command
            done
        done
    fi
else
    pack now "$bin"
fi
