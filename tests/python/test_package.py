"""The installed package: the module and the command inside it."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import seatrial


def test_module_and_package_agree_on_the_version():
    assert seatrial.version() == version("seatrial")
    assert seatrial.__version__ == seatrial.version()


def test_the_command_is_installed_beside_the_interpreter():
    command = Path(sys.executable).parent / "seatrial"
    answer = subprocess.run([command, "--help"], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "run" in answer.stdout
