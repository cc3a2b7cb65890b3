#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets output and stderr
#
# What is in contrib/: units that systemd takes and calls safe, a cron line that runs, a CronJob that says what it should.

load lib

setup() {
    contrib=$ROOT/contrib
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    stop_mock
}

@test "systemd takes the units" {
    command -v systemd-analyze >/dev/null || skip 'no systemd here'
    for unit in service timer; do
        sed "s|/usr/bin/baton-airbyte|$ROOT/scripts/baton-airbyte|" "$contrib/systemd/baton-airbyte.$unit" >"baton-airbyte.$unit"
    done
    sed "s|/usr/bin/c1-serve|$BIN/c1-serve|" "$contrib/systemd/c1-serve.service" >c1-serve.service
    cp -r "$contrib/systemd/baton-airbyte.service.d" .
    cp "$contrib/systemd/metrics.conf" baton-airbyte.service.d/
    run -0 systemd-analyze verify --man=no --recursive-errors=no ./baton-airbyte.service ./baton-airbyte.timer ./c1-serve.service
    [ -z "$output" ]
    [ "$(systemd-analyze calendar --iterations=1 "$(sed -n 's/^OnCalendar=//p' baton-airbyte.timer)" | grep -c 'Next elapse')" -eq 1 ]
}

@test "systemd calls the service safe" {
    systemd-analyze security --help 2>&1 | grep -q -e --offline || skip 'no systemd that judges files'
    # From 0, nothing is open, to 100.
    run -0 systemd-analyze security --offline=true --threshold=20 "$contrib/systemd/baton-airbyte.service"
    run -0 systemd-analyze security --offline=true --threshold=20 "$contrib/systemd/c1-serve.service"
}

@test "the command line of the service works with a credential, and its flags are flags" {
    start_mock --tenant "$FIXTURES/demo-tenant.json"
    credentials "$FIXTURES/demo-tenant.json"
    umask 077
    mkdir -p credentials state/baton-airbyte
    printf %s "$BATON_AIRBYTE_CLIENT_SECRET" >credentials/airbyte-client-secret
    unset BATON_AIRBYTE_CLIENT_SECRET
    command=$(sed -n "s|^ExecStart=/usr/bin/baton-airbyte|$ROOT/scripts/baton-airbyte|p" "$contrib/systemd/baton-airbyte.service")
    CREDENTIALS_DIRECTORY=$PWD/credentials BATON_AIRBYTE_BIN=$BIN run -0 --separate-stderr bash -c "${command//%S/state}"
    [ -z "$output$stderr" ]
    [ "$(jq .status state/baton-airbyte/status.json)" -eq 0 ]
    [ -s state/baton-airbyte/sync.c1z ]
}

