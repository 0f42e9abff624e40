"""Worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from queue import Queue
from threading import Thread
from typing import Any

from xaibrain import Lost, Work
from xaibrain.errors import told
from xaibrain_executors.cores import free_cores, keep_to_share
from xaibrain_executors.crew import Crew, Died, Done, Ready, Task, Worker


@dataclass(frozen=True)
class Processes:
    """Worker processes, each with the model and the methods in its memory and a share of the cores.

    Attributes:
        workers: How many; 0 for one a core.
        timeout: Seconds that one picture may take before its worker is ended; 0 for any.
    """

    workers: int = 0
    timeout: float = 0.0

    def run(self, prepare: Callable[[], Work], chunks: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Do the work on every chunk; as `xaibrain.Executor.run`."""
        workers = self.workers or free_cores()
        return Crew(_Processes(workers), workers, self.timeout).run(prepare, chunks)


class _Process:
    """A worker process, as its employer sees it."""

    def __init__(self, prepare: Callable[[], Work], index: int, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, index, workers), daemon=True)
        self._process.start()
        # Held by the worker alone, so that its end is heard as the end of the line.
        theirs.close()
        self._given: deque[Task] = deque()
        # Not among the arguments of the process: who sends much to one that dies meanwhile waits forever. In
        # a thread, so that workers begin side by side.
        self._sender = Thread(target=self._send, args=(ForkingPickler.dumps(prepare),), daemon=True)
        self._sender.start()

    def give(self, task: Task) -> None:
        self._given.append(task)
        self._send(ForkingPickler.dumps(task.things))

    def _send(self, pickled: memoryview) -> None:
        try:
            self.connection.send_bytes(pickled)
        except OSError:
            # It is dead, which is heard soon.
            return

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._sender.join()
        self.connection.close()

    def event(self) -> Ready | Done | Died:
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            return self._death()
        if isinstance(said, _Failed):
            self.stop()
            return Died(f"said: {said.reason}", hopeless=True)
        return Ready() if said is None else Done(self._given.popleft(), said)

    def _death(self) -> Died:
        self._process.join()
        code = self._process.exitcode or 0
        self.stop()
        return Died(f"was ended by signal {-code}" if code < 0 else f"left with exit code {code}")


class _Processes:
    """How worker processes are started and heard."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def start(self, prepare: Callable[[], Work], index: int) -> Worker:
        return _Process(prepare, index, self._workers)

    def hear(
        self, workers: Sequence[Any], seconds: float | None
    ) -> Iterator[tuple[Worker, Ready | Done | Died]]:
        lines: dict[Any, _Process] = {worker.connection: worker for worker in workers}
        # One by one: the first may end the run, and then the others are stopped as they are.
        for line in wait(list(lines), seconds):
            yield lines[line], lines[line].event()


@dataclass
class _Failed:
    """What a worker says that cannot begin."""

    reason: str


def _serve(connection: Connection, index: int, workers: int) -> None:
    """Be a worker: read the next chunk while the last is explained, until the line is closed."""
    # An interruption at the terminal reaches the whole group; who gave the work ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_employer, daemon=True).start()
    keep_to_share(index, workers)
    try:
        prepare: Callable[[], Work] = connection.recv()
        work = prepare()
    # Whatever it is, the employer must hear of it.
    except Exception as error:
        _answer(connection, _Failed(told(error)), 0)
        return
    _answer(connection, None, 0)
    inbox: Queue[tuple[int, Any] | None] = Queue(1)
    Thread(target=_read, args=(connection, work, inbox), daemon=True).start()
    while (taken := inbox.get()) is not None:
        count, read = taken
        _answer(connection, work.explain(read), count)


def _end_with_employer() -> None:
    """End this process when the one that started it does, even if a file that is read never comes."""
    employer = multiprocessing.parent_process()
    if employer:
        employer.join()
        os._exit(1)


def _read(connection: Connection, work: Work, inbox: Queue[Any]) -> None:
    try:
        while True:
            things = connection.recv()
            inbox.put((len(things), work.read(things)))
    except (EOFError, OSError):
        inbox.put(None)


def _answer(connection: Connection, results: Sequence[Any] | _Failed | None, count: int) -> None:
    try:
        connection.send(results)
    except BrokenPipeError:
        return
    # What a plugin put into a result may be such that it cannot be sent.
    except Exception as error:
        connection.send([Lost(f"the result cannot be sent: {told(error)}")] * count)
