# help.bash: what --help and the command help print.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

readonly HELP_CAPABILITIES='usage: baton-airbyte capabilities

Print as JSON what this connector can do. Needs no settings.
'
readonly HELP_COMPLETION='usage: baton-airbyte completion bash | zsh | fish | powershell
                                [--no-descriptions]

Print a completion script for the shell, for example:
  source <(baton-airbyte completion bash)       # zsh too, after compinit
  baton-airbyte completion zsh >~/.zfunc/_baton-airbyte
  baton-airbyte completion fish >~/.config/fish/completions/baton-airbyte.fish
  baton-airbyte completion powershell | Out-String | Invoke-Expression
'
readonly HELP_HEAD='Pull organizations, workspaces, users and roles from Airbyte and write them as a .c1z file.

commands:
  capabilities       print as JSON what this connector can do
  completion SHELL   print a completion script for that shell
  help [COMMAND]     print help

flags:
'

# help_text: print what --help prints.
help_text() {
    local name variable
    printf '%s\n\n%s' "$USAGE" "$HELP_HEAD"
    for name in "${flags[@]}"; do
        if [[ -n ${letter_of[$name]} ]]; then printf '  -%s, ' "${letter_of[$name]}"; else printf '      '; fi
        printf -- '--%s%s\n            %s' "$name" "${word_of[$name]:+ ${word_of[$name]}}" "${text_of[$name]}"
        [[ -z ${default_of[$name]} ]] || printf ' (default: %s)' "${default_of[$name]}"
        variable_of "$name"
        [[ ${kind[$name]} == switch ]] || printf ' ($%s)' "$variable"
        printf '\n'
    done
}

# print_help [COMMAND]: print the help of COMMAND, or of the program.
print_help() {
    local text
    case ${1:-} in
    capabilities) print "$HELP_CAPABILITIES" ;;
    completion) print "$HELP_COMPLETION" ;;
    *)
        text=$(help_text)
        print "$text"$'\n'
        ;;
    esac
}
