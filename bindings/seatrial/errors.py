"""What is wrong with a scenario."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file.

    Attributes:
        file, line, column: where; line and column count from 1, line 0 is "not in a file".
        path: the field, such as ``spec.template.spec.containers[0].image``; may be empty.
        message: what is wrong, in the words of kubectl or the API server.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: " if self.line else ""
        return where + (f"{self.path}: " if self.path else "") + self.message


class ScenarioError(ValueError):
    """A scenario, its platform or one of its manifests is wrong; the text names every problem with its position.

    Attributes:
        problems: a tuple of `Problem`, all of all files at once.
    """

    def __init__(self, problems: list[dict]) -> None:
        self.problems = tuple(Problem(**problem) for problem in problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
