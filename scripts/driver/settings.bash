# settings.bash: what is in force, from the command line, the environment and the defaults, into setting[].
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

declare -gA setting=()

# resolve: what is in force into setting[]: the flag, else its variable, else what the configuration file says, else the
# default.  An empty variable is none; an empty flag hides the others.
resolve() {
    local name variable
    for name in "${flags[@]}"; do
        [[ ${kind[$name]} != switch ]] || continue
        variable_of "$name"
        setting[$name]=${given[$name]-${!variable:-${configured[$name]:-${default_of[$name]}}}}
    done
    # One setting with two names: what comes first counts, under either.
    setting[domain-url]=${given[domain-url]:-${given[hostname]:-}}
    if [[ -z ${given[domain-url]+set}${given[hostname]+set} ]]; then
        for name in "${BATON_DOMAIN_URL:-}" "${BATON_HOSTNAME:-}" \
            "${configured[domain-url]:-}" "${configured[hostname]:-}"; do
            setting[domain-url]=${setting[domain-url]:-$name}
        done
    fi
    choose_secret
}

# choose_secret: of the two sources of the secret, one: from where what counts first has any, and there the file.
choose_secret() {
    local secret=airbyte-client-secret
    local file=$secret-file
    if [[ -n ${given[$secret]:-} ]]; then
        setting[$file]=
    elif [[ -n ${given[$file]:-}${BATON_AIRBYTE_CLIENT_SECRET_FILE:-} ]]; then
        setting[$secret]=
    elif [[ -n ${BATON_AIRBYTE_CLIENT_SECRET:-} ]]; then
        setting[$file]=
    elif [[ -n ${setting[$file]} ]]; then
        setting[$secret]=
    fi
}

# set_logging [quietly]: make the log settings hold, here and in the programs started; quietly where more may be known
# of them later.
set_logging() {
    local level=${setting[log-level],,} format=${setting[log-format],,}
    [[ -n $level ]] || level=info
    if [[ -z $format ]]; then
        format=json
        [[ ! -t $said ]] || format=console
    fi
    case $level in
    debug | info | warn | error) log_level=$level ;;
    dpanic | panic | fatal) log_level=error ;;
    *) log_level=info ;;
    esac
    case $format in
    json | console) log_format=$format ;;
    *) log_format=json ;;
    esac
    [[ -z ${1:-} ]] || return 0
    [[ $level == "$log_level" || $log_level == error ]] || log warn "unknown log level $(shown "$level"), using info"
    [[ $format == "$log_format" ]] || log warn "unknown log format $(shown "$format"), using json"
    [[ -z $config ]] || log debug "settings were taken from the file $(shown "$config")" file "${config//[!\ -~]/?}"
    export BATON_LOG_LEVEL=$log_level BATON_LOG_FORMAT=$log_format
}

