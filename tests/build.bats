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
    [[ $compiled == *" -D_GNU_SOURCE"*" -Ilib "*" -DUSERS"*" -O1 "* && $compiled != *-O2* ]]
    [[ $linked == *" -Wl,-O1 "*" -lcurl"* ]]
}

@test "every program says the version of the tree" {
    local version program
    version=$(scripts/version)
    for program in ab-token ab-fetch ab-map c1z-pack c1z-cat mock-airbyte; do
        run -0 "$BIN/$program" --version
        [ "$output" = "$program $version" ]
    done
    # A tree that was not built yet has the one to come.
    BATON_AIRBYTE_BIN=$BATS_TEST_TMPDIR run -0 scripts/baton-airbyte --version
    [[ $output =~ ^'baton-airbyte version '[0-9]+\.[0-9]+\.[0-9]+$ ]]
}

# said VERSION: the version of the tree at t is that, a pattern that a whole line must match.
said() {
    run -0 --separate-stderr t/scripts/version
    [[ $output =~ ^$1$ && -z $stderr ]]
}

@test "the version of a checkout: the tag's at the tag, before it less for dpkg, after it more, and what was changed is said" {
    command -v git >/dev/null || skip 'no git here'
    cp scripts/version scripts/baton-airbyte scripts/stamp "$BATS_TEST_TMPDIR"
    cd "$BATS_TEST_TMPDIR"
    mkdir -p t/scripts
    cp version baton-airbyte stamp t/scripts
    local line day='git[0-9]{8}\.[0-9a-f]{9}'
    line=$(sed -nE 's/^readonly VERSION=([^ ]*) .*/\1/p' baton-airbyte)
    said "$line"
    export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=e
    git -C t init -q
    git -C t add .
    git -C t commit -qm one
    said "$line~$day"
    git -C t tag "v$line"
    said "$line"
    echo >>t/scripts/stamp
    said "${line}[+]${day}[+]changed"
    git -C t commit -qam two
    said "${line}[+]$day"
    # Another tag says nothing, and a tree within somebody's checkout is not of that.
    git -C t tag v99
    said "${line}[+]$day"
    mv t/.git .
    said "$line"
    # What is stamped is what it says, in whatever checkout it stands.
    mv .git t
    ./stamp 1.2.3~rc1 <baton-airbyte >t/scripts/baton-airbyte
    said '1\.2\.3~rc1'
    run -0 bash -n t/scripts/baton-airbyte
    for line in '' 'a b' '1;x' '$(x)' "1'"; do
        run -64 ./stamp "$line" <baton-airbyte
    done
}

# installed FOLDER: the files of FOLDER.
installed() {
    (cd "$1" && find . -type f | LC_ALL=C sort)
}

@test "what was built is made anew where it says another version than the tree" {
    run -0 make -n VERSION=9.9.9 BUILD="$(realpath --relative-to=. "$BIN/..")" all
    [[ $output == *'AB_VERSION "9.9.9"'* && $output == *' -o '*'/bin/c1z-cat '* ]]
}

