# sync.bash: one run of the pipe, from settings to status.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# prepare_stages: make the folder and the empty files of --stages, for nobody else to read.
prepare_stages() {
    local folder=${setting[stages]} file
    (umask 077 && mkdir -p -- "$folder") || die "$EX_CANTCREAT" "cannot create $(shown "$folder")"
    for file in raw.ndjson records.ndjson; do
        # What stands there might be open to others, or be a link.
        rm -f -- "$folder/$file" || die "$EX_CANTCREAT" "cannot replace $(shown "$folder/$file")"
        (umask 077 && set -o noclobber && : >"$folder/$file") ||
            die "$EX_CANTCREAT" "cannot create $(shown "$folder/$file")"
    done
}

# start: start all stages.
start() {
    local null secret_fd ask_read ask_write answer_read answer_write upstream
    local folder=${setting[stages]}
    [[ $folder != -* ]] || folder=./$folder
    local -a fetch=("${tool[ab-fetch]}") pack=("${tool[c1z-pack]}" --file "${setting[file]}")
    local -a token=("${tool[ab-token]}" --serve)

    if is_true "${setting[insecure-http]}"; then
        token+=(--insecure-http)
        fetch+=(--insecure-http)
    fi
    exec {null}</dev/null
    # shellcheck disable=SC2004 # it is no number but a name
    held[$null]=1
    open_secret
    new_pipe ask_read ask_write
    new_pipe answer_read answer_write
    [[ -z $secret_fd ]] || token+=(--client-secret-file "/dev/fd/$secret_fd")
    spawn ab-token "$ask_read" "$answer_write" "$secret_fd" "${token[@]}"
    drop "$ask_read" "$answer_write" ${secret_fd:+"$secret_fd"}

    fetch+=(--token-fds "$answer_read,$ask_write")
    [[ -z ${setting[jobs]} ]] || fetch+=(-j "${setting[jobs]}")
    [[ -z ${setting[deadline]} ]] || fetch+=(--deadline "${setting[deadline]}")
    upstream=$null
    link ab-fetch "$answer_read $ask_write" "${fetch[@]}"
    drop "$answer_read" "$ask_write"

    [[ -z $folder ]] || link 'tee raw.ndjson' '' tee "$folder/raw.ndjson"
    link ab-map '' "${tool[ab-map]}"
    [[ -z $folder ]] || link 'tee records.ndjson' '' tee "$folder/records.ndjson"
    [[ -z ${setting[sync-id]} ]] || pack+=(--sync-id "${setting[sync-id]}")
    spawn c1z-pack "$upstream" 1 '' "${pack[@]}"
    drop "$upstream"
}

# pull: one run of the pipe; ends the program.
pull() {
    local failed status name
    export BATON_DOMAIN_URL=${setting[domain-url]} BATON_AIRBYTE_CLIENT_ID=${setting[airbyte-client-id]}
    unset BATON_HOSTNAME BATON_AIRBYTE_CLIENT_SECRET_FILE
    # systemd and others start programs with SIGPIPE ignored, which no shell can undo for those it starts.
    [[ -z $(trap -p PIPE) ]] || launch=(env --default-signal=PIPE)
    find_tools ab-token ab-fetch ab-map c1z-pack
    [[ -z ${setting[stages]} ]] || prepare_stages

    for name in HUP INT QUIT TERM; do
        # shellcheck disable=SC2064 # the name is meant to be expanded now
        trap "on_signal $name" "$name"
    done
    trap 'end_stages 0' EXIT
    start
    # One that came while a stage was being started may have missed that stage.
    [[ -z $caught ]] || end_stages 0
    collect
    trap - EXIT

    if [[ -n $caught ]]; then
        log error "ended by SIG$caught"
        trap - "$caught"
        kill -s "$caught" "$$"
        # Bash does not let SIGQUIT end it.
        exit $((128 + $(kill -l "$caught")))
    fi
    first_failure
    [[ -n $failed ]] || exit 0
    status=${stage_status[failed]}
    [[ ${stage_name[failed]} != tee* ]] || status=$EX_IOERR
    if ((failed < ${#stage_name[@]} - 1)); then
        log error "${stage_name[failed]} failed with status $status; $(shown "${setting[file]}") was not written"
    else
        log error "${stage_name[failed]} ended with status $status"
    fi
    exit "$status"
}