# check_variables: end with 78 if a variable asks for what this connector has not, as the flag of that name would.
check_variables() {
    local variable name
    for variable in "${!BATON_@}"; do
        [[ -n ${!variable} ]] || continue
        name=${variable#BATON_} name=${name,,}
        ! is_unsupported "${name//_/-}" || refuse "${name//_/-}" "$variable"
    done
}

# check_settings: end with 78 if a setting is missing or cannot be.
check_settings() {
    local list
    local -a missing=()
    check_variables
    check_values
    # A stream that was kept needs no server.
    [[ -z ${setting[from]} ]] || return 0
    [[ -n ${setting[domain-url]} ]] || missing+=('--domain-url (BATON_DOMAIN_URL)')
    [[ -n ${setting[airbyte-client-id]} ]] || missing+=('--airbyte-client-id (BATON_AIRBYTE_CLIENT_ID)')
    [[ -n ${setting[airbyte-client-secret]}${setting[airbyte-client-secret-file]} ||
        -e ${CREDENTIALS_DIRECTORY:-}/airbyte-client-secret ]] ||
        missing+=('--airbyte-client-secret (BATON_AIRBYTE_CLIENT_SECRET)')
    if ((${#missing[@]} > 0)); then
        printf -v list ', %s' "${missing[@]}"
        lack "missing settings: ${list:2}; baton-airbyte --help says how to give them"
    fi
}

# split TEXT: the parts of TEXT between commas into ${parts[@]}; one may be empty, or of several lines.
split() {
    local rest=$1,
    parts=()
    while [[ -n $rest ]]; do
        parts+=("${rest%%,*}")
        rest=${rest#*,}
    done
}

# unknown_word FLAG WORD CHOICES: end with 78: WORD is none of the CHOICES that FLAG takes.
unknown_word() {
    local near='' variable
    variable_of "$1"
    use nearest
    # shellcheck disable=SC2086 # words are wanted
    [[ ! $2 =~ ^[a-zA-Z0-9_-]{2,40}$ ]] || nearest "$2" $3
    near=${near:+; did you mean $near?}
    die "$EX_CONFIG" "--$1 ($variable): $(shown "$2") is none of ${3//$'\n'/ }$near"
}

# check_words FLAG CHOICES: end with 78 if one of the words of that setting is none of CHOICES, one a line.  "":
# they are not known; then it must be a word at least.
check_words() {
    local -a parts
    local word variable
    [[ -n ${setting[$1]} ]] || return 0
    variable_of "$1"
    split "${setting[$1]}"
    for word in "${parts[@]}"; do
        [[ -n $word ]] ||
            die "$EX_CONFIG" "--$1 ($variable): $(shown "${setting[$1]}") has an empty word between its commas"
        [[ $word != *[[:cntrl:]]* ]] ||
            die "$EX_CONFIG" "--$1 ($variable): $(shown "$word") holds a control character"
        [[ -z $2 || $'\n'$2$'\n' == *$'\n'"$word"$'\n'* ]] || unknown_word "$1" "$word" "$2"
    done
}

# check_kinds: check_words for kinds of gaps and types of resources.  A stream that was kept may be of another
# connector, which has others.
check_kinds() {
    local gaps='' types=''
    if [[ -z ${setting[from]} && -n ${setting[accept-gap]} ]]; then
        find_tools ab-fetch
        gaps=$("${tool[ab-fetch]}" --list | sed -n 's/^\([a-z_][a-z_]*\) .*/\1/p' | sort -u) || gaps=
    fi
    if [[ -z ${setting[from]} && -n ${setting[sync-resource-types]} ]]; then
        use describe
        find_tools ab-map
        types=$(resource_types | sed 's/^{"id":"\([^"]*\)".*/\1/') || types=
    fi
    check_words accept-gap "$gaps"
    check_words sync-resource-types "$types"
}

# check_values: end with 78 if a setting has a value that it cannot have.
check_values() {
    local name variable value least most choices
    for name in "${flags[@]}"; do
        variable_of "$name"
        case ${kind[$name]} in
        count*)
            IFS=- read -r _ least most <<<"${kind[$name]}"
            value=${setting[$name]:-$least}
            if [[ ! $value =~ ^(0|[1-9][0-9]{0,6})$ ]] || ((value < least || value > most)); then
                die "$EX_CONFIG" "--$name ($variable): $(shown "$value") is not a number from $least to $most"
            fi
            ;;
        *bool) [[ -z ${setting[$name]} ]] || is_bool "${setting[$name]}" ||
            die "$EX_CONFIG" "--$name ($variable): $(shown "${setting[$name]}") is neither true nor false" ;;
        esac
    done
    name=storage-engine
    choices_of "$name"
    [[ -z ${setting[$name]} || " $choices " == *" ${setting[$name]} "* ]] ||
        unknown_word "$name" "${setting[$name]}" "$choices"
    check_kinds
    [[ ${setting[sync-id]} =~ ^([0-9A-Za-z]{27})?$ ]] ||
        die "$EX_CONFIG" "--sync-id (BATON_SYNC_ID): $(shown "${setting[sync-id]}") is not a KSUID"
    [[ -n ${setting[file]} ]] || die "$EX_CONFIG" '--file (BATON_FILE) is empty'
}

# warn_service: a word on each setting that is for the service alone, where there is none.
warn_service() {
    local name
    for name in "${flags[@]}"; do
        [[ ${programs_of[$name]} != c1-serve || ${setting[$name]:-false} =~ ^([fF]|0|false|False|FALSE)$ ]] ||
            log warn "--$name does nothing without --client-id"
    done
}

# warn_settings: a word on each setting that is taken and does nothing.
warn_settings() {
    local name
    warn_unknown
    # With it, it is --check that leaves the service aside, as it says.
    [[ -n ${setting[client-id]} ]] || warn_service
    for name in "${flags[@]}"; do
        case ${kind[$name]} in
        inert-bool) ! is_true "${setting[$name]}" || log warn "--$name does nothing here" ;;
        inert) [[ -z ${setting[$name]} ]] || log warn "--$name does nothing here" ;;
        esac
    done
}
