#!/usr/bin/env bats
# ab-map: the mapping, as data in tests/ab-map/, and the tool around it.
#
# Filters in single quotes are meant to keep their dollars; bats sets stderr.
# shellcheck disable=SC2016,SC2154
load lib

BEGIN='{"stream":"begin","schema":"airbyte-raw/1","source":"https://airbyte.example.com","startedAt":"2026-11-22T20:00:00Z"}'
RECORDS_BEGIN=${BEGIN/airbyte-raw/baton-records}
TYPE='{"@type":"type.googleapis.com/c1.connector.v2.ResourceType"'
USER_LINE='{"resource":"user","data":{"userId":"u1"}}'

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    map=$BIN/ab-map
    FILTER=$ROOT/tools/ab-map/airbyte.jq
}

# framed [FILE]: the lines of FILE, or of standard input, as a raw stream with right counts.
framed() {
    cat -- "${1:--}" >lines.tmp
    printf '%s\n' "$BEGIN"
    cat lines.tmp
    printf '{"stream":"end","records":%d,"gaps":%d}\n' "$(wc -l <lines.tmp)" "$(grep -c '^{"stream":"gap"' lines.tmp)"
}

# begin_out FILTER: the begin line that ab-map writes when FILTER is its filter and the input names no stages.
begin_out() {
    printf '%s,"stages":[{"tool":"ab-map","version":"%s","filter":"sha256:%s"}]}' "${RECORDS_BEGIN%\}}" \
        "$("$map" --version | sed 's/.* //')" "$(sha256sum <"$1" | sed 's/ .*//')"
}

# one LINE: a raw stream of that line alone.
one() {
    framed <<<"$1" >one.ndjson
}

# filter TEXT: a filter for the tests of the tool: TEXT for lines of data, nothing for the begin line.
filter() {
    printf 'if .stream == "begin" then empty else (%s) end\n' "$1" >f.jq
}

# many N: a raw stream of N lines of all resources, with an unknown role now and then.
many() {
    jq -nc --argjson n "$1" 'def id($k): "00000000-0000-4000-8000-" + ("000000000000\($k)" | .[-12:]);
        ["workspace_reader","workspace_admin","workspace_editor","odd role \"x\"","workspace_owner"] as $roles
        | range($n)
        | if . % 50 == 0 then {resource:"workspace",organizationId:id(1),data:{workspaceId:id(.),name:"W \(.)"}}
          elif . % 50 == 1 then {resource:"user",data:{userId:id(.),email:"u\(.)@x.test"},workspaceIds:[id(. - 1)]}
          elif . % 50 == 2 then {resource:"organization_user",organizationId:id(1),
            data:{userId:id(.),permissionType:"organization_reader"}}
          elif . % 50 == 3 then {resource:"group",organizationId:id(1),data:{groupId:id(.),name:"G \(.)"}}
          elif . % 50 == 4 then {resource:"group_member",organizationId:id(1),groupId:id(. - 1),active:(. % 100 == 4),data:{userId:id(.)}}
          elif . % 50 == 5 then {resource:"group_permission",organizationId:id(1),groupId:id(. - 2),
            data:{permissionType:$roles[. % 3],workspaceId:id(. - 5)}}
          elif . % 50 == 6 then {resource:"invitation",organizationId:id(1),data:{id:id(.),invitedEmail:"i\(.)@x.test"}}
          elif . % 997 == 0 then {stream:"gap",of:"group",status:403}
          else {resource:"workspace_user",organizationId:id(1),workspaceId:id(. - . % 50),
            data:{userId:id(.),userName:"Ünï \(.)",workspacePermission:{permissionType:$roles[. % 5]}}} end' | framed
}

@test "each mapping of tests/ab-map gives its lines" {
    local in name status expected_err
    for in in "$ROOT"/tests/ab-map/*.in; do
        name=${in%.in}
        framed "$in" >in.ndjson
        status=0
        "$map" -j 1 <in.ndjson >out 2>err || status=$?
        expected_err=/dev/null
        [ ! -e "$name.err" ] || expected_err=$name.err
        echo "case ${name##*/}"
        diff "$expected_err" err
        if [ -e "$name.out" ]; then
            [ "$status" -eq 0 ]
            sed '1,6d;$d' out | diff "$name.out" -
        else
            [ "$status" -eq 65 ]
            [ "$(grep -c '"stream":"end"' out)" -eq 0 ]
        fi
    done
}

@test "the begin line gives the frame and the resource types" {
    framed </dev/null >in.ndjson
    run -0 --separate-stderr "$map" in.ndjson
    [ "$stderr" = "" ]
    [ "${lines[0]}" = "$(begin_out "$FILTER")" ]
    [ "${lines[1]}" = "$TYPE,\"id\":\"user\",\"displayName\":\"User\",\"traits\":[\"TRAIT_USER\"]}" ]
    [ "${lines[2]}" = "$TYPE,\"id\":\"group\",\"displayName\":\"Group\",\"traits\":[\"TRAIT_GROUP\"]}" ]
    [ "${lines[3]}" = "$TYPE,\"id\":\"organization\",\"displayName\":\"Organization\"}" ]
    [ "${lines[4]}" = "$TYPE,\"id\":\"workspace\",\"displayName\":\"Workspace\"}" ]
    [ "${lines[5]}" = "$TYPE,\"id\":\"instance\",\"displayName\":\"Instance\"}" ]
    [ "${lines[6]}" = '{"stream":"end","records":5}' ]
    [ "${#lines[@]}" -eq 7 ]
}

