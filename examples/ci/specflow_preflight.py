#!/usr/bin/env python3
"""Asks a SpecFlow server whether the specs allow a change. Needs Python 3 and git, and nothing to be installed.

    specflow_preflight.py [BASE]       what was committed since BASE (origin/main)
    specflow_preflight.py --staged     what is about to be committed

Environment: SPECFLOW_URL (the server), SPECFLOW_API_KEY (a key with specs:read), SPECFLOW_PROJECT (its slug).
Exit code: 0 allowed, 1 refused, 2 when it could not be asked.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request


def main(words):
    try:
        url, key, project = (os.environ[f"SPECFLOW_{name}"] for name in ("URL", "API_KEY", "PROJECT"))
    except KeyError as missing:
        print(f"Set {missing.args[0]}.", file=sys.stderr)
        return 2
    compared = ["--cached"] if words == ["--staged"] else [f"{words[0] if words else 'origin/main'}...HEAD"]
    git = subprocess.run(["git", "diff", "--no-ext-diff", "--no-color", *compared], capture_output=True, check=False)
    if git.returncode:
        print(git.stderr.decode(errors="replace"), file=sys.stderr)
        return 2
    body = json.dumps({"diff": git.stdout.decode(errors="replace").replace("\0", "")}).encode()
    request = urllib.request.Request(
        f"{url.rstrip('/')}/api/v1/projects/{project}/preflight",
        data=body,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        print(f"{url} answered {error.code}: {error.read().decode(errors='replace')[:500]}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{url} cannot be reached: {error}", file=sys.stderr)
        return 2
    for one in found["files"]:
        tasks = ", ".join(f"{task['spec']} {task['key']}" for task in one["tasks"]) or "no task names it"
        refusal = one["refusal"]
        print(f"{one['path']}: {'refused: ' + refusal['message'] if refusal else 'allowed'} ({tasks})")
    for one in found["approvals"]:
        print(f"waits for a decision: {one['title']} ({one['spec']})")
    print("The specs allow this change." if found["allowed"] else "The specs refuse this change.")
    return 0 if found["allowed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
