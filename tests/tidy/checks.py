"""The habits of the project that a machine can check: one function for each, and CHECKS, the table of them.

A check gets a Source and yields (line, message). Whether it looks at a file is the pattern in its row.
"""

import ast
import re

# A folder may include itself and those of rows above it; folders of one row never include each other.
FOLDERS = (
    ("engine",),
    ("api",),
    ("network",),
    ("cloud",),
    ("cluster",),
    ("scheduler",),
    ("controllers", "traffic"),
    ("checks", "report"),
    ("scenario",),
    ("cli", "bindings"),
)
RANK = {folder: rank for rank, row in enumerate(FOLDERS) for folder in row}
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70


def matches(source, pattern, message):
    """One problem for each match in the code; {} in the message is what matched."""
    for match in re.finditer(pattern, source.code):
        yield source.line_at(match.start()), message.format(" ".join(match.group().split()))


def includes_follow_the_folders(source):
    parts = source.path.split("/")
    folder = parts[1] if parts[0] == "sim" else parts[0]
    if folder not in RANK:
        yield 1, f"sim/{folder} has no place in the order of folders"
        return
    for number, line in enumerate(source.lines, 1):
        include = re.match(r'\s*#\s*include\s+"([^"]*)"', line)
        if not include:
            continue
        target = include.group(1).split("/")
        if folder == "bindings" and target[0] != "sim":
            continue
        if target[0] != "sim" or len(target) < 3:
            yield number, f'"{include.group(1)}": include by the path from the root, sim/FOLDER/…'
        elif target[1] not in RANK:
            yield number, f"sim/{target[1]} has no place in the order of folders"
        elif target[1] != folder and RANK[target[1]] >= RANK[folder]:
            yield number, f"{folder} may not include {target[1]}"


def files_are_short(source):
    count = len(source.text.splitlines())
    if count > MAX_FILE_LINES:
        yield MAX_FILE_LINES, f"{count} lines; at most {MAX_FILE_LINES}"


def functions_are_short(source):
    for function in source.functions:
        if function.lines > MAX_FUNCTION_LINES:
            name = function.header[-80:]
            yield function.line, f"{function.lines} lines; at most {MAX_FUNCTION_LINES}: {name}"


def python_functions_are_short(source):
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            count = node.end_lineno - node.lineno + 1
            if count > MAX_FUNCTION_LINES:
                yield node.lineno, f"{count} lines; at most {MAX_FUNCTION_LINES}: {node.name}"


def no_foreign_randomness(source):
    yield from matches(
        source,
        r"\bstd::random_device\b|\bstd::(?:mt19937|minstd_rand|default_random_engine|ranlux)\w*|"
        r"\bstd::\w+_distribution\b|(?<![\w.>])(?:std::)?s?rand\s*\(|\bdrand48\s*\(|\bgetrandom\s*\(",
        "{}: draw from a RandomStream",
    )


def no_wall_clock(source):
    yield from matches(
        source,
        r"\b\w+_clock\s*::\s*now\b|\bstd::(?:time|clock)\s*\(|(?<![\w.>:])time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)|"
        r"\b(?:gettimeofday|clock_gettime|localtime|gmtime)(?:_r)?\s*\(",
        "{}: only simulated time here",
    )


def angle_close(code, at):
    """Behind the > of the < at `at`."""
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == "<") - (code[i] == ">")
        if depth == 0:
            return i + 1
    return len(code)


def unordered_names(code):
    """Variables and members of an unordered container, those of an alias for one included."""
    kinds = [m.end() for m in re.finditer(r"\bstd::unordered_\w+\s*(?=<)", code)]
    names = set()
    for at in kinds:
        end = angle_close(code, at)
        name = re.match(r"(?:[>\s&*]|,[^;]*?>)*\s*(\w+)", code[end:])
        if name:
            names.add(name.group(1))
        alias = re.search(r"\busing\s+(\w+)\s*=\s*[^;]*$", code[max(0, at - 200) : at])
        if alias:
            names.update(re.findall(rf"\b{alias.group(1)}\b[&\s]+(\w+)", code))
    return names


def no_iteration_in_hash_order(source):
    names = unordered_names(source.code)
    for loop in re.finditer(r"\bfor\s*\(([^;{}]*?[^:]):([^:;{}][^;{}]*?)\)\s*(?:\{|[^;{}]*;)", source.code):
        last = re.search(r"(\w+)\W*$", loop.group(2).split("\n")[0])
        if last and last.group(1) in names:
            yield source.line_at(loop.start()), f"{last.group(1)} is iterated in the order of its hashes"
    for name in sorted(names):
        yield from matches(source, rf"\b{name}\s*(?:\.|->)\s*c?begin\s*\(", "{}: in the order of its hashes")


