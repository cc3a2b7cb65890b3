# sync.bash: one run of the pipe, from settings to status.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# In seconds since the last answer: less than what ab-fetch allows since the first.
readonly JOURNAL_AGE_MAX=36000

journal=     # where answers are kept for --resume, '' if nowhere
reason_read= # where c1z-pack says why it failed
declare -gA words_of_tee=() # the descriptors where what tee says is read, by the name of the file that it writes

# prepare_stages FILE...: make ${folder} and these empty files in it, for nobody else to read.
prepare_stages() {
    local file cause
    attempt mkdir -p -- "$folder" || die "$EX_CANTCREAT" "cannot create $(shown "$folder")$cause"
    for file; do
        # What stands there might be open to others, or be a link.
        attempt rm -f -- "$folder/$file" || die "$EX_CANTCREAT" "cannot replace $(shown "$folder/$file")$cause"
        attempt make_anew "$folder/$file" || die "$EX_CANTCREAT" "cannot create $(shown "$folder/$file")$cause"
    done
}

# make_anew FILE: make FILE, which must not be there.
make_anew() {
    set -o noclobber
    : >"$1"
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

# prepare_journal: the journal beside the output file into ${journal}, if there is to be one.  One goes without a word
# that is stale, as what it says would not fit what is fetched now, or older than the file, where something newer has
# been published since; of all else that makes it unfit, ab-fetch knows and tells.
prepare_journal() {
    local age=0
    journal=
    is_true "${setting[resume]:-f}" && ! is_true "${setting[dry-run]:-f}" || return 0
    journal=$beside.journal
    [[ -f $journal ]] || return 0
    printf -v age '%(%s)T' -1
    age=$((age - $(stat -c %Y -- "$journal")))
    if ((age > JOURNAL_AGE_MAX)) || [[ ${setting[file]} -nt $journal ]]; then rm -f -- "$journal"; fi
}

# passes STATUS: whether a stage that ended with STATUS may come to a better end with the same answers: it was ended
# from outside, or had to do with the server, the machine, the place or a setting.  All else may have come of the
# answers, as 65, 70, 76 and 77 do, and so may a crash: they would come to it again.
passes() {
    case $1 in
    "$EX_UNAVAILABLE" | "$EX_OSERR" | "$EX_CANTCREAT" | "$EX_IOERR" | "$EX_TEMPFAIL" | "$EX_CONFIG") return 0 ;;
    129 | 130 | 131 | 137 | "$DIED_OF_PIPE" | "$DIED_OF_TERM") return 0 ;; # HUP, INT, QUIT, KILL
    *) return 1 ;;
    esac
}

# settle_journal: remove the journal where there is nothing to be taken up: all answers were had, or one that would come
# again ended the run, in whatever stage.
settle_journal() {
    local failed status
    [[ -n $journal ]] || return 0
    first_failure
    if ((stage_status[1] != 0)); then
        [[ -n $failed ]] || return 0
        failed_status
        ! passes "$status" || return 0
    fi
    rm -f -- "$journal"
}

# use_server: into the environment what the programs take from there, and nothing else.
use_server() {
    export BATON_DOMAIN_URL=${setting[domain-url]} BATON_AIRBYTE_CLIENT_ID=${setting[airbyte-client-id]}
    unset BATON_HOSTNAME BATON_AIRBYTE_CLIENT_SECRET_FILE
}

# start_asking: start ab-token; the descriptors for whom it gives tokens into ${answer_read} and ${ask_write}, an empty
# input into ${null}.
start_asking() {
    local secret_fd ask_read answer_write
    local -a passed
    exec {null}</dev/null
    opened "$null"
    open_secret
    new_pipe ask_read ask_write
    new_pipe answer_read answer_write
    passed_to ab-token
    spawn ab-token "$ask_read" "$answer_write" "$secret_fd" \
        "${tool[ab-token]}" --serve "${passed[@]}" ${secret_fd:+--client-secret-file "/dev/fd/$secret_fd"}
    drop "$ask_read" "$answer_write" ${secret_fd:+"$secret_fd"}
}