@test "the metrics of the service are for others to read, what else it writes stays in a folder of its own" {
    local drop_in=$contrib/systemd/metrics.conf unit=$contrib/systemd/baton-airbyte.service file
    file=$(sed -n 's/^Environment=BATON_METRICS_FILE=//p' "$drop_in")
    [ "${file%/*}" = "$(sed -n 's/^ReadWritePaths=//p' "$drop_in")" ]
    mkdir metrics
    # It has no settings, which is an end as any other.
    (umask "$(sed -n 's/^UMask=//p' "$drop_in")" && BATON_METRICS_FILE=metrics/${file##*/} run -78 "$ROOT/scripts/baton-airbyte")
    [ "$(stat -c %a "metrics/${file##*/}")" = 644 ]
    grep -qx StateDirectoryMode=0700 "$unit"
    # Where it was suggested nobody could read it.
    run -1 grep METRICS "$contrib/systemd/environment"
}

@test "the cron line runs, from a home with a configuration file, and is silent" {
    start_mock --tenant "$FIXTURES/demo-tenant.json"
    credentials "$FIXTURES/demo-tenant.json"
    umask 077
    mkdir home
    printf '%s\n' "$BATON_AIRBYTE_CLIENT_SECRET" >home/airbyte-secret
    # The file of the README, with the mock's address and id.
    sed -n '/^```yaml/,/^```$/p' "$contrib/README.md" | sed '1d;$d' |
        sed "s|https://airbyte.example.com|$BATON_DOMAIN_URL|; s|\(client-id: \).*|\1$BATON_AIRBYTE_CLIENT_ID|" >home/.baton.yaml
    unset BATON_DOMAIN_URL BATON_AIRBYTE_CLIENT_ID BATON_AIRBYTE_CLIENT_SECRET
    line=$(sed -n 's/^[0-9* ]* airbyte //p' "$contrib/cron/baton-airbyte")
    HOME=$PWD/home PATH=$ROOT/scripts:$PATH BATON_AIRBYTE_BIN=$BIN run -0 --separate-stderr sh -c "$line"
    [ -z "$output$stderr" ]
    [ -s home/sync.c1z ]
}

@test "the CronJob is what the schemas of Kubernetes say, the oldest, the newest, and before and after a change" {
    local python status=0
    python=$("$ROOT/tests/clients/build" kubernetes) || status=$?
    [ "$status" -ne 3 ] || skip 'the schemas cannot be had here'
    [ "$status" -eq 0 ]
    cat >check.py <<'EOF'
import sys, kubernetes_validate, yaml
for document in yaml.safe_load_all(open(sys.argv[1])):
    for version in sys.argv[2:]:
        kubernetes_validate.validate(document, version, strict=True)
        print(version, document["kind"])
EOF
    run -0 --separate-stderr "$python" check.py "$contrib/kubernetes/cronjob.yaml" 1.25 1.28 1.29 1.37
    [ "$output" = "$(printf '%s PersistentVolumeClaim\n' 1.25 1.28 1.29 1.37; printf '%s CronJob\n' 1.25 1.28 1.29 1.37)" ]
    # It would notice a word that is none, a type, and what is missing.
    for change in s/concurrencyPolicy/concurencyPolicy/ 's/backoffLimit: 2/backoffLimit: two/' '/^ *schedule:/d' \
        /onPodConditions/d; do
        sed "$change" "$contrib/kubernetes/cronjob.yaml" >wrong.yaml
        run -1 --separate-stderr "$python" check.py wrong.yaml 1.28
        [[ $stderr == *ValidationError* ]]
    done
}

@test "the CronJob is YAML, and its arguments are flags of the driver" {
    python3 -c 'import yaml' 2>/dev/null || skip 'no YAML for Python here'
    python3 -c 'import json, sys, yaml
json.dump(list(yaml.safe_load_all(open(sys.argv[1]))), sys.stdout)' "$contrib/kubernetes/cronjob.yaml" >job.json
    pod='.[1].spec.jobTemplate.spec.template.spec'
    [ "$(jq -r '.[1] | [.apiVersion, .kind, .spec.concurrencyPolicy] | join(" ")' job.json)" = 'batch/v1 CronJob Forbid' ]
    jq -e "$pod | .securityContext.runAsNonRoot and (.containers[0].securityContext | .readOnlyRootFilesystem and
        (.allowPrivilegeEscalation | not) and .capabilities.drop == [\"ALL\"])" job.json
    # The secret is readable by the user of the pod, by its group, and by nobody else.
    jq -e "$pod | .securityContext.fsGroup == .securityContext.runAsGroup and
        [.volumes[] | select(.secret).secret.defaultMode] == [$((0440))]" job.json
    # Each volume that is mounted is there.
    jq -e "$pod | [.containers[0].volumeMounts[].name] - [.volumes[].name] == []" job.json
    mapfile -t arguments < <(jq -r "$pod.containers[0].args[]" job.json)
    for argument in "${arguments[@]}"; do "$ROOT/scripts/baton-airbyte" "$argument" --version; done
}

@test "the image runs an installed program as nobody, and what it copies of the tree is there" {
    local file=$contrib/container/Containerfile source
    [ "$(sed -n 's/^ENTRYPOINT \["\(.*\)"\]$/\1/p' "$file")" = /usr/bin/baton-airbyte ]
    [[ $(sed -n 's/^USER //p' "$file" | tail -n 1) =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]]
    while read -r source; do [ -e "$ROOT/$source" ]; done < <(sed -nE 's/^COPY ([^-].*) [^ ]+$/\1/p' "$file" | tr ' ' '\n')
    # The pod of the CronJob is that image's user.
    grep -q "runAsUser: $(sed -n 's/^USER \([0-9]*\):.*/\1/p' "$file")$" "$contrib/kubernetes/cronjob.yaml"
}
