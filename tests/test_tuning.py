"""How the process of a long run deals with memory and cores."""

import gc
import os
import subprocess
import sys

import pytest

from xaibrain.cli.tuning import settled

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


def test_numpy_and_opencv_keep_to_the_thread_that_asks_them(monkeypatch):
    pytest.importorskip("threadpoolctl")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.delenv("OPENCV_FOR_THREADS_NUM", raising=False)
    told = "from xaibrain.cli.tuning import tune_process; tune_process(); import cv2, numpy; "
    told += "from threadpoolctl import threadpool_info; "
    told += "pools = [pool['num_threads'] for pool in threadpool_info() if pool['user_api'] == 'blas']; "
    told += "print(max(pools), cv2.getNumThreads())"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True)
    assert done.stdout.strip() == "1 1", done.stderr


def test_what_is_there_already_is_passed_over_for_the_time_of_a_run():
    before, within = gc.get_freeze_count(), []

    def interrupted():
        with settled():
            within.append(gc.get_freeze_count())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert within[0] > before
    assert gc.get_freeze_count() <= before
