"""No core dumps: what is in memory holds keys, and words that are not sealed yet."""

from __future__ import annotations

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def no_core_dumps() -> None:
    """Leave no core file when this process crashes.

    On Linux a program that takes dumps for the system (`core_pattern` with a pipe) gets none either, and no process of the
    same user may look into this one's memory (py-spy, gdb and strace need root).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
