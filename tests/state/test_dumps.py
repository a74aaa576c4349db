from __future__ import annotations

import subprocess
import sys

import pytest

from bot.settings import ROOT

PROGRAM = """
import ctypes, os, resource
from bot.state.dumps import no_core_dumps
_, most = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
no_core_dumps()
print(*resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
if os.fork() == 0:
    os.abort()
print(os.WCOREDUMP(os.wait()[1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says whether it would dump")
def test_a_crash_leaves_no_core_file() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert (ran.stdout.split(), ran.stderr) == (["0", "0", "0", "False"], "")
