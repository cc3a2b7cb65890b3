# config.bash: the configuration file, of the kind that the Go connector reads.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

declare -gA configured=() # what the file says, by flag
declare -ga unknown=()    # the names in it that are no flags
declare -ga folders=()    # folders of the names that a file could have
config=                   # the file that was read, '' if none was

# find_config: the file into ${config}: the one that BATON_CONFIG_PATH names, else the first of these names in this
# folder.  What is there and cannot be read is for ab-config to refuse; a folder the Go connector passes by, too.
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
        if [[ -d $name ]]; then
            folders+=("$name")
        elif [[ -e $name || -L $name ]]; then
            config=$name
            return 0
        fi
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
    done < <(exec "${tool[ab-config]}" --zero "--log-format=$log_format" "$config" </dev/null 2>&"$said" {said}>&-)
    wait "$!" || status=$?
    if ((status != 0)); then
        last_error="cannot use the configuration file $(shown "$config")"
        leave "$status"
    fi
}

# warn_unknown: a word on each name in the file that is no setting, and on what may have been meant; and on folders that
# are where a file was looked for, as a mount makes them whose source is missing.
warn_unknown() {
    local name near
    for name in "${folders[@]}"; do log warn "$(shown "$name") is a folder: it is no configuration file"; done
    ((${#unknown[@]} > 0)) || return 0
    use nearest
    for name in "${unknown[@]}"; do
        nearest "$name" "${flags[@]}"
        [[ $near != "$name" ]] || near=
        log warn "$(shown "$config"): unknown setting $name${near:+; did you mean $near?}"
    done
}

# lack TEXT: end with 78, as TEXT says: a setting is missing, which may stand in the file under another name.
lack() {
    warn_unknown
    die "$EX_CONFIG" "$1"
}
