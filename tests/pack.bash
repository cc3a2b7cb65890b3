# pack.bash: what the suites of c1z-pack share: records to pack, and looks at what is packed.
# shellcheck shell=bash disable=SC2034 # the suites use them

# A suite named *-v3 is that of the same name with format v3: SYNCS is how many syncs a file holds after two runs.
setup() {
    # A folder of its own: bats keeps files in its.
    mkdir "$BATS_TEST_TMPDIR/work" "$BATS_TEST_TMPDIR/tmp"
    cd "$BATS_TEST_TMPDIR/work"
    PACK=$BIN/c1z-pack
    CAT=$BIN/c1z-cat
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    SYNCS=2
    case $BATS_TEST_FILENAME in
    *-v3.bats)
        export BATON_STORAGE_ENGINE=pebble
        SYNCS=1
        ;;
    esac
}

teardown() {
    [ -z "${OTHERS:-}" ] || rm -rf "$OTHERS"
    [ -z "${FEEDER:-}" ] || kill "$FEEDER" 2>/dev/null || true
}

# Records, one line each. An entitlement's id is RESOURCE:SLUG, a grant's ENTITLEMENT:PRINCIPAL, as connectors make them.

# kind ID: a resource type
kind() {
    printf '{"@type":"type.googleapis.com/c1.connector.v2.ResourceType","id":"%s"}\n' "$1"
}

# resource TYPE ID [PARENT-TYPE PARENT-ID]
resource() {
    local parent=
    [ $# -lt 4 ] || parent=$(printf ',"parentResourceId":{"resourceType":"%s","resource":"%s"}' "$3" "$4")
    printf '{"@type":"type.googleapis.com/c1.connector.v2.Resource","id":{"resourceType":"%s","resource":"%s"}%s}\n' "$1" "$2" "$parent"
}

# entitlement TYPE ID SLUG
entitlement() {
    printf '{"@type":"type.googleapis.com/c1.connector.v2.Entitlement","resource":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s","displayName":"%s"}\n' "$1" "$2" "$1:$2:$3" "$3"
}

# grant TYPE ID SLUG PRINCIPAL-TYPE PRINCIPAL-ID [ANNOTATION]
grant() {
    local annotations=
    [ $# -lt 6 ] || annotations=",\"annotations\":[$6]"
    printf '{"@type":"type.googleapis.com/c1.connector.v2.Grant","entitlement":{"resource":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s"},"principal":{"id":{"resourceType":"%s","resource":"%s"}},"id":"%s"%s}\n' \
        "$1" "$2" "$1:$2:$3" "$4" "$5" "$1:$2:$3:$4:$5" "$annotations"
}

# expandable SOURCE [MEMBERS]: the annotation.
expandable() {
    printf '{"@type":"type.googleapis.com/c1.connector.v2.GrantExpandable","entitlementIds":["%s"]%s}' "$1" "${2:-}"
}

# framed: standard input as a stream.
framed() {
    local lines n
    lines=$(cat)
    n=$(grep -c . <<<"$lines" || true)
    printf '{"stream":"begin","schema":"baton-records/1","source":"test","startedAt":"2026-11-22T20:00:00Z"}\n'
    [ "$n" -eq 0 ] || printf '%s\n' "$lines"
    printf '{"stream":"end","records":%d}\n' "$n"
}

# working PID: wait until it has its working database, a file without a name.
working() {
    until find "/proc/$1/fd" -lname '* (deleted)' 2>/dev/null | grep -q .; do kill -0 "$1"; done
}

# small: a stream of one user, one group, one grant.
small() {
    { kind user; kind group; resource user u1; resource group g1; entitlement group g1 member; grant group g1 member user u1; } | framed
}

# world: types, two users and three groups with an entitlement each, unframed.
world() {
    kind user; kind group; kind robot
    resource user u1; resource user u2; resource robot r1
    local g
    for g in a b c; do resource group "$g"; entitlement group "$g" member; done
}

# database FILE: its database as db.sqlite.
database() {
    rm -f db.sqlite
    tail -c +6 "$1" | zstd -dqc >db.sqlite
}

# sql FILE QUERY: what it gives.
sql() {
    database "$1"
    sqlite3 db.sqlite "$2"
}

# sources FILE: the grants, one per line, sorted: ID, whether immutable, and the sources with * for direct ones.
sources() {
    "$CAT" -f "$1" grants | jq -r 'select(.stream == null) | [.id,
        (if any(.annotations[]?; .["@type"] | endswith("GrantImmutable")) then "immutable" else "-" end),
        ((.sources.sources // {}) | to_entries | map(.key + (if .value.isDirect then "*" else "" end)) | join(" "))] | join(" ")' | sort
}

# nothing_left NAME...: nothing but the named files is in this folder, and nothing of ours in TMPDIR. A folder to work in
# is .NAME.work-*, by this name.
nothing_left() {
    # shellcheck disable=SC2012 # the names are ours
    diff <(ls -A | sed 's/^\(\..*\.work-\)......$/\1*/' | sort) <(printf '%s\n' "$@" | grep . | sort)
    [ -z "$(find "$TMPDIR" -name '*c1z*' -o -name 'etilqs*')" ]
}

# for_another: go to a folder that another user may use too, with the program and an input in it, and the file so far.
for_another() {
    OTHERS=$(mktemp -d /tmp/c1z-pack-test.XXXXXX)
    [ ! -e out.c1z ] || cp -p out.c1z "$OTHERS"
    cd "$OTHERS"
    chmod 777 .
    small >in.ndjson
    cp "$PACK" c1z-pack
}

# as_another ARGUMENT...: run it there as that user.
as_another() {
    TMPDIR=/tmp setpriv --reuid 1234 --regid 1234 --clear-groups ./c1z-pack "$@"
}

# refused WANT: in.ndjson, unframed, is refused with WANT behind the file's name.
refused() {
    run -65 --separate-stderr "$PACK" --unframed -f out.c1z in.ndjson
    [ "$stderr" = "c1z-pack: in.ndjson: $1" ]
}
