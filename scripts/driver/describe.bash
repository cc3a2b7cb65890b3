# describe.bash: what this connector can do and what it needs, as the SDK's commands capabilities and config print it.
#
# The resource types are those that the mapping makes, so they are asked of ab-map and stand nowhere else.
# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with the other parts

# A raw stream in which nothing was found.
readonly EMPTY_STREAM='{"stream":"begin","schema":"airbyte-raw/1","source":"local","startedAt":"1970-01-01T00:00:00Z"}
{"stream":"end","records":0}'

# resource_types: print the ResourceType records of the mapping, by id, as members of JSON without their @type.
resource_types() {
    "${tool[ab-map]}" <<<"$EMPTY_STREAM" |
        sed -n 's/^{"@type":"type\.googleapis\.com\/c1\.connector\.v2\.ResourceType",/{/p' | LC_ALL=C sort
}

# indented JSON: print JSON that has no white space between its tokens by lines, two spaces a level.
indented() {
    local LC_ALL=C rest=$1 margin='' token
    local -r TOKEN='^("([^"\\]|\\.)*"|[][{}:,]|[^][{}:,"]+)'
    while [[ $rest =~ $TOKEN ]]; do
        token=${BASH_REMATCH[1]}
        rest=${rest#"$token"}
        case $token${rest:0:1} in
        '{}' | '[]')
            printf '%s' "$token${rest:0:1}"
            rest=${rest:1}
            ;;
        '{'* | '['*)
            margin+='  '
            printf '%s\n%s' "$token" "$margin"
            ;;
        '}'* | ']'*)
            margin=${margin:2}
            printf '\n%s%s' "$margin" "$token"
            ;;
        ,*) printf ',\n%s' "$margin" ;;
        :*) printf ': ' ;;
        *) printf '%s' "$token" ;;
        esac
    done
}

# print_capabilities: print the capabilities; without a line feed at the end, as the SDK does.
print_capabilities() {
    local types type list=''
    find_tools ab-map
    types=$(resource_types) || die "$EX_OSERR" 'the mapping does not tell its resource types'
    while read -r type; do
        list+=",{\"resourceType\":$type,\"capabilities\":[\"CAPABILITY_SYNC\"],\"permissions\":{}}"
    done <<<"$types"
    list=$(indented '{"@type":"type.googleapis.com/c1.connector.v2.ConnectorCapabilities",'"\
\"resourceTypeCapabilities\":[${list:1}],\"connectorCapabilities\":[\"CAPABILITY_SYNC\"],\"credentialDetails\":{}}")
    print "$list"
}

# field FLAG NAME TEXT MEMBERS: print a field of the configuration: FLAG, what a form calls it ('' for what is for those
# who operate the connector), what it is to somebody who sees that alone, MEMBERS.
field() {
    printf ',{"name":"%s",%s"description":"%s",%s}' "$1" "${2:+\"displayName\":\"$2\",}" "$3" "$4"
}

# operated FLAG TEXT MEMBERS, required NAME FLAG TEXT [MEMBER,]: print a field of one of the two kinds.
operated() { field "$1" '' "$2" "\"isOps\":true,$3"; }
required() { field "$2" "$1" "$3" "\"isRequired\":true,${4:-}\"stringField\":{\"rules\":{\"isRequired\":true}}"; }

# print_config: print the form that asks for the settings that operators give, in the order of the SDK, and then those a
# sync cannot do without; without a line feed at the end, as the SDK does.
print_config() {
    local fields
    fields=$(
        operated log-level 'The least level that is logged: debug, info, warn or error' \
            "\"stringField\":{\"defaultValue\":\"${default_of[log-level]}\"}"
        operated otel-collector-endpoint 'Taken, and without effect: no traces are sent' '"stringField":{}'
        operated health-check 'Answer /live, /ready and /health by HTTP' '"boolField":{}'
        operated health-check-port 'The port of the health check' '"intField":{"defaultValue":"8081"}'
        operated health-check-bind-address 'The address of the health check' \
            '"stringField":{"defaultValue":"127.0.0.1"}'
        required 'Airbyte URL' domain-url 'Where Airbyte is, a URL or a host name'
        required 'Client ID' airbyte-client-id 'The client id of an application in Airbyte'
        required 'Client secret' airbyte-client-secret 'The client secret of that application' '"isSecret":true,'
    )
    fields=$(indented "{\"fields\":[${fields:1}],\"constraints\":[{\"kind\":\"CONSTRAINT_KIND_REQUIRED_TOGETHER\",\
\"fieldNames\":[\"airbyte-client-id\",\"airbyte-client-secret\"]}],\"displayName\":\"Airbyte\"}")
    print "$fields"
}
