"""Workers of a Ray cluster."""

from __future__ import annotations

import logging
import os
import pickle
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError

from xaibrain import Work
from xaibrain.errors import ExecutorError, told
from xaibrain_executors.cores import free_cores, keep_to_share
from xaibrain_executors.crew import Crew, Died, Done, Ready, Task, Worker

_LOCAL = {
    # Ray lets its workers give way to whatever else runs; those of other executors do not.
    "RAY_worker_niceness": "0",
    # The older one, which the end of a run waits for, takes a second to go.
    "RAY_enable_autoscaler_v2": "1",
}
"""What a cluster that is started for a run finds in its environment, where the user did not set it."""
_GREETING = 5.0
"""Seconds that a cluster has to answer."""


@dataclass(frozen=True)
class OnRay:
    """Ray actors, each with the model and the methods in its memory.

    Blocks that fail are not dropped, which Ray Data can do: what becomes of each picture is counted here.

    Attributes:
        workers: How many; 0 for one a core.
        address: Of a cluster that runs already (`auto` for the one of this machine); empty to start one
            here for as long as the run takes.
        timeout: Seconds that one picture may take before its worker is ended; 0 for any.
    """

    workers: int = 0
    address: str = ""
    timeout: float = 0.0

    def run(self, prepare: Callable[[], Work], chunks: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Do the work on every chunk; as `xaibrain.Executor.run`."""
        ours = not ray.is_initialized()
        if ours:
            _join(self.address, self.workers or free_cores())
        workers = self.workers or int(ray.cluster_resources().get("CPU", 1))
        try:
            yield from Crew(_Actors(0 if self.address else workers), workers, self.timeout).run(
                prepare, chunks
            )
        finally:
            if ours:
                ray.shutdown()


def _join(address: str, cores: int) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address:
            _greet(address)
            ray.init(address=address, **quiet)
        else:
            for name, value in _LOCAL.items():
                os.environ.setdefault(name, value)
            ray.init("local", num_cpus=cores, include_dashboard=False, **quiet)
    except (OSError, ValueError, RuntimeError, RayError) as error:
        what = f"no Ray cluster takes us at {address}" if address else "Ray does not start here"
        token = "if it asks for a token, set RAY_AUTH_MODE=token; or " if address else ""
        raise ExecutorError(f"{what} ({told(error)}); {token}try --executor processes.") from error


def _greet(address: str) -> None:
    """Raise an `OSError` where nobody listens: Ray would try for a quarter of an hour."""
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _GREETING).close()


class _Hand:
    """What an actor is: the work, and a lock so that one chunk is explained at a time."""

    def __init__(self, prepare: Callable[[], Work], index: int, workers: int) -> None:
        if workers:
            keep_to_share(index, workers)
        self._work = prepare()
        self._lock = threading.Lock()

    def ready(self) -> None:
        """Answer as soon as the work is prepared."""

    def do(self, things: Sequence[Any]) -> bytes:
        read = self._work.read(things)
        with self._lock:
            found = self._work.explain(read)
        # Ray's own pickling asks Python about every object: as much work as a tenth of the explaining.
        return pickle.dumps(found, pickle.HIGHEST_PROTOCOL)


class _Actor:
    """An actor, as its employer sees it."""

    def __init__(self, prepare: Callable[[], Work], index: int, workers: int) -> None:
        # Two calls at a time: one reads while the other explains.
        make = ray.remote(_Hand).options(num_cpus=1, max_concurrency=2)
        self._actor = make.remote(prepare, index, workers)
        self.answers: dict[Any, Task | None] = {self._actor.ready.remote(): None}

    def give(self, task: Task) -> None:
        self.answers[self._actor.do.remote(task.things)] = task

    def stop(self) -> None:
        ray.kill(self._actor)

    def event(self, answer: Any) -> Ready | Done | Died:
        task = self.answers.pop(answer)
        try:
            said = ray.get(answer)
        except RayActorError as error:
            return Died(_reason(error), hopeless="creation task" in str(error))
        return Ready() if task is None else Done(task, pickle.loads(said))


class _Actors:
    """How actors are started and heard."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def start(self, prepare: Callable[[], Work], index: int) -> Worker:
        return _Actor(prepare, index, self._workers)

    def hear(self, workers: Sequence[Any], seconds: float | None) -> list[tuple[Worker, Ready | Done | Died]]:
        answers = {answer: worker for worker in workers for answer in worker.answers}
        [*said], _ = ray.wait(list(answers), num_returns=1, timeout=seconds)
        return [(answers[answer], answers[answer].event(answer)) for answer in said]


def _reason(error: RayActorError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"died: {lines[-1] if lines else type(error).__name__}"
