# report.bash: how a run ended, for programs that watch (--status-file, --metrics-file) and for a person at a terminal.
#
# Both files appear whole.  That one cannot be written is a warning and changes no status.  What a sync holds is taken
# from the manifest that c1z-pack puts into the file.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

printf -v began '%(%s)T' -1 # when the run began, in seconds since 1970
manifest= # that of the sync that this run published, '' if it did not

# in_utc SECONDS: a time in seconds since 1970 into ${utc}.
in_utc() {
    TZ=UTC0 printf -v utc '%(%Y-%m-%dT%H:%M:%SZ)T' "$1"
}

# note_published: the output file has been replaced: read its manifest, and sum it up for a person who watches.
note_published() {
    local folder
    [[ -n ${setting[status-file]}${setting[metrics-file]} || -t $said ]] || return 0
    find_tools c1z-cat
    manifest=$("${tool[c1z-cat]}" "--file=${setting[file]}" manifest) || manifest=
    [[ ! -t $said ]] || sum_up
}

# counts: the numbers of the manifest into total[]: "resources user", "entitlements", "grants", "expandedGrants", and
# "gaps KIND".
counts() {
    local rest pair='^,?"([^"]*)":([0-9]+)' of='"of":"([^"]*)"'
    total=()
    if [[ $manifest =~ \"resources\":\{([^}]*)\} ]]; then
        rest=${BASH_REMATCH[1]}
        while [[ $rest =~ $pair ]]; do
            total["resources ${BASH_REMATCH[1]}"]=${BASH_REMATCH[2]}
            rest=${rest#"${BASH_REMATCH[0]}"}
        done
    fi
    for rest in entitlements grants expandedGrants; do
        [[ ! $manifest =~ \"$rest\":([0-9]+) ]] || total[$rest]=${BASH_REMATCH[1]}
    done
    rest=${manifest#*\"gaps\":[} rest=${rest%%\"notes\":*}
    while [[ $rest =~ $of ]]; do
        total["gaps ${BASH_REMATCH[1]}"]=$((${total["gaps ${BASH_REMATCH[1]}"]:-0} + 1))
        rest=${rest#*"${BASH_REMATCH[0]}"}
    done
}

# sum_up: one line on what was published.
sum_up() {
    local -A total
    local key list='' gaps=0 now
    counts
    for key in "${!total[@]}"; do
        case $key in
        resources\ *) list+=", ${total[$key]} ${key#* }" ;;
        gaps\ *) gaps=$((gaps + total[$key])) ;;
        esac
    done
    printf -v now '%(%s)T' -1
    log_format=console
    list="${list:2}; ${total[grants]:-0} grants, of them ${total[expandedGrants]:-0} inherited; $gaps gaps"
    log info "$(shown "${setting[file]}"): $list; $((now - began)) s"
}

# replace_file FILE TEXT: put TEXT into FILE at once, or warn.
replace_file() {
    local file=$1 temp
    [[ $file == */* ]] || file=./$file
    if temp=$(mktemp -- "${file%/*}/.${file##*/}.XXXXXX") && printf '%s' "$2" >"$temp" &&
        chmod "$(printf '%o' $((0666 & ~$(umask))))" "$temp" && mv -f -T -- "$temp" "$file"; then
        return 0
    fi
    [[ -z ${temp:-} ]] || rm -f -- "$temp"
    log warn "cannot write $(shown "$1")"
}

# kept_line FILE START: the line of an older FILE that begins with START into ${line}, '' if there is none.
kept_line() {
    line=
    [[ -f $1 && -r $1 ]] || return 0
    while IFS= read -r line || [[ -n $line ]]; do
        [[ $line != "$2"* ]] || return 0
    done <"$1"
    line=
}

# write_status STATUS: write --status-file.  Each member is a line, so that "published", which is the last good one, can
# be kept when a run fails.
write_status() {
    local utc json text line file=${setting[status-file]}
    find_version
    escaped "$version"
    text='{"schema":"baton-airbyte-status/1",'$'\n'"\"version\":$json,"$'\n'
    escaped "${setting[file]//[!\ -~]/?}"
    text+="\"file\":$json,"$'\n'
    in_utc "$began"
    text+="\"began\":\"$utc\","$'\n'
    in_utc -1
    text+="\"ended\":\"$utc\","$'\n'"\"status\":$1,"$'\n'
    escaped "${config//[!\ -~]/?}"
    text+="\"config\":$json,"$'\n'
    escaped "$last_error"
    text+="\"message\":$json,"$'\n'
    if [[ -n $manifest ]]; then
        line="\"published\":{\"at\":\"$utc\",\"manifest\":$manifest}"
    else
        kept_line "$file" '"published":'
    fi
    replace_file "$file" "$text${line:-\"published\":null}"$'\n}\n'
}

# write_metrics STATUS: write --metrics-file.
write_metrics() {
    local -A total
    local -r PREFIX=baton_airbyte
    local key now text line file=${setting[metrics-file]}
    printf -v now '%(%s)T' -1
    text="${PREFIX}_run_began_timestamp_seconds $began
${PREFIX}_run_ended_timestamp_seconds $now
${PREFIX}_run_status $1
"
    if [[ -n $manifest ]]; then
        line="${PREFIX}_published_timestamp_seconds $now"
        counts
        for key in "${!total[@]}"; do
            case $key in
            resources\ *) text+="${PREFIX}_resources{type=\"${key#* }\"} ${total[$key]}"$'\n' ;;
            gaps\ *) text+="${PREFIX}_gaps{of=\"${key#* }\"} ${total[$key]}"$'\n' ;;
            expandedGrants) text+="${PREFIX}_inherited_grants ${total[$key]}"$'\n' ;;
            *) text+="${PREFIX}_$key ${total[$key]}"$'\n' ;;
            esac
        done
    else
        kept_line "$file" "${PREFIX}_published_timestamp_seconds "
    fi
    replace_file "$file" "$text${line:+$line$'\n'}"
}

# report STATUS: write what is asked for.
report() {
    [[ -z ${setting[status-file]} ]] || write_status "$1"
    [[ -z ${setting[metrics-file]} ]] || write_metrics "$1"
}
