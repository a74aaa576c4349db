"""A program of these tests in a process of its own, which is killed while it is at work."""

from __future__ import annotations

import subprocess
import sys
import time

from bot.settings import ROOT


def killed(program: str, *arguments: str, seconds: float) -> dict[str, int]:
    """The last message that a process said it had received, and answered, before it was killed."""
    command = [sys.executable, "-m", program, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stderr
    lines = [process.stdout.readline()]
    time.sleep(seconds)
    process.kill()
    lines += process.stdout.readlines()
    assert process.stderr.read() == ""
    process.stdout.close()
    process.stderr.close()
    assert process.wait() < 0
    return {line.split()[0]: int(line.split()[1]) for line in lines if line.endswith("\n")}
