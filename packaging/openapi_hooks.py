"""What schemathesis has to be told to test the daemon: how a stream is read, what the formats of the document are, and how a
client gets a token. Loaded by packaging/openapi."""

import json
import os
import re
import subprocess

import requests
import schemathesis
import yaml
from hypothesis import strategies as st
from urllib3.exceptions import ReadTimeoutError

# Seconds. Longer than the daemon takes to send the head of a body without an end, and what is there already.
LISTEN = 0.3

SOCKET = os.environ["BOATYARD_SOCKET"]
API = os.environ["BOATYARD_API"]

# Formats of the document that no standard has.
schemathesis.openapi.format(
    "deckhand-path", st.sampled_from(["metadata.name", ".schema", "data.a[0]", "id", "$.metadata.labels"])
)
schemathesis.openapi.format("node-name", st.sampled_from(["berth-1", "berth-2", "berth-3", "berth-4"]))
schemathesis.openapi.format("buffer-mode", st.sampled_from(["append", "replace", "rejectoncontents", "Replace", ""]))

# Why a revision cannot be rendered: docs/reference/deckhand.md §7 to §10.
RENDERING = (
    r"Required LayeringPolicy was not found for layering"
    r"|Invalid layer '.*' for document \[.*\] .* was not found in layerOrder: .* for provided LayeringPolicy: .*"
    r"|The document parent \[.*\] .* is invalid for document \[.*\] .*\. Reason: .*"
    r"|Too many parent documents found for document .*\. Found: \d+\. Expected: 1"
    r"|Replacement document .* is invalid\. Reason: .*"
    r"|Cannot determine substitution order as a dependency cycle exists for the following documents: .*"
    r"|Missing action path in .* needed for layering from either the data section of the parent .* or child .* document"
    r"|Method in .* is invalid for document .*"
    r"|The action .* of document .* has a path that cannot be followed: .*"
    r"|Required substitution source document .* was not found, yet is referenced by \[.*\] .*"
    r"|Required substitution source secret was not found at path .* in source document .*"
    r"|Substitution \d+ of document .* from .* into path .* cannot be made: .*"
    r"|Document .* has no text at path .* in which to look for the pattern .* of its substitution\..*"
    r"|Document .* grows .* by layering and substitution\..*"
)
DESIGN = RENDERING + r"|Revision \d+ is no design: .*\. All messages are in the answer of validatedesign\."
# Documents hold no NUL: docs/compatibility.md, "Deckhand".
NUL = (
    r"The request body must be properly formatted YAML\. Details: "
    r"a string with a NUL character cannot be stored, line \d+, column \d+\."
)

# What is well-formed and yet refused with 400, as the reference services do: it depends on what is stored, or on another
# parameter, or on what no schema can say of bodies with any members. Each is the whole message; nothing else may be.
CONDITIONS = {
    "POST /api/v1.0/configdocs/{collection}": rf"Collection .* not added to Shipyard buffer|{NUL}",
    "POST /api/v1.0/actions": r"No committed configdocs|Document validation failed",
    "POST /api/v1.0/commitconfigdocs": r"Validations failed( DRYRUN)?",
    "POST /api/v1.0/validatedesign": rf"Site design failed validation\.|The design cannot be compiled|{RENDERING}",
    "POST /api/v1.0/nodefilter": RENDERING,
    "POST /api/v1.0/tasks": RENDERING,
    "GET /api/v1.0/renderedconfigdocs": r"Deckhand indicated an error while rendering",
    "GET /api/v1.0/designs/{revision}/nodes": DESIGN,
    "GET /api/v1.0/designs/{revision}/nodes/{name}": DESIGN,
    "GET /api/v1.0/designs/{revision}/plan": DESIGN,
    "GET /api/v1.0/revisions/{revision}/deepdiff/{other}": RENDERING,
    "GET /api/v1.0/revisions/{revision}/rendered-documents": (
        rf'{RENDERING}|The "(schema|metadata\.name)" parameter is invalid\. To explain a value, name its document once: '
        r"explain=\.path&schema=NAMESPACE/KIND/VERSION&metadata\.name=NAME\."
    ),
    "GET /v3/role_assignments": (
        r"Specify a (domain or project|user or group), not both\. The server could not comply with the request since it is "
        r"either malformed or otherwise incorrect\. The client is assumed to be in error\."
    ),
    "PUT /api/v1.0/buckets/{bucket}/documents": NUL,
    "POST /api/v1.0/revisions/{revision}/tags/{tag}": NUL,
    "POST /api/v1.0/revisions/{revision}/validations/{name}": NUL,
}


