# json: lib/json on baton records
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
streams
"$build/bench/json" "$work/records.ndjson"
