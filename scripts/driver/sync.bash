# sync.bash: one run of the pipe, from settings to status.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

declare -gA words_of_tee=() # the descriptors where what tee says is read, by the name of the file that it writes

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

# tee_to FILE: a stage that keeps what passes in FILE; what it says is for tell_of_tee to put in our words.
tee_to() {
    local errors words_write
    new_pipe "words_of_tee[$1]" words_write
    errors=$words_write
    link "tee $1" '' tee "$folder/$1"
    drop "$words_write"
}

# tell_of_tee FILE: say why the stage that keeps FILE failed.
tell_of_tee() {
    local words=''
    read -r words <&"${words_of_tee[$1]}" || :
    log error "${words//[!\ -~]/?}"
}

# passed_to PROGRAM: the settings that PROGRAM takes under their own names, as arguments, into ${passed[@]}.
passed_to() {
    local name value
    local -a values
    passed=()
    for name in "${flags[@]}"; do
        value=${setting[$name]:-}
        [[ +${programs_of[$name]}+ == *"+$1+"* && -n $value ]] || continue
        values=("$value")
        case ${kind[$name]} in
        bool)
            ! is_true "$value" || passed+=("--$name")
            continue
            ;;
        list) IFS=, read -ra values <<<"$value" ;;
        esac
        for value in "${values[@]}"; do passed+=("--$name=$value"); done
    done
}

# start: start all stages.
start() {
    local null secret_fd ask_read ask_write answer_read answer_write upstream go_read
    local folder=${setting[stages]}
    local -a passed
    [[ $folder != -* ]] || folder=./$folder
    local -a token fetch pack
    passed_to ab-token
    token=("${tool[ab-token]}" --serve "${passed[@]}")
    passed_to ab-fetch
    fetch=("${tool[ab-fetch]}" "${passed[@]}")
    passed_to c1z-pack
    pack=("${tool[c1z-pack]}" "--file=${setting[file]}" "${passed[@]}")

    if is_true "${setting[insecure-http]}"; then
        token+=(--insecure-http)
        fetch+=(--insecure-http)
    fi
    exec {null}</dev/null
    opened "$null"
    open_secret
    new_pipe ask_read ask_write
    new_pipe answer_read answer_write
    [[ -z $secret_fd ]] || token+=(--client-secret-file "/dev/fd/$secret_fd")
    spawn ab-token "$ask_read" "$answer_write" "$secret_fd" "${token[@]}"
    drop "$ask_read" "$answer_write" ${secret_fd:+"$secret_fd"}

    fetch+=(--token-fds "$answer_read,$ask_write")
    upstream=$null
    link ab-fetch "$answer_read $ask_write" "${fetch[@]}"
    drop "$answer_read" "$ask_write"

    [[ -z $folder ]] || tee_to raw.ndjson
    link ab-map '' "${tool[ab-map]}"
    [[ -z $folder ]] || tee_to records.ndjson
    new_pipe go_read leave_write
    pack+=(--go-fd "$go_read" ${lock_fd:+--lock-fd "$lock_fd"})
    spawn c1z-pack "$upstream" 1 "$go_read $lock_fd" "${pack[@]}"
    drop "$upstream" "$go_read"
}

# pull: one run of the pipe; ends the program.
pull() {
    local failed status
    export BATON_DOMAIN_URL=${setting[domain-url]} BATON_AIRBYTE_CLIENT_ID=${setting[airbyte-client-id]}
    unset BATON_HOSTNAME BATON_AIRBYTE_CLIENT_SECRET_FILE
    find_tools ab-stage ab-token ab-fetch ab-map c1z-pack
    # shellcheck disable=SC2317 # on_exit calls it
    before_end() {
        leave_no_stage
        leave_lock
    }
    take_lock "${setting[file]}" "${setting[wait]:-0}"
    [[ -z ${setting[stages]} ]] || prepare_stages
    heed_signals HUP INT QUIT
    start
    heed_signals TERM
    # One that came while a stage was being started may have missed that stage.
    [[ -z $caught ]] || end_stages
    collect

    if [[ -n $caught ]]; then
        log error "ended by SIG$caught"
        end_by "$caught"
    fi
    first_failure
    [[ -n $failed ]] || leave "${stage_status[-1]}"
    status=${stage_status[failed]}
    if [[ ${stage_name[failed]} == tee* ]]; then
        status=$EX_IOERR
        tell_of_tee "${stage_name[failed]#tee }"
    fi
    # Bash gives these to what could not become ab-stage.
    ((status != 126 && status != 127)) || status=$EX_OSERR
    if ((failed < ${#stage_name[@]} - 1)); then
        log error "${stage_name[failed]} failed with status $status; $(shown "${setting[file]}") was not written"
    else
        log error "${stage_name[failed]} ended with status $status"
    fi
    leave "$status"
}
