"""The scorers of evaluation/ as they were given, loaded as modules: they run when imported, so their last line is left out."""

from __future__ import annotations

import ast
import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from bot.evaluation.sets import FOLDER


def load(name: str) -> ModuleType:
    """A scorer without its call of main()."""
    file = FOLDER / f"{name}.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.unparse(tree.body.pop()) == "main()"
    module = ModuleType(name)
    module.__file__ = str(file)
    # They leave their files for Python to close, which warns.
    module.__dict__["open"] = lambda name: io.StringIO(Path(name).read_text(encoding="utf-8"))
    exec(compile(tree, str(file), "exec"), module.__dict__)
    return module


def printed(scorer: ModuleType, *arguments: str) -> str:
    """What a scorer prints for these arguments."""
    with patch.object(sys, "argv", [scorer.__name__, *arguments]), redirect_stdout(io.StringIO()) as out:
        scorer.main()
    return out.getvalue()


def as_json(scorer: ModuleType, *arguments: str) -> dict[str, Any]:
    """The figures of a scorer."""
    shape: dict[str, Any] = json.loads(printed(scorer, "--json", *arguments))
    return shape
