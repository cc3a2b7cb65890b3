# report.bash: how a run ended, for programs that watch (--status-file, --metrics-file); summary.bash tells a person.
#
# Both files appear whole.  That one cannot be written is a warning and changes no status.  What a sync holds is taken
# from the manifest that c1z-pack puts into the file.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# In seconds.
readonly FOLDER_WAIT=10

printf -v began '%(%s)T' -1 # when the run began, in seconds since 1970
manifest= # that of the sync that this run published, '' if it did not

# in_utc SECONDS: a time in seconds since 1970 into ${utc}.
in_utc() {
    TZ=UTC0 printf -v utc '%(%Y-%m-%dT%H:%M:%SZ)T' "$1"
}

# same_file FLAG OTHER: whether the files of both are given, and are one.
same_file() {
    [[ -n ${setting[$1]} && -n ${setting[$2]} ]] &&
        [[ $(readlink -m -- "${setting[$1]}") == "$(readlink -m -- "${setting[$2]}")" ]]
}

# refuse_same FLAG OTHER: end with 78 if they are one.
refuse_same() {
    ! same_file "$1" "$2" || die "$EX_CONFIG" "--$1 and --$2 are one file: $(shown "${setting[$1]}")"
}

# prepare_report: see in time that what is written goes to places of its own, and that there is what reads what will be
# published, if somebody wants to know it.
prepare_report() {
    local flag
    for flag in status-file metrics-file; do refuse_same "$flag" file; done
    refuse_same metrics-file status-file
    [[ -n ${setting[status-file]}${setting[metrics-file]} || -t $said || $log_level == debug ]] || return 0
    find_tools c1z-cat
}

# note_published: the output file has been replaced: read its manifest, and sum it up for a person who watches.
note_published() {
    [[ -n ${tool[c1z-cat]:-} ]] || return 0
    manifest=$("${tool[c1z-cat]}" "--file=${setting[file]}" manifest) || manifest=
    [[ $log_level != debug ]] || tell_as_connector
    [[ ! -t $said || -z $manifest ]] || sum_up
}

