# views: c1z-cat, c1z-diff and c1z-mask on grants, beside what the real reader takes for the same
# shellcheck shell=bash disable=SC2154 # variables and functions are those of ../run
grants=$(by_size 36600 366000 1000000)
"$bin/c1z-pack" --unframed -f sync.c1z "$(records "$grants")"
measure "c1z-cat --format csv, $grants grants" -o grants.csv "$bin/c1z-cat" sync.c1z --format csv grants
measure "c1z-cat, $grants grants" -o records.ndjson "$bin/c1z-cat" sync.c1z
measure "c1z-diff, two times $grants grants" "$bin/c1z-diff" sync.c1z sync.c1z
head -c 32 /dev/urandom | base64 >key
chmod 600 key
measure "c1z-mask, $grants grants" -i records.ndjson -o masked.ndjson "$bin/c1z-mask" --key-file key
# The real reader builds the whole document in memory, so it gets a tenth.
status=0
baton=$("$root/tests/interop/build") || status=$?
if [ "$status" -eq 0 ]; then
    tenth=$((grants / 10))
    "$bin/c1z-pack" --unframed -f tenth.c1z "$(records "$tenth")"
    measure "c1z-cat --format csv, $tenth grants" -o grants.csv "$bin/c1z-cat" tenth.c1z --format csv grants
    measure "baton grants -o json, $tenth" -o grants.json "$baton" -f tenth.c1z grants -o json
else
    echo "no Go here, so no real baton to compare with"
fi
