# config.bash: the configuration file, of the kind that the Go connector reads.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

declare -gA configured=() # what the file says, by flag
declare -ga unknown=()    # the names in it that are no flags
config=                   # the file that was read, '' if none was

# find_config: the file into ${config}: the one that BATON_CONFIG_PATH names, else the first of these names in this
# folder.
find_config() {
    local name
    config=${BATON_CONFIG_PATH:-}
    if [[ -n $config ]]; then
        [[ $config == *.yaml || $config == *.yml ]] ||
            die "$EX_CONFIG" "BATON_CONFIG_PATH: the name $(shown "$config") must end in .yaml or .yml"
        [[ -e $config ]] || die "$EX_NOINPUT" "BATON_CONFIG_PATH: there is no file $(shown "$config")"
        return 0
    fi
    for name in .baton.json .baton.toml .baton.yaml .baton.yml .baton; do
        [[ -f $name ]] || continue
        config=$name
        return 0
    done
}

# read_config: what the file says, if there is one, into configured[].
read_config() {
    local pair name status=0
    find_config
    [[ -n $config ]] || return 0
    find_tools ab-config
    # Not "-": a name is a name.
    [[ $config != -* ]] || config=./$config
    while IFS= read -r -d '' pair; do
        name=${pair%%=*}
        if is_unsupported "$name"; then
            [[ -z ${pair#*=} ]] || refuse "$name" "$(shown "$config"): $name"
        elif [[ -z ${kind[$name]:-} || ${kind[$name]} == switch ]]; then
            unknown+=("$name")
        else
            configured[$name]=${pair#*=}
        fi
    done < <(exec "${tool[ab-config]}" --zero "$config" </dev/null 2>&"$said" {said}>&-)
    wait "$!" || status=$?
    if ((status != 0)); then
        last_error="cannot use the configuration file $(shown "$config")"
        leave "$status"
    fi
}

# warn_unknown: a word on each name in the file that is no setting, and on what may have been meant.
warn_unknown() {
    local name near
    ((${#unknown[@]} > 0)) || return 0
    use nearest
    for name in "${unknown[@]}"; do
        nearest "$name" "${flags[@]}"
        [[ $near != "$name" ]] || near=
        log warn "$(shown "$config"): unknown setting $name${near:+; did you mean $near?}"
    done
}
