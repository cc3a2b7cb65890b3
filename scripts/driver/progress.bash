# progress.bash: one line on a terminal on how far the stages are; nowhere else.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

progress= # the process that shows it, '' if none does

# in_bytes N: N as people say it into ${size}.
in_bytes() {
    local unit
    size=$1
    for unit in B kB MB GB TB; do
        ((size >= 10000)) || break
        size=$((size / 1000))
    done
    size+=" $unit"
}

# how_far: what each stage has written, or the last one read, and the time since the start, into ${line}.
how_far() {
    local i key value read written size now
    line=
    for ((i = 1; i < ${#stage_pid[@]}; i++)); do
        read=0 written=0
        while read -r key value; do
            case $key in
            rchar:) read=$value ;;
            wchar:) written=$value ;;
            esac
        done <"/proc/${stage_pid[i]}/io" || continue
        ((i < ${#stage_pid[@]} - 1)) || written=$read
        [[ ${stage_name[i]} != tee* ]] || continue
        in_bytes "$written"
        line+="${stage_name[i]} $size, "
    done
    printf -v now '%(%s)T' -1
    line+="$((now - began)) s"
}

# show_progress: show it once a second, until this process is ended, or the one that it is about has gone.  The cursor
# stays at the beginning of the line, so that a message writes over it.
show_progress() {
    local line fd never
    trap - HUP INT QUIT TERM EXIT
    exec {never}<> <(:)
    # A gate that stayed open here would keep a stage waiting.
    for fd in "${!held[@]}"; do exec {fd}>&-; done
    while kill -s 0 "$$"; do
        how_far
        printf '\r%s\e[K\r' "${line:0:${COLUMNS:-79}}" >&"$said" || return 0
        read -r -t 1 -u "$never" || :
    done
}

# start_progress: show it from here on, if a person watches.
start_progress() {
    [[ -t $said && $log_format == console ]] || return 0
    show_progress &
    progress=$!
}

# stop_progress: take the line away.
stop_progress() {
    [[ -n $progress ]] || return 0
    kill -s TERM "$progress" || :
    wait "$progress" || :
    progress=
    printf '\r\e[K' >&"$said" || :
}
