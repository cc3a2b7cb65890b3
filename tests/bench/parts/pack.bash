# pack: c1z-pack: grants against a bare insert of the same rows
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
few=$(by_size 10000 100000 1000000)
many=$(by_size 100000 1000000 10000000)
measure "c1z-pack, $few grants" -i "$(records "$few")" "$bin/c1z-pack" --unframed -f few.c1z
measure "c1z-pack, $many grants" -i "$(records "$many")" "$bin/c1z-pack" --unframed -f many.c1z | tee figures
"$build/bench/bare-insert" many.c1z bare.c1z >bare
awk 'NR == FNR { bare = $1; next } {
    for (i = 1; i < NF; i++) if ($(i + 1) == "s" && $(i + 2) == "wall") ours = $i
    printf "%-34s %7.2f s, rows taken from memory\n%-34s %7.2f\n", "bare insert", bare, "c1z-pack takes times that", ours / bare
}' bare figures
