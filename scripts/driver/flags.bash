# flags.bash: the flags of the driver, and the command line into given[] and words[].
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# One line per flag: name, letter, kind, word for the value, default, the programs that get it under the same name (+
# between them), what it is.  Each has a variable: BATON_ and the name in capitals.  Kinds:
#   text               one value; the last one counts
#   list               any number of values, as several flags or separated by commas; the programs get each by itself
#   joined             the same, and the programs get them as one value
#   count-LEAST-MOST   a number
#   bool               none, true or false
#   secret             what nobody may see
#   inert, inert-bool  taken, and of no effect here
#   switch             no value and no variable
# shellcheck disable=SC2016 # it is for people to read
readonly FLAGS='domain-url||text|URL|||required: where Airbyte is, a URL or a host name
hostname||text|URL|||another name of --domain-url, which wins over it
airbyte-client-id||text|ID|||required: client id of the Airbyte application
airbyte-client-secret||secret|SECRET|||its client secret; better as a variable or a file: others can see arguments
airbyte-client-secret-file||text|FILE|||file that holds the client secret, - for standard input
file|f|text|FILE|sync.c1z||the .c1z file to write
from||text|FILE|||start with a stream that --stages kept; nothing is fetched
resume||bool||||keep the answers of a run that fails beside the file, and go on from there
dry-run||bool||||do all but write the file
check||bool||||say what a run would see, what not and which role to ask for, and write nothing
accept-gap||list|KIND||c1z-pack|publish though access of KIND (group, ...) may be missing
allow-incomplete||bool|||c1z-pack|publish whatever may be missing; the status is then 3
max-shrink||count-0-100|PCT||c1z-pack|refuse to lose more than PCT percent of the resources or grants (default: 50)
allow-shrink||bool|||c1z-pack|lose what there is to lose, this once
allow-empty||bool|||c1z-pack|publish a sync without a resource
old-readers||bool|||c1z-pack|a new file is one that SDK 0.7 can export
sync-resource-types||joined|TYPES||c1z-pack+c1-serve|leave out all that is not of these resource types
skip-grants||bool|||c1z-pack|leave grants out
skip-entitlements-and-grants||bool|||c1z-pack|leave entitlements and grants out
storage-engine||text|ENGINE||c1z-pack|sqlite or pebble: what kind of file (default: sqlite, which every reader takes)
replace||bool|||c1z-pack|turn a file of the other engine into one of this
keep||count-1-1000000|N||c1z-pack|keep the newest N syncs in the file (default: 2)
wait||count-1-9999999|SECONDS|||wait so long for another run that writes the file
deadline||count-1-9999999|SECONDS||ab-fetch|give up when Airbyte has not told everything after so many seconds
stages||text|DIR|||keep the streams between the stages in DIR: raw.ndjson and records.ndjson
jobs|j|count-1-64|N||ab-fetch|requests to Airbyte at one time (default: 4)
cacert||text|FILE||ab-token+ab-fetch|certificates to trust in place of those of the system
insecure-http||bool|||ab-token+ab-fetch|allow http to other machines than this one
no-user-details||bool|||ab-fetch|do not look users up one by one, which takes an instance admin
publish-command||text|COMMAND|||run by sh with the file as $1 once it is published; failed: status 5
status-file||text|FILE|||say there, as JSON, how the run ended
metrics-file||text|FILE|||the same as metrics, for the textfile collector of Prometheus
client-id||text|ID||c1-serve|service mode: who this is to ConductorOne
client-secret||secret|SECRET|||service mode: its client secret; better as a variable: others can see arguments
skip-full-sync||bool|||c1-serve|service mode: upload an empty sync in place of each
task-concurrency||count-1-100|N||c1-serve|service mode: tasks at one time (default: 3)
c1z-temp-dir||text|DIR||c1-serve|service mode: where files are made (default: BATON_TMPDIR, TMPDIR or /tmp)
health-check||bool|||c1-serve|service mode: answer /live, /ready and /health by HTTP
health-check-port||count-0-65535|PORT||c1-serve|service mode: on this port (default: 8081)
health-check-bind-address||text|ADDRESS||c1-serve|service mode: on this address (default: 127.0.0.1)
sync-id||text|KSUID||c1z-pack|id of the sync in the file (default: a new one)
log-level||text|LEVEL|info||debug, info, warn or error; info says nothing when all is well
log-format||text|FORMAT|||json or console (default: console on a terminal, else json)
provisioning|p|inert-bool||||no effect: this connector only reads
ticketing||inert-bool||||no effect: this connector has no tickets
otel-collector-endpoint||inert|URL|||no effect: no traces are sent
no-descriptions||switch||||completion: a script without descriptions
help|h|switch||||print this help
version|v|switch||||print the version'

