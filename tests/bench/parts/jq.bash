# jq: ab-map against jq, same filter, same lines
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
streams
AB_BUILD=$build "$bench/against-jq" "$work/raw.ndjson"