# start_fetching: start ab-token and ab-fetch; the output of the latter is ${upstream}.
start_fetching() {
    local null answer_read ask_write
    local -a passed
    start_asking
    passed_to ab-fetch
    prepare_journal
    [[ -z $journal ]] || passed+=("--journal=$journal" --journal-anew)
    asked_to_report
    upstream=$null
    passed+=(--token-fds "$answer_read,$ask_write")
    link ab-fetch "$answer_read $ask_write $progress_write" "${tool[ab-fetch]}" "${passed[@]}"
    drop "$answer_read" "$ask_write"
}

# look: say what a run would see, on standard output; ends the program with what ab-fetch makes of it.
look() {
    local -a passed
    local null answer_read ask_write over
    [[ -z ${setting[from]} ]] || die "$EX_CONFIG" '--check asks the server: it does not go with --from'
    use_server
    # shellcheck disable=SC2317 # on_exit calls it
    before_end() {
        leave_no_stage
        report "$1"
    }
    find_tools ab-stage ab-token ab-fetch
    heed_signals HUP INT QUIT
    start_asking
    passed_to ab-fetch
    spawn ab-fetch "$null" 1 "$answer_read $ask_write" \
        "${tool[ab-fetch]}" --check "${passed[@]}" --token-fds "$answer_read,$ask_write"
    drop "$null" "$answer_read" "$ask_write"
    heed_signals TERM
    [[ -z $caught ]] || end_stages
    while reap; do :; done
    heed_end
    ((stage_status[1] != 126 && stage_status[1] != 127)) || leave "$EX_OSERR"
    leave "${stage_status[1]}"
}

# start_packing: start c1z-pack on ${upstream}; why it failed, if it does, can then be read from ${reason_read}.
start_packing() {
    local go_read reason_write
    local -a passed
    passed_to c1z-pack
    new_pipe go_read leave_write
    new_pipe reason_read reason_write
    ! is_true "${setting[dry-run]}" || passed+=(--check)
    [[ -z $lock_fd ]] || passed+=(--lock-fd "$lock_fd")
    asked_to_report
    spawn c1z-pack "$upstream" 1 "$go_read $reason_write $lock_fd $progress_write" \
        "${tool[c1z-pack]}" "--file=${setting[file]}" "${passed[@]}" --reason-fd "$reason_write" --go-fd "$go_read"
    drop "$upstream" "$go_read" "$reason_write"
}

# open_kept FILE: open the stream kept in FILE as ${upstream}, and tell what it is by its begin line: "raw" or "records"
# into ${kept}.
open_kept() {
    local first=''
    [[ -e $1 ]] || die "$EX_NOINPUT" "cannot read $(shown "$1"): there is no such file"
    [[ -f $1 ]] || die "$EX_NOINPUT" "cannot read $(shown "$1"): --from takes a file, as --stages keeps it"
    [[ -r $1 ]] || die "$EX_NOINPUT" "cannot read $(shown "$1"): no right to"
    IFS= read -r first <"$1" || :
    case $first in
    '{"stream":"begin","schema":"airbyte-raw/1",'*) kept=raw ;;
    '{"stream":"begin","schema":"baton-records/1",'*) kept=records ;;
    *) die "$EX_DATAERR" "$(shown "$1") begins neither as a raw stream nor as one of records" ;;
    esac
    exec {upstream}<"$1"
    opened "$upstream"
    # Nobody is to be asked for tokens: the place of ab-token is taken by what has ended well.
    stage_name=(none) stage_pid=(0) stage_status=(0) stage_gate=('')
}

# start: start all stages, of which the first are not needed if a stream was kept.
start() {
    local upstream folder=${setting[stages]} kept=''
    local -a passed
    [[ $folder != -* ]] || folder=./$folder
    [[ -z ${setting[from]} ]] || open_kept "${setting[from]}"
    if [[ -z $kept ]]; then
        [[ -z $folder ]] || prepare_stages raw.ndjson records.ndjson
        start_fetching
        [[ -z $folder ]] || tee_to raw.ndjson
    elif [[ $kept == raw && -n $folder ]]; then
        prepare_stages records.ndjson
    fi
    if [[ $kept != records ]]; then
        passed=()
        asked_to_report
        link ab-map "$progress_write" "${tool[ab-map]}" "${passed[@]}"
        [[ -z $folder ]] || tee_to records.ndjson
    fi
    start_packing
}