def no_order_of_addresses(source):
    yield from matches(
        source, r"\bstd::(?:multi)?(?:set|map)\s*<\s*(?:const\s+)?[\w:]+\s*\*", "{}: ordered by addresses"
    )


LIBM = (
    "log|log2|log10|log1p|exp|exp2|expm1|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|"
    "cbrt|hypot|erf|erfc|tgamma|lgamma|beta|riemann_zeta"
)


def no_libm(source):
    yield from matches(
        source, rf"(?<!\w)(?:std)?::(?:{LIBM})[fl]?\s*\(", "{}: its last bit differs between C libraries"
    )
    if source.path.startswith("sim/engine/"):
        yield from matches(source, rf"(?<![\w.:>])(?:{LIBM})[fl]?\s*\(", "{}: its last bit differs between C libraries")
    yield from matches(source, r"#\s*include\s*<math\.h>", "{}: <cmath>, and only what is exact")


def headers_begin_with_their_contract(source):
    if not source.lines[0].startswith("//"):
        yield 1, "a header opens with a comment: what it is for"


def headers_are_included_once(source):
    if not re.search(r"^#pragma once$", source.text, re.MULTILINE):
        yield 1, "no #pragma once"


def no_using_namespace(source):
    yield from matches(source, r"\busing\s+namespace\b(?!\s+[\w:]*literals\s*;)", "{} in a header")


def no_machine_paths(source):
    pattern = r"(?<![\w.~$}/-])/(?:home|Users)/\w|(?<![\w.~$}/-])/(?:root)/"
    for match in re.finditer(pattern, source.text):
        yield source.line_at(match.start()), "a path of somebody's machine"


def no_tabs(source):
    for number, line in enumerate(source.lines, 1):
        if "\t" in line:
            yield number, "a tab"


def no_trailing_blanks(source):
    for number, line in enumerate(source.lines, 1):
        if line != line.rstrip():
            yield number, "blanks at the end of the line"


def files_end_with_a_newline(source):
    if source.text and not source.text.endswith("\n"):
        yield len(source.lines), "no newline at the end of the file"


def scenarios_are_kebab_case(source):
    folder = source.path.split("/")[1]
    if not re.fullmatch(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", folder):
        yield 1, f"scenarios/{folder}: kebab-case, please"


def files_are_snake_case(source):
    for part in source.path.split("/"):
        if not re.fullmatch(r"[a-z0-9_]+(?:\.[a-z0-9]+)*", part):
            yield 1, f"{part}: snake_case, please"


def tests_are_sentences(source):
    """TEST(EventQueue, FiresInOrder): words in CamelCase, the first one capital, no underscores."""
    for test in re.finditer(r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+)\s*,\s*(\w+)\s*\)", source.code, re.MULTILINE):
        for name in test.groups():
            if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
                yield source.line_at(test.start()), f"{name}: a test's name is a sentence in CamelCase"


# Which files, which check. Inputs that are broken on purpose and recordings are no text of ours.
GIVEN = r"(?!tests/malformed/|tests/conformance/(?:golden|cases)/|tests/fuzz/seeds/)"
CPP = rf"{GIVEN}(?:sim|tests|bench|bindings)/.*\.(?:h|cc)$"
CHECKS = (
    (r"(?:sim|bindings)/.*\.(?:h|cc)$", includes_follow_the_folders),
    (rf"{CPP}|{GIVEN}.*\.py$|dev$", files_are_short),
    (CPP, functions_are_short),
    (r".*\.py$", python_functions_are_short),
    (r"sim/(?!cli/).*\.(?:h|cc)$", no_foreign_randomness),
    (r"sim/(?!cli/).*\.(?:h|cc)$", no_wall_clock),
    (r"sim/.*\.(?:h|cc)$", no_iteration_in_hash_order),
    (r"sim/.*\.(?:h|cc)$", no_order_of_addresses),
    (r"sim/(?!report/).*\.(?:h|cc)$", no_libm),
    (r"(?:sim|tests|bench|bindings)/.*\.h$", headers_begin_with_their_contract),
    (r"(?:sim|tests|bench|bindings)/.*\.h$", headers_are_included_once),
    (r"(?:sim|tests|bench|bindings)/.*\.h$", no_using_namespace),
    (GIVEN, no_machine_paths),
    (GIVEN, no_tabs),
    (GIVEN, no_trailing_blanks),
    (GIVEN, files_end_with_a_newline),
    (r"scenarios/[^/]+/", scenarios_are_kebab_case),
    (CPP, files_are_snake_case),
    (r"tests/.*\.cc$", tests_are_sentences),
)


def problems_of(source):
    for pattern, check in CHECKS:
        if re.match(pattern, source.path):
            for line, message in check(source):
                yield f"{source.path}:{line}: {message} ({check.__name__})"
