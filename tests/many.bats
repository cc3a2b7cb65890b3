#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # code in single quotes; run sets output and stderr
#
# One tenant by many processes and machines (examples/many): what c1z-cat prints of the result is, byte for byte, what it
# prints of a single run; also after a kill in the middle.

load lib

# A tenant with organizations enough for four parts, whose caller sees all of them.
SEED=6

setup() {
    cd "$BATS_TEST_TMPDIR"
    many=$ROOT/examples/many
    export PATH=$BIN:$ROOT/scripts:$many:$PATH BATON_LOG_LEVEL=error BATON_LOG_FORMAT=console
    command -v parallel >/dev/null || skip "GNU parallel is not here"
    # parallel keeps things of its own there.
    export HOME=$PWD/home
    mkdir home
    fixed=(--sync-id 2YtdrKLx7LIqaVuv81lTDsXVTjC --started-at 2026-01-01T00:00:00Z)
}

teardown() {
    stop_mock
}

# tenant: start a server with a random tenant, and make single.ndjson of a single run.
tenant() {
    "$ROOT/tests/gen-tenant" --full --seed "$SEED" --profile enterprise --release 1.8 --caller instance_admin --organizations 7 >tenant.json
    start_mock --tenant tenant.json
    credentials tenant.json
    ab-fetch | ab-map | c1z-pack --allow-incomplete -f single.c1z "${fixed[@]}" 2>/dev/null || [ $? -eq 3 ]
    c1z-cat -f single.c1z >single.ndjson
    [ -s single.ndjson ]
    secret_by_file
}

# secret_by_file: the secret stands in a file from here on, as on a machine that is one of many.
secret_by_file() {
    printf '%s\n' "$BATON_AIRBYTE_CLIENT_SECRET" >secret
    export BATON_AIRBYTE_CLIENT_SECRET_FILE=$PWD/secret
}

# same FILE: whether it holds what a single run gives. All that ends with 3 was published.
same() {
    c1z-cat -f "$1" | diff - single.ndjson
}

@test "by GNU parallel on this machine" {
    tenant
    run --separate-stderr many -n 4 -j 2 sync.c1z --allow-incomplete "${fixed[@]}"
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
    same sync.c1z
    [ ! -e sync.c1z.parts ]
    [ "$(c1z-cat -f sync.c1z resources | grep -c '"resourceType":"organization"')" -ge 7 ]
}

@test "killed in the middle, it goes on by its job log, and no part is fetched twice" {
    tenant
    # The third part ends the run as a crash would.
    mkdir slow
    printf '#!/bin/bash\nset -e\n[ -e %q ] || [[ $1 != *part-002* ]] || { touch %q; kill -s KILL $(<%q); exit 1; }\nexec %q "$@"\n' \
        "$PWD/crashed" "$PWD/crashed" "$PWD/pid" "$many/one-part" >slow/one-part
    chmod +x slow/one-part
    # It looks for the parts of it beside itself.
    cp "$many/many" "$many/only-users" slow
    (
        echo "$BASHPID" >pid
        exec slow/many -n 4 -j 1 sync.c1z --allow-incomplete "${fixed[@]}"
    ) >/dev/null 2>&1 3>&- || true
    [ -e crashed ]
    [ ! -e sync.c1z ]
    # Two parts were done; the log of requests shows that they are not fetched again.
    done_before=$(find sync.c1z.parts/parts -name '*.records' | wc -l)
    [ "$done_before" -eq 2 ]
    cp "$MOCK_LOG" before.log
    for part in 000 001; do
        jq -r 'select(.resource == "organization") | .data.organizationId' "sync.c1z.parts/parts/part-$part.ndjson" >"parts.$part"
    done
    run --separate-stderr slow/many -n 4 -j 1 sync.c1z --allow-incomplete "${fixed[@]}"
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
    same sync.c1z
    for part in 000 001; do
        while read -r organization; do
            [ "$(grep -c "/groups.*$organization" "$MOCK_LOG")" -eq "$(grep -c "/groups.*$organization" before.log)" ]
            grep -q "/groups.*$organization" before.log
        done <"parts.$part"
    done
}

@test "by ssh on two other machines, whose secrets are their own" {
    command -v sshd >/dev/null || [ -x /usr/sbin/sshd ] || skip "sshd is not here"
    tenant
    # Two servers of ssh that this machine starts for each connection: their own keys, nothing listens.
    mkdir -p -m 700 ssh
    ssh-keygen -q -t ed25519 -N '' -f ssh/host
    ssh-keygen -q -t ed25519 -N '' -f ssh/key
    cp ssh/key.pub ssh/authorized
    cat >ssh/sshd <<END
HostKey $PWD/ssh/host
AuthorizedKeysFile $PWD/ssh/authorized
StrictModes no
UsePAM no
SetEnv PATH=$PATH BATON_DOMAIN_URL=$BATON_DOMAIN_URL BATON_AIRBYTE_CLIENT_ID=$BATON_AIRBYTE_CLIENT_ID BATON_AIRBYTE_CLIENT_SECRET_FILE=$PWD/secret
END
    cat >ssh/config <<END
Host one two
    User $(id -un)
    IdentityFile $PWD/ssh/key
    IdentitiesOnly yes
    StrictHostKeyChecking no
    UserKnownHostsFile $PWD/ssh/known
    LogLevel ERROR
    ProxyCommand /usr/sbin/sshd -i -f $PWD/ssh/sshd
END
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    ssh -F ssh/config one true </dev/null || skip "sshd cannot be used here"
    unset BATON_AIRBYTE_CLIENT_SECRET
    # The survey and the users are asked for here, with the secret of here.
    printf '#!/bin/bash\nexec %q --client-secret-file %q "$@"\n' "$BIN/ab-token" "$PWD/secret" >ab-token
    chmod +x ab-token
    BATON_AIRBYTE_CLIENT_SECRET=$(<secret) ASK_SSH="ssh -F $PWD/ssh/config" \
        run --separate-stderr many -n 4 -j 2 -S one,two sync.c1z --allow-incomplete "${fixed[@]}"
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || { echo "$output $stderr" >&2; false; }
    same sync.c1z
}

@test "many tenants by one file of settings: each its own file, and the failures are counted" {
    tenant
    {
        printf '# name\turl\tclient\tsecret\n\n'
        for name in first second third; do printf '%s\t%s\t%s\t%s\n' "$name" "$BATON_DOMAIN_URL" "$BATON_AIRBYTE_CLIENT_ID" "$PWD/secret"; done
        printf 'wrong\t%s\tnobody\t%s\n' "$BATON_DOMAIN_URL" "$PWD/secret"
    } >settings
    unset BATON_AIRBYTE_CLIENT_SECRET BATON_AIRBYTE_CLIENT_SECRET_FILE BATON_AIRBYTE_CLIENT_ID BATON_DOMAIN_URL
    BATON_ALLOW_INCOMPLETE=true run --separate-stderr tenants settings files --sync-id 2YtdrKLx7LIqaVuv81lTDsXVTjC
    for name in first second third; do
        [ "$(c1z-cat -f "files/$name.c1z" grants | wc -l)" -eq "$(c1z-cat -f single.c1z grants | wc -l)" ]
        jq -e . "files/$name.json" >/dev/null
    done
    [ ! -e files/wrong.c1z ]
    [ "$status" -ge 1 ]
}
