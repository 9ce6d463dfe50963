"""What a check sees of a file: its lines, and its code with comments and texts blanked out."""

import re
from dataclasses import dataclass
from functools import cached_property

# Comments, raw strings, strings, characters; a ' between digits (1'000) is no quotation mark.
TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/
      |R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      |"(?:\\.|[^"\\\n])*"
      |(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL | re.VERBOSE,
)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


@dataclass(frozen=True)
class Function:
    header: str
    line: int
    lines: int


@dataclass(frozen=True)
class Source:
    path: str  # relative to the root, with slashes
    text: str

    @cached_property
    def lines(self):
        return self.text.split("\n")

    @cached_property
    def code(self):
        """The text of a C++ file, of the same length, in which only code is left."""
        return TOKEN.sub(blank, self.text)

    def line_at(self, offset):
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def functions(self):
        return list(find_functions(self))


SCOPE = re.compile(
    r"^\s*(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b(?!.*\)\s*$)", re.DOTALL
)
ACCESS = re.compile(r"^\s*(?:public|private|protected)\s*:(?!:)")
ASSIGNMENT = re.compile(r"(?<![=!<>])=(?!=)")


def strip_parentheses(header):
    """The header without what is between parentheses: default arguments are no assignments."""
    depth, kept = 0, []
    for c in header:
        depth -= c == ")"
        if depth == 0:
            kept.append(c)
        depth += c == "("
    return "".join(kept)


def is_function(header):
    outside = re.sub(r"operator\s*[^\s(]+", "operator", strip_parentheses(header))
    return "(" in outside and not ASSIGNMENT.search(outside)


def find_functions(source):
    """Functions with a body in namespaces and classes: a scan of braces that knows little of C++."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.)*", blank, source.code, flags=re.MULTILINE | re.DOTALL)
    closing = matching_braces(code)
    start = at = 0
    while at < len(code):
        c = code[at]
        if c == "{":
            header = ACCESS.sub("", code[start:at])
            close = closing.get(at, len(code) - 1)
            if SCOPE.match(header):
                at, start = at + 1, at + 1
                continue
            rest = code[close + 1 : close + 200].lstrip()
            if not rest.startswith((",", "{", ";")) or not header.strip():
                if is_function(header):
                    first = source.line_at(at)
                    yield Function(" ".join(header.split()), first, source.line_at(close) - first + 1)
                start = close + 1
            at = close
        elif c in ";}":
            start = at + 1
        at += 1


def matching_braces(code):
    found, stack = {}, []
    for brace in re.finditer(r"[{}]", code):
        if brace.group() == "{":
            stack.append(brace.start())
        elif stack:
            found[stack.pop()] = brace.start()
    return found
