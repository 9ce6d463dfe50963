"""Holds the checks of checks.py against the whole project.  python3 tests/tidy/tidy.py [ROOT]"""

import sys
from pathlib import Path

from checks import problems_of
from source import Source

FOLDERS = ("sim", "scenarios", "bindings", "bench", "tests", "notebooks", ".ci")
SKIPPED = {"__pycache__", ".ipynb_checkpoints"}
TEXT = {".h", ".cc", ".py", ".pyi", ".txt", ".md", ".yaml", ".yml", ".json", ".toml", ".csv", ".tf", ".ipynb", ""}


def files(root):
    yield from sorted(p for p in root.iterdir() if p.is_file())
    for folder in FOLDERS:
        yield from sorted(p for p in root.glob(f"{folder}/**/*") if p.is_file() and not SKIPPED & set(p.parts))


def problems(root):
    for path in files(root):
        if path.suffix not in TEXT or path.name == ".git":
            continue
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        yield from problems_of(Source(path.relative_to(root).as_posix(), text))


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    found = list(problems(root))
    for problem in found:
        print(problem)
    print(f"{len(found)} problems" if found else "tidy")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
