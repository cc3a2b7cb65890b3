# progress.bash: one line on a terminal on how far the stages are; nowhere else.
#
# The stages report on a pipe (lib/progress.h); a process of its own reads that and shows it.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

progress_read=    # the pipe of the reports, '' if there is none
progress_write=
declare -gA far=() # what has been reported: far[PROGRAM KEY]

# prepare_progress: make the pipe, if a person watches.
prepare_progress() {
    [[ -t $said && $log_format == console ]] || return 0
    new_pipe progress_read progress_write
}

# asked_to_report PROGRAM: the option by which PROGRAM reports, into ${passed[@]}.
asked_to_report() {
    [[ -z $progress_write ]] || passed+=("--progress-fd=$progress_write")
}

# note_report PROGRAM KEY=VALUE...: take a report; when a wait began is noted with it.
note_report() {
    local program=$1 pair
    shift
    for pair; do
        far[$program ${pair%%=*}]=${pair#*=}
        [[ $pair != wait=* ]] || far[until]=$((EPOCHSECONDS + ${pair#*=}))
    done
}

# how_far COLUMNS: what was reported, and the time since the start, into ${line}, cut to fit.
how_far() {
    local elapsed=$((EPOCHSECONDS - began)) lines wait
    line=
    if [[ -n ${far[ab-fetch requests]:-} ]]; then
        lines=${far[ab-fetch lines]}
        line+="fetched $lines ($((lines / (elapsed > 0 ? elapsed : 1)))/s, ${far[ab-fetch requests]} requests), "
    fi
    [[ -z ${far[ab-map lines]:-} ]] || line+="mapped ${far[ab-map lines]}, "
    [[ -z ${far[c1z-pack lines]:-} ]] || line+="packed ${far[c1z-pack lines]}, "
    case ${far[c1z-pack step]:-reading} in
    reading) ;;
    *) line+="${far[c1z-pack step]}, " ;;
    esac
    line+="$elapsed s"
    wait=$((${far[until]:-0} - EPOCHSECONDS))
    if ((wait > 0)) && [[ ${far[ab-fetch wait]} != 0 ]]; then line+="; waits $wait s for Airbyte"; fi
    line=${line:0:$1}
}

# show_progress: show it once a second, until this process is ended, or the one that it is about has gone.  The cursor
# stays at the beginning of the line, so that a message writes over it.
show_progress() {
    local line fd shown=-1 columns report=''
    local -a words
    trap - HUP INT QUIT TERM EXIT
    # A gate that stayed open here would keep a stage waiting.
    for fd in "${!held[@]}"; do [[ $fd == "$progress_read" ]] || exec {fd}>&-; done
    read -r _ columns < <(stty size <&"$said") || columns=
    [[ $columns =~ ^[1-9][0-9]{0,3}$ ]] || columns=80
    while kill -s 0 "$$"; do
        # A report that is not whole yet is the beginning of the next.
        if IFS= read -r -t 1 -u "$progress_read" line; then
            read -ra words <<<"$report$line"
            report=
            ((${#words[@]} < 2)) || note_report "${words[@]}"
        elif (($? > 128)); then
            report+=$line
        else
            # Nobody is left who reports.
            return 0
        fi
        ((EPOCHSECONDS != shown)) || continue
        shown=$EPOCHSECONDS
        how_far $((columns - 1))
        printf '\r%s\e[K\r' "$line" >&"$said" || return 0
    done
}

# start_progress: show it from here on, if a person watches.
start_progress() {
    [[ -n $progress_read ]] || return 0
    show_progress &
    progress=$!
    drop "$progress_read" "$progress_write"
}

# stop_progress: take the line away.
stop_progress() {
    [[ -n $progress ]] || return 0
    kill -s TERM "$progress" || :
    wait "$progress" || :
    progress=
    printf '\r\e[K' >&"$said" || :
}
