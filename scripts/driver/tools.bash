# tools.bash: where the programs are, and which settings they get.
# shellcheck shell=bash disable=SC2034,SC2153,SC2154 # names are shared with the other parts

declare -gA tool=() # their paths, by name

# find_tools NAME...: the paths of these programs into tool[]: from BATON_AIRBYTE_BIN if that is set, else from where
# they are built beside the source of the driver, else from beside it, else from PATH.
find_tools() {
    local name folder
    for name; do
        for folder in "${BATON_AIRBYTE_BIN:-${self%/*}/../build/bin}" "${self%/*}"; do
            [[ -f $folder/$name && -x $folder/$name ]] || continue
            tool[$name]=$folder/$name
            break
        done
        [[ -n ${tool[$name]:-} ]] || tool[$name]=$(type -P "$name") || die "$EX_OSERR" "cannot find the program $name"
    done
}

# find_version: the version into ${version}: what stands in the driver, and in a source tree that of the programs built
# from it, if they are there.
find_version() {
    local program=${BATON_AIRBYTE_BIN:-${self%/*}/../build/bin}/ab-stage said
    version=$VERSION
    [[ -n $UNBUILT && -x $program ]] || return 0
    ! said=$("$program" --version) || version=${said#ab-stage }
}

# passed_to PROGRAM: the settings that PROGRAM takes under their own names, as arguments, into ${passed[@]}.
passed_to() {
    local name value
    local -a parts
    passed=()
    for name in "${flags[@]}"; do
        value=${setting[$name]:-}
        [[ +${programs_of[$name]}+ == *"+$1+"* && -n $value ]] || continue
        parts=("$value")
        case ${kind[$name]} in
        bool)
            ! is_true "$value" || passed+=("--$name")
            continue
            ;;
        list) split "$value" ;;
        esac
        for value in "${parts[@]}"; do passed+=("--$name=$value"); done
    done
}
