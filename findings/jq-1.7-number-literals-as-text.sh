#!/usr/bin/env bash
# jq's Python binding 1.6.0 (PyPI) is not jq 1.6: it carries a later libjq, which keeps the spelling of numbers that no
# filter has changed, in a form of its own. tostring then makes "1E+3" of 1e3, where jq 1.6 made "1000", and numbers with
# more digits than a double has keep them all until they are calculated with. So the same filter makes another id of the
# same document, depending on the release under it, and on whether somebody added 0 on the way.
#
# Installs that binding in a temporary folder and shows texts made of numbers, with and without a calculation in between.
# Fails when that changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check 'jq==1.6.0'

"$work/venv/bin/python" - <<'END'
from importlib.metadata import version

import jq

print("jq", version("jq"), "of PyPI")
seen = {}
for number in ("1e3", "1.0", "100000000000000000001"):
    seen[number] = tuple(jq.compile(program).input_text(number).first() for program in ("tostring", ". + 0 | tostring"))
    print("%-22s tostring: %-24s . + 0 | tostring: %s" % ((number,) + seen[number]))
assert seen["1e3"] == ("1E+3", "1000"), "the behaviour has changed"
assert seen["1.0"] == ("1.0", "1"), "the behaviour has changed"
assert seen["100000000000000000001"] == ("100000000000000000001", "1e+20"), "the behaviour has changed"
END
