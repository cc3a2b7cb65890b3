# fetch.bash: ab-fetch: calls at a time, processor time beside an early build, memory
# shellcheck shell=bash
# What is measured against is the build of 368f237, the last one before groups; it knows neither them nor look-ups of
# users, so both fetch what it knows, from the same server.

# wall COMMAND...: its wall seconds.
wall() {
    measure x "$@" | awk '{ print $2 }'
}

"$root/tests/gen-tenant" --seed 7 --full --plain --profile cloud-pro --caller organization_admin --organizations 1 \
    --workspaces "$(by_size 40 400 400)" --users 2000 >wide.json
serve "$PWD/wide.json" --fault '* * delay=20'
"$bin/ab-token" >token
one=$(wall "$bin/ab-fetch" -j 1 --token-file token)
usual=$(wall "$bin/ab-fetch" --token-file token)
eight=$(wall "$bin/ab-fetch" -j 8 --token-file token)
figure "20 ms: one call at a time" "%7.2f s wall" "$one"
figure "20 ms: by default, of that" "%7.2f" "$(awk "BEGIN { print $usual / $one }")"
figure "20 ms: -j 8, of that" "%7.2f" "$(awk "BEGIN { print $eight / $one }")"

streams
serve "$work/big.json"
"$bin/ab-token" >token
known="organization organization_user workspace workspace_user user"
# shellcheck disable=SC2086 # the names of resources
measure "ab-fetch" -o new.ndjson "$bin/ab-fetch" --no-user-details --token-file token $known | tee new
if before=$(before); then
    # shellcheck disable=SC2086
    measure "ab-fetch of 368f237" -o old.ndjson "$before/ab-fetch" --token-file token $known | tee was
    cmp <(tail -n +2 new.ndjson) <(tail -n +2 old.ndjson)
    figure "processor time, of that" "%7.2f" "$(share "$(taken cpu new)" "$(taken cpu was)")"
fi
unserve

"$root/tests/gen-tenant" --seed 8 --plain --organizations 1 --workspaces "$(by_size 40 400 1000)" \
    --users "$(by_size 1000 2500 10000)" --access-per-workspace "$(by_size 900 2500 10000)" >deep.json
serve "$PWD/deep.json"
measure "many workspace_user lines" -o lines "$bin/ab-fetch" --no-user-details
figure "  so many" "%7d" "$(grep -c '^{"resource":"workspace_user"' lines)"
