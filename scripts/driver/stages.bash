# stages.bash: processes joined by pipes: starting them, ending them, and what came of each.
#
# The driver makes the pipes itself and is the parent of every stage, so statuses are exact.  The names of stages are
# those of programs in tool[].
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

readonly INCOMPLETE=3
readonly LOOK_EVERY=3 # seconds

# The stages in pipe order, ab-token as number 0: name, process, status once it has ended ('' before), and the write end
# of its output, held back here until then ('' for those without a reader).
declare -ga stage_name=() stage_pid=() stage_status=() stage_gate=()
declare -gA ended=() # the numbers of the stages that were asked to end, each ended[I]=1
declare -gA held=()  # the descriptors open here for the stages, each held[FD]=1
leave_write=          # the write end of the pipe on which the last stage waits for leave to publish
caught=               # the signal that ends the run
watch=                # the process that ends the wait for stages from time to time, '' if there is none
declare -ga watched=() # the last one that was ended

# opened FD: note that FD is open here, so that no stage gets it unasked.
opened() {
    held["$1"]=1
}

# new_pipe READ WRITE: make a pipe without a name; its two ends into the variables READ and WRITE.
new_pipe() {
    local -n read_into=$1 write_into=$2
    local both
    if ! exec {both}<> <(:) || ! exec {read_into}<"/dev/fd/$both" {write_into}>"/dev/fd/$both" {both}>&-; then
        die "$EX_OSERR" 'cannot make a pipe: no /dev/fd, or too many open files'
    fi
    opened "$read_into"
    opened "$write_into"
}

# drop FD...: close those of these descriptors that are still held here.
drop() {
    local fd
    for fd; do
        [[ -n $fd && -n ${held[$fd]:-} ]] || continue
        exec {fd}>&-
        unset "held[$fd]"
    done
}

# become IN OUT ERR KEEP PROGRAM ARGS...: turn into PROGRAM with these descriptors alone; see spawn.
become() {
    local keep=$4 fd
    exec <&"$1" >&"$2" 2>&"$3"
    for fd in "${!held[@]}" "$said"; do
        [[ " $keep " == *" $fd "* ]] || exec {fd}>&-
    done
    exec "${tool[ab-stage]}" "$$" "${@:5}"
}

# spawn NAME IN OUT KEEP PROGRAM ARGS...: start a stage that reads IN and writes OUT; of the descriptors held here it
# gets, besides, those in KEEP (separated by spaces).  Its standard error is ${errors} if that is set, else ours.
spawn() {
    local name=$1 in=$2 out=$3 keep=$4
    shift 4
    log debug "starting $name" stage "$name"
    become "$in" "$out" "${errors:-$said}" "$keep" "$@" &
    stage_name+=("$name") stage_pid+=("$!") stage_status+=('') stage_gate+=('')
}

# link NAME KEEP PROGRAM ARGS...: start a stage that reads ${upstream}, and make its output the new ${upstream}.
link() {
    local name=$1 keep=$2 read_end write_end
    shift 2
    new_pipe read_end write_end
    spawn "$name" "$upstream" "$write_end" "$keep" "$@"
    stage_gate[-1]=$write_end
    drop "$upstream"
    upstream=$read_end
}

# end_stage I: ask stage I, if it still runs, to end.
end_stage() {
    [[ -z ${stage_status[$1]} ]] || return 0
    # One that has ended already cannot be asked.
    ! kill -s TERM "${stage_pid[$1]}" || ended[$1]=1
}

# leave_no_stage: end all stages and wait until they are gone.
leave_no_stage() {
    end_watch
    end_stages
    wait "${stage_pid[@]}" "${watched[@]}" || :
}

