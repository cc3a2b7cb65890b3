# summary.bash: what a run came to, in the end, for a person at a terminal; nowhere else.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

before_fd= # the file as it was before the run, '' if there was none or nobody watches

# remember_before: keep open what is to be replaced, to tell afterwards what has changed.
remember_before() {
    [[ -t $said && -f ${setting[file]} && -r ${setting[file]} && -s ${setting[file]} ]] || return 0
    find_tools c1z-diff
    exec {before_fd}<"${setting[file]}"
    opened "$before_fd"
}

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

# some N WORD: "1 user", "2 users".
some() {
    if (($1 == 1)); then printf '1 %s' "$2"; else printf '%s %ss' "$1" "$2"; fi
}

# what_changed: what this sync has more, less and otherwise than the one before, in words, into ${words}; '' if that
# cannot be told.
what_changed() {
    local -A n=()
    local lines count change kind verb list status=0
    words=
    [[ -n $before_fd ]] || return 0
    lines=$("${tool[c1z-diff]}" --json "/dev/fd/$before_fd" "${setting[file]}" |
        sed 's/^{"change":"\([a-z]*\)","kind":"\([a-z-]*\)".*/\1 \2/' | sort | uniq -c) || status=$?
    drop "$before_fd"
    # 1: they differ.  More than that: there is no sync in the old file to compare with.
    ((status <= 1)) || return 0
    while read -r count change kind; do n["$change $kind"]=$count; done <<<"$lines"
    for verb in 'added new' 'removed gone' 'changed changed'; do
        list=
        for kind in resource entitlement grant; do
            count=${n["${verb% *} $kind"]:-0}
            ((count == 0)) || list+=", $(some "$count" "$kind")"
        done
        [[ -z $list ]] || words+="; ${list:2} ${verb#* }"
    done
    words=${words:2}
    words=${words:-nothing has changed}
}

# gaps_in_words: what may be missing, by its kind and the role to ask for, into ${words}.
gaps_in_words() {
    local rest=${manifest#*\"gaps\":[} one needs
    local of='"of":"([^"]*)"' role='"needs":"([a-z_]+)'
    local -A seen=()
    rest=${rest%%],\"notes\":*}
    words=
    while [[ $rest == *'{'*'}'* ]]; do
        one=${rest%%\}*} rest=${rest#*\}}
        [[ $one =~ $of ]] || continue
        needs=${BASH_REMATCH[1]}
        [[ ! $one =~ $role ]] || needs+=" (ask for ${BASH_REMATCH[1]})"
        [[ -z ${seen[$needs]:-} ]] || continue
        seen[$needs]=1
        words+=", $needs"
    done
    words=${words:2}
}

# sum_up: what was published, how much it is, what may be missing, and what has changed.
sum_up() {
    local -A total
    local -a ordered
    local key list='' gaps=0 words size now
    printf -v now '%(%s)T' -1
    counts
    for key in "${ordered[@]}"; do
        case $key in
        resources\ *) list+=", $(some "${total[$key]}" "${key#* }")" ;;
        gaps\ *) gaps=$((gaps + total[$key])) ;;
        esac
    done
    in_bytes "$(stat -L -c %s -- "${setting[file]}")"
    list="${list:2}; $(some "${total[grants]:-0}" grant), of them ${total[expandedGrants]:-0} inherited"
    log info "$(shown "${setting[file]}"): $list; $(some "$gaps" gap); $size, $((now - began)) s"
    gaps_in_words
    [[ -z $words ]] || log info "access may be missing: ${words//[!\ -~]/?}"
    [[ $manifest != *'"of":"instance_admin"'*'"needs":"instance_admin"'* ]] ||
        log info 'the owner of the application is no instance admin: such admins, and what they alone see, are missing'
    what_changed
    [[ -z $words ]] || log info "since the last sync: $words"
}
