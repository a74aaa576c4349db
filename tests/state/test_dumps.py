from __future__ import annotations

import subprocess
import sys

from bot.settings import ROOT

PROGRAM = """
import ctypes, os, resource, sys
from bot.state.dumps import no_core_dumps
_, most = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
no_core_dumps()
# Linux alone says whether it would dump.
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0
print(*resource.getrlimit(resource.RLIMIT_CORE), dumpable)
if os.fork() == 0:
    os.abort()
print(os.WCOREDUMP(os.wait()[1]))
"""


def test_a_crash_leaves_no_core_file() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert (ran.stdout.split(), ran.stderr) == (["0", "0", "0", "False"], "")
