"""Measure what it costs that threads which wait for each other spin instead of sleeping.

    python benchmarks/threads.py [--busy 3] [--rounds 12] [--json]

Each policy encodes in a process of its own, in turn, on cores that are idle and beside as many busy
processes as asked for. The ratio is that of the median times of a forward pass, spinning to
sleeping; `import engine` chooses sleeping.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BUSY = "while True: pass"
FORWARD = """
import json, sys, time, torch
from engine.device import use_cores
from engine.methods import create_method

use_cores()
network = create_method("itq", backbone="tf_efficientnet_lite0", num_bits=64, weights=None)
network.eval().to(memory_format=torch.channels_last)
images = torch.randn(16, 3, 224, 224).to(memory_format=torch.channels_last)
times = []
with torch.inference_mode():
    network(images)
    for _ in range(int(sys.argv[1])):
        began = time.perf_counter()
        network(images)
        times.append(time.perf_counter() - began)
print(json.dumps(times))
"""


def main() -> None:
    """Print the median seconds of both policies and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=int, default=3, help="processes that compute beside")
    parser.add_argument("--rounds", type=int, default=12, help="forward passes a turn")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {}
    for count in (0, arguments.busy):
        with busy_processes(count):
            turns = [(policy, seconds(policy, arguments.rounds)) for policy in turn_order()]
        spin, sleep = (
            statistics.median(time for policy, times in turns if policy == wanted for time in times)
            for wanted in ("active", "passive")
        )
        found[f"busy_{count}"] = {"spin_s": spin, "sleep_s": sleep, "ratio": spin / sleep}
    if arguments.json:
        print(json.dumps(found))
        return
    for name, values in found.items():
        print(name, ", ".join(f"{key} {value:.3f}" for key, value in values.items()))


def turn_order() -> tuple[str, ...]:
    """Return the policies so that neither gains from a machine that becomes calmer."""
    return ("active", "passive", "passive", "active")


def seconds(policy: str, rounds: int) -> list[float]:
    """Return the times of the forward passes of a process with a policy."""
    ended = subprocess.run(
        [sys.executable, "-c", FORWARD, str(rounds)],
        env={**os.environ, "OMP_WAIT_POLICY": policy},
        capture_output=True,
        text=True,
        check=True,
    )
    times: list[float] = json.loads(ended.stdout)
    return times


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keep as many processes computing."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
