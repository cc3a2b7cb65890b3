#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets output and stderr
#
# ab-config: configuration files of the form that connectors of the Baton toolkit take, and what is not one.

load lib

setup() {
    config=$BIN/ab-config
    umask 077
    cd "$BATS_TEST_TMPDIR" || return
}

@test "texts stay texts; lists become commas; no value is the empty text" {
    cat >x.yaml <<'EOF'
# a comment
number: 0123
real: 1e3
bool: yes
Upper_Case: "a \"b\" \u00e9"
single: 'it''s'
list: [a, "b c", ~]
items:
  - x
  - y
none:
tilde: ~
word: "null"
folded: >-
  one
  two
EOF
    run -0 --separate-stderr "$config" x.yaml
    [ -z "$stderr" ]
    [ "$output" = 'number=0123
real=1e3
bool=yes
upper_case=a "b" é
single=it'"'"'s
list=a,b c,
items=x,y
none=
tilde=
word=null
folded=one two' ]
    [ "$(printf '{"a":"x\\ny","b":1}' >x.json && "$config" --zero x.json | od -An -c | tr -d ' \n')" = 'a=x\ny\0b=1\0' ]
    run -78 --separate-stderr "$config" x.json
    [ "$stderr" = "ab-config: a value of 'x.json' has more than one line: use --zero" ]
}

@test "nothing at all is no setting" {
    for text in '' '# only words' '{}'; do
        printf '%s\n' "$text" >x.yaml
        run -0 --separate-stderr "$config" x.yaml
        [ -z "$output$stderr" ]
    done
}

@test "what is not one mapping of texts is 78 with its place, and no value is repeated" {
    while IFS='|' read -r text place; do
        printf '%b' "$text" >x.yaml
        run -78 --separate-stderr "$config" x.yaml
        [ -z "$output" ]
        echo "$text: $stderr"
        [[ $stderr == "ab-config: 'x.yaml', $place"* ]]
        [[ $stderr != *S3cret* ]]
    done <<'CASES'
- S3cret\n|line 1, column 1: settings must be one mapping
S3cret\n|line 1, column 1: settings must be one mapping
a: {b: S3cret}\n|line 1, column 4: the value of a setting must be text
a: [[S3cret]]\n|line 1, column 5: the value of a setting must be text
a: *S3cret\n|line 1, column 4: the value of a setting must be text
a: 1\nb: S3cret\na: 2\n|line 3, column 1: this setting is there already
A: 1\na: 2\n|line 2, column 1: this setting is there already
a b: S3cret\n|line 1, column 1: the name of a setting holds
"": S3cret\n|line 1, column 1: the name of a setting is empty
? [a]\n: S3cret\n|line 1, column 3: the name of a setting must be text
a: "S3cret\n|line 2, column 1: 
a: S3cret\n---\nb: 1\n|line 2, column 1: settings must be one mapping
a: "S3cret\\0"\n|line 1, column 4: U+0000
a: \x01\n|byte 3: control characters are not allowed
a: \xff\n|byte 3: invalid leading UTF-8 octet
CASES
}

@test "too much is 78" {
    printf 'a: %01048576d\n' 0 >x.yaml
    run -78 --separate-stderr "$config" x.yaml
    [ "$stderr" = "ab-config: 'x.yaml' is larger than 1048576 bytes" ]
    for ((i = 0; i < 257; i++)); do echo "a$i: x"; done >x.yaml
    run -78 --separate-stderr "$config" x.yaml
    [ "$stderr" = "ab-config: 'x.yaml', line 257, column 1: too many settings" ]
    printf '%064d: x\n' 0 >x.yaml
    run -78 --separate-stderr "$config" x.yaml
}

@test "a file that others can write is refused, and one with the secret that others can read" {
    echo 'jobs: 3' >x.yaml
    for mode in 620 602 666; do
        chmod "$mode" x.yaml
        run -78 --separate-stderr "$config" x.yaml
        [ "$stderr" = "ab-config: others can write 'x.yaml': chmod go-w" ]
    done
    chmod 644 x.yaml
    [ "$("$config" x.yaml)" = jobs=3 ]
    echo 'client-secret: S3cret' >y.yaml
    chmod 644 y.yaml
    run -78 "$config" y.yaml
    echo 'airbyte-client-secret: S3cret' >>x.yaml
    for mode in 640 604; do
        chmod "$mode" x.yaml
        run -78 --separate-stderr "$config" x.yaml
        [ "$stderr" = "ab-config: others can read 'x.yaml', and a client secret is in it: chmod go-r" ]
    done
    chmod 600 x.yaml
    [ "$("$config" x.yaml | tail -n 1)" = airbyte-client-secret=S3cret ]
}

@test "no file is 66, no or two files 64, a full disk 74" {
    run -66 --separate-stderr "$config" none
    [ "$stderr" = "ab-config: cannot open 'none': No such file or directory" ]
    run -66 "$config" .
    mkfifo fifo
    run -66 --separate-stderr "$config" fifo
    [ "$stderr" = "ab-config: 'fifo' is not a regular file" ]
    run -64 "$config"
    run -64 "$config" a b
    echo 'a: b' >x.yaml
    run -74 bash -c '"$0" x.yaml >/dev/full' "$config"
    run -0 --separate-stderr "$config" --help
    [[ $output == 'usage: ab-config'* ]]
}
