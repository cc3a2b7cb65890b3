# nearest.bash: what somebody who mistyped a word may have meant.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# The most letters that may be wrong, and how many must be right for each of them.
readonly WRONG_MAX=3 RIGHT_EACH=2

# distance A B: how many letters must be changed, added, taken away or swapped with their neighbour to make B of A, into
# ${steps}.
distance() {
    local a=$1 b=$2 i j cost
    local -a before=() row=() next=()
    for ((j = 0; j <= ${#b}; j++)); do row[j]=$j; done
    for ((i = 1; i <= ${#a}; i++)); do
        next=("$i")
        for ((j = 1; j <= ${#b}; j++)); do
            cost=1
            [[ ${a:i-1:1} != "${b:j-1:1}" ]] || cost=0
            steps=$((row[j - 1] + cost))
            ((row[j] + 1 >= steps)) || steps=$((row[j] + 1))
            ((next[j - 1] + 1 >= steps)) || steps=$((next[j - 1] + 1))
            if ((i > 1 && j > 1)) && [[ ${a:i-2:2} == "${b:j-1:1}${b:j-2:1}" ]]; then
                ((before[j - 2] + 1 >= steps)) || steps=$((before[j - 2] + 1))
            fi
            next[j]=$steps
        done
        before=("${row[@]}") row=("${next[@]}")
    done
    steps=${row[${#b}]}
}

# nearest WORD CHOICE...: the choice that is nearest to WORD into ${near}; '' if none is near.
nearest() {
    local word=$1 choice steps least=$((WRONG_MAX + 1))
    near=
    shift
    for choice; do
        ((${#choice} - ${#word} < least && ${#word} - ${#choice} < least)) || continue
        distance "$word" "$choice"
        if ((steps < least && steps * RIGHT_EACH < ${#word})); then near=$choice least=$steps; fi
    done
}
