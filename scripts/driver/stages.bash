# stages.bash: processes joined by pipes: starting them, ending them, and what came of each.
#
# The driver makes the pipes itself and is the parent of every stage, so statuses are exact.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

readonly DIED_OF_PIPE=141 DIED_OF_TERM=143

# The stages in pipe order, ab-token as number 0: name, process, status once it has ended ('' before), and the write end
# of its output, held back here until then ('' for those without a reader).
declare -ga stage_name=() stage_pid=() stage_status=() stage_gate=()
declare -gA ended=()  # the numbers of the stages that were asked to end, each ended[I]=1
declare -gA held=()   # the descriptors open here for the stages, each held[FD]=1
declare -ga launch=() # words to put before a program
caught=              # the signal that ends the run
signals=0            # how many came

# new_pipe READ WRITE: make a pipe without a name; its two ends into the variables READ and WRITE.
new_pipe() {
    local -n read_into=$1 write_into=$2
    local both
    exec {both}<> <(:)
    exec {read_into}<"/dev/fd/$both" {write_into}>"/dev/fd/$both" {both}>&-
    held[$read_into]=1 held[$write_into]=1
}

# drop FD...: close descriptors held here.
drop() {
    local fd
    for fd; do
        exec {fd}>&-
        unset "held[$fd]"
    done
}

# become IN OUT KEEP PROGRAM ARGS...: turn into PROGRAM with these descriptors alone; see spawn.
become() {
    local keep=$3 fd
    exec <&"$1" >&"$2"
    for fd in "${!held[@]}"; do
        [[ " $keep " == *" $fd "* ]] || exec {fd}>&-
    done
    # A core file would hold tokens and the secret.
    ulimit -c 0
    exec "${launch[@]}" "${@:4}"
}

# spawn NAME IN OUT KEEP PROGRAM ARGS...: start a stage that reads IN and writes OUT; of the descriptors held here it
# gets, besides, those in KEEP (separated by spaces).
spawn() {
    local name=$1 in=$2 out=$3 keep=$4
    shift 4
    log debug "starting $name"
    become "$in" "$out" "$keep" "$@" &
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

# end_stages FIRST: ask the stages from number FIRST on that still run to end.
end_stages() {
    local i
    for ((i = $1; i < ${#stage_pid[@]}; i++)); do
        [[ -z ${stage_status[i]} ]] || continue
        # One that has ended already cannot be asked.
        ! kill -s TERM "${stage_pid[i]}" 2>/dev/null || ended[$i]=1
    done
}

# on_signal NAME: the run is to end.
on_signal() {
    caught=$1
    signals=$((signals + 1))
    end_stages 0
}

# reap I: wait until stage I has ended; its status into stage_status.
reap() {
    local before=-1 status
    # A signal that is trapped ends the wait, and not the stage.
    while ((before != signals)); do
        before=$signals status=0
        # Bash itself has a line for a process that was killed; what is to be said is said at the end.
        wait "${stage_pid[$1]}" 2>/dev/null || status=$?
    done
    stage_status[$1]=$status
    log debug "${stage_name[$1]} ended with status $status"
}

# collect: wait for all stages.  Each gate opens when its stage has succeeded; after the first failure the stages that
# are still waiting for input are ended, in silence.
collect() {
    local i failed=
    reap 1
    # Without ab-fetch there is nobody left to ask for tokens.
    ! kill -s TERM "${stage_pid[0]}" 2>/dev/null || ended[0]=1
    reap 0
    for ((i = 1; i < ${#stage_pid[@]}; i++)); do
        [[ -n ${stage_status[i]} ]] || reap "$i"
        if [[ ${stage_status[i]} != 0 && -z $failed ]]; then
            failed=$i
            end_stages $((i + 1))
        fi
        [[ -n $failed || -z ${stage_gate[i]} ]] || drop "${stage_gate[i]}"
    done
}

# first_failure: the number of the first stage, in pipe order, that failed by itself into ${failed}; '' if none failed.
# One that was ended here did not, nor one that lost its reader, unless there is no other.
first_failure() {
    local i ignored
    failed=
    for ignored in 0:"$DIED_OF_PIPE" 0; do
        # How ab-token ended matters only if ab-fetch failed.
        for ((i = stage_status[1] == 0; i < ${#stage_status[@]}; i++)); do
            [[ :$ignored: != *:"${stage_status[i]}":* ]] || continue
            [[ -z ${ended[$i]:-} || ${stage_status[i]} != "$DIED_OF_TERM" ]] || continue
            failed=$i
            return
        done
    done
}
