#!/usr/bin/env bash
# The official Python client of Airbyte, airbyte-api 1.0.1 (PyPI), reads a role from a fixed list of names. A server that
# knows one role more than the client makes the whole list of permissions unreadable: the call raises, and the
# permissions with known roles in the same answer are lost too. One would expect the unknown value to be kept or passed
# over, as generated clients of other languages do. Airbyte added workspace roles in 2026; a program that must not lose
# access has to read roles as text.
#
# Installs the package in a temporary folder, serves two permissions on loopback, and shows both: the list with known
# roles is read, the same list with one unknown role is not. Fails when that changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check 'airbyte-api==1.0.1'

"$work/venv/bin/python" - <<'END'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import airbyte_api
from airbyte_api import api, models

ORGANIZATION = "00000000-0000-4000-8000-000000000001"
roles = []


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"data": [
            {"permissionId": "00000000-0000-4000-8000-00000000010%d" % n, "userId": "00000000-0000-4000-8000-000000000200",
             "permissionType": role, "scope": "organization", "scopeId": ORGANIZATION}
            for n, role in enumerate(roles)]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = airbyte_api.AirbyteAPI(server_url="http://127.0.0.1:%d" % server.server_port,
                                security=models.Security(bearer_auth="x"))


def read():
    try:
        answer = client.permissions.list_permissions(request=api.ListPermissionsRequest())
        return "read %d permissions" % len(answer.permissions_response.data)
    except Exception as error:
        return "raised %s" % type(error).__name__


roles[:] = ["organization_admin", "organization_reader"]
known = read()
roles[:] = ["organization_admin", "organization_of_the_future"]
unknown = read()
print("airbyte-api", version("airbyte-api"))
print("two known roles:              ", known)
print("one known and one unknown one:", unknown)
assert known == "read 2 permissions" and unknown == "raised ResponseValidationError", "the behaviour has changed"
END
