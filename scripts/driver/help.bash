# help.bash: what --help and the command help print, on 80 columns.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

readonly TOPICS="$COMMANDS secrets roles statuses"

readonly HELP_HELP='usage: baton-airbyte help [TOPIC]

Print help: on the program, on a command, or on secrets, roles or statuses.
'
readonly HELP_CAPABILITIES='usage: baton-airbyte capabilities

Print as JSON what this connector can do. Needs no settings.
'
readonly HELP_CONFIG='usage: baton-airbyte config

Print as JSON which settings this connector has, for forms that ask for them,
in the form of the Baton toolkit. It needs none itself.
'
readonly HELP_COMPLETION='usage: baton-airbyte completion bash | zsh | fish | powershell
                                [--no-descriptions]

Print a completion script for the shell, for example:
  source <(baton-airbyte completion bash)       # zsh too, after compinit
  baton-airbyte completion zsh >~/.zfunc/_baton-airbyte
  baton-airbyte completion fish >~/.config/fish/completions/baton-airbyte.fish
  baton-airbyte completion powershell | Out-String | Invoke-Expression
'
# shellcheck disable=SC2016 # it is for people to read
readonly HELP_SECRETS='The client secret is taken from the first of these that there is:
  --airbyte-client-secret        others can see it until the program has started
  --airbyte-client-secret-file   a file of one line, - for standard input
  $BATON_AIRBYTE_CLIENT_SECRET_FILE
  $BATON_AIRBYTE_CLIENT_SECRET
  airbyte-client-secret or airbyte-client-secret-file in the configuration file
  $CREDENTIALS_DIRECTORY/airbyte-client-secret    systemd: LoadCredential=

Only ab-token gets it, and only ab-token and ab-fetch get tokens, through
descriptors: neither is in an argument list, an environment, a log or a file.
'
readonly HELP_ROLES='The application acts as the user who made it, and sees what that user sees:
  organization admin    everything in the organization
  organization member   the workspaces of that user; what is refused is a gap
  instance admin        self-managed: all organizations, the instance admins

"ab-fetch --list" prints each call and the role that it needs.
'
readonly HELP_STATUSES='0   done
3   published, but incomplete (--allow-incomplete)
4   refused: the sync lost too much against the one before
5   published, but the publish command failed
64  wrong usage
65  bad or unfinished data, or data that Airbyte would not show
66  a file with settings, a secret or records is not there, or may not be read
69  Airbyte was not to be reached, after all retries
70  a bug
71  the operating system refused, or a program is missing
73  the file cannot be created
74  reading or writing failed
75  try again later: deadline, too many requests, another run writes the file
76  the answer is not that of the Airbyte API; often a wrong base URL
77  refused: wrong credentials, or a role is missing
78  a setting is missing, wrong or not supported
128+N  signal N ended the run or that stage
'
readonly HELP_HEAD='examples:
  export BATON_DOMAIN_URL=https://airbyte.example.com
  export BATON_AIRBYTE_CLIENT_ID=6f2e2e0c-7f0b-4a1e-9d55-3d5f3c2c1b9a
  baton-airbyte --airbyte-client-secret-file ~/.airbyte-secret
  baton-airbyte --check

Pull organizations, workspaces, users, groups and roles from Airbyte and write
them as a .c1z file.

commands:
  capabilities       print as JSON what this connector can do
  completion SHELL   print a completion script for that shell
  config             print as JSON which settings it needs
  help [TOPIC]       print help on a command, or secrets, roles, statuses

flags, each with its variable:
'

# columns TEXT: print TEXT on lines of at most 80 columns, each after 12 spaces.
columns() {
    local -r MARGIN='           '
    local word line=$MARGIN
    for word in $1; do
        if ((${#line} + 1 + ${#word} > 80)); then
            printf '%s\n' "$line"
            line=$MARGIN
        fi
        line+=" $word"
    done
    printf '%s\n' "$line"
}

# help_text: print what --help prints.
help_text() {
    local name variable text
    printf '%s\n\n%s' "$USAGE" "$HELP_HEAD"
    for name in "${flags[@]}"; do
        if [[ -n ${letter_of[$name]} ]]; then printf '  -%s, ' "${letter_of[$name]}"; else printf '      '; fi
        printf -- '--%s%s\n' "$name" "${word_of[$name]:+ ${word_of[$name]}}"
        variable_of "$name"
        text=${text_of[$name]}
        [[ -z ${default_of[$name]} ]] || text+=" (default: ${default_of[$name]})"
        [[ ${kind[$name]} == switch ]] || text+=" (\$$variable)"
        columns "$text"
    done
    printf '\nSee baton-airbyte(1).'
}

# print_help [TOPIC]: print the help of TOPIC, or of the program.
print_help() {
    local text
    case ${1:-} in
    capabilities) print "$HELP_CAPABILITIES" ;;
    completion) print "$HELP_COMPLETION" ;;
    config) print "$HELP_CONFIG" ;;
    help) print "$HELP_HELP" ;;
    secrets) print "$HELP_SECRETS" ;;
    roles) print "$HELP_ROLES" ;;
    statuses) print "$HELP_STATUSES" ;;
    *)
        [[ -z ${1:-} ]] || unknown_topic "$1" 'no help on' "$TOPICS"
        text=$(help_text)
        print "$text"$'\n'
        ;;
    esac
}

# unknown_topic WORD WHAT CHOICES: say that WORD is none of CHOICES, and which it may have been meant to be; what is
# printed is help, as the Go connector does.
unknown_topic() {
    local near='' word='a word like that'
    use nearest
    # Only a plausible name is repeated: a word out of place may be a secret.
    if [[ $1 =~ ^[a-z_-]{2,20}$ ]]; then
        word=$1
        # shellcheck disable=SC2086 # words are wanted
        nearest "$1" $3
    fi
    log warn "$2 $word; there is: ${3// /, }${near:+; did you mean $near?}"
}