@test "the built-in filter gives in the jq program what ab-map prints" {
    many 3000 >in.ndjson
    "$map" --print-filter >airbyte.jq
    "$map" in.ndjson 2>err | sed '1d;$d' | grep -v '^{"stream"' >ours
    sed '$d' in.ndjson | grep -v '^{"stream":"gap"' | jq -c -f airbyte.jq | grep -v '^{"stream"' >theirs
    [ -s ours ]
    cmp ours theirs
}

@test "gaps and notes pass unchanged and are counted" {
    framed "$ROOT/tests/ab-map/gap-and-note.in" >in.ndjson
    run -0 --separate-stderr "$map" in.ndjson
    [ "${lines[6]}" = "$(sed -n 1p "$ROOT/tests/ab-map/gap-and-note.in")" ]
    [ "${lines[9]}" = '{"stream":"end","records":8,"gaps":1}' ]
}

@test "a group's right on a workspace that a gap hides gives its members the role there, by the workspace's id" {
    local w1=b1f00000-0000-4000-8000-000000000001 w2=b1f00000-0000-4000-8000-000000000002
    framed >in.ndjson <<END
{"resource":"organization","data":{"organizationId":"o"}}
{"resource":"group","organizationId":"o","data":{"groupId":"g"}}
{"resource":"group_member","organizationId":"o","groupId":"g","active":true,"data":{"userId":"u"}}
{"resource":"group_permission","organizationId":"o","groupId":"g","data":{"permissionType":"workspace_editor","workspaceId":"$w2"}}
{"resource":"group_permission","organizationId":"o","groupId":"g","data":{"permissionType":"workspace_auditor","workspaceId":"$w2"}}
{"stream":"gap","of":"workspace","organizationId":"o","reason":"partial","needs":"organization_reader"}
{"resource":"workspace","organizationId":"o","data":{"workspaceId":"$w1","name":"Finance"}}
{"resource":"user","data":{"userId":"u"}}
END
    "$map" --log-level error in.ndjson >records.ndjson
    run -0 --separate-stderr "$BIN/c1z-pack" -f out.c1z --accept-gap workspace records.ndjson
    [[ $stderr == "c1z-pack: warning: a gap hides resources that grants name: "*"(resources=1, line="*", first=workspace:$w2)" ]]
    "$BIN/c1z-cat" -f out.c1z grants | jq -r "select(.principal.id.resource == \"u\") | .id" | grep ^workspace | sort |
        diff - <(printf '%s\n' "workspace:$w2:workspace_auditor:user:u" "workspace:$w2:workspace_editor:user:u")
    # The entitlement is what the mapping would have made of a workspace known by its id, but for a description.
    one "{\"resource\":\"workspace\",\"data\":{\"workspaceId\":\"$w2\"}}"
    diff <("$map" one.ndjson | grep ":workspace_editor\"" | jq -c 'del(.description, .resource)') \
        <("$BIN/c1z-cat" -f out.c1z entitlements | grep "$w2:workspace_editor\"" | jq -c 'del(.resource)')
    # Without the gap the stream contradicts itself.
    grep -v '"stream":"gap"' in.ndjson | sed '$d;1d' | framed | "$map" --log-level error >records.ndjson
    run -65 --separate-stderr "$BIN/c1z-pack" -f none.c1z --allow-incomplete records.ndjson
    [[ $stderr == *"no such resource in the input: 'workspace:$w2'; if it was made meanwhile, run again" ]]
}

@test "names that are too long are cut at a character, and the role stays readable" {
    local n
    for n in 1021 1022 1023 1024 1025 5000; do
        jq -nc --argjson n "$n" '{resource:"workspace",data:{workspaceId:"w1",name:("é" * ($n / 2 | floor) + "😀" * 400)}}' |
            framed >in.ndjson
        "$map" in.ndjson >out
        jq -se 'map(select(.displayName) | .displayName | utf8bytelength) | max <= 1024 and min > 0' out
        jq -se 'map(select(.description) | .description | utf8bytelength <= 2048) | all' out
        # Cut no further than need be, by whole characters of the name.
        jq -se --slurpfile in in.ndjson '$in[1].data.name as $name | map(select(.slug)) | length == 6 and all(.[];
            .slug as $role | .displayName | endswith(" " + $role) and (.[:-($role | length) - 1] as $cut
            | ($name | startswith($cut)) and utf8bytelength > 1020))' out
    done
}

