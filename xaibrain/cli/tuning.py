"""How the process of a long run deals with memory and cores."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_MALLOPT = {
    # One pool of memory for all threads: pictures that one thread reads and another lets go of would leave
    # holes in a pool of its own, and a run would grow with its length.
    "MALLOC_ARENA_MAX": (-8, 1),
    # What a batch needs is kept for the next: pages that the system takes back are wiped before they return.
    "MALLOC_MMAP_THRESHOLD_": (-3, 1 << 25),
    "MALLOC_TRIM_THRESHOLD_": (-1, 1 << 30),
}
"""Settings of glibc: the variable by which a user may choose, the number in `malloc.h`, and the value."""
# Their threads wait for the next piece of work by spinning, on cores that the engine needs.
_ALONE = ("OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


def tune_process() -> None:
    """Set what the C library, NumPy and OpenCV read, here and in workers, unless the user did.

    Before any thread is started, and before these are imported.
    """
    for variable in _ALONE:
        os.environ.setdefault(variable, "1")
    # Other C libraries of Linux have no such thing.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        for variable, (number, value) in _MALLOPT.items():
            if variable not in os.environ:
                mallopt(number, value)
                os.environ[variable] = str(value)


@contextmanager
def settled() -> Iterator[None]:
    """Have the garbage collector pass over what is there already, libraries mostly, while the block runs."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
