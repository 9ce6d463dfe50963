import ast
import inspect
import subprocess
import sys
from pathlib import Path

import seatrial
from seatrial import _seatrial

PACKAGE = Path(seatrial.__file__).parent


def test_the_command_is_installed_with_the_package():
    command = Path(sys.executable).with_name("seatrial")
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["seatrial", seatrial.__version__]


def test_everything_public_is_documented():
    for name in seatrial.__all__:
        assert inspect.getdoc(getattr(seatrial, name)), name
    for name, member in inspect.getmembers(seatrial.Result):
        if not name.startswith("_"):
            assert inspect.getdoc(member), name


def test_the_stubs_name_what_the_module_has():
    assert (PACKAGE / "py.typed").exists()
    tree = ast.parse((PACKAGE / "_seatrial.pyi").read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name: {f.name for f in node.body} for node in tree.body if isinstance(node, ast.ClassDef)}
    public = {name for name in dir(_seatrial) if not name.startswith("_")}
    assert public == functions | set(classes)
    for name, members in classes.items():
        assert members == {m for m in dir(getattr(_seatrial, name)) if not m.startswith("_")}
