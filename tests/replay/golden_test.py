"""Every scenario's report is the text in its expected.txt, every variant's that in its expected-VARIANT.txt; and the
README opens with lines of such a report.

python3 tests/replay/golden_test.py COMMAND [--write] [SCENARIO…]
"""

import difflib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from versions import BASE, ROOT, all_versions

TIMEOUT_SECONDS = 900


def golden_of(folder, variant):
    return folder / ("expected.txt" if variant == BASE else f"expected-{variant}.txt")


def report(command, folder, variant):
    answer = subprocess.run(
        [command, "run", folder.relative_to(ROOT), "--variant", variant, "--no-wall-time"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        cwd=ROOT,
        check=False,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100"},
    )
    if answer.returncode not in (0, 1):
        raise RuntimeError(f"{folder.name}/{variant}: status {answer.returncode}: {answer.stderr.strip()}")
    return answer.stdout


def difference(text, golden):
    expected = golden.read_text() if golden.exists() else ""
    name = str(golden.relative_to(ROOT))
    return "".join(difflib.unified_diff(expected.splitlines(True), text.splitlines(True), name, "this run"))


def strangers_in_picture():
    """Lines of the README's picture of a run that the scenario's expected.txt does not have."""
    picture = re.search(r"```\n\$ seatrial run (\S+)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    expected = golden_of(ROOT / picture[1], BASE).read_text().splitlines()
    return [line for line in picture[2].splitlines() if line not in expected]


def main():
    command = Path(sys.argv[1]).resolve()
    write = "--write" in sys.argv
    versions = all_versions(command, [word for word in sys.argv[2:] if not word.startswith("-")])
    goldens = [golden_of(*version) for version in versions]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = list(pool.map(lambda version: report(command, *version), versions))
    changes = [difference(text, golden) for golden, text in zip(goldens, reports, strict=True)]
    # Those of variants that there are no more.
    left = sorted({path for folder, _ in versions for path in folder.glob("expected-*.txt")} - set(goldens))
    if write:
        for golden, text, change in zip(goldens, reports, changes, strict=True):
            golden.write_text(text)
            print(f"{'written' if change else 'same   '} {golden.relative_to(ROOT)}")
        for golden in left:
            golden.unlink()
            print(f"removed {golden.relative_to(ROOT)}")
        return 0
    strangers = strangers_in_picture()
    for line in strangers:
        print(f"README.md shows what is not in the report: {line}")
    print(*filter(None, changes), *(f"of no variant: {golden.relative_to(ROOT)}" for golden in left), sep="\n")
    failed = len(strangers) + len(left) + sum(map(bool, changes))
    passed = changes.count("")
    print(f"{passed} passed, {failed} failed" + (" (./dev goldens rewrites them)" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