# Flags of the Go connector and its SDK that have no counterpart here: to ignore one would be to do something else than
# was asked.
readonly UNSUPPORTED=' grant-entitlement grant-principal grant-principal-type revoke-grant
 create-account-login create-account-email create-account-profile create-account-resource-type delete-resource
 delete-resource-type rotate-credentials rotate-credentials-type event-feed event-feed-id event-feed-start-at
 event-feed-cursor create-ticket bulk-create-ticket get-ticket list-ticket-schemas ticket-id ticket-template-path
 bulk-ticket-template-path log-path log-level-debug-expires-at sync-resources workers parallel-sync
 http-timeout-seconds auth-method external-resource-c1z external-resource-entitlement-id-filter
 external-resource-traits keep-previous-sync-c1z session-store-maximum-size
 invoke-action invoke-action-args invoke-action-resource-type list-action-schemas list-action-schemas-resource-type
 list-resource-actions invoke-resource-action invoke-resource-action-resource-type invoke-resource-action-args
 diff-syncs base-sync-id applied-sync-id compact-syncs compact-file-paths compact-sync-ids compact-output-path
 otel-collector-endpoint-tls-cert-path otel-collector-endpoint-tls-cert otel-collector-endpoint-tls-insecure
 otel-tracing-disabled otel-logging-disabled log-event-log '

readonly COMMANDS='capabilities completion config help'
readonly USAGE='usage: baton-airbyte [flags]
       baton-airbyte capabilities | completion SHELL | config | help [TOPIC]'

# The table above, by flag, and its order; flags by letter.
declare -gA kind=() letter_of=() word_of=() default_of=() programs_of=() text_of=() flag_of=()
declare -ga flags=()
# What the command line says, and the arguments that are no flags.
declare -gA given=()
declare -ga words=()

# read_table: the table of flags into its arrays.
read_table() {
    local name letter what word value programs text
    while IFS='|' read -r name letter what word value programs text; do
        flags+=("$name")
        kind[$name]=$what letter_of[$name]=$letter word_of[$name]=$word default_of[$name]=$value
        programs_of[$name]=$programs text_of[$name]=$text
        [[ -z $letter ]] || flag_of[$letter]=$name
    done <<<"$FLAGS"
}

# variable_of FLAG: the name of its environment variable into ${variable}.
variable_of() {
    variable=BATON_${1^^}
    variable=${variable//-/_}
}

# is_bool TEXT: whether TEXT is a truth value as Go's flags spell them.  is_true TEXT: whether it is a true one.
is_bool() { [[ $1 =~ ^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$ ]]; }
is_true() { [[ $1 =~ ^(1|t|T|true|TRUE|True)$ ]]; }

# choices_of FLAG: the values that FLAG takes into ${choices}, separated by spaces; '' where they are not a few words.
choices_of() {
    case ${word_of[$1]} in
    LEVEL) choices='debug info warn error' ;;
    FORMAT) choices='json console' ;;
    ENGINE) choices='sqlite pebble' ;;
    *) choices= ;;
    esac
}

# takes_value FLAG: whether a value must follow it.
takes_value() { [[ ${kind[$1]} != switch && ${kind[$1]} != *bool ]]; }

# is_unsupported NAME: whether the Go connector has a flag NAME that this one has not.
is_unsupported() { [[ $UNSUPPORTED == *[[:space:]]"$1"[[:space:]]* ]]; }

