"""Checks the scripts inside pipelines: scripts.py SHELLCHECK FILE…"""

import subprocess
import sys

from ruamel.yaml import YAML


def scripts(value):
    """Yields shell and text of every script in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("run"), str):
            yield "bash", value["run"]
        if isinstance(value.get("script"), list):
            yield "sh", "\n".join(value["script"])
        for one in value.values():
            yield from scripts(one)
    elif isinstance(value, list):
        for one in value:
            yield from scripts(one)


shellcheck, *files = sys.argv[1:]
checked = failed = 0
for file in files:
    with open(file, encoding="utf-8") as opened:
        document = YAML(typ="safe").load(opened)
    for shell, text in scripts(document):
        checked += 1
        command = [shellcheck, f"--shell={shell}", "-"]
        if subprocess.run(command, input=text, text=True, check=False).returncode:
            failed += 1
            print(f"in {file}:\n{text}", file=sys.stderr)
if not checked or failed:
    sys.exit(f"{failed} of {checked} scripts are not right")
