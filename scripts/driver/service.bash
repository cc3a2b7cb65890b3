# service.bash: service mode: c1-serve in the place of this program, which it then runs for each sync.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# is_service: whether ConductorOne is to be served.  One of its two credentials alone ends the program.
is_service() {
    local id=${setting[client-id]} secret=${setting[client-secret]}
    [[ -n $id$secret ]] || return 1
    [[ -n $id && -n $secret ]] ||
        lack '--client-id (BATON_CLIENT_ID) and --client-secret (BATON_CLIENT_SECRET) go together'
}

# in_pipe SECRET: put SECRET into a pipe, whose read end is then ${read_end}.
in_pipe() {
    local write_end
    [[ $1 != *[[:cntrl:]]* ]] || die "$EX_CONFIG" 'a client secret holds a control character'
    ((${#1} < SECRET_MAX)) || die "$EX_CONFIG" "a client secret is longer than $((SECRET_MAX - 1)) bytes"
    new_pipe read_end write_end
    printf '%s\n' "$1" >&"$write_end"
    drop "$write_end"
}

# serve: become c1-serve; does not return.  The secrets go by descriptors, and what was meant for one run goes to each.
serve() {
    local read_end secret_fd name
    local -a passed arguments=()
    ! is_true "${setting[skip-grants]:-f}" || die "$EX_CONFIG" '--skip-grants: in service mode each task says that'
    find_tools c1-serve
    passed_to c1-serve
    in_pipe "${setting[client-secret]}"
    passed+=("--client-secret-file=/dev/fd/$read_end")
    if [[ -n ${setting[airbyte-client-secret]} ]]; then
        in_pipe "${setting[airbyte-client-secret]}"
        passed+=("--airbyte-client-secret-file=/dev/fd/$read_end")
    else
        open_secret
        [[ -z $secret_fd ]] || passed+=("--airbyte-client-secret-file=/dev/fd/$secret_fd")
    fi
    for name in "${!given[@]}"; do
        case $name in
        client-* | airbyte-client-secret* | file | from | dry-run | skip-* | sync-resource-types) continue ;;
        esac
        [[ ${programs_of[$name]} == c1-serve ]] || arguments+=("--$name=${given[$name]}")
    done
    unset BATON_CLIENT_ID BATON_CLIENT_SECRET BATON_AIRBYTE_CLIENT_SECRET BATON_AIRBYTE_CLIENT_SECRET_FILE BATON_FROM \
        BATON_DRY_RUN BATON_SKIP_ENTITLEMENTS_AND_GRANTS BATON_SYNC_RESOURCE_TYPES
    exec "${tool[c1-serve]}" "${passed[@]}" -- "$BASH" "$self" "${arguments[@]}" 2>&"$said" {said}>&-
}
