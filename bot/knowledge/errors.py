"""What can be wrong with a knowledge file, always with the file and the line where to look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it is, a stable code and what was expected."""

    file: Path
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code} {self.message}"


class KnowledgeError(Exception):
    """A pack cannot be used. `problems` says what to mend, in the order of files and lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (str(p.file), p.line))
        super().__init__("\n".join(map(str, self.problems)))