@test "make install: programs, pages, completions, documents and units; they run there; make uninstall takes all of it away" {
    local root=$BATS_TEST_TMPDIR/root build=${BIN%/bin} program page version
    make -s -o all BUILD="$build" DESTDIR="$root" PREFIX=/opt/b install
    version=$(scripts/version)
    for program in "$root"/opt/b/bin/*; do
        run -0 --separate-stderr "$program" --version
        [[ $output == *" $version" && -z $stderr ]]
    done
    run -0 --separate-stderr "$root/opt/b/bin/baton-airbyte" capabilities
    [ "$(jq '.resourceTypeCapabilities | length' <<<"$output")" -ge 3 ]
    # Every program has its page, and nothing but these lies there.
    diff <({ echo ./baton-airbyte && cd tools && printf './%s\n' *; } | LC_ALL=C sort) <(installed "$root/opt/b/bin")
    for program in "$root"/opt/b/bin/*; do [ -s "$root/opt/b/share/man/man1/${program##*/}.1" ]; done
    diff <(ls docs/man) <(find "$root/opt/b/share/man" -type f -printf '%f\n' | LC_ALL=C sort)
    diff "$root/opt/b/share/bash-completion/completions/baton-airbyte" <("$root/opt/b/bin/baton-airbyte" completion bash)
    diff "$root/opt/b/share/zsh/site-functions/_baton-airbyte" <("$root/opt/b/bin/baton-airbyte" completion zsh)
    diff "$root/opt/b/share/fish/vendor_completions.d/baton-airbyte.fish" <("$root/opt/b/bin/baton-airbyte" completion fish)
    # The pages' own links lead somewhere.
    for page in README.md contrib/README.md; do
        while read -r link; do
            [ -e "$root/opt/b/share/doc/baton-airbyte/$(dirname "$page")/$link" ]
        done < <(grep -oE '\]\([^):#]+' "$page" | sed 's/^](//')
    done
    grep -qx 'ExecStart=/opt/b/bin/baton-airbyte .*' "$root/opt/b/lib/systemd/system/baton-airbyte.service"
    grep -qx 'ExecStart=/opt/b/bin/c1-serve .*' "$root/opt/b/lib/systemd/system/c1-serve.service"
    diff contrib/systemd/baton-airbyte.timer "$root/opt/b/lib/systemd/system/baton-airbyte.timer"
    [ -z "$(find "$root" -perm /022 -not -type l)" ]
    [ -z "$(find "$root" -type f -not -perm -444)" ]
    make -s BUILD="$build" DESTDIR="$root" PREFIX=/opt/b uninstall
    [ -z "$(find "$root" -not -type d)" ]
    [ -z "$(find "$root" -name '*baton*')" ]
}

