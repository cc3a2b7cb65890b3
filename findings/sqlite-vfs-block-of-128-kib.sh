#!/usr/bin/env bash
# SQLite's unix VFS takes writes of any length up to 131,071 bytes; one of exactly 131,072 (128 KiB) writes nothing and
# says SQLITE_FULL, "database or disk is full", although the disk has room. It masks the length with 0x1ffff on its way
# to write(2). SQLite itself never asks for so much at once; a VFS of one's own that lays adjoining pages together to
# write them in larger pieces does, and is then told that the disk is full. Pieces of 64 KiB are safe.
#
# Installs apsw (PyPI), which carries SQLite and lets Python call a VFS's file directly, in a temporary folder, and
# writes blocks around that length to a file of its own. Fails when that changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check 'apsw==3.46.1.0'

"$work/venv/bin/python" - "$work/file" <<'END'
import os
import sys

import apsw


def write(length):
    """What becomes of one write of so many bytes at the start of a new file."""
    path = "%s.%d" % (sys.argv[1], length)
    file = apsw.VFSFile("unix", path, [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_READWRITE, 0])
    try:
        file.xWrite(b"x" * length, 0)
        result = "taken"
    except apsw.Error as error:
        result = type(error).__name__
    file.xClose()
    return result, os.path.getsize(path)


print("apsw", apsw.apsw_version(), "with SQLite", apsw.sqlite_lib_version())
seen = {length: write(length) for length in (65536, 131071, 131072)}
for length, (result, size) in seen.items():
    print("%6d bytes: %s, the file has %d" % (length, result, size))
assert seen[65536] == ("taken", 65536) and seen[131071] == ("taken", 131071), "the behaviour has changed"
assert seen[131072] == ("FullError", 0), "the behaviour has changed"
END
