# driver: the whole run, from a server on this machine to the file, beside build 368f237
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run

# run_driver LABEL DRIVER ARGUMENT...: run it, print seconds and memory, and add the seconds to the file LABEL.
run_driver() {
    rm -f "$1.c1z"
    measure "the driver, $1" "${@:2}" -f "$1.c1z" --log-level error | tee figures
    awk '{ for (i = 1; i < NF; i++) if ($(i + 1) == "s" && $(i + 2) == "wall") print $i }' figures >>"$1"
}

streams
serve "$work/big.json"
if before=$(before); then
    for _ in 1 2 3; do
        run_driver before "${before%/build/bin}/scripts/baton-airbyte"
        run_driver now env AB_BUILD="$build" "$root/scripts/baton-airbyte"
    done
    figure "the run takes of that" '%s of the time' "$(paste now before | awk '{ printf "%s%.2f", (NR > 1 ? ", " : ""), $1 / $2 }')"
else
    run_driver now env AB_BUILD="$build" "$root/scripts/baton-airbyte"
fi