@test "make install puts each thing where a packager says, and no unit where he says nothing" {
    local root=$BATS_TEST_TMPDIR/root
    make -s -o all BUILD="${BIN%/bin}" DESTDIR="$root" PREFIX=/usr MANDIR=/m DOCDIR=/d BASHDIR=/b ZSHDIR=/z FISHDIR=/f UNITDIR= install
    [ -s "$root/m/man1/ab-map.1" ] && [ -s "$root/d/README.md" ] && [ -s "$root/b/baton-airbyte" ]
    [ -s "$root/z/_baton-airbyte" ] && [ -s "$root/f/baton-airbyte.fish" ]
    [ "$(ls "$root/usr/share" "$root/usr")" = "$root/usr:
bin
share

$root/usr/share:
baton-airbyte" ]
    make -s BUILD="${BIN%/bin}" DESTDIR="$root" PREFIX=/usr MANDIR=/m DOCDIR=/d BASHDIR=/b ZSHDIR=/z FISHDIR=/f UNITDIR= uninstall
    [ -z "$(find "$root" -not -type d)" ]
}

@test "make install fails where something cannot be put in place" {
    mkdir -p "$BATS_TEST_TMPDIR/root/m"
    : >"$BATS_TEST_TMPDIR/root/m/man1"
    run -2 make -s -o all BUILD="${BIN%/bin}" DESTDIR="$BATS_TEST_TMPDIR/root" MANDIR=/m install
}

# dist_again FOLDER: make a tarball of the tree FOLDER under another umask and time zone; its path into ${tarball}.
dist_again() {
    tarball=$(umask 077 && cd "$1" && TZ=Asia/Tokyo BUILD=$BATS_TEST_TMPDIR/again scripts/dist "$(scripts/version)")
    tarball=$(cd "$1" && realpath "$tarball")
}

@test "make dist: the same bytes twice, and again from what is in it; that says its version, and builds" {
    local first=$BATS_TEST_TMPDIR/first version tree tarball
    version=$(scripts/version)
    make -s BUILD="$first" dist
    first=$first/dist/baton-airbyte-$version.tar.gz
    dist_again .
    cmp "$first" "$tarball"
    # All that git knows, and nothing else; nobody's, and nobody else can write it.
    tar -x -f "$first" -C "$BATS_TEST_TMPDIR"
    tree=$BATS_TEST_TMPDIR/baton-airbyte-$version
    [ ! -e .git ] || diff <(git ls-files | LC_ALL=C sort) <(cd "$tree" && find . -type f -printf '%P\n' -o -type l -printf '%P\n' | LC_ALL=C sort)
    [ "$(tar -t --numeric-owner -v -f "$first" | awk '$2 != "0/0" || $1 ~ /^.....w|^........w/')" = '' ]
    run -0 --separate-stderr "$tree/scripts/baton-airbyte" --version
    [ "$output" = "baton-airbyte version $version" ]
    dist_again "$tree"
    cmp "$first" "$tarball"
    SOURCE_DATE_EPOCH=86400 dist_again .
    [ "$(tar -t --utc -v -f "$tarball" | awk '{ print $4 }' | sort -u)" = 1970-01-02 ]
    make -s -j2 -C "$tree" CFLAGS=-O0 HARDEN=-fPIE build/bin/ab-stage
    run -0 "$tree/build/bin/ab-stage" --version
    [ "$output" = "ab-stage $version" ]
}

@test "make deb: a package with programs, pages, completions and units, of which nothing is started; lintian has nothing to say" {
    command -v dpkg-buildpackage >/dev/null && command -v dh >/dev/null || skip 'no debhelper here (scripts/install-deps --deb)'
    local version package
    version=$(scripts/version)
    # Fast, and without its own test: the demo is run by others.
    BUILD=$BATS_TEST_TMPDIR/b DEB_BUILD_OPTIONS='nocheck noopt' run -0 scripts/deb "$version"
    package=$(tail -n 1 <<<"$output")
    [ "$(dpkg-deb -f "$package" Package Version)" = "Package: baton-airbyte
Version: $version-1" ]
    dpkg-deb -x "$package" "$BATS_TEST_TMPDIR/x"
    dpkg-deb -e "$package" "$BATS_TEST_TMPDIR/e"
    cd "$BATS_TEST_TMPDIR/x"
    run -0 usr/bin/baton-airbyte --version
    [ "$output" = "baton-airbyte version $version" ]
    diff <({ echo baton-airbyte && cd "$BATS_TEST_DIRNAME/../tools" && printf '%s\n' *; } | LC_ALL=C sort) <(cd usr/bin && printf '%s\n' * | LC_ALL=C sort)
    for file in usr/share/man/man1/ab-who.1.gz usr/share/man/man5/ab-raw.5.gz usr/share/zsh/vendor-completions/_baton-airbyte \
        usr/share/bash-completion/completions/baton-airbyte usr/share/doc/baton-airbyte/contrib/cron/baton-airbyte \
        usr/share/doc/baton-airbyte/copyright; do
        [ -s "$file" ]
    done
    [ "$(find . -name '*.service' -path '*/systemd/system/*' -o -name '*.timer' -path '*/systemd/system/*' | sed 's|.*/||' | sort | xargs)" = \
        'baton-airbyte.service baton-airbyte.timer c1-serve.service' ]
    # A setting somebody made survives an upgrade; none is made for him.
    [ "$(cat ../e/conffiles)" = /etc/baton-airbyte/environment ]
    [ "$(grep -cE '^[A-Z_]+=.+' etc/baton-airbyte/environment)" -eq 0 ]
    # It needs each library that a program of it was linked with, by the package that has it, and certificates.
    for library in curl jq nghttp2 microhttpd protobuf-c seccomp sqlite3 zstd yaml; do
        dpkg-deb -f "$package" Depends | grep -q "lib$library"
    done
    dpkg-deb -f "$package" Depends | grep -q ca-certificates
}

@test "what builds the package is what install-deps installs" {
    diff <(sed -nE '/^Build-Depends:/,/^[A-Z][a-z]*-V/s/^ ([a-z0-9-]+).*/\1/p' contrib/debian/control | grep -v debhelper) \
        <(sed -n "/^readonly BUILD='/,/'/p" scripts/install-deps | tr -d "'" | grep -vxE 'readonly.*|ca-certificates|gcc|binutils|libc6-dev|make' |
            LC_ALL=C sort)
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
