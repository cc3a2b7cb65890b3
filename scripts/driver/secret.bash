# secret.bash: the way of Airbyte's client secret from where it is given to ab-token: through descriptors only.  That of
# ConductorOne goes to c1-serve (service.bash), and nowhere in a run.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# In bytes. With its line feed a secret fits into the smallest pipe there is, so that writing it cannot block.
readonly SECRET_MAX=4095

# holds_secret: whether a secret is in the arguments or the environment of this program, or in its configuration file.
holds_secret() {
    local secret=airbyte-client-secret
    [[ -n ${given[$secret]+set}${BATON_AIRBYTE_CLIENT_SECRET+set}${setting[$secret]} ||
        -n ${given[client-secret]:-}${BATON_CLIENT_SECRET:-} ]]
}

# hand_over_secret: start this program anew without secrets in its arguments and its environment, which /proc shows as
# they were at the start for as long as a process lives.  That of Airbyte travels in a pipe instead; that of
# ConductorOne is not needed, since this is one run, and the flag stays as an empty one, which hides what the file says.
hand_over_secret() {
    local secret=${setting[airbyte-client-secret]} read_end write_end name
    local -a arguments=()
    [[ -z ${given[airbyte-client-secret]:-} ]] ||
        log warn 'others can see --airbyte-client-secret in the process list; use BATON_AIRBYTE_CLIENT_SECRET or a file'
    if [[ -n $secret ]]; then
        [[ $secret != *[[:cntrl:]]* ]] || die "$EX_CONFIG" 'the client secret holds a control character'
        ((${#secret} < SECRET_MAX)) ||
            die "$EX_CONFIG" "the client secret is longer than $((SECRET_MAX - 1)) bytes"
        new_pipe read_end write_end
        printf '%s\n' "$secret" >&"$write_end"
        drop "$write_end"
        given[airbyte-client-secret-file]=/dev/fd/$read_end
    fi
    # What these asked for is in the environment by now, and a wrong value has been warned about.
    unset 'given[airbyte-client-secret]' 'given[log-level]' 'given[log-format]' BATON_AIRBYTE_CLIENT_SECRET
    [[ -z ${given[client-secret]+set} ]] || given[client-secret]=
    unset BATON_CLIENT_SECRET
    for name in "${!given[@]}"; do
        arguments+=("--$name=${given[$name]}")
    done
    exec "$BASH" "$self" "${arguments[@]}" 2>&"$said" {said}>&-
}

# read_nothing FILE: open FILE, to see that it can be.
read_nothing() { : <"$1"; }

# open_secret: open the file with the secret if one is named; its descriptor into ${secret_fd}, else ''.
open_secret() {
    local file=${setting[airbyte-client-secret-file]} inherited='' cause
    secret_fd=
    [[ -n $file ]] || return 0
    [[ $file != - ]] || file=/dev/fd/0
    if [[ $file =~ ^/dev/fd/([0-9]{1,6})$ ]]; then
        inherited=${BASH_REMATCH[1]}
        { true <&"$inherited"; } || die "$EX_CONFIG" "descriptor $inherited of the client secret is not open"
        exec {secret_fd}<&"$inherited"
        # No other program may get it.
        if ((inherited > 2)); then exec {inherited}<&-; else exec </dev/null; fi
    else
        # Only what cannot be opened is: a FIFO has one reader.
        [[ -r $file ]] || attempt read_nothing "$file" ||
            die "$EX_CONFIG" "cannot read the file of the client secret, $(shown "$file")$cause"
        exec {secret_fd}<"$file"
    fi
    opened "$secret_fd"
}