# refuse NAME WORDS: end with 78: the flag NAME, which WORDS call what the user knows it by, is not supported; and why,
# or what takes its place.
refuse() {
    local instead
    case $1 in
    workers | parallel-sync) instead='--jobs says how many requests go at a time' ;;
    http-timeout-seconds) instead='--deadline bounds all that is asked of Airbyte' ;;
    sync-resources) instead='--sync-resource-types chooses by type' ;;
    log-path) instead='logs go to standard error, as 2>>FILE has them' ;;
    external-resource-* | keep-previous-* | session-store-*) instead='there is nothing that it could change' ;;
    otel-* | log-level-debug-expires-at | log-event-log) instead='there are no traces, and logs go to standard error' ;;
    auth-method) instead='there is one way to log in, client id and secret' ;;
    *ticket*) instead='Airbyte has no tickets' ;;
    event-feed*) instead='"ab-fetch organization audit_event" reads the audit log' ;;
    diff-syncs | base-sync-id | applied-sync-id) instead='c1z-diff compares syncs' ;;
    compact-*) instead='--keep says how many syncs a file keeps' ;;
    *) instead='this connector only reads' ;;
    esac
    die "$EX_CONFIG" "$2 is not supported: $instead"
}

# known NAME: whether NAME is a flag.  Those that are known and not offered end the program.
known() {
    [[ $1 =~ ^[a-z0-9][a-z0-9-]*$ ]] || return 1
    ! is_unsupported "$1" || refuse "$1" "--$1"
    [[ -n ${kind[$1]:-} ]]
}

# note_format FORMAT: have messages in FORMAT from here on, if it is one: what is wrong with the command line is said
# before set_logging() knows all that there is on it.
note_format() {
    case ${1,,} in
    json) log_format=json ;;
    '' | console) log_format=console ;;
    esac
}

# take FLAG VALUE: note what the command line says.
take() {
    takes_value "$1" || is_bool "$2" || misused "invalid argument $(shown "$2") for --$1: neither true nor false"
    case ${kind[$1]} in
    # An empty one among several adds none.
    list | joined) given[$1]=${given[$1]:-}${given[$1]:+${2:+,}}$2 ;;
    *) given[$1]=$2 ;;
    esac
    [[ $1 != log-format ]] || note_format "$2"
}

# take_letters CLUSTER [NEXT]: take short flags as in -pfFILE or -pf FILE.  Return 1 if NEXT was used up as a value.
take_letters() {
    local cluster=$1 letter name
    while [[ -n $cluster ]]; do
        letter=${cluster:0:1} cluster=${cluster:1}
        [[ $letter =~ ^[a-z]$ && -n ${flag_of[$letter]:-} ]] || misused "unknown shorthand flag: $(spelled "-$letter")"
        name=${flag_of[$letter]}
        if ! takes_value "$name"; then
            # As in -p=false.
            if [[ $cluster == =* ]]; then
                take "$name" "${cluster#=}"
                return 0
            fi
            take "$name" true
        elif [[ -n $cluster ]]; then
            take "$name" "${cluster#=}"
            return 0
        else
            (($# > 1)) || misused "flag needs an argument: -$letter"
            take "$name" "$2"
            return 1
        fi
    done
}

# unknown_flag NAME: end with a usage error that names the flag that may have been meant.
unknown_flag() {
    local near=''
    if [[ $1 =~ ^[a-z0-9-]{2,40}$ ]]; then
        use nearest
        nearest "$1" "${flags[@]}"
    fi
    misused "unknown flag: $(spelled "--$1")${near:+; did you mean --$near?}"
}

# parse ARGS...: the command line into given[] and words[].
parse() {
    local name
    while (($#)); do
        case $1 in
        --)
            words+=("${@:2}")
            break
            ;;
        --*)
            name=${1#--} name=${name%%=*}
            known "$name" || unknown_flag "$name"
            if [[ $1 == *=* ]]; then
                take "$name" "${1#*=}"
            elif takes_value "$name"; then
                (($# > 1)) || misused "flag needs an argument: --$name"
                take "$name" "$2"
                shift
            else
                take "$name" true
            fi
            ;;
        -?*) take_letters "${1#-}" "${@:2:1}" || shift ;;
        *) words+=("$1") ;;
        esac
        shift
    done
    [[ -z ${given[airbyte-client-secret]+set} || -z ${given[airbyte-client-secret-file]+set} ]] ||
        misused '--airbyte-client-secret and --airbyte-client-secret-file exclude each other'
}
