"""How the process of a long run deals with memory and cores."""

import os
import subprocess
import sys

import pytest

COUNTED = """
import ctypes, sys, threading
from xaibrain.cli.tuning import tune_process

library = ctypes.CDLL(None)
if not hasattr(library, "malloc_stats"):
    sys.exit(77)
if sys.argv[1] == "shared":
    tune_process()
together = threading.Barrier(4)

def work():
    together.wait()
    kept = [bytes(1000 + size) for size in range(1000)]
    together.wait()

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.malloc_stats()
"""


def arenas(how, environment):
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, how], capture_output=True, text=True, env=environment
    )
    if done.returncode == 77:
        pytest.skip("not glibc")
    assert done.returncode == 0, done.stderr
    return sum(line.startswith("Arena ") for line in done.stderr.splitlines())


def test_threads_take_memory_from_one_arena(monkeypatch):
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    assert arenas("apart", dict(os.environ)) > 1
    assert arenas("shared", dict(os.environ)) == 1


def test_what_the_user_chose_stays(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")
    assert arenas("shared", dict(os.environ)) > 1


def test_the_arithmetic_of_a_run_keeps_to_its_own_thread(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    told = "from xaibrain.cli.tuning import tune_process; tune_process(); import os, sys; import numpy; "
    told += "from threadpoolctl import threadpool_info; "
    told += "print({pool['num_threads'] for pool in threadpool_info() if pool['user_api'] == 'blas'})"
    pytest.importorskip("threadpoolctl")
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True)
    assert done.stdout.strip() == "{1}", done.stderr