# identity: what tells the output file from another of its name, into ${identity}.
identity() {
    identity=$(stat -L -c '%d:%i' -- "${setting[file]}") || identity=
}

# run_publish_command STATUS: run the command for a file that was published with STATUS; ends the program if it failed.
run_publish_command() {
    local file=${setting[file]} null over
    [[ -n ${setting[publish-command]} ]] || return 0
    [[ $file != -* ]] || file=./$file
    exec {null}</dev/null
    opened "$null"
    spawn 'the publish command' "$null" 1 '' sh -c "${setting[publish-command]}" sh "$file"
    drop "$null"
    reap
    heed_end
    ((stage_status[over] != 0)) || return 0
    log error "$(shown "$file") is published, but the publish command failed with status ${stage_status[over]}"
    leave "$EX_UNPUBLISHED"
}

# heed_end: end by the signal that came, if one did.
heed_end() {
    [[ -z $caught ]] || ended_by "$caught"
}

# add_reason: why c1z-pack failed, which it has said itself, to the message that the status file has of it.
add_reason() {
    local reason=
    IFS= read -r reason <&"$reason_read" || :
    last_error+=${reason:+: ${reason//[!\ -~]/?}}
}

# failed_status: the status that stage ${failed} ended with, as one of ours, into ${status}.
failed_status() {
    status=${stage_status[failed]}
    [[ ${stage_name[failed]} != tee* ]] || status=$EX_IOERR
    # Bash gives these to what could not become ab-stage.
    ((status != 126 && status != 127)) || status=$EX_OSERR
}

# judge: what came of the stages; the status of the run into ${status}, and whether the file was replaced into
# ${published}.
judge() {
    local failed identity
    first_failure
    published=1
    status=${stage_status[-1]}
    [[ -n $failed ]] || return 0
    published=
    failed_status
    [[ ${stage_name[failed]} != tee* ]] || tell_of_tee "${stage_name[failed]#tee }"
    if ((failed < ${#stage_name[@]} - 1)); then
        log error "${stage_name[failed]} failed with status $status; $(shown "${setting[file]}") was not written" \
            stage "${stage_name[failed]}" exit_status "$status"
        return 0
    fi
    log error "${stage_name[failed]} ended with status $status" stage "${stage_name[failed]}" exit_status "$status"
    add_reason
    # After the file has its name, one thing can still fail: to make that outlast a loss of power.
    identity
    if [[ $status == "$EX_IOERR" && -n $identity && $identity != "$old_identity" ]]; then published=1; fi
}

# pull: one run of the pipe; ends the program.
pull() {
    local status=0 published='' identity old_identity
    use_server
    find_tools ab-stage ab-token ab-fetch ab-map c1z-pack
    prepare_report
    # shellcheck disable=SC2317 # on_exit calls it
    before_end() {
        stop_progress
        leave_no_stage
        leave_lock
        report "$1"
    }
    if is_true "${setting[dry-run]}"; then
        check_place "$(readlink -m -- "${setting[file]}")" "${setting[file]}"
    else
        take_lock "${setting[file]}" "${setting[wait]:-0}"
    fi
    identity
    old_identity=$identity
    remember_before
    heed_signals HUP INT QUIT
    prepare_progress
    start
    heed_signals TERM
    # One that came while a stage was being started may have missed that stage.
    [[ -z $caught ]] || end_stages
    start_progress
    collect
    stop_progress
    settle_journal
    heed_end
    judge
    if [[ -n $published ]] && ! is_true "${setting[dry-run]}"; then
        # That of a run before this one says what was true before.
        rm -f -- "$beside.journal" || :
        note_published
        run_publish_command
    fi
    leave "$status"
}
