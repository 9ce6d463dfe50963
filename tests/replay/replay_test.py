"""One scenario and one seed give one run: every scenario and variant is run twice by the first build given and once by
each other, and all of a version's fingerprints must be equal.

python3 tests/replay/replay_test.py build/release/seatrial build/dev/seatrial
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from versions import ROOT, all_versions

TIMEOUT_SECONDS = 900


def fingerprint(command, folder, variant):
    """The fingerprint of one run, or what went wrong in <>. Expectations may fail (status 1): any run counts."""
    try:
        answer = subprocess.run(
            [command, "run", folder.relative_to(ROOT), "--variant", variant, "-o", "json"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            cwd=ROOT,
            check=False,
        )
        if answer.returncode not in (0, 1):
            return f"<status {answer.returncode}: {answer.stderr.strip()[-300:]}>"
        return str(json.loads(answer.stdout)["fingerprint"])
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as problem:
        return f"<{type(problem).__name__}: {problem}>"


def all_fingerprints(commands, versions):
    """By version: [(build, fingerprint)…], in the order of the commands."""
    runs = [(v, c) for v in versions for c in [commands[0], *commands]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda run: fingerprint(run[1], *run[0]), runs))
    table = {version: [] for version in versions}
    for (version, command), value in zip(runs, found, strict=True):
        table[version].append((command.parent.name, value))
    return table


def judge(table):
    """Prints each version; gives the numbers of runs that agree with the version's first one, and that do not."""
    passed = failed = 0
    for (folder, variant), runs in table.items():
        expected = runs[0][1]
        bad = [(build, value) for build, value in runs if value != expected or value.startswith("<")]
        passed += len(runs) - len(bad)
        failed += len(bad)
        print(f"{'ok    ' if not bad else 'FAILED'} {folder.name}/{variant}: {expected}")
        for build, value in bad:
            print(f"       {build}: {value}")
    return passed, failed


def main():
    commands = [Path(argument).resolve() for argument in sys.argv[1:]]
    missing = [str(command) for command in commands if not command.exists()]
    if missing or not commands:
        print(f"skipped: no {', '.join(missing) or 'command'}")
        return 0
    passed, failed = judge(all_fingerprints(commands, all_versions(commands[0])))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
