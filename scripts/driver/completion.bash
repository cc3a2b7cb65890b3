# completion.bash: completion scripts for shells, made of the table of flags.
#
# Words that no person types need no script: what a flag takes is known from the word for its value.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

readonly SHELLS='bash zsh fish powershell'

# described FLAG: what FLAG is into ${text}, '' with --no-descriptions.
described() {
    text=
    is_true "${given[no-descriptions]:-f}" || text=${text_of[$1]}
}

# completion_bash: print the completion script for bash.
completion_bash() {
    local name choices pattern list='' files='' folders='' cases='' others=''
    for name in "${flags[@]}"; do
        list+=" --$name"
        choices_of "$name"
        pattern="--$name${letter_of[$name]:+ | -${letter_of[$name]}}"
        case ${word_of[$name]}${choices:+ of them} in
        '') ;;
        FILE) files+=" | $pattern" ;;
        DIR) folders+=" | $pattern" ;;
        *' of them') cases+="    $pattern) choices='$choices' ;;"$'\n' ;;
        *) others+=" | $pattern" ;;
        esac
    done
    cat <<EOF
# bash completion for baton-airbyte
_baton_airbyte() {
    local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
    local choices='$COMMANDS'
    # In "--flag=value" bash sees three words.
    if [[ \$current == = ]]; then
        current=
    elif [[ \$previous == = ]] && ((COMP_CWORD > 1)); then
        previous=\${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    case \$previous in
    # Only names of files are quoted as such, and get a slash if they are folders'.
    ${files# | })
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "\$current") && return
        ;;
    ${folders# | })
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "\$current") && return
        ;;
    ${others# | }) return ;;
${cases}    completion) choices='$SHELLS' ;;
    help) choices='$TOPICS' ;;
    *) if [[ \$current == -* ]]; then choices='${list# }'; fi ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "\$choices" -- "\$current")
}
complete -F _baton_airbyte baton-airbyte
EOF
}

# completion_zsh: print the completion script for zsh, to be put into a folder of its fpath, or sourced.
completion_zsh() {
    local name action text choices
    printf '#compdef baton-airbyte\n\n_baton_airbyte() {\n    _arguments -s \\\n'
    for name in "${flags[@]}"; do
        choices_of "$name"
        case ${word_of[$name]} in
        '') action= ;;
        FILE) action=:file:_files ;;
        DIR) action=':folder:_files -/' ;;
        *) action=":${word_of[$name]}:${choices:+($choices)}" ;;
        esac
        described "$name"
        text=${text//:/\\:} text=${text//\'/\'\\\'\'}
        printf "        '--%s%s%s%s' \\\\\n" "$name" "${action:+=}" "${text:+[$text]}" "$action"
        [[ -z ${letter_of[$name]} ]] ||
            printf "        '-%s%s%s' \\\\\n" "${letter_of[$name]}" "${text:+[$text]}" "$action"
    done
    printf "        '1:command:(%s)' \\\\\n        '2:shell or topic:(%s %s)'\n}\n\n" "$COMMANDS" "$SHELLS" "$TOPICS"
    # zsh runs the file as the function; sourced, it must say whose function that is.
    cat <<'EOF'
if [ "${funcstack[1]}" = _baton-airbyte ] || [ "${funcstack[1]}" = _baton_airbyte ]; then
    _baton_airbyte "$@"
else
    compdef _baton_airbyte baton-airbyte
fi
EOF
}

# completion_fish: print the completion script for fish.
completion_fish() {
    local name more text choices
    printf '# fish completion for baton-airbyte\ncomplete -c baton-airbyte -f\n'
    for name in "${flags[@]}"; do
        choices_of "$name"
        case ${word_of[$name]} in
        '') more= ;;
        FILE) more=' -r -F' ;;
        DIR) more=' -x -a "(__fish_complete_directories)"' ;;
        *) more=" -x${choices:+ -a \"$choices\"}" ;;
        esac
        described "$name"
        printf 'complete -c baton-airbyte -l %s%s%s' "$name" "${letter_of[$name]:+ -s ${letter_of[$name]}}" "$more"
        [[ -z $text ]] || printf " -d '%s'" "${text//\'/\\\'}"
        printf '\n'
    done
    printf 'complete -c baton-airbyte -n __fish_use_subcommand -a "%s"\n' "$COMMANDS"
    printf 'complete -c baton-airbyte -n "__fish_seen_subcommand_from completion" -a "%s"\n' "$SHELLS"
    printf 'complete -c baton-airbyte -n "__fish_seen_subcommand_from help" -a "%s"\n' "$TOPICS"
}

# completion_powershell: print the completion script for PowerShell.
completion_powershell() {
    local name text
    # shellcheck disable=SC2016 # the dollars are PowerShell's
    printf '# PowerShell completion for baton-airbyte\n$flags = [ordered]@{\n'
    for name in "${flags[@]}"; do
        described "$name"
        text=${text//\'/\'\'}
        printf "    '--%s' = '%s'\n" "$name" "${text:---$name}"
    done
    printf "}\n\$words = @{\n    '' = '%s'\n    'completion' = '%s'\n    'help' = '%s'\n" \
        "$COMMANDS" "$SHELLS" "$TOPICS"
    for name in "${flags[@]}"; do
        choices_of "$name"
        [[ -z $choices ]] || printf "    '--%s' = '%s'\n" "$name" "$choices"
    done
    cat <<'EOF'
}
Register-ArgumentCompleter -Native -CommandName 'baton-airbyte' -ScriptBlock {
    param($current, $line, $position)
    $result = [System.Management.Automation.CompletionResult]
    $before = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { "$_" })
    $previous = if ($before.Count -gt 1) { $before[-1] } else { '' }
    if ($current -like '-*') {
        $flags.Keys | Where-Object { $_ -like "$current*" } |
            ForEach-Object { $result::new($_, $_, 'ParameterName', $flags[$_]) }
    } elseif ($words.ContainsKey($previous)) {
        $words[$previous] -split ' ' | Where-Object { $_ -like "$current*" } |
            ForEach-Object { $result::new($_, $_, 'ParameterValue', $_) }
    }
}.GetNewClosure()
EOF
}

# print_completion [SHELL]: print the script for SHELL; help when that is none.
print_completion() {
    local script
    case ${1:-} in
    bash | zsh | fish | powershell)
        script=$("completion_$1")
        print "$script"$'\n'
        ;;
    *)
        [[ -z ${1:-} ]] || unknown_topic "$1" 'no completion for' "$SHELLS"
        print "$HELP_COMPLETION"
        ;;
    esac
}
