"""Starts Rasa without TensorFlow.

Rasa imports TensorFlow (10 seconds, 400 MB) when any of its modules is imported, for neural components (DIET, TED) that
config.yml does not use. `install()` puts an empty package in its place, before Rasa is first imported: start-up and
memory fall to less than half (benchmarks/README.md). A use of it would fail at once, in training, never silently.
`rasa train`, `rasa test` and the other commands of Rasa itself run with the real one.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from typing import Any

_ABSENT = frozenset({"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras"})


class _AbsentMeta(type):
    """Whatever is asked of the absent package is absent too: names, base classes, decorators, calls."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        decorates = len(arguments) == 1 and callable(arguments[0]) and not named
        return arguments[0] if decorates else Absent


class Absent(metaclass=_AbsentMeta):
    """Stands for everything in the absent package."""

    def __init_subclass__(cls, **named: Any) -> None:
        """Take any class arguments."""


class _AbsentModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name.split(".")[0] in _ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run."""


def install() -> None:
    """Put the empty package in place. Does nothing when TensorFlow, or the empty package, is there already."""
    if "tensorflow" not in sys.modules and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
