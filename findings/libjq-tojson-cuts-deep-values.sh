#!/usr/bin/env bash
# jq's tojson (and tostring, and the interpolation of strings) does not fail on a value that is nested more deeply than
# jq likes to print: it puts a few words in place of what lies deeper, and goes on. The text that comes out is no JSON
# any more, and the status is that of success; one would expect an error. A filter can make such values without complaint,
# and with older releases a document can hold them. A program that maps documents by jq has to refuse deep ones before,
# or loses data in silence.
#
# Installs jq's Python binding (PyPI, jq 1.7.0) in a temporary folder and lets it build and
# print lists in lists. Fails when that changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check 'jq==1.7.0'

"$work/venv/bin/python" - <<'END'
import json
from importlib.metadata import version

import jq


def nested(depth):
    return "[" * depth + "]" * depth


def printed(depth):
    """What tojson makes of lists in lists, and whether that is the text that went in."""
    text = jq.compile("reduce range(%d) as $i ([]; [.]) | tojson" % (depth - 1)).input_value(None).first()
    try:
        json.loads(text)
        valid = "JSON"
    except json.JSONDecodeError:
        valid = "no JSON"
    return "the same" if text == nested(depth) else "another, %s: ...%s..." % (valid, text.strip("[]"))


print("jq", version("jq"), "of PyPI")
least = next(depth for depth in range(1, 2000) if printed(depth) != "the same")
print("%d deep: %s" % (least - 1, printed(least - 1)))
print("%d deep: %s" % (least, printed(least)))
assert least == 258, "the behaviour has changed"
assert "no JSON" in printed(least), "the behaviour has changed"
END
