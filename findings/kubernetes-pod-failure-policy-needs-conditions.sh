#!/usr/bin/env bash
# A rule of a Job's podFailurePolicy (Kubernetes, batch/v1) has either onExitCodes or onPodConditions. The schemas of
# Kubernetes 1.25 to 1.28 ask for onPodConditions all the same, so that whoever validates by them refuses a rule with
# onExitCodes alone; those from 1.29 on do not. An empty list, "onPodConditions: []", satisfies all of them.
#
# Installs kubernetes-validate 1.37.0 (PyPI), which carries these schemas, in a temporary folder, and asks each of them.
# Fails when that changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check 'kubernetes-validate==1.37.0'

"$work/venv/bin/python" - <<'END'
import kubernetes_validate


def job(rule):
    container = {"name": "a", "image": "a"}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"},
            "spec": {"template": template, "podFailurePolicy": {"rules": [rule]}}}


def verdict(rule, version):
    try:
        kubernetes_validate.validate(job(rule), version, strict=True)
        return "taken"
    except kubernetes_validate.ValidationError as error:
        return "refused: " + error.message


alone = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [64]}}
for minor in range(25, 38):
    version = "1.%d" % minor
    with_list = verdict(dict(alone, onPodConditions=[]), version)
    print("%s  onExitCodes alone %s; with an empty list %s" % (version, verdict(alone, version), with_list))
    expected = "refused: 'onPodConditions' is a required property" if minor < 29 else "taken"
    assert (verdict(alone, version), with_list) == (expected, "taken"), version
END
