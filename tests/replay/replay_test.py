"""One scenario and one seed give one run: every scenario is run twice by every build given, and all fingerprints of a
scenario must be equal.  python3 tests/replay/replay_test.py build/release/seatrial build/clang/seatrial
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = 2
TIMEOUT_SECONDS = 900


def fingerprint(command, scenario):
    """The fingerprint of one run, or what went wrong in <>. Expectations may fail (status 1): any run counts."""
    try:
        answer = subprocess.run(
            [command, "run", scenario.relative_to(ROOT), "-o", "json"],
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


def all_fingerprints(commands, scenarios):
    """By scenario: [(build, fingerprint)…], in the order of the commands."""
    runs = [(s, c) for s in scenarios for c in commands for _ in range(RUNS)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda run: fingerprint(run[1], run[0]), runs))
    table = {scenario: [] for scenario in scenarios}
    for (scenario, command), value in zip(runs, found, strict=True):
        table[scenario].append((command.parent.name, value))
    return table


def judge(table):
    """Prints each scenario; gives the numbers of runs that agree with the scenario's first one, and that do not."""
    passed = failed = 0
    for scenario, runs in table.items():
        expected = runs[0][1]
        bad = [(build, value) for build, value in runs if value != expected or value.startswith("<")]
        passed += len(runs) - len(bad)
        failed += len(bad)
        print(f"{'ok    ' if not bad else 'FAILED'} {scenario.name}: {expected}")
        for build, value in bad:
            print(f"       {build}: {value}")
    return passed, failed


def main():
    commands = [Path(argument).resolve() for argument in sys.argv[1:]]
    scenarios = sorted(file.parent for file in ROOT.glob("scenarios/*/scenario.yaml"))
    missing = [str(command) for command in commands if not command.exists()]
    if missing or not commands or not scenarios:
        print(f"skipped: no {', '.join(missing) or 'command or scenario'}")
        return 0
    passed, failed = judge(all_fingerprints(commands, scenarios))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
