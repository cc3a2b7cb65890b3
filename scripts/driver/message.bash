# message.bash: what the driver says, and how it ends.
#
# What the driver says goes to the descriptor ${said}, which is standard error as it was at the start: bash's own words
# about what fails inside it go nowhere, and such a failure ends the run with status 71 and one line.  Text from outside
# is shown() or spelled() first.  A message that cannot be written is lost, and changes nothing.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

readonly EX_USAGE=64 EX_DATAERR=65 EX_NOINPUT=66 EX_UNAVAILABLE=69 EX_OSERR=71 EX_CANTCREAT=73 EX_IOERR=74
readonly EX_TEMPFAIL=75 EX_CONFIG=78
readonly EX_UNPUBLISHED=5 DIED_OF_PIPE=141 DIED_OF_TERM=143

log_level=info
log_format=console
leaving=    # whether the end is one of ours: "by-exit" or "by-signal"
ending=0    # the status of an end by a signal
last_error= # the last message that was one
said=2
progress= # the process that shows how far the stages are, '' if none does

# take_over_errors: from here on what was standard error is ${said}, and every end that is neither by leave() nor by a
# signal is a failure of bash itself.  SIGPIPE is ignored: the reader of messages may go away.  Stages have it as it
# should be (ab-stage(1)).
take_over_errors() {
    local name
    trap '' PIPE
    trap on_exit EXIT
    # shellcheck disable=SC2064 # the name is meant to be expanded now
    for name in HUP INT QUIT TERM; do trap "ended_by $name" "$name"; done
    # A first one that fails does so in silence.
    { exec {said}>/dev/null; } 2>/dev/null || { said=2 && die "$EX_OSERR" 'too many open files'; }
    exec {said}>&-
    exec {said}>&2
    exec 2>/dev/null
}

# leave STATUS: end with STATUS.
leave() {
    leaving=by-exit
    exit "$1"
}

# on_exit: what happens at the end, whatever it came from.
on_exit() {
    local status=$?
    # A child that a signal meets before it has dropped the traps of this shell ends as itself alone.
    ((BASHPID == $$)) || exit "$status"
    # Bash comes by here when a signal that is not trapped ends it, and then lets it; the status is that of whatever ran
    # last.  TERM is such a one while stages are started.
    if [[ -z $leaving ]] && ((status == 0 || status > 128 && status <= 128 + 31)); then
        leaving=by-signal ending=$((status > 0 ? status : DIED_OF_TERM))
        log error "ended by SIG$(kill -l "$ending")"
    elif [[ -z $leaving ]]; then
        log error "the shell failed (status $status): too few processes, descriptors or memory?"
        status=$EX_OSERR
    fi
    [[ $leaving != by-signal ]] || status=$ending
    before_end "$status"
    [[ $leaving == by-signal ]] || exit "$status"
}

# end_by NAME: end by that signal.
end_by() {
    leaving=by-signal
    ending=$((128 + $(kill -l "$1")))
    trap - "$1"
    kill -s "$1" "$$"
    # Bash does not let SIGQUIT end it.
    exit "$ending"
}

# ended_by NAME: say that this signal came, and end by it; in a child that has not dropped this trap yet, do that alone.
ended_by() {
    trap - "$1"
    ((BASHPID == $$)) || kill -s "$1" "$BASHPID"
    log error "ended by SIG$1"
    end_by "$1"
}

# before_end STATUS: what must be done before any end; defined anew where there is something.
before_end() { :; }

# shown TEXT: print TEXT in quotes, everything but printable ASCII escaped as a shell would take it back.
shown() {
    case $1 in
    *[!\ -~]* | *\'*) printf '%s' "${1@Q}" ;;
    *) printf "'%s'" "$1" ;;
    esac
}

# spelled FLAG: print FLAG as it is if that is harmless, else as shown() does.
spelled() {
    if [[ $1 =~ ^[a-zA-Z0-9_.-]+$ ]]; then printf '%s' "$1"; else shown "$1"; fi
}

# attempt COMMAND...: run COMMAND in a shell of its own, where what it makes is for nobody else; return its status.  The
# system's words on why it failed, the last of its own, are then in ${cause}, for the end of a message.
attempt() {
    local status=0
    cause=$(umask 077 && LC_ALL=C "$@" 2>&1) || status=$?
    cause=${cause##*: }
    cause=${cause//[!\ -~]/?}
    cause=${cause:+: $cause}
    return "$status"
}

# say TEXT: one line for people or programs that watch.
say() {
    # What is left of a longer line that shows progress goes.
    printf '%s%s\n' "$1" "${progress:+$'\e[K'}" >&"$said" || :
}

# escaped TEXT: printable ASCII as a string of JSON into ${json}.
escaped() {
    json=${1//\\/\\\\}
    json=\"${json//\"/\\\"}\"
}

# log LEVEL TEXT [NAME VALUE]...: one line in the two formats of lib/log.h.  TEXT and VALUE are printable ASCII.  What
# is named is there in JSON alone, for programs: TEXT says it.  A VALUE of digits is a number.
log() {
    local -A rank=([debug]=0 [info]=1 [warn]=2 [error]=3) prefix=([debug]='debug: ' [info]='info: ' [warn]='warning: ')
    local level=$1 text=$2 json line
    [[ $level != error ]] || last_error=$text
    ((rank[$level] >= rank[$log_level])) || return 0
    if [[ $log_format != json ]]; then
        say "baton-airbyte: ${prefix[$level]:-}$text"
        return 0
    fi
    escaped "$text"
    line="{\"level\":\"$level\",\"ts\":${EPOCHREALTIME/[!0-9]/.},\"logger\":\"baton-airbyte\",\"msg\":$json"
    shift 2
    while (($#)); do
        json=$2
        [[ $2 =~ ^(0|[1-9][0-9]{0,17})$ ]] || escaped "$2"
        line+=",\"$1\":$json"
        shift 2
    done
    say "$line}"
}

# die STATUS TEXT: end with STATUS and TEXT as the error.
die() {
    log error "$2"
    leave "$1"
}

# misused TEXT: end with a usage error.  Between lines of JSON the usage would be in the way.
misused() {
    log error "$1"
    [[ $log_format == json ]] || say "$USAGE"
    leave "$EX_USAGE"
}

# print TEXT: TEXT as it is on standard output, all of it or an error; a reader that has gone ends this program as it
# does others.
print() {
    local status=0
    (trap - PIPE && printf '%s' "$1") || status=$?
    ((status != DIED_OF_PIPE)) || end_by PIPE
    ((status == 0)) || die "$EX_IOERR" 'cannot write standard output'
}
