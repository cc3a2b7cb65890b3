# expand: grants that expand sixfold, the driver on a tenant like that, and the SDK reading the file, beside build 368f237
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
"$bench/gen-expanding" "$(by_size 40 400 4000)" >records.ndjson

# pack LABEL PROGRAMS: pack the records, print seconds and memory; then the seconds of processor time and by the clock, of
# the whole and of the expansion, in the file LABEL.
pack() {
    rm -f "$1.c1z"
    "$bench/phases" "$2/c1z-pack" --unframed -f "$1.c1z" records.ndjson >"$1"
    awk -v label="c1z-pack, $1" '{ printf "%-34s %7.2f s wall %7.2f s cpu; expansion %.2f s wall %.2f s cpu\n", label, $1, $2, $3, $4 }' "$1"
}

# times LABEL COLUMN LEAST: how many times as long the build before takes, in each pair of runs.
times() {
    paste befores ours | awk -v c="$2" '{ printf "%s%.1f", (NR > 1 ? " " : ""), $c / $(c + 4) } END { print "" }' |
        while read -r ratios; do figure "$1" '%s times as fast (aim: at least %s)' "$ratios" "$3"; done
}

# run_of LABEL SOURCE PROGRAMS SWITCHES...: the driver of the tree SOURCE.
run_of() {
    rm -f "$1.c1z"
    PATH=$3:$PATH measure "the driver, $1" "$2/scripts/baton-airbyte" -f "$1.c1z" "${@:4}"
}

# The build before knows no look-ups of single users.
ours() {
    run_of now "$root" "$bin" --no-user-details
}

was() {
    run_of before "${before%/build/bin}" "$before"
}

if before=$(before); then
    rm -f befores ours
    for ((i = 0; i < $(by_size 1 3 3); i++)); do
        pack before "$before"
        pack now "$bin"
        cat before >>befores
        cat now >>ours
    done
    times "the whole, by the clock" 1 2
    times "the whole, processor" 2 2
    times "expansion, by the clock" 3 5
    times "expansion, processor" 4 5
    if baton=$("$root/tests/interop/build" v0.26); then
        for command in stats resources "access -t user -r 0000000a-0000-4000-8000-000000000000"; do
            for file in before now; do
                # shellcheck disable=SC2086 # words of a command
                measure "baton 0.26 ${command%% *}, $file" "$baton" -f $file.c1z $command | tee "$file"
            done
            figure "  the file of now" '%s of the time%s' "$(share "$(taken wall now)" "$(taken wall before)")" \
                "$([ "$command" != stats ] || echo ' (aim: at most 0.20)')"
        done
    fi
    streams
    serve "$work/big.json"
    in_turn "the driver, of 368f237's" 0.60 ours was
    unserve
else
    pack now "$bin"
fi
