"""Checks the OpenAPI documents of a running daemon, and runs schemathesis against it. Called by packaging/openapi."""

import json
import os
import subprocess
import sys

from openapi_spec_validator import OpenAPIV31SpecValidator

from openapi_hooks import CONDITIONS

# One in the table of schemathesis, beside which a 400 is expected where CONDITIONS says so.
EXPECTED = ["2xx", "3xx", "400", "401", "403", "404", "409", "429", "5xx"]


def get(socket, path):
    command = ["curl", "-sSf", "--unix-socket", socket, "http://localhost" + path]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def configuration(hooks):
    lines = [f'hooks = "{hooks}"']
    for label in CONDITIONS:
        lines += ["[[operations]]", f'include-name = "{label}"']
        lines += [f"checks.positive_data_acceptance.expected-statuses = {json.dumps(EXPECTED)}"]
    return "\n".join(lines) + "\n"


def main():
    work, seed, examples = sys.argv[1:]
    socket, api = os.environ["BOATYARD_SOCKET"], os.environ["BOATYARD_API"]
    passed = failed = 0
    for listener in ["admin", "api", "node"]:
        document = get(socket, f"/api/v1.0/openapi.json?listener={listener}")
        errors = list(OpenAPIV31SpecValidator(document).iter_errors())
        for error in errors:
            print(f"{listener}: {error.message}")
        passed, failed = passed + (not errors), failed + bool(errors)
        with open(f"{work}/{listener}.json", "w") as file:
            json.dump(document, file)
    hooks = os.path.join(os.path.dirname(os.path.abspath(__file__)), "openapi_hooks.py")
    with open(f"{work}/schemathesis.toml", "w") as file:
        file.write(configuration(hooks))
    command = [
        os.path.join(os.path.dirname(sys.executable), "schemathesis"), "--config-file", f"{work}/schemathesis.toml",
        "run", f"{work}/api.json", "--url", api, "--checks", "all", "--seed", seed, "--max-examples", examples,
        "--workers", "1", "--request-timeout", "20", "--generation-database", "none", "--continue-on-failure",
        "--no-color", "--report", "json", "--report-json-path", f"{work}/report.json", *os.environ.get("SCHEMATHESIS", "").split(),
    ]  # fmt: skip
    # It keeps what it has found in the folder that it runs in.
    status = subprocess.run(command, cwd=work).returncode
    return passed, failed, status


if __name__ == "__main__":
    passed, failed, status = main()
    print(f"OpenAPI documents: {passed} valid, {failed} not; schemathesis ended with {status}")
    # What .ci/run counts.
    print(f"{passed + (status == 0)} passed, {failed + (status != 0)} failed")
    sys.exit(failed > 0 or status != 0)
