#!/usr/bin/env bats
# The connectors in examples/: what they print is packed, read, and refused where it is wrong.
#
# shellcheck disable=SC2154 # bats sets stderr
load lib

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    cp -r "$ROOT/examples/csv" csv
    chmod -R u+w csv
}

# sync: frame and pack what the connector prints of the folder csv.
sync() {
    "$BIN/c1z-frame" --source csv:acme csv/connector csv | "$BIN/c1z-pack" -f acme.c1z
}

@test "three CSV files become a file whose grants are theirs, those of groups expanded" {
    run -0 --separate-stderr sync
    [ "$stderr" = "" ]
    "$BIN/c1z-cat" -f acme.c1z grants | jq -r 'select(.principal.id.resourceType == "user") | .id' | sort >held
    [ "$(cat held)" = "application:ledger:reader:user:bob
application:payroll:owner:user:ann
application:payroll:writer:user:ann
application:payroll:writer:user:cy
group:builders:member:user:bob
group:finance:member:user:ann
group:finance:member:user:cy" ]
    # Bob is a reader twice over, Cy by the group alone.
    [ "$("$BIN/c1z-cat" -f acme.c1z grants | jq -c 'select(.id == "application:ledger:reader:user:bob") | .sources.sources | keys')" = \
        '["application:ledger:reader","group:builders:member"]' ]
    run -0 --separate-stderr "$BIN/ab-who" -f acme.c1z cy@acme.test
    [[ "$output" == *"writer"*"as member of group finance" ]]
}

@test "the real baton reads it" {
    BATON=$("$ROOT/tests/interop/build" 2>/dev/null) || skip "no Go here, so no real baton"
    sync
    [ "$("$BATON" -f acme.c1z -o json resources | jq '.resources | length')" -eq 7 ]
    [ "$("$BATON" -f acme.c1z -o json entitlements | jq '.entitlements | length')" -eq 5 ]
    [ "$("$BATON" -f acme.c1z -o json grants | jq '.grants | length')" -eq 9 ]
    run -0 "$BATON" -f acme.c1z export csv --out out.csv
}

@test "files that are wrong leave the file of the day before" {
    sync
    local before
    before=$(sha256sum <acme.c1z)
    # A cell with a comma, a member without an account, a group without members, a file that is not there.
    echo 'dan,"dan@acme.test, home",Dan,yes' >>csv/accounts.csv
    run -65 --separate-stderr sync
    [[ "$stderr" == *'not 4 plain cells: dan,'* ]]
    sed -i '$d' csv/accounts.csv
    echo 'finance,eve' >>csv/members.csv
    run -65 --separate-stderr sync
    [[ "$stderr" == *eve* ]]
    sed -i '$d' csv/members.csv
    echo '@nobody,ledger,reader' >>csv/roles.csv
    run -65 --separate-stderr sync
    [[ "$stderr" == *nobody* ]]
    rm csv/roles.csv
    run -65 --separate-stderr sync
    [ "$before" = "$(sha256sum <acme.c1z)" ]
}

@test "a connector has fewer than 50 lines" {
    local file
    for file in "$ROOT"/examples/*/connector; do
        [ "$(wc -l <"$file")" -lt 50 ]
    done
}
