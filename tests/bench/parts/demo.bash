# demo: the demo tenant, end to end
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
serve "$root/tests/fixtures/demo-tenant.json"
measure baton-airbyte "$root/scripts/baton-airbyte" -f demo.c1z
