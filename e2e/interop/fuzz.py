"""Sends a service what its OpenAPI document allows and what it does not, and prints which answers the document leaves out.

Standard input: {"url": ..., "leave_out": [operation ids]}. Standard output: {"found": true | false, "report": text}.
"""

import json
import subprocess
import sys
import tempfile

CHECKS = "status_code_conformance,content_type_conformance,response_schema_conformance"


def main() -> None:
    asked = json.load(sys.stdin)
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{asked['url']}/openapi.json", "--url", asked["url"],
        "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1",
        "--generation-deterministic", "--no-shrink", "--no-color",
        "--continue-on-failure", "--request-timeout", "30", "--warnings", "off", "--suppress-health-check", "all",
    ]  # fmt: skip
    for operation in asked["leave_out"]:
        command += ["--exclude-operation-id", operation]
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"{run.returncode}: {run.stdout[-4000:]}{run.stderr[-4000:]}")
    print(json.dumps({"found": run.returncode == 1, "report": run.stdout[-20000:]}))


main()