@test "an unfinished or broken stream is 65, without an end line" {
    local -A streams=(
        [empty]=""
        ["no begin line"]="$USER_LINE"$'\n'
        ["no end line"]="$BEGIN"$'\n'"$USER_LINE"$'\n'
        ["cut in a line"]="$BEGIN"$'\n'"${USER_LINE:0:20}"
        ["end line cut"]="$BEGIN"$'\n''{"stream":"end","records":0}'
        ["wrong count"]="$BEGIN"$'\n'"$USER_LINE"$'\n''{"stream":"end","records":2}'$'\n'
        ["gaps not counted"]="$BEGIN"$'\n''{"stream":"gap","of":"group"}'$'\n''{"stream":"end","records":1}'$'\n'
        ["other schema"]="$RECORDS_BEGIN"$'\n''{"stream":"end","records":0}'$'\n'
        ["line after the end"]="$BEGIN"$'\n''{"stream":"end","records":0}'$'\n'"$USER_LINE"$'\n'
        ["empty line"]="$BEGIN"$'\n\n''{"stream":"end","records":1}'$'\n'
        ["unknown frame line"]="$BEGIN"$'\n''{"stream":"log","level":"info","msg":"x"}'$'\n''{"stream":"end","records":1}'$'\n'
        ["other source"]="$BEGIN"$'\n''{"stream":"end","records":0}'$'\n'"${BEGIN/airbyte.ex/other.ex}"$'\n'
    )
    local name
    for name in "${!streams[@]}"; do
        echo "case $name"
        printf '%s' "${streams[$name]}" >in.ndjson
        run -65 --separate-stderr "$map" in.ndjson
        [[ "$stderr" == "ab-map: in.ndjson: "* ]]
        [[ "$output" != *'"stream":"end"'* ]]
    done
}

@test "complete streams of one source follow each other" {
    one "$USER_LINE"
    cat one.ndjson one.ndjson >two.ndjson
    run -0 --separate-stderr "$map" two.ndjson
    [ "${#lines[@]}" -eq 9 ]
    [ "${lines[8]}" = '{"stream":"end","records":7}' ]
}

@test "the begin line names the stages of the input, and the end line those of further streams" {
    local fetch='{"tool":"ab-fetch","version":"0.1.0","resources":["user"'
    filter empty
    printf '%s,"stages":[%s]}]}\n{"stream":"end","records":0}\n' "${BEGIN%\}}" "$fetch" >a.ndjson
    sed 's/"user"/"group","user"/' a.ndjson >b.ndjson
    run -0 --separate-stderr "$map" -f f.jq <(cat a.ndjson a.ndjson)
    [ "$stderr" = "" ]
    [ "${lines[0]}" = "$(begin_out f.jq | sed "s/\"stages\":\[/&$fetch]},/")" ]
    [ "${lines[1]}" = '{"stream":"end","records":0}' ]
    run -0 --separate-stderr "$map" -f f.jq <(cat a.ndjson b.ndjson)
    [ "${lines[0]}" = "$(begin_out f.jq | sed "s/\"stages\":\[/&$fetch]},/")" ]
    [ "$(jq -c .stages[0] <<<"${lines[1]}")" = "$fetch"',"group"]}' ]
    [ "$(jq -c .stages[1] <<<"${lines[0]}")" = "$(jq -c .stages[1] <<<"${lines[1]}")" ]
    sed 's/"stages":\[/&7,/' a.ndjson >c.ndjson
    run -65 --separate-stderr "$map" -f f.jq c.ndjson
    [[ "$stderr" == 'ab-map: c.ndjson: line 1, byte '*', at $.stages[0]: expected an object' ]]
    [ "$output" = "" ]
}

@test "a line longer than any may be is 65" {
    { printf '%s\n' "$BEGIN"; printf '{"a":"'; head -c 70000000 /dev/zero | tr '\0' a; } >huge.ndjson
    run -65 --separate-stderr "$map" huge.ndjson
    [[ "$stderr" == *"line 2"* ]]
}

@test "one line of 20 MB passes" {
    filter '{n: (.data.x | length)}'
    { printf '{"resource":"x","data":{"x":"'; head -c 20000000 /dev/zero | tr '\0' a; printf '"}}\n'; } | framed >in.ndjson
    run -0 --separate-stderr "$map" -f f.jq in.ndjson
    [ "${lines[1]}" = '{"n":20000000}' ]
}

@test "the number of threads changes neither output nor log" {
    many 20000 >in.ndjson
    "$map" -j 1 in.ndjson >out1 2>err1
    "$map" -j 8 in.ndjson >out8 2>err8
    "$map" <in.ndjson >out 2>err
    [ "$(wc -l <out1)" -gt 20000 ]
    cmp out1 out8
    cmp out1 out
    cmp err1 err8
    cmp err1 err
}

@test "nor does it where a line fails: the first one counts, and what comes before it is written" {
    many 20000 | sed -e '15000s/.*/{"resource":"first"}/' -e '15900s/.*/not JSON/' -e '$d' >in.ndjson
    local j
    for j in 1 3 8; do
        run -65 --separate-stderr "$map" -j "$j" in.ndjson
        [ "$(tail -n 1 <<<"$stderr")" = 'ab-map: in.ndjson: line 15000, first: filter: no mapping for the resource "first"' ]
        printf '%s\n' "$output" >"out$j"
    done
    cmp out1 out3
    cmp out1 out8
    [[ "$(tail -n 1 out1)" == *"00000000-0000-4000-8000-000000014997"* ]]
}

