# completion.bash: completion scripts for shells, made of the table of flags.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# completion_bash: print the completion script for bash.
completion_bash() {
    local list
    printf -v list -- '--%s ' "${flags[@]}"
    cat <<EOF
# bash completion for baton-airbyte
_baton_airbyte() {
    local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
    local choices='capabilities completion help'
    COMPREPLY=()
    case \$previous in
    -f | --file | --airbyte-client-secret-file | --stages) compopt -o default; return ;;
    --log-level) choices='debug info warn error' ;;
    --log-format) choices='json console' ;;
    completion) choices='bash zsh fish' ;;
    help) choices='capabilities completion' ;;
    *) if [[ \$current == -* ]]; then choices='${list% }'; fi ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "\$choices" -- "\$current")
}
complete -F _baton_airbyte baton-airbyte
EOF
}

# completion_zsh: print the completion script for zsh.
completion_zsh() {
    local name action text
    printf '#compdef baton-airbyte\n\n_arguments -s \\\n'
    for name in "${flags[@]}"; do
        case ${word_of[$name]} in
        '') action= ;;
        FILE) action=:file:_files ;;
        DIR) action=':folder:_files -/' ;;
        LEVEL) action=':level:(debug info warn error)' ;;
        FORMAT) action=':format:(json console)' ;;
        *) action=:${word_of[$name]}: ;;
        esac
        text=${text_of[$name]//:/\\:}
        printf "    '--%s%s[%s]%s' \\\\\n" "$name" "${action:+=}" "$text" "$action"
        [[ -z ${letter_of[$name]} ]] || printf "    '-%s[%s]%s' \\\\\n" "${letter_of[$name]}" "$text" "$action"
    done
    printf "    '1:command:(capabilities completion help)' \\\\\n"
    printf "    '2:shell or command:(bash zsh fish capabilities completion)'\n"
}

# completion_fish: print the completion script for fish.
completion_fish() {
    local name more
    printf '# fish completion for baton-airbyte\ncomplete -c baton-airbyte -f\n'
    for name in "${flags[@]}"; do
        case ${word_of[$name]} in
        '') more= ;;
        FILE) more=' -r -F' ;;
        DIR) more=' -x -a "(__fish_complete_directories)"' ;;
        LEVEL) more=' -x -a "debug info warn error"' ;;
        FORMAT) more=' -x -a "json console"' ;;
        *) more=' -x' ;;
        esac
        printf "complete -c baton-airbyte -l %s%s%s -d '%s'\n" \
            "$name" "${letter_of[$name]:+ -s ${letter_of[$name]}}" "$more" "${text_of[$name]}"
    done
    printf 'complete -c baton-airbyte -n __fish_use_subcommand -a "capabilities completion help"\n'
    printf 'complete -c baton-airbyte -n "__fish_seen_subcommand_from completion" -a "bash zsh fish"\n'
    printf 'complete -c baton-airbyte -n "__fish_seen_subcommand_from help" -a "capabilities completion"\n'
}

# print_completion [SHELL]: print the script for SHELL; help when that is none.
print_completion() {
    case ${1:-} in
    bash | zsh | fish) print "$("completion_$1")"$'\n' ;;
    powershell) die "$EX_CONFIG" 'there is no completion script for powershell' ;;
    *) print "$HELP_COMPLETION" ;;
    esac
}