@schemathesis.deserializer(
    "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml", "text/yml"
)
def documents(_context, response):
    """A stream of several documents as a list."""
    found = list(yaml.load_all(response.content, Loader=yaml.SafeLoader))
    return found[0] if len(found) == 1 else found


def told(body):
    """The message of an answer; where Shipyard passes on what Deckhand has answered, Deckhand's."""
    message = body.get("message") or body.get("error", {}).get("message")
    if message == "Document(s) invalid syntax or otherwise unsuitable":
        return told(yaml.safe_load(body["reason"]))
    if message is None and body.get("status") == "failure" and body["details"]["errorCount"] > 0:
        return "The design cannot be compiled"
    return str(message)


@schemathesis.check
def refused_for_its_condition(_context, response, case):
    """A well-formed request that is refused with 400 is so for a condition above."""
    pattern = CONDITIONS.get(case.operation.label)
    if pattern is None or response.status_code != 400 or not case.meta.generation.mode.is_positive:
        return
    message = told(yaml.safe_load(response.content))
    assert re.fullmatch(pattern, message, re.DOTALL), f"{case.operation.label} was refused with: {message}"


def ask(method, path, body):
    """Asks the daemon on its Unix socket."""
    subprocess.run(
        [
            "curl", "-sSf", "--unix-socket", SOCKET, "-X", method, "-o", "/dev/null", "-H", "Content-Type: application/json",
            "-d", json.dumps(body), "http://localhost" + path,
        ],
        check=True,
    )  # fmt: skip


class Client:
    """An administrator. The tests change users and roles, and end tokens: then there is a new one."""

    def __init__(self):
        self.number = 0
        self.token = None
        self.tokens = set()

    def renew(self):
        self.number += 1
        name = f"openapi-{os.getpid()}-{self.number}"
        ask("POST", "/v3/users", {"user": {"name": name, "password": name, "grants": [{"role": "admin", "project": "service"}]}})
        login = {"scope": {"project": {"name": "service", "domain": {"id": "default"}}}, "identity": {"methods": ["password"], "password": {"user": {"name": name, "password": name, "domain": {"id": "default"}}}}}
        answer = session.post(API + "/v3/auth/tokens", json={"auth": login}, timeout=10)
        answer.raise_for_status()
        self.token = answer.headers["X-Subject-Token"]
        self.tokens.add(self.token)


client = Client()
session = requests.Session()


@schemathesis.auth(refresh_interval=3600)
class Token:
    def get(self, case, context):
        client.renew()
        return client.token

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "X-Auth-Token": client.token}


def listen(response):
    """The part of a body without an end that comes before the client stops listening."""
    pieces = []
    response.raw._fp.fp.raw._sock.settimeout(LISTEN)
    try:
        for piece in response.raw.stream(1024):
            pieces.append(piece)
    except (TimeoutError, ReadTimeoutError):
        pass
    response._content = b"".join(pieces)
    response._content_consumed = True
    response.close()


send = requests.Session.send


def send_and_read(self, request, **arguments):
    """Sends a request, and reads the answer. Logs in anew where the client is no administrator any more."""
    used = request.headers.get("X-Auth-Token")
    response = send(self, request, **{**arguments, "stream": True})
    if response.status_code in (401, 403) and used in client.tokens:
        response.close()
        if used == client.token:
            client.renew()
        request.headers["X-Auth-Token"] = client.token
        response = send(self, request, **{**arguments, "stream": True})
    if response.headers.get("Transfer-Encoding") == "chunked":
        listen(response)
    else:
        response.content
    return response


requests.Session.send = send_and_read
