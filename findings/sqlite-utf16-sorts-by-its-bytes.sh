#!/usr/bin/env bash
# The order in which SQLite sorts text depends on the encoding of the file. BINARY, the default collation, compares the
# bytes as they are stored: in a UTF-8 file that is the order of code points; in a UTF-16le file "Ā" (U+0100, bytes 00 01)
# stands before "b" (62 00), and U+FFFD behind U+1F600. The same rows, asked for by the same ORDER BY, come in another
# order. Whoever merges what two such files give, or takes the order of a query for that of strings, is wrong for one of
# them.
#
# Installs apsw (PyPI), which carries SQLite, in a temporary folder, and sorts the same six texts in a file of each
# encoding. Fails when that changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check 'apsw==3.46.1.0'

"$work/venv/bin/python" - "$work" <<'END'
import sys

import apsw

TEXTS = ["b", "A", "\u00e9", "\u0100", "\ufffd", "\U0001f600"]


def order(encoding):
    db = apsw.Connection("%s/%s.db" % (sys.argv[1], encoding))
    db.execute("PRAGMA encoding='%s'" % encoding)
    db.execute("CREATE TABLE t (x TEXT)")
    db.executemany("INSERT INTO t VALUES (?)", [(text,) for text in TEXTS])
    return [row[0] for row in db.execute("SELECT x FROM t ORDER BY x")]


print("apsw", apsw.apsw_version(), "with SQLite", apsw.sqlite_lib_version())
seen = {encoding: order(encoding) for encoding in ("UTF-8", "UTF-16le", "UTF-16be")}
for encoding, texts in seen.items():
    print("%-8s" % encoding, " ".join("U+%04X" % ord(text) for text in texts))
assert seen["UTF-8"] == sorted(TEXTS), "the behaviour has changed"
assert seen["UTF-16le"] == sorted(TEXTS, key=lambda text: text.encode("utf-16-le")) != sorted(TEXTS), \
    "the behaviour has changed"
assert seen["UTF-16be"] == sorted(TEXTS, key=lambda text: text.encode("utf-16-be")) != sorted(TEXTS), \
    "the behaviour has changed"
END