@test "results leave while the input rests" {
    coproc MAP { "$map" -j 4 3>&-; }
    # shellcheck disable=SC2153 # MAP_PID comes from coproc
    local pid=$MAP_PID line
    exec {to}>&"${MAP[1]}" {from}<&"${MAP[0]}"
    printf '%s\n' "$BEGIN" >&"$to"
    for _ in 1 2 3 4 5 6; do read -r -t 20 -u "$from" line; done
    [[ "$line" == *'"id":"instance"'* ]]
    printf '%s\n' "$USER_LINE" >&"$to"
    read -r -t 20 -u "$from" line
    [[ "$line" == *'"resource":"u1"'* ]]
    printf '{"stream":"end","records":1}\n' >&"$to"
    # Another stream may follow, so the end line waits for the end of the file.
    eval "exec {to}>&- ${MAP[1]}>&-"
    read -r -t 20 -u "$from" line
    [ "$line" = '{"stream":"end","records":6}' ]
    exec {from}<&-
    wait "$pid"
}

@test "--print-filter prints the file, and the file does what the built-in filter does" {
    "$map" --print-filter >print.jq
    cmp print.jq "$ROOT/tools/ab-map/airbyte.jq"
    many 500 >in.ndjson
    "$map" in.ndjson >built-in 2>err
    "$map" -f <("$map" --print-filter) in.ndjson >own 2>err
    cmp built-in own
    [ "$(head -n 1 own)" = "$(begin_out "$FILTER")" ]
    "$map" -f - in.ndjson <print.jq >own 2>err
    cmp built-in own
}

