"""Ratios side by side: what tenure does against the plainest way to do the same, each in a process of its own.

    make bench                      every benchmark, at full size
    make bench ARGS="focus --rows 1000000 --repeat 3"

The two sides take turns, so that a busy machine slows both. Never part of the tests: a time is no truth about code.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
MIB = 1 << 20


def benchmarks() -> dict[str, ModuleType]:
    """Every `bench_<name>.py` beside this file."""
    found = {}
    for path in sorted(HERE.glob("bench_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found[path.stem.removeprefix("bench_")] = module
    return found


def measured(name: str, side: str, folder: Path, rows: int) -> tuple[float, float, float]:
    """Seconds, peak MiB and seconds of the work proper of one side in a process of its own, without its start."""
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder), "--rows", str(rows), name]
    environment = os.environ | {"PYTHONPATH": str(HERE.parent.parent)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["seconds"], answer["peak_mib"], answer["work_seconds"]


def one_side(module: ModuleType, side: str, folder: Path, rows: int) -> None:
    """Run a side and print what it took, and how much of it was the work proper where the side tells."""
    scratch = Path(tempfile.mkdtemp(dir=folder))
    work = getattr(module, side)
    began = time.perf_counter()
    told = work(folder, rows) if side == "prepare" else work(folder, scratch, rows)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    subprocess.run(["rm", "-rf", str(scratch)], check=True)
    print(json.dumps({"seconds": seconds, "peak_mib": peak, "work_seconds": told or seconds}))


def main() -> None:
    """Read the arguments, prepare, and take turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="benchmarks; all by default")
    parser.add_argument("--rows", type=int, help="rows of input; each benchmark has its own default")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where input is made and kept; a temporary folder by default")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    given = parser.parse_args()
    known = benchmarks()
    if given.side:
        one_side(known[given.names[0]], given.side, given.folder, given.rows)
        return
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        heads = ("rows", "ours s", "plain s", "ratio", "goal", "ours MiB", "plain MiB")
        print(f"{'benchmark':<16}" + "".join(f"{head:>12}" for head in heads))
        for name in given.names or known:
            module = known[name]
            rows = given.rows or module.ROWS
            # In a process of its own too: one hands the most it held on to those it starts.
            measured(name, "prepare", folder, rows)
            if hasattr(module, "check"):
                measured(name, "check", folder, rows)
            turns = [(measured(name, "ours", folder, rows), measured(name, "plain", folder, rows))
                     for _ in range(given.repeat)]  # fmt: skip
            peaks = [max(turn[side][1] for turn in turns) for side in (0, 1)]
            # Whole sides, and beside them the work proper of one that has a start it cannot help.
            labels = {0: name} | ({2: "  work proper"} if any(mine[2] != mine[0] for mine, _ in turns) else {})
            for what, label in labels.items():
                ours, plain = (statistics.median(turn[side][what] for turn in turns) for side in (0, 1))
                ratio = statistics.median(mine[what] / theirs[what] for mine, theirs in turns)
                figures = (f"{rows:,}", f"{ours:.2f}", f"{plain:.2f}", f"{ratio:.2f}", f"{module.GOAL_RATIO:.1f}",
                           f"{peaks[0]:,.0f}", f"{peaks[1]:,.0f}")  # fmt: skip
                print(f"{label:<16}" + "".join(f"{figure:>12}" for figure in figures), flush=True)


if __name__ == "__main__":
    main()
