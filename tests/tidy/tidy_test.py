"""Every check finds its bad sample, and lets a good one pass."""

import re
import unittest

import checks
from source import Source

LONG_FUNCTION = "int f(int a = 1) {\n" + "  ++a;\n" * 70 + "}\n"
CONSTRUCTOR = "X::X() : a_{1}, b_(2) {\n" + "  ++a_;\n" * 70 + "}\n"

# check, path, what it must find, what it must not mind
SAMPLES = (
    (
        checks.includes_follow_the_folders,
        "sim/traffic/a.h",
        (
            '#include "sim/controllers/b.h"\n',
            '#include "sim/scenario/b.h"\n',
            '#include "b.h"\n',
            '#include "sim/nowhere/b.h"\n',
        ),
        ('#include "sim/traffic/b.h"\n', '#include "sim/cluster/b.h"\n', "#include <vector>\n"),
    ),
    (
        checks.includes_follow_the_folders,
        "sim/engine/a.cc",
        ('#include "sim/api/b.h"\n', '#  include "sim/cli/b.h"\n'),
        ('#include "sim/engine/b.h"\n',),
    ),
    (checks.includes_follow_the_folders, "sim/somewhere/a.cc", ("",), ()),
    (
        checks.includes_follow_the_folders,
        "bindings/a.cc",
        ('#include "sim/cli/b.h"\n',),
        ('#include "sim/scenario/b.h"\n', '#include "arrays.h"\n'),
    ),
    (checks.files_are_short, "sim/api/a.cc", ("\n" * 501,), ("\n" * 500,)),
    (
        checks.functions_are_short,
        "sim/api/a.cc",
        (
            LONG_FUNCTION,
            f"namespace a {{\nclass B : public C {{\n public:\n  {LONG_FUNCTION}}};\n}}\n",
            CONSTRUCTOR,
            f"TEST(A, B) {{\n{'  // {' * 1}\n" + "  f();\n" * 70 + "}\n",
        ),
        (
            "int f() {\n" + "  ++a;\n" * 68 + "}\n",
            "constexpr Row kTable[] = {\n" + "  {1, f(2)},\n" * 90 + "};\n",
            "namespace {\n" + "int f();\n" * 90 + "}\n",
            'const char* kText = "{";\n' + "int f();\n" * 90,
        ),
    ),
    (
        checks.python_functions_are_short,
        "tests/a.py",
        ("def f():\n" + "    pass\n" * 70,),
        ("def f():\n" + "    pass\n" * 69,),
    ),
    (
        checks.no_foreign_randomness,
        "sim/api/a.cc",
        ("int a = rand();", "std::random_device d;", "std::mt19937 g;", "std::normal_distribution<> n;", "srand(1);"),
        ("int operand();", "stream.rand();", "// rand()", 'f("rand()");'),
    ),
    (
        checks.no_wall_clock,
        "sim/api/a.cc",
        ("auto t = std::chrono::steady_clock::now();", "time(nullptr);", "std::time(0);", "gettimeofday(&t, 0);"),
        ("SimTime time() const;", "kernel.now();", "next_time(0);"),
    ),
    (
        checks.no_iteration_in_hash_order,
        "sim/api/a.cc",
        (
            "std::unordered_map<int, std::vector<int>> m;\nfor (auto& [k, v] : m) f(v);",
            "struct A { std::unordered_set<int> seen_; };\nvoid g(A& a) { for (int i : a.seen_) { f(i); } }",
            "using Set = std::unordered_set<int>;\nSet all;\nvoid g() { for (int i : all) f(i); }",
            "std::array<std::unordered_map<int, int, Hash>, 3> names_;\nfor (auto& n : names_) f(n);",
            "std::unordered_map<int, int> m;\nauto first = m.begin();",
        ),
        (
            "std::unordered_map<int, int> m;\nm.find(3);\nfor (int i : ordered) f(i);",
            "std::map<int, int> m;\nfor (auto& [k, v] : m) f(v);",
        ),
    ),
    (
        checks.no_order_of_addresses,
        "sim/api/a.cc",
        ("std::map<const Pod*, int> m;", "std::set<Pod*> s;"),
        ("std::map<std::string, Pod*> m;",),
    ),
    (
        checks.no_libm,
        "sim/cluster/a.cc",
        ("std::log(x)", "::pow(x, 2)", "std::expf(x)", "#include <math.h>\n"),
        ("std::sqrt(x)", "std::floor(x)", "journal.log(x)", "void log(const Event& e);", "// std::log(x)"),
    ),
    (checks.no_libm, "sim/engine/distributions.cc", ("return log(x);", "exp (x)"), ("natural_log(x)",)),
    (
        checks.headers_begin_with_their_contract,
        "sim/api/a.h",
        ("#pragma once\n", "\n// late\n"),
        ("// What it is.\n#pragma once\n",),
    ),
    (checks.headers_are_included_once, "sim/api/a.h", ("// a\n#ifndef A_H\n",), ("// a\n#pragma once\n",)),
    (
        checks.no_using_namespace,
        "sim/api/a.h",
        ("using namespace std;",),
        ("using namespace seatrial::literals;", "using std::swap;"),
    ),
    (
        checks.no_machine_paths,
        "README.md",
        ("see /home/" + "me/x", "in '/Users/" + "me'", "/root" + "/x"),
        ("https://a.example/home/x", "$HOME/x", "tests/root/x"),
    ),
    (checks.no_tabs, "dev", ("a\tb\n",), ("a b\n",)),
    (checks.no_trailing_blanks, "dev", ("a \n", "a\r\n"), ("a\n\nb\n",)),
    (checks.files_end_with_a_newline, "dev", ("a",), ("a\n", "")),
    (checks.scenarios_are_kebab_case, "scenarios/Roll_out/scenario.yaml", ("",), ()),
    (checks.scenarios_are_kebab_case, "scenarios/rollout-1.3-to-1.4/scenario.yaml", (), ("",)),
    (checks.files_are_snake_case, "sim/api/podSpec.cc", ("",), ()),
    (checks.files_are_snake_case, "sim/api/pod_spec.cc", (), ("",)),
    (
        checks.tests_are_sentences,
        "tests/api/a_test.cc",
        ("TEST(Queue, fires_in_order) {}", "TEST_F(queue, Fires) {}"),
        ("TEST(Queue, FiresInOrder) {}",),
    ),
)


class Checks(unittest.TestCase):
    def test_bad_samples_are_found(self):
        for check, path, bad, _ in SAMPLES:
            for text in bad:
                with self.subTest(check=check.__name__, text=text[:200]):
                    self.assertTrue(list(check(Source(path, text))))

    def test_good_samples_pass(self):
        for check, path, _, good in SAMPLES:
            for text in good:
                with self.subTest(check=check.__name__, text=text[:200]):
                    self.assertEqual(list(check(Source(path, text))), [])

    def test_every_check_has_a_bad_sample_in_a_file_that_it_looks_at(self):
        sampled = {
            check
            for check, path, bad, _ in SAMPLES
            for pattern, row in checks.CHECKS
            if row is check and bad and re.match(pattern, path)
        }
        self.assertEqual({check.__name__ for _, check in checks.CHECKS}, {check.__name__ for check in sampled})

    def test_problems_name_file_line_and_check(self):
        found = list(checks.problems_of(Source("sim/api/a.cc", "int a;\nint b = rand();\n")))
        self.assertEqual(found, ["sim/api/a.cc:2: rand(: draw from a RandomStream (no_foreign_randomness)"])


if __name__ == "__main__":
    unittest.main()
