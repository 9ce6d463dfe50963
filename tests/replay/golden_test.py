"""Every scenario's report is the text in its expected.txt.  python3 tests/replay/golden_test.py COMMAND [--write]"""

import difflib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 900


def report(command, scenario):
    answer = subprocess.run(
        [command, "run", scenario.relative_to(ROOT), "--no-wall-time"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        cwd=ROOT,
        check=False,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100"},
    )
    if answer.returncode not in (0, 1):
        raise RuntimeError(f"{scenario.name}: status {answer.returncode}: {answer.stderr.strip()}")
    return answer.stdout


def difference(text, golden):
    expected = golden.read_text() if golden.exists() else ""
    name = str(golden.relative_to(ROOT))
    return "".join(difflib.unified_diff(expected.splitlines(True), text.splitlines(True), name, "this run"))


def main():
    command = Path(sys.argv[1]).resolve()
    scenarios = sorted(file.parent for file in ROOT.glob("scenarios/*/scenario.yaml"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = list(pool.map(lambda scenario: report(command, scenario), scenarios))
    failed = 0
    for scenario, text in zip(scenarios, reports, strict=True):
        golden = scenario / "expected.txt"
        changes = difference(text, golden)
        if "--write" in sys.argv:
            golden.write_text(text)
            print(f"{'written' if changes else 'same   '} {golden.relative_to(ROOT)}")
        elif changes:
            failed += 1
            print(changes)
    if "--write" not in sys.argv:
        print(
            f"{len(scenarios) - failed} passed, {failed} failed" + (" (./dev goldens rewrites them)" if failed else "")
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
