"""Memory that threads share, so that a long run takes no more than a short one."""

from __future__ import annotations

import ctypes
import os
import sys

_ARENA_MAX = -8
"""`M_ARENA_MAX` of glibc's `malloc.h`."""


def share_one_arena() -> None:
    """Have all threads of this process take memory from one pool, if the C library is glibc.

    It gives each thread a pool of its own otherwise: pictures that one thread reads and another lets go of
    leave holes there, and a run grows with its length. Before any thread is started; what the user chose
    by `MALLOC_ARENA_MAX` stays.
    """
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return
    # Other C libraries of Linux have no such thing.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_ARENA_MAX, 1)
