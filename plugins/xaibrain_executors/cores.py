"""Who has which cores."""

from __future__ import annotations

import os


def free_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def keep_to_share(index: int, workers: int) -> None:
    """Keep a process to its own share of the cores.

    Engines start a thread for each core that they see; workers that all use every core would be in each
    other's way. Where a process cannot be bound (macOS, Windows), or there are more workers than cores,
    this does nothing.

    Args:
        index: Place of the process among its fellows.
        workers: How many there are.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    if workers <= len(cores):
        os.sched_setaffinity(0, cores[index::workers])
