#!/usr/bin/env bats
# What a packager asks of the Makefile.

load lib

setup() {
    cd "$BATS_TEST_DIRNAME/.."
}

@test "make CPPFLAGS= CFLAGS= LDFLAGS=: the user's flags stand beside ours" {
    run -0 make -n BUILD="$BATS_TEST_TMPDIR/b" CPPFLAGS=-DUSERS CFLAGS=-O1 LDFLAGS=-Wl,-O1 all
    local compiled linked
    compiled=$(grep -e ' -c -o .*/lib/json\.o ' <<<"$output")
    linked=$(grep -e ' -o .*/bin/ab-token ' <<<"$output")
    [[ $compiled == *" -D_GNU_SOURCE "*" -Ilib "*" -DUSERS "*" -O1 "* && $compiled != *-O2* ]]
    [[ $linked == *" -Wl,-O1 "*" -lcurl"* ]]
}

@test "every program says the version that stands in the driver" {
    local version program
    version=$(sed -n 's/^readonly VERSION=//p' scripts/baton-airbyte)
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
    for program in ab-token ab-fetch ab-map c1z-pack c1z-cat; do
        run -0 "$BIN/$program" --version
        [ "$output" = "$program $version" ]
    done
}

@test "no two files of programs, library and mock server have one name, and DESIGN.md says what those of the first two are for" {
    local names
    names=$(find lib tools -name '*.[ch]' -printf '%f\n' | sort)
    [ "$(grep -c . <<<"$names")" -gt 100 ]
    diff /dev/null <(find lib tools tests/mock -name '*.[ch]' -printf '%f\n' | sort | uniq -d)
    # A file is named there alone, or with its ending.
    diff /dev/null <(while read -r name; do echo "${name%.[ch]}"; done <<<"$names" | sort -u | while read -r name; do
        grep -q -e "\`$name\`" -e "\`$name\.[ch]\`" docs/DESIGN.md || echo "$name"
    done)
}
