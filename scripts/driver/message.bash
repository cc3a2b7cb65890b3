# message.bash: what the driver says, and how it ends.
#
# Everything goes to standard error but print().  Text from outside is shown() or spelled() first.  Uses ${log_level}
# and ${log_format}, which settings.bash sets.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

readonly EX_USAGE=64 EX_OSERR=71 EX_CANTCREAT=73 EX_IOERR=74 EX_CONFIG=78

log_level=info
log_format=console

# shown TEXT: print TEXT in quotes, everything but printable ASCII escaped as a shell would take it back.
shown() {
    local LC_ALL=C
    case $1 in
    *[!\ -~]* | *\'*) printf '%s' "${1@Q}" ;;
    *) printf "'%s'" "$1" ;;
    esac
}

# spelled FLAG: print FLAG as it is if that is harmless, else as shown() does.
spelled() {
    if [[ $1 =~ ^[a-zA-Z0-9_.-]+$ ]]; then printf '%s' "$1"; else shown "$1"; fi
}

# log LEVEL TEXT: one line on standard error, in the two formats of lib/log.h.  TEXT is printable ASCII.
log() {
    local -A rank=([debug]=0 [info]=1 [warn]=2 [error]=3) prefix=([debug]='debug: ' [info]='info: ' [warn]='warning: ')
    local text=$2
    ((rank[$1] >= rank[$log_level])) || return 0
    if [[ $log_format == json ]]; then
        text=${text//\\/\\\\}
        printf '{"level":"%s","ts":%s,"logger":"baton-airbyte","msg":"%s"}\n' \
            "$1" "${EPOCHREALTIME/[!0-9]/.}" "${text//\"/\\\"}" >&2
    else
        printf 'baton-airbyte: %s%s\n' "${prefix[$1]:-}" "$text" >&2
    fi
}

# die STATUS TEXT: end with STATUS and TEXT as the error.
die() {
    log error "$2"
    exit "$1"
}

# misused TEXT: end with a usage error.
misused() {
    printf 'baton-airbyte: %s\n%s\n' "$1" "$USAGE" >&2
    exit "$EX_USAGE"
}

# print TEXT: TEXT as it is on standard output, all of it or an error.
print() {
    printf '%s' "$1" || exit "$EX_IOERR"
}
