# lock.bash: one run per output file, from before the first request to the end.
#
# The lock is that of c1z-pack (lib/newfile.h), which gets its descriptor: flock(2) on ".NAME.lock" beside the file that
# is really meant, links followed.  It ends with the processes that have it open, so a killed run blocks nobody.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# Bytes of a name that count in that of its lock, and how often a lock that its holder removed meanwhile is tried again.
readonly NAME_USED=200 LOCK_TRIES=100

lock_fd= # the descriptor of the lock that is ours, '' if there is none
waiting= # the process that waits for it, '' if none does
lock_path=
beside= # how the names of what stands beside the file begin

# check_place PATH FILE: end with 73 if no file can be put at PATH, which is what FILE means.
check_place() {
    local path=$1 folder=${1%/*} file point
    file=$(shown "$2")
    [[ -d ${folder:-/} ]] || die "$EX_CANTCREAT" "cannot create $file: its folder is not there"
    [[ -w ${folder:-/} && -x ${folder:-/} ]] ||
        die "$EX_CANTCREAT" "cannot create $file: its folder cannot be written: no right to, or a read-only file system"
    [[ $2 != */ && ! -d $path ]] || die "$EX_CANTCREAT" "cannot create $file: it is a directory"
    [[ ! -e $path || -f $path ]] || die "$EX_CANTCREAT" "cannot create $file: what is there is not a regular file"
    [[ -r /proc/self/mountinfo ]] || return 0
    while read -r _ _ _ _ point _; do
        # White space and backslashes are octal there.
        printf -v point '%b' "$point"
        [[ $point != "$path" ]] ||
            die "$EX_CANTCREAT" "cannot replace $file: something is mounted on it; mount its folder instead"
    done </proc/self/mountinfo
}

# try_lock WAIT: try once to take ${lock_path}, for WAIT seconds.  Return 0 if it is ours, or if this file system has no
# locks (then ${lock_fd} is ''); 1 if it is held; 2 if its holder has removed it meanwhile.
try_lock() {
    local status=0 mask fd
    mask=$(umask)
    umask 077
    exec {fd}<>"$lock_path" || die "$EX_CANTCREAT" "cannot create $(shown "$lock_path")"
    umask "$mask"
    # In the background, so that a signal need not wait as well.
    flock --wait "$1" "$fd" </dev/null &
    waiting=$!
    wait "$waiting" || status=$?
    waiting=
    if ((status == 0)) && [[ ! /proc/self/fd/$fd -ef $lock_path ]]; then status=2; fi
    if ((status == 0)); then
        lock_fd=$fd
        opened "$lock_fd"
    else
        exec {fd}>&-
        # What is neither "taken" nor "held" is for c1z-pack to warn of.
        ((status <= 2)) || return 0
    fi
    return "$status"
}

# take_lock FILE WAIT: take the lock of FILE, waiting up to WAIT seconds for another run.
take_lock() {
    local path name tries status advice='; --wait SECONDS waits for it'
    (($2 == 0)) || advice=", still after $2 s"
    path=$(readlink -m -- "$1")
    check_place "$path" "$1"
    name=${path##*/}
    beside=${path%/*}/.${name:0:NAME_USED}
    lock_path=$beside.lock
    [[ ! -L $lock_path ]] || die "$EX_CANTCREAT" "cannot lock $(shown "$lock_path"): it is a link"
    for ((tries = 0; tries < LOCK_TRIES; tries++)); do
        status=0
        try_lock "$2" || status=$?
        case $status in
        0) return 0 ;;
        1) break ;;
        esac
    done
    die "$EX_TEMPFAIL" "$(shown "$1") is being written by another run$advice"
}

# leave_lock: wait no more for the lock; remove one that is ours while it is still held, so that nobody can hold a file
# that has lost its name.
leave_lock() {
    if [[ -n $waiting ]]; then
        kill -s KILL "$waiting" || :
        wait "$waiting" || :
        waiting=
    fi
    [[ -z $lock_fd ]] || rm -f -- "$lock_path"
    lock_fd=
}
