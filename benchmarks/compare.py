"""Compares Aftercheck with the bot of `rasa init`, side by side on this machine: `make benchmark` (see README.md)."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bots import default, ours
from benchmarks.measure import USERS, Figures, measure, medians

RESULTS = Path(__file__).with_name("results.md")
# What a figure is called, how it is shown, and whether less is better.
ROWS = {
    "start_seconds": ("start to first answer", "{:.1f} s", True),
    "memory_mb": ("resident memory, all processes", "{:.0f} MB", True),
    "p50_ms": ("p50 of one user", "{:.1f} ms", True),
    "requests_per_second": (f"requests/s with {USERS} users", "{:.0f}", False),
}


def main() -> None:
    """Measure both bots in turns, print the table and write it to results.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each bot is started (default: 3)")
    parser.add_argument("--requests", type=int, default=480, help="requests for each speed and start (default: 480)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the table goes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bots = (ours(), default(Path(folder)))
        runs: dict[str, list[Figures]] = {bot.name: [] for bot in bots}
        for number in range(options.rounds):
            # Whoever is first meets a colder machine, so they take turns.
            for bot in bots if number % 2 == 0 else reversed(bots):
                runs[bot.name].append(measure(bot, options.requests))
                print(f"{bot.name}: {runs[bot.name][-1]}", flush=True)
    text = table(medians(runs["Aftercheck"]), medians(runs["rasa init"]), options.rounds, options.requests)
    options.out.write_text(text, encoding="utf-8")
    print(text)


def table(ours: Figures, default: Figures, rounds: int, requests: int) -> str:
    """The Markdown table."""
    lines = ["| | Aftercheck | `rasa init` | better by |", "|---|---|---|---|"]
    for name, (title, form, less_is_better) in ROWS.items():
        mine, other = getattr(ours, name), getattr(default, name)
        factor = other / mine if less_is_better else mine / other
        lines.append(f"| {title} | {form.format(mine)} | {form.format(other)} | {factor:.1f} times |")
    about = (
        f"Medians of {rounds} starts in turns, {requests} requests for each speed. Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}."
    )
    return "\n".join([*lines, "", about, ""])


if __name__ == "__main__":
    main()