# counts: the numbers of the manifest into total[]: "resources user", "entitlements", "grants", "expandedGrants", and
# "gaps KIND"; these names in the manifest's order into ordered[].
counts() {
    local rest pair='^,?"([^"]*)":([0-9]+)' of='"of":"([^"]*)"'
    total=([resourceTypes]=0) ordered=(resourceTypes)
    if [[ $manifest =~ \"resources\":\{([^}]*)\} ]]; then
        rest=${BASH_REMATCH[1]}
        while [[ $rest =~ $pair ]]; do
            total["resources ${BASH_REMATCH[1]}"]=${BASH_REMATCH[2]}
            ordered+=("resources ${BASH_REMATCH[1]}")
            rest=${rest#"${BASH_REMATCH[0]}"}
        done
    fi
    for rest in resourceTypes entitlements grants expandedGrants; do
        [[ $manifest =~ \"$rest\":([0-9]+) ]] || continue
        total[$rest]=${BASH_REMATCH[1]}
        [[ $rest == resourceTypes ]] || ordered+=("$rest")
    done
    rest=${manifest#*\"gaps\":[} rest=${rest%%\"notes\":*}
    while [[ $rest =~ $of ]]; do
        [[ -n ${total["gaps ${BASH_REMATCH[1]}"]:-} ]] || ordered+=("gaps ${BASH_REMATCH[1]}")
        total["gaps ${BASH_REMATCH[1]}"]=$((${total["gaps ${BASH_REMATCH[1]}"]:-0} + 1))
        rest=${rest#*"${BASH_REMATCH[0]}"}
    done
}

# tell_as_connector: at debug, what the Go connector says at info of what was synced, in its words and fields.
tell_as_connector() {
    local -A total
    local -a ordered
    local key
    counts
    for key in "${ordered[@]}"; do
        case $key in
        resourceTypes) log debug 'Synced resource types' count "${total[$key]}" ;;
        resources\ *) log debug 'Synced resources' resource_type_id "${key#* }" count "${total[$key]}" ;;
        entitlements) log debug 'Synced entitlements' count "${total[$key]}" ;;
        grants) log debug 'Synced grants' count "${total[$key]}" ;;
        esac
    done
    log debug 'Sync complete.'
}

# put_file FILE TEXT ALONE: put TEXT into FILE at once; if nobody else can be at it, what a run left that was killed
# meanwhile goes.  Return 1 if that cannot be.
put_file() {
    local temp
    [[ -z $3 ]] || rm -f -- "${1%/*}/.${1##*/}.new."??????
    temp=$(mktemp -- "${1%/*}/.${1##*/}.new.XXXXXX") || return 1
    if printf '%s' "$2" >"$temp" && chmod "$(printf '%o' $((0666 & ~$(umask))))" "$temp" &&
        mv -f -T -- "$temp" "$1"; then
        return 0
    fi
    rm -f -- "$temp"
    return 1
}

# cannot_report FILE WHY: warn that what is asked for is not written.
cannot_report() {
    log warn "cannot write $(shown "$1")${2:+: $2}" file "${1//[!\ -~]/?}"
}

# replace_file FILE TEXT: put TEXT into FILE at once, links followed, or warn.  What is no regular file, such as
# /dev/null, is left alone.  Meanwhile the folder is locked: the folder itself, so that nothing is left of it.
replace_file() {
    local file folder_fd='' alone=
    file=$(readlink -m -- "$1")
    if [[ -e $file && ! -f $file ]]; then
        cannot_report "$1" 'what is there is not a regular file'
        return
    elif [[ ! -d ${file%/*}/ ]]; then
        cannot_report "$1" 'its folder is not there'
        return
    fi
    if exec {folder_fd}<"${file%/*}/" && flock --wait "$FOLDER_WAIT" "$folder_fd" </dev/null; then alone=1; fi
    put_file "$file" "$2" "$alone" || cannot_report "$1" ''
    [[ -z $folder_fd ]] || exec {folder_fd}<&-
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

# metric NAME TEXT: begin a metric: what is said of it before its values, onto ${text}.
metric() {
    text+="# HELP baton_airbyte_$1 $2"$'\n'"# TYPE baton_airbyte_$1 gauge"$'\n'
}

# metric_value NAME VALUE TEXT: a metric that has one value.
metric_value() {
    metric "$1" "$3"
    text+="baton_airbyte_$1 $2"$'\n'
}

# metric_each NAME LABEL TEXT: a metric that has one value for each of the counts "NAME WORD", labelled WORD.
metric_each() {
    local key
    metric "$1" "$3"
    for key in "${ordered[@]}"; do
        [[ $key != "$1 "* ]] || text+="baton_airbyte_$1{$2=\"${key#* }\"} ${total[$key]}"$'\n'
    done
}

# published_metrics SECONDS: those of a sync that was published then, onto ${text}.
published_metrics() {
    local -A total
    local -a ordered
    counts
    metric_value published_timestamp_seconds "$1" 'When a sync was published last.'
    metric_each resources type 'Resources in it, by type.'
    metric_value entitlements "${total[entitlements]:-0}" 'Entitlements in it.'
    metric_value grants "${total[grants]:-0}" 'Grants in it.'
    metric_value inherited_grants "${total[expandedGrants]:-0}" 'Those of them that follow from others.'
    metric_each gaps of 'What may be missing in it, by kind.'
}

# kept_from FILE START: the lines of an older FILE from the one that begins with START on, onto ${text}.
kept_from() {
    local line kept=
    [[ -f $1 && -r $1 ]] || return 0
    while IFS= read -r line; do
        [[ $line != "$2"* ]] || kept=1
        [[ -z $kept ]] || text+=$line$'\n'
    done <"$1"
}

# write_metrics STATUS: write --metrics-file.  What is said of the sync that was published last stays when a run fails.
write_metrics() {
    local now text='' file=${setting[metrics-file]}
    printf -v now '%(%s)T' -1
    metric run_began_timestamp_seconds 'When the last run began.'
    text+="baton_airbyte_run_began_timestamp_seconds $began"$'\n'
    metric run_ended_timestamp_seconds 'When it ended.'
    text+="baton_airbyte_run_ended_timestamp_seconds $now"$'\n'
    metric run_status 'Its exit status: 0 is well, 3 published but incomplete, 5 published but not sent on.'
    text+="baton_airbyte_run_status $1"$'\n'
    if [[ -n $manifest ]]; then
        published_metrics "$now"
    else
        kept_from "$file" '# HELP baton_airbyte_published_timestamp_seconds '
    fi
    replace_file "$file" "$text"
}

# report STATUS: write what is asked for, but not over each other or over what was published.
report() {
    [[ -z ${setting[status-file]} ]] || same_file status-file file || write_status "$1"
    [[ -z ${setting[metrics-file]} ]] || same_file metrics-file file || same_file metrics-file status-file ||
        write_metrics "$1"
}
