# lib.bash: roots of Debian to try things in: made by debootstrap, entered by chroot. The caller has namespaces of its own,
# so that what is mounted and started here ends with it (tests/roots/run).
# shellcheck shell=bash

# Where base roots and fetched packages are kept: AB_ROOTS, or the folder of this run.  The folder of this run: ${work}.
keep=${AB_ROOTS:-$work/keep}
mirror=${AB_ROOTS_MIRROR:-http://deb.debian.org/debian}

# base RELEASE: have a base root of RELEASE in ${keep}.
base() {
    mkdir -p "$keep/archives-$1"
    [[ ! -d $keep/$1 ]] || return 0
    rm -rf "$keep/$1.new"
    # A root that is thrown away need not survive a crash.
    debootstrap --variant=minbase "$1" "$keep/$1.new" "$mirror" &&
        echo force-unsafe-io >"$keep/$1.new/etc/dpkg/dpkg.cfg.d/unsafe-io" && mv "$keep/$1.new" "$keep/$1"
}

# devices ROOT: a /dev of its own for ROOT, with what programs may want of one.
devices() {
    local name
    mount -t tmpfs -o mode=755 tmpfs "$1/dev"
    for name in null zero full random urandom tty; do
        : >"$1/dev/$name"
        mount --bind "/dev/$name" "$1/dev/$name"
    done
    mkdir "$1/dev/pts" "$1/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$1/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
    ln -s pts/ptmx "$1/dev/ptmx"
    ln -s /proc/self/fd "$1/dev/fd"
    for name in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${name#*:}" "$1/dev/${name%:*}"; done
}

# fresh NAME RELEASE: a new root of RELEASE, at ${work}/NAME, with its file systems mounted; its path into ${root}.
fresh() {
    base "$2"
    root=$work/$1
    cp -a "$keep/$2" "$root"
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    devices "$root"
    mount --bind "$keep/archives-$2" "$root/var/cache/apt/archives"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    enter "$root" apt-get -qq update
}

# enter ROOT COMMAND...: run COMMAND as root of ROOT, with nothing of the environment of here.
enter() {
    local where=$1
    shift
    chroot "$where" /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# get ROOT PACKAGE...: install these there.
get() {
    enter "$1" apt-get -qq --yes --no-install-recommends install "${@:2}"
}

# as USER ROOT NAME=VALUE... SCRIPT: run SCRIPT by sh as USER of ROOT, in his home, with these variables and a short PATH.
as() {
    local user=$1 where=$2
    shift 2
    chroot "$where" /usr/bin/env -i HOME="/home/$user" LOGNAME="$user" SHELL=/bin/sh PATH=/usr/bin:/bin "${@:1:$#-1}" \
        setpriv --reuid="$user" --regid="$user" --init-groups --no-new-privs sh -c "cd && ${*: -1}"
}

# start_airbyte RELEASE: start the mock server that was built in the root of RELEASE; where it listens into ${address}, its
# application into ${id} and ${secret}.  It is the caller's to end ${AIRBYTE_PID}.
start_airbyte() {
    local built=$work/build-$1 tenant=/src/tests/fixtures/demo-tenant.json port
    coproc AIRBYTE { exec chroot "$built" /src/build/bin/mock-airbyte --tenant "$tenant"; }
    read -r port <&"${AIRBYTE[0]}"
    # shellcheck disable=SC2034 # for the callers
    address=http://127.0.0.1:$port
    # shellcheck disable=SC2034
    id=$(enter "$built" jq -r .application.clientId "$tenant")
    # shellcheck disable=SC2034
    secret=$(enter "$built" jq -r .application.clientSecret "$tenant")
}

# wrong TEXT: say what is not as it should be, and fail.
wrong() {
    printf 'WRONG: %s\n' "$1" >&2
    return 1
}

# same WHAT GOT WANTED: fail if they are not the same.
same() {
    [[ $2 == "$3" ]] || wrong "$1: '$2', not '$3'"
}