@test "a filter of one's own: none, one or many results for a line, in order" {
    printf '{"resource":"a","n":%d}\n' 0 1 2 3 | framed >in.ndjson
    filter 'range(.n) as $i | {r: "\(.n)/\($i)"}'
    run -0 --separate-stderr "$map" -f f.jq in.ndjson
    [ "$stderr" = "" ]
    [ "$output" = "$(begin_out f.jq)
{\"r\":\"1/0\"}
{\"r\":\"2/0\"}
{\"r\":\"2/1\"}
{\"r\":\"3/0\"}
{\"r\":\"3/1\"}
{\"r\":\"3/2\"}
{\"stream\":\"end\",\"records\":6}" ]
}

@test "all kinds of values go through a filter unchanged, members in their order" {
    local line='{"z":null,"a":[true,false,[],{},0,-1.5,1e-7],"":"","k\"\u0000":"\u0001\ud83d\ude00é/","b":{"y":1,"x":2}}'
    filter .
    one "$line"
    run -0 --separate-stderr "$map" -f f.jq one.ndjson
    [ "${lines[1]}" = '{"z":null,"a":[true,false,[],{},0,-1.5,1e-7],"":"","k\"\u0000":"\u000'$'1😀é/","b":{"y":1,"x":2}}' ]
}

@test "more names of members than are remembered" {
    jq -nc '[range(2000) | {("name\(. * 7919 % 2000)"): .}] | add' | framed >in.ndjson
    filter .
    run -0 --separate-stderr "$map" -f f.jq in.ndjson
    [ "${lines[1]}" = "$(sed -n 2p in.ndjson)" ]
}

@test "objects that lines have in common: each is its own, however often it comes and whatever begins like it" {
    local known deep
    filter .
    # Of nine objects the first 64 bytes are of three kinds; each comes five times, some hold brackets and escapes.
    jq -nc 'def id($k): "00000000-0000-4000-8000-00000000000\($k)";
        range(5) as $again | range(3) as $id | range(3) as $tail
        | {n:$again, data:{role:{permissionId:id($id), permissionType:"organization_reader", tail:["x","}{[","\u00e9\"\u0001"][$tail],
            last:($id * 3 + $tail)}}}' | framed >in.ndjson
    run -0 --separate-stderr "$map" -f f.jq in.ndjson
    [ "${#lines[@]}" -eq 47 ]
    [ "$(printf '%s\n' "${lines[@]:1:45}")" = "$(sed '1d;$d' in.ndjson)" ]
    # One that is known does not hide what is wrong behind it, or that it stands too deep.
    known='{"permissionId":"00000000-0000-4000-8000-000000000000","permissionType":"organization_reader"}'
    printf '{"data":{"role":%s}}\n' "$known" "$known" "$known" >known
    { cat known; printf '{"data":{"role":%sx}}\n' "$known"; } | framed >in.ndjson
    run -65 --separate-stderr "$map" -f f.jq in.ndjson
    [[ "$stderr" == "ab-map: in.ndjson: line 5, byte 111, at $.data.role: expected ',' or '}'" ]]
    { cat known; printf '{"data":{"role":%s\n' "${known%\}}"; } | framed >in.ndjson
    run -65 --separate-stderr "$map" -f f.jq in.ndjson
    [[ "$stderr" == *"line 5, byte "*"unexpected end of text" ]]
    deep=$(printf '[%.0s' {1..255})
    { cat known; printf '{"data":%s%s%s}\n' "$deep" "$known" "${deep//\[/]}"; } | framed >in.ndjson
    run -65 --separate-stderr "$map" -f f.jq in.ndjson
    [[ "$stderr" == *"line 5, byte "*"deeper than 256" ]]
}

@test "modules are found in the folders of -L" {
    mkdir one two
    echo 'def a: {a: 1};' >one/first.jq
    echo 'def b: {b: 2};' >two/second.jq
    printf 'import "first" as f; import "second" as s; if .stream then empty else f::a + s::b end' >f.jq
    one "$USER_LINE"
    run -0 --separate-stderr "$map" -j 2 -L one -L two -f f.jq one.ndjson
    [ "${lines[1]}" = '{"a":1,"b":2}' ]
    cp f.jq one.ndjson two
    run -0 --separate-stderr "$map" -L one -L two -f two/f.jq two/one.ndjson
    [ "${lines[1]}" = '{"a":1,"b":2}' ]
    echo 'import "first" as f {search: "../one"}; if .stream then empty else f::a end' >two/g.jq
    # Beyond its own folder a filter reads only what -L names (tests/confine.bats).
    run -0 --separate-stderr "$map" -L one -f two/g.jq one.ndjson
    [ "${lines[1]}" = '{"a":1}' ]
    run -78 --separate-stderr "$map" -L one -f f.jq one.ndjson
    [[ "$stderr" == "ab-map: the filter does not compile: "*second* ]]
}

@test "regular expressions in several threads" {
    filter '{m: (.data | tojson | test("\"userId\":\"[0-9a-f-]{36}\""))}'
    many 4000 | sed 's/"workspaceId":"[^"]*",//' >in.ndjson
    "$map" -j 8 -f f.jq in.ndjson >out8
    "$map" -j 1 -f f.jq in.ndjson >out1
    cmp out1 out8
    [ "$(grep -c '{"m":true}' out1)" -gt 3000 ]
}

@test "a filter that does not compile is 78, and says where" {
    one "$USER_LINE"
    local text
    for text in '.a |' 'nonsense' '$nothing' '{a: 1'; do
        printf '%s' "$text" >f.jq
        run -78 --separate-stderr "$map" -f f.jq one.ndjson
        [ "$output" = "" ]
        [[ "$stderr" == "ab-map: the filter does not compile: "*"<top-level>, line 1"* ]]
        [[ "$stderr" != *$'\n'* ]]
    done
    # What an editor put in and nobody sees is named.
    printf '\xef\xbb\xbf.' >f.jq
    run -78 --separate-stderr "$map" -f f.jq one.ndjson
    [[ "$stderr" == "ab-map: the filter does not compile: it begins with a byte order mark: "* ]]
    printf '. |\r\n nonsense\r\n' >f.jq
    run -78 --separate-stderr "$map" -f f.jq one.ndjson
    [[ "$stderr" == "ab-map: the filter does not compile: its lines end with CR and LF, not LF alone: "* ]]
    printf '\377' >f.jq
    run -78 --separate-stderr "$map" -f f.jq one.ndjson
    [ "$stderr" = "ab-map: filter 'f.jq': not text in UTF-8" ]
    head -c 2000000 /dev/zero | tr '\0' ' ' >f.jq
    run -78 --separate-stderr "$map" -f f.jq one.ndjson
    [[ "$stderr" == "ab-map: filter 'f.jq': longer than "* ]]
}

@test "what a filter throws names the line, and is cut" {
    one "$USER_LINE"
    filter 'error("no\nsuch\u001b thing")'
    run -65 --separate-stderr "$map" -f f.jq one.ndjson
    [ "$stderr" = 'ab-map: one.ndjson: line 2, user (userId u1): filter: no\u000asuch\u001b thing' ]
    filter '{a: [1, "x"]} | error'
    run -65 --separate-stderr "$map" -f f.jq one.ndjson
    [ "$stderr" = 'ab-map: one.ndjson: line 2, user (userId u1): filter: {"a":[1,"x"]}' ]
    filter '.data + 1'
    run -65 --separate-stderr "$map" -f f.jq one.ndjson
    [[ "$stderr" == 'ab-map: one.ndjson: line 2, user (userId u1): filter: object ('*') and number (1) cannot be added' ]]
    filter '"é" * 5000 | error'
    run -65 --separate-stderr "$map" -f f.jq one.ndjson
    [ "${#stderr}" -lt 400 ]
    [[ "$stderr" == *éé ]]
}

@test "with what a filter throws stands what the line is about: its resource, and the first ids that say something" {
    local in out
    filter 'error("x")'
    while IFS='|' read -r in out; do
        one "$in"
        run -65 --separate-stderr "$map" -f f.jq one.ndjson
        [ "$stderr" = "ab-map: one.ndjson: line 2$out: filter: x" ]
    done <<'CASES'
{"resource":"a"}|, a
{"id":"1"}|
{"resource":5,"xId":"1"}|
{"resource":"","xId":"1"}|
{"xId":"1","data":{"xId":"2","id":"3","Id":"4","yId":"","zId":7,"wId":{"vId":"8"}},"resource":"b"}|, b (xId 1, id 3)
{"resource":"c","aId":"1","bId":"2","data":{"cId":"3","dId":"4","eId":"5"}}|, c (aId 1, bId 2, cId 3, dId 4)
{"resource":"d","data":["id"],"aI\u0064":"é\n"}|, d (aId é\u000a)
CASES
    filter '{a: error("x")}'
    one "{\"resource\":\"r\",\"id\":\"$(printf 'é%.0s' {1..50})\"}"
    run -65 --separate-stderr "$map" -f f.jq one.ndjson
    [ "$stderr" = "ab-map: one.ndjson: line 2, r (id $(printf 'é%.0s' {1..20})): filter: x" ]
}

@test "a filter that halts, or gives what is no record, is 65" {
    one "$USER_LINE"
    local -A wrong=(
        [halt]="the filter halts"
        ['"x" | halt_error']="the filter halts"
        ['"text"']="a result of the filter is not an object"
        ['null']="a result of the filter is not an object"
        ['[{}]']="a result of the filter is not an object"
        ['{a: infinite}']="a result of the filter holds a number that is infinite or not a number"
        ['{a: [nan]}']="a result of the filter holds a number that is infinite or not a number"
        ['{stream: "end", records: 0}']='a result of the filter has a member "stream", which only log messages may have'
        ['{a: 1, stream: null}']='a result of the filter has a member "stream", which only log messages may have'
        ['{stream: "log", msg: "x"}']="a result of the filter is a log message without a level (debug, info, warn, error) or without a text"
        ['{stream: "log", level: "loud", msg: "x"}']="a result of the filter is a log message without a level (debug, info, warn, error) or without a text"
        ['{stream: "log", level: "info", msg: 1}']="a result of the filter is a log message without a level (debug, info, warn, error) or without a text"
        ['reduce range(600) as $i ({}; {a: .})']="a result of the filter is nested too deep"
        ['"x" * 1000000 | [limit(70; repeat(.))] | {a: .}']="a result of the filter is longer than a line may be"
        ['"x" * 1000000 | {a: .} | limit(300; repeat(.))']="the filter gives more than 256 MiB of results"
        ['{a: range(100001)}']="the filter gives more than 100000 results"
    )
    local text
    for text in "${!wrong[@]}"; do
        echo "case $text"
        filter "{before: 1}, ($text)"
        run -65 --separate-stderr "$map" -f f.jq one.ndjson
        [ "$stderr" = "ab-map: one.ndjson: line 2: ${wrong[$text]}" ]
        [ "$output" = "$(begin_out f.jq)" ]
    done
}

@test "a filter that wants without end is stopped, and the line named" {
    [ -z "${AB_SANITIZED:-}" ] || skip "the sanitizer has memory of its own"
    { printf '{"resource":"a"}\n'; printf '%s\n' "$USER_LINE"; } | framed >in.ndjson
    filter 'if .resource == "a" then {} else reduce range(40) as $i ("x"; . + .) | {a: length} end'
    run -65 --separate-stderr "$map" -j 1 -f f.jq in.ndjson
    [ "$stderr" = 'ab-map: line 3: no memory for the filter, which has 1024 MiB for each thread' ]
}

@test "a filter that calls itself without end is stopped, and the line named" {
    [ -z "${AB_SANITIZED:-}" ] || skip "the sanitizer has memory of its own"
    one "$USER_LINE"
    local text
    for text in 'def f: [f]; f' 'def f: f + 1; f' 'def f(x): f(x | x); f(.)'; do
        filter "$text"
        run -65 --separate-stderr "$map" -j 1 -f f.jq one.ndjson
        [ "$stderr" = 'ab-map: line 2: no memory for the filter, which has 1024 MiB for each thread' ]
        # Where others rest a thread has more than libjq can take, which says so itself before it aborts.
        run -65 --separate-stderr "$map" -j 4 -f f.jq one.ndjson
        [[ ${stderr_lines[-1]} =~ ^'ab-map: line 2: '('libjq gives up on'|'no memory for')' the filter, which has 1024 MiB' ]]
    done
}

@test "a filter that nests without end meets the bound of memory, not of the stack" {
    [ -z "${AB_SANITIZED:-}" ] || skip "the sanitizer has memory of its own"
    one "$USER_LINE"
    local j
    for j in 1 2; do
        filter 'reduce range(300000) as $i (null; [.]) | {a: length}'
        run -0 --separate-stderr "$map" -j "$j" -f f.jq one.ndjson
        [ "${lines[1]}" = '{"a":1}' ]
    done
    filter '("x" * 1000) as $pad | reduce range(10000000) as $i (null; [., $pad + "y"]) | {a: length}'
    run -65 --separate-stderr "$map" -j 1 -f f.jq one.ndjson
    [ "$stderr" = 'ab-map: line 2: no memory for the filter, which has 1024 MiB for each thread' ]
}

@test "a line may be nested 256 deep, as deep as libjq makes text of it" {
    local deep
    filter '{text: (.data | tojson | length)}'
    deep=$(printf '[%.0s' {1..255})$(printf ']%.0s' {1..255})
    one "{\"data\":$deep}"
    run -0 --separate-stderr "$map" -f f.jq one.ndjson
    [ "${lines[1]}" = '{"text":510}' ]
    one "{\"data\":[$deep]}"
    run -65 --separate-stderr "$map" -f f.jq one.ndjson
    [[ "$stderr" == "ab-map: one.ndjson: line 2, byte "*"deeper than 256"* ]]
}

@test "a distinct message is logged once, in the order of the stream" {
    printf '{"resource":"a","n":%d}\n' {1..3000} | framed >in.ndjson
    filter '{stream: "log", level: (if .n % 2 == 0 then "info" else "error" end), msg: "kind \(.n % 3)"}, {n: .n},
        {stream: "log", level: "debug", msg: "not shown"}'
    run -0 --separate-stderr "$map" -j 4 -f f.jq in.ndjson
    [ "${#lines[@]}" -eq 3002 ]
    [ "${lines[3001]}" = '{"stream":"end","records":3000}' ]
    [ "$stderr" = "ab-map: kind 1
ab-map: info: kind 2
ab-map: kind 0
ab-map: info: kind 1
ab-map: kind 2
ab-map: info: kind 0" ]
}

@test "messages without end are not kept without end" {
    printf '{"resource":"a","n":%d}\n' {1..3000} | framed >in.ndjson
    filter '{stream: "log", level: "warn", msg: "number \(.n)"}'
    run -0 --separate-stderr "$map" -f f.jq in.ndjson
    [ "${#stderr_lines[@]}" -eq 1001 ]
    [ "${stderr_lines[999]}" = "ab-map: warning: number 1000" ]
    [ "${stderr_lines[1000]}" = "ab-map: warning: the filter has more to say: further messages are not printed" ]
}

@test "a log message is one line, in both formats" {
    filter '{stream: "log", level: "warn", msg: "a\nb\u0000c\u202e"}'
    one "$USER_LINE"
    run -0 --separate-stderr "$map" -f f.jq one.ndjson
    [ "$stderr" = 'ab-map: warning: a\u000ab?c\u202e' ]
    run -0 --separate-stderr "$map" --log-format json -f f.jq one.ndjson
    [ "$(jq -r '[.level, .logger] | @csv' <<<"$stderr")" = '"warn","ab-map"' ]
    run -0 --separate-stderr "$map" --log-level error -f f.jq one.ndjson
    [ "$stderr" = "" ]
}

@test "what a log message has besides level and text is a field in JSON, if it is text; those of the first one count" {
    filter '{stream: "log", level: "warn", msg: "once", role: "r\u0000", workspace: .n, ts: "x", msgs: 7, "": "y"}'
    printf '{"resource":"a","n":"%s"}\n' w1 w2 | framed >in.ndjson
    run -0 --separate-stderr "$map" --log-format json -f f.jq in.ndjson
    [ "$(jq -c 'del(.ts)' <<<"$stderr")" = '{"level":"warn","logger":"ab-map","msg":"once","role":"r?","workspace":"w1"}' ]
    jq -e '.ts | numbers' <<<"$stderr"
    run -0 --separate-stderr "$map" -f f.jq in.ndjson
    [ "$stderr" = 'ab-map: warning: once' ]
    # Nine are one too many.
    filter '{stream: "log", level: "warn", msg: "m"} + ([range(9) | {key: "k\(.)", value: "v"}] | from_entries)'
    run -0 --separate-stderr "$map" --log-format json -f f.jq in.ndjson
    [ "$(jq -c 'keys - ["level", "logger", "msg", "ts"] | [length, last]' <<<"$stderr")" = '[8,"k7"]' ]
    # The built-in filter names role and place.
    framed <"$ROOT/tests/ab-map/role-unknown.in" >in.ndjson
    run -0 --separate-stderr "$map" --log-format json in.ndjson
    [ "$(jq -c 'select(.workspace) | [.role, .workspace]' <<<"$stderr")" = \
        '["workspace_auditor","33333333-3333-4333-8333-333333333333"]' ]
    [ "$(jq -c 'select(.organization) | .organization' <<<"$stderr" | sort -u)" = '"11111111-1111-4111-8111-111111111111"' ]
    # And person or invitation.
    printf '%s\n' '{"resource":"user","data":{"userId":"u1","status":"frozen"}}' \
        '{"resource":"invitation","data":{"id":"i1","invitedEmail":"n@acme.test","status":"lost"}}' | framed >in.ndjson
    run -0 --separate-stderr "$map" --log-format json in.ndjson
    [ "$(jq -c '[.msg, .user, .invitation]' <<<"$stderr")" = "[\"unknown user status 'frozen': counts as enabled\",\"u1\",null]
[\"unknown status 'lost' of an invitation: counts as pending\",null,\"i1\"]" ]
}

@test "a filter sees its line and nothing else" {
    one "$USER_LINE"
    filter '{env: env, ENV: $ENV, file: input_filename, time: (0 | localtime | mktime)}'
    TZ=America/New_York SECRET=hunter2 run -0 --separate-stderr "$map" -f f.jq one.ndjson
    [ "${lines[1]}" = '{"env":{"TZ":"UTC"},"ENV":{"TZ":"UTC"},"file":null,"time":0}' ]
    filter 'debug | {a: [inputs]}'
    run -0 --separate-stderr "$map" -f f.jq one.ndjson
    [ "${lines[1]}" = '{"a":[]}' ]
    [ "$stderr" = "" ]
    filter 'input'
    run -65 --separate-stderr "$map" -f f.jq one.ndjson
    echo 'def resource_types: error("from home");' >.jq
    HOME=$PWD run -0 --separate-stderr "$map" one.ndjson
}

@test "output that cannot be written is 74" {
    many 2000 >in.ndjson
    local line
    for line in 'in.ndjson' '-j 3 in.ndjson' '--print-filter' '--help' '--version'; do
        run -74 bash -c "'$map' $line >/dev/full 2>err"
        [[ "$(tail -n 1 err)" == "ab-map: cannot write to 'standard output': No space left on device" ]]
        run -74 bash -c "'$map' $line >&- 2>err"
        [[ "$(tail -n 1 err)" == "ab-map: cannot write to 'standard output': "* ]]
    done
}

@test "a closed pipe ends it, quietly" {
    many 20000 >in.ndjson
    run -141 bash -c "set -o pipefail; '$map' in.ndjson 2>err | head -n 1 >first"
    [ "$(cat first)" = "$(begin_out "$FILTER")" ]
    [ "$(grep -cv 'unknown role' err)" -eq 0 ]
}

@test "input that cannot be read" {
    run -66 --separate-stderr "$map" missing.ndjson
    [ "$stderr" = "ab-map: cannot open 'missing.ndjson': No such file or directory" ]
    run -66 --separate-stderr "$map" -f missing.jq
    [ "$stderr" = "ab-map: cannot open 'missing.jq': No such file or directory" ]
    run -74 --separate-stderr "$map" .
    [[ "$stderr" == *"Is a directory" ]]
    run -65 --separate-stderr "$map" "$FIXTURES/go-connector.c1z"
    [ "$stderr" = "ab-map: $FIXTURES/go-connector.c1z: a .c1z file, not a stream of airbyte-raw/1" ]
    [ -z "$output" ]
    run -74 bash -c "'$map' <&-"
    run -74 --separate-stderr "$map" -f . missing.ndjson
}

@test "usage errors say why, then how" {
    local -A wrong=(
        ["-j 0"]="--jobs needs a whole number from 1 to 64"
        ["-j 65"]="--jobs needs a whole number from 1 to 64"
        ["-j 2x"]="--jobs needs a whole number from 1 to 64"
        ["-j"]="option '-j' needs an argument"
        ["--jobs"]="option '--jobs' needs an argument"
        ["-x"]="unknown option '-x'"
        ["--nonsense"]="unknown or ambiguous option '--nonsense'"
        ["a b"]="more than one INPUT"
        ["-f -"]="standard input cannot be both the filter and the input"
        ["-f - -"]="standard input cannot be both the filter and the input"
        ["--log-level loud"]="--log-level: not debug, info, warn or error"
        ["--log-format xml"]="--log-format: neither json nor console"
    )
    local args
    for args in "${!wrong[@]}"; do
        echo "case $args"
        # shellcheck disable=SC2086 # several words
        run -64 --separate-stderr "$map" $args
        [ "$output" = "" ]
        [ "${stderr_lines[0]}" = "ab-map: ${wrong[$args]}" ]
        [[ "${stderr_lines[1]}" == "usage: ab-map "* ]]
    done
}

@test "--help and --version" {
    run -0 --separate-stderr "$map" --help
    [[ "${lines[0]}" == "usage: ab-map "* ]]
    [ "$stderr" = "" ]
    run -0 --separate-stderr "$map" -v
    [[ "$output" =~ ^ab-map\ [0-9]+[^[:space:]]*$ ]]
}

@test "options end at --, and - is standard input" {
    one "$USER_LINE"
    cp one.ndjson ./-j
    run -0 --separate-stderr "$map" -- -j
    [ "${#lines[@]}" -eq 8 ]
    "$map" - <one.ndjson >out
    [ "$(wc -l <out)" -eq 8 ]
}

@test "--log-level debug ends with the counts" {
    one "$USER_LINE"
    run -0 --separate-stderr "$map" --log-level debug one.ndjson
    [ "$stderr" = "ab-map: debug: done (lines=1, records=6, gaps=0)" ]
}

@test "the examples of the manual" {
    command -v mandoc >/dev/null || skip "mandoc is not installed"
    many 200 >raw.ndjson
    PATH=$BIN:$PATH
    mandoc -T utf8 -O width=200 "$ROOT/docs/man/ab-map.1" | sed 's/.\x08//g' |
        sed -n '/^EXAMPLES/,/^SEE ALSO/p' | grep -E '^ +(ab-map|echo) ' | grep -v c1z-pack >examples
    [ "$(wc -l <examples)" -eq 4 ]
    bash -euo pipefail examples >out 2>err
    [ "$(grep -c '^\["00000000-0000-4000-8000-[0-9]*","workspace:' out)" -gt 100 ]
    [ "$(grep -c '^{"id":"[0-9-]*","email":"u[0-9]*@x.test"}$' out)" -eq 4 ]
    cmp own.jq "$ROOT/tools/ab-map/airbyte.jq"
}
