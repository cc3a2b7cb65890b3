# protojson: protojson on baton records
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
streams
"$build/bench/protojson" "$work/records.ndjson"
