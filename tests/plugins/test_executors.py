"""Whatever becomes of the workers: everything ends as a result, or is said to be lost."""

import importlib.util
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labour import Labour, Stillborn

from xaibrain import Lost, load_executor
from xaibrain.errors import ExecutorError, UsageError
from xaibrain_executors.crew import Crew, Died, Done, Ready

needs_processes = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="workers are not bound here"
)
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra ray")
EXECUTORS = [
    ("local", {}),
    ("processes", {"workers": 2}),
    pytest.param("ray", {"workers": 2}, marks=needs_ray),
]


def worked(chunks, prepare=None, name="processes", **options):
    options = {"workers": 2, **options} if name != "local" else options
    return [list(results) for results in load_executor(name, **options).run(prepare or Labour(), chunks)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize(("name", "options"), EXECUTORS)
def test_all_give_the_same_in_the_same_order(tmp_path, monkeypatch, name, options):
    # Workers of Ray begin with the paths of the environment.
    monkeypatch.setenv("PYTHONPATH", str(Path(sys.modules["labour"].__file__).parent))
    # A cluster that others use is left alone unless it is asked for.
    monkeypatch.setenv("RAY_ADDRESS", "localhost:1")
    chunks = [[1, 2, 3], [4], [], [5, 6], *([number] for number in range(20))]
    if name != "local":
        # A worker of each dies on the way.
        chunks[3] = [5, f"once {tmp_path / 'died'}"]
    found = [list(results) for results in load_executor(name, **options).run(Labour(), chunks)]
    assert found[:3] == [[1, 4, 9], [16], []]
    assert found[3] == ([25, 36] if name == "local" else [25, "again"])
    assert found[4:] == [[number**2] for number in range(20)]


def test_a_thing_that_ends_every_worker_is_lost_and_its_neighbours_are_not():
    [first, second, third] = worked([[1, 2], [3, "kill", 5], [6]])
    assert (first, second[0], second[2], third) == ([1, 4], 9, 25, [36])
    assert second[1] == Lost("the worker was ended by signal 9, 2 times")


def test_so_is_one_that_ends_them_while_it_is_read():
    [found] = worked([[1, "read kill", 3]], workers=1)
    assert found == [1, Lost("the worker was ended by signal 9, 2 times"), 9]


@pytest.mark.parametrize("order", ["hang", "read hang"])
def test_one_that_takes_too_long_is_lost(order):
    assert worked([[order], [2]], timeout=0.3) == [[Lost("the worker took longer than 0.3 s, 2 times")], [4]]


def test_a_result_that_cannot_be_sent_is_told():
    [[lost], [four]] = worked([["unsendable"], [2]])
    assert four == 4
    assert lost.reason.startswith("the result cannot be sent: ")


@pytest.mark.parametrize(
    ("begin", "told"), [("raise", "it said: ValueError: no way"), ("kill", "it was ended by signal 9")]
)
def test_workers_that_cannot_begin_are_an_error_at_once(begin, told):
    # `prepare` alone, not the test, is to be ended.
    with pytest.raises(ExecutorError, match=f"A worker cannot begin: {told}"):
        worked([[1]], Labour(begin))


def test_a_worker_that_is_killed_while_much_is_sent_to_it_keeps_nobody_waiting():
    # More than a pipe holds, and it dies before it has unpacked it: what is done already may be as much.
    prepare = partial(Labour, Stillborn(), bytes(1 << 22))
    with pytest.raises(ExecutorError, match="A worker cannot begin: it was ended by signal 9"):
        worked([[1]], prepare)


def test_no_work_starts_no_worker():
    assert worked([]) == []


def test_chunks_are_taken_as_workers_are_free():
    taken = []

    def chunks():
        for number in range(1000):
            taken.append(number)
            yield [number]

    results = load_executor("processes", workers=1).run(Labour(), chunks())
    assert next(results) == [0]
    assert len(taken) < 20
    results.close()


@needs_processes
def test_each_worker_keeps_to_its_share_of_the_cores():
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("one core cannot be shared out")
    found = {tuple(bound) for [(_, bound)] in worked([["who"]] * 8)}
    assert found <= {tuple(cores[::2]), tuple(cores[1::2])}
    assert sorted(os.sched_getaffinity(0)) == cores


@needs_processes
def test_workers_end_when_who_gave_the_work_is_killed(tmp_path):
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from labour import Labour; from xaibrain import load_executor\n"
        "if __name__ == '__main__':\n"
        "    for [(worker, _)] in load_executor('processes', workers=1).run(Labour(), [['who'], ['who']]):\n"
        "        print(worker, flush=True); os.kill(os.getpid(), 9)"
    )
    (tmp_path / "program.py").write_text(program)
    support = Path(sys.modules["labour"].__file__).parent
    done = subprocess.run(
        [sys.executable, tmp_path / "program.py", support], stdout=subprocess.PIPE, check=False, timeout=60
    )
    assert done.returncode == -9
    deadline = time.monotonic() + 20
    while alive(int(done.stdout)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_options_that_an_executor_does_not_have_are_told():
    with pytest.raises(UsageError, match="'workers'"):
        load_executor("local", workers=2)


@needs_ray
def test_a_cluster_that_is_not_there_is_told_at_once():
    with pytest.raises(ExecutorError, match=r"no Ray cluster takes us at localhost:1 .*Connection refused"):
        worked([[1]], name="ray", address="localhost:1")


class Paper:
    """A team on paper: workers die as a plan says, and some things end whoever has them."""

    def __init__(self, plan):
        self.plan, self.workers = plan, []

    def start(self, prepare, index):
        worker = PaperWorker(prepare())
        self.workers.append(worker)
        return worker

    def hear(self, workers, seconds):
        worker = workers[self.plan() % len(workers)]
        if not worker.begun:
            worker.begun = True
            return [(worker, Ready())]
        if not worker.tasks:
            return []
        task = worker.tasks[0]
        if any(thing == "killer" for thing in task.things) or self.plan() % 7 == 0:
            return [(worker, Died("died"))]
        worker.tasks.remove(task)
        return [(worker, Done(task, [thing**2 for thing in task.things]))]


class PaperWorker:
    def __init__(self, work):
        self.work, self.tasks, self.begun, self.stopped = work, [], False, False

    def give(self, task):
        assert self.begun
        assert not self.stopped
        self.tasks.append(task)

    def stop(self):
        self.stopped = True


things = st.one_of(st.integers(0, 9), st.just("killer"))


@given(
    chunks=st.lists(st.lists(things, max_size=4), max_size=8), workers=st.integers(1, 3), seed=st.randoms()
)
def test_whenever_workers_die_nothing_is_missing_and_nothing_comes_twice(chunks, workers, seed):
    team = Paper(lambda: seed.randrange(1000))
    found = list(Crew(team, workers).run(Labour(), chunks))
    assert [len(results) for results in found] == [len(chunk) for chunk in chunks]
    for chunk, results in zip(chunks, found, strict=True):
        for thing, result in zip(chunk, results, strict=True):
            assert result == Lost("the worker died, 2 times") if thing == "killer" else result in (
                thing**2, Lost("the worker died, 2 times"))  # fmt: skip
