"""The versions of the scenarios under scenarios/: each one's base, and its variants."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = "base"


def versions_of(command, folder):
    """[(folder, base), (folder, VARIANT), …]; one line of `validate` for each says NAME or NAME/VARIANT."""
    answer = subprocess.run(
        [command, "validate", folder.relative_to(ROOT)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if answer.returncode != 0:
        raise RuntimeError(f"{folder.name}: status {answer.returncode}: {answer.stderr.strip()}")
    names = [line.removesuffix(": valid") for line in answer.stdout.splitlines()]
    return [(folder, name.removeprefix(names[0]).removeprefix("/") or BASE) for name in names]


def all_versions(command, names=()):
    """Of the scenarios of these names, or of all."""
    folders = sorted(file.parent for file in ROOT.glob("scenarios/*/scenario.yaml"))
    return [
        version for folder in folders if not names or folder.name in names for version in versions_of(command, folder)
    ]