# end_stages: ask all that still run to end.  ab-token comes last: ab-fetch would take its end for a failure.  A stage
# that missed the signal, as a child of bash may that has not yet become its program, sees the end of its input instead
# of waiting for ever.  Nothing comes of it: the last stage has no leave to publish.
end_stages() {
    local i
    for ((i = 1; i < ${#stage_pid[@]}; i++)); do end_stage "$i"; done
    ((${#stage_pid[@]} == 0)) || end_stage 0
    drop "${stage_gate[@]}" "$leave_write"
}

# on_signal NAME: the run is to end.
on_signal() {
    caught=$1
    end_stages
}

# heed_signals NAME...: from here on let on_signal() end the stages when one of these comes.  TERM comes last, when all
# stages have been started, and is not trapped until then: a new process of bash has the traps of the old one for a
# moment, and would lose the signal that is to end it.
heed_signals() {
    local name
    [[ $1 == TERM ]] || trap - TERM
    for name; do
        # shellcheck disable=SC2064 # the name is meant to be expanded now
        trap "on_signal $name" "$name"
    done
}

# note_end I: stage I is known to have ended: its status into stage_status.
note_end() {
    local status=0
    wait "${stage_pid[$1]}" || status=$?
    stage_status[$1]=$status
    if [[ -n ${ended[$1]:-} && $status == "$DIED_OF_TERM" ]]; then
        log debug "${stage_name[$1]} was ended" stage "${stage_name[$1]}"
    else
        log debug "${stage_name[$1]} ended with status $status" stage "${stage_name[$1]}" exit_status "$status"
    fi
}

# keep_watch: have a process, ${watch}, that ends in LOOK_EVERY seconds, and holds nothing of ours meanwhile.  About
# once in ten thousand times wait -n of bash 5.2 waits on for a child that ended just as it began; then the run would
# wait for ever, since the next stage does not end before its gate is opened.
keep_watch() {
    local fd
    if [[ -n $watch ]] && kill -s 0 "$watch"; then return 0; fi
    (
        for fd in "${!held[@]}" "$said"; do exec {fd}>&-; done
        exec sleep "$LOOK_EVERY" <&- >&- 2>&-
    ) &
    watch=$!
}

# end_watch: nobody waits any more.  That it has ended is waited for when nothing else is to be missed by it.  It is
# killed: it may not have dropped our traps yet.
end_watch() {
    [[ -n $watch ]] || return 0
    kill -s KILL "$watch" || :
    watched=("$watch") watch=
}

# reap: wait until one more stage has ended; its number into ${over}, its status into stage_status.  Return 1 if all
# have.
reap() {
    local i
    local -a pids
    while :; do
        pids=()
        for ((i = 0; i < ${#stage_pid[@]}; i++)); do
            [[ -z ${stage_status[i]} ]] || continue
            if ! kill -s 0 "${stage_pid[i]}"; then
                over=$i
                note_end "$i"
                return 0
            fi
            pids+=("${stage_pid[i]}")
        done
        if ((${#pids[@]} == 0)); then
            end_watch
            return 1
        fi
        keep_watch
        # Which of them ended is asked above: when two end at one time, bash 5.2 tells of one alone.  A signal that is
        # trapped ends the wait, too.
        wait -n "${pids[@]}" "$watch" || :
    done
}

# succeeded I: whether stage I has done what it had to.  The last one may say that what it has published is incomplete.
succeeded() {
    [[ ${stage_status[$1]} == 0 ]] || (($1 == ${#stage_pid[@]} - 1 && stage_status[$1] == INCOMPLETE))
}

# give_leave: let the last stage publish, if all before it have succeeded.
give_leave() {
    local i
    for ((i = 1; i < ${#stage_pid[@]} - 1; i++)); do
        [[ ${stage_status[i]} == 0 ]] || return 0
    done
    printf . >&"$leave_write" || :
}

# collect: wait for all stages.  Each gate opens when its stage has succeeded, and when all but the last have, or where
# there are no others, that one gets leave to publish: without it, as when this program is killed, it publishes nothing.
# After the first failure all others are ended, in silence.  When ab-token fails, ab-fetch finds out and has more to
# say; without ab-fetch it has nothing to do, and ends by itself unless it waits for a server.
collect() {
    local over failed=
    [[ -n $caught ]] || give_leave
    while reap; do
        if succeeded "$over"; then
            [[ -z $failed && -n ${stage_gate[over]} ]] || continue
            drop "${stage_gate[over]}"
            give_leave
        elif ((over > 0)) && [[ -z $failed ]]; then
            failed=1
            end_stages
        fi
    done
}

# first_failure: the number of the first stage, in pipe order, that failed by itself into ${failed}; '' if none failed.
# One that was ended here did not, nor one that lost its reader, unless there is no other.
first_failure() {
    local i lost_reader
    failed=
    for lost_reader in "$DIED_OF_PIPE" 0; do
        # How ab-token ended matters only if ab-fetch failed.
        for ((i = stage_status[1] == 0; i < ${#stage_status[@]}; i++)); do
            if succeeded "$i" || [[ ${stage_status[i]} == "$lost_reader" ]]; then continue; fi
            [[ -z ${ended[$i]:-} || ${stage_status[i]} != "$DIED_OF_TERM" ]] || continue
            failed=$i
            return
        done
    done
}
