#!/usr/bin/env bash
# The official Python client of Airbyte, airbyte-api 1.0.1 (PyPI), sends GET /health without any Authorization header,
# also when it was given credentials; it does not even fetch a token. So a health check that succeeds says nothing about
# the credentials, although it is made by a client that has them. Other calls of the same client do fetch a token first.
#
# Installs the package in a temporary folder, serves the API on loopback, and shows what was asked and with which header.
# Fails when that changes.
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

asked = []


class Server(BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked.append("%s %s, %s" % (self.command, self.path.split("?")[0],
                                    "with a token" if self.headers.get("Authorization") else "without a token"))
        body = json.dumps({"access_token": "t", "token_type": "Bearer", "expires_in": 900, "data": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = "http://127.0.0.1:%d" % server.server_port
client = airbyte_api.AirbyteAPI(server_url=base, security=models.Security(client_credentials=models.SchemeClientCredentials(
    client_id="id", client_secret="secret", token_url=base + "/applications/token")))
try:
    client.health.get_health_check()
except Exception as error:
    print("the health check raised", type(error).__name__)
health = list(asked)
client.permissions.list_permissions(request=api.ListPermissionsRequest())
print("airbyte-api", version("airbyte-api"))
print("health:     ", "; ".join(health))
print("permissions:", "; ".join(asked[len(health):]))
assert health == ["GET /health, without a token"], "the behaviour has changed"
assert asked[-1] == "GET /permissions, with a token", "the behaviour has changed"
END
