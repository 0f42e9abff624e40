"""Workers that may die: what each is given, what comes of it, and who is to blame."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from xaibrain import Lost, Work
from xaibrain.errors import ExecutorError

_DEATHS = 2
"""A thing that so many workers died of, when they had nothing else, is lost."""
_AHEAD = 2
"""Tasks that a worker has: one that it explains, and the next, which it reads."""
_STILLBORN = 3
"""So many workers in a row that die before they begin are no accident."""


@dataclass(eq=False)
class Task:
    """A chunk of things, or one thing of it.

    Attributes:
        number: Of the chunk.
        first: Place of its things in that chunk.
        things: What to work on.
        alone: Whether a worker that has it may have nothing else, so that its death can be blamed on it.
        deaths: How many workers died of it, alone.
    """

    number: int
    first: int
    things: Sequence[Any]
    alone: bool = False
    deaths: int = 0

    def apart(self) -> list[Task]:
        """Return each of its things as a task."""
        return [Task(self.number, self.first + at, [one], alone=True) for at, one in enumerate(self.things)]


@dataclass
class Ready:
    """A worker can be given work."""


@dataclass
class Done:
    """A worker came through a task."""

    task: Task
    results: Sequence[Any]


@dataclass
class Died:
    """A worker is no more.

    Attributes:
        reason: Why, in a few words.
        hopeless: Whether another would not fare better.
    """

    reason: str
    hopeless: bool = False


class Worker(Protocol):
    """One worker, wherever it is."""

    def give(self, task: Task) -> None:
        """Hand over a task; a worker that is dead need not say so here."""
        ...

    def stop(self) -> None:
        """End it, at once and whatever it does."""
        ...


class Team(Protocol):
    """How workers of one kind are started and heard."""

    def start(self, prepare: Callable[[], Work], index: int) -> Worker:
        """Start a worker; `index` is its place among its fellows."""
        ...

    def hear(
        self, workers: Sequence[Worker], seconds: float | None
    ) -> Iterable[tuple[Worker, Ready | Done | Died]]:
        """Wait until at least one worker has something to say, or for so long."""
        ...


@dataclass(eq=False)
class _Place:
    """One of the places for workers: who is there, and what they have to do."""

    index: int
    worker: Worker | None = None
    ready: bool = False
    tasks: deque[Task] = field(default_factory=deque)
    since: float = 0.0

    def takes(self, task: Task) -> bool:
        if not self.ready or any(mine.alone for mine in self.tasks):
            return False
        return not self.tasks if task.alone else len(self.tasks) < _AHEAD

    def give(self, task: Task) -> None:
        if not self.tasks:
            self.since = time.monotonic()
        self.tasks.append(task)
        if self.worker:
            self.worker.give(task)


class Crew:
    """Gets work done by workers of which any may die at any time.

    When a worker dies, another takes its place, and each thing that it had is tried again alone: at a worker
    that has nothing else. A thing that two workers died of so is `Lost`; everything else has a result.

    Args:
        team: How workers are started and heard.
        workers: How many.
        timeout: Seconds that one thing may take, of a worker's own time; 0 for any.
    """

    def __init__(self, team: Team, workers: int, timeout: float = 0.0) -> None:
        self._team, self._timeout = team, timeout
        self._places = [_Place(index) for index in range(workers)]
        self._waiting: deque[Task] = deque()
        self._stillborn = 0
        self._slots: dict[int, list[Any]] = {}
        self._missing: dict[int, int] = {}
        # So many chunks may be taken before the first of them is whole: memory is bounded by it.
        self._window = 4 * workers * _AHEAD

    def run(self, prepare: Callable[[], Work], chunks: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Do the work on every chunk; as `xaibrain.Executor.run`."""
        source = enumerate(chunks)
        following, ended = 0, False
        try:
            while True:
                self._hand_out(prepare)
                while not ended and not self._waiting and len(self._slots) < self._window:
                    ended = not self._take(source)
                    self._hand_out(prepare)
                while following in self._slots and not self._missing[following]:
                    self._missing.pop(following)
                    yield self._slots.pop(following)
                    following += 1
                if self._slots:
                    self._listen()
                elif ended:
                    return
        finally:
            for place in self._places:
                if place.worker:
                    place.worker.stop()

    def _take(self, source: Iterator[tuple[int, Sequence[Any]]]) -> bool:
        number, things = next(source, (-1, ()))
        if number < 0:
            return False
        self._slots[number] = [None] * len(things)
        self._missing[number] = len(things)
        if things:
            self._waiting.append(Task(number, 0, things))
        return True

    def _hand_out(self, prepare: Callable[[], Work]) -> None:
        """Give what waits to who takes it; where nobody is, start a worker."""
        while self._waiting:
            for place in self._places:
                place.worker = place.worker or self._team.start(prepare, place.index)
            takers = [place for place in self._places if place.takes(self._waiting[0])]
            if not takers:
                return
            min(takers, key=lambda place: len(place.tasks)).give(self._waiting.popleft())

    def _listen(self) -> None:
        places = {place.worker: place for place in self._places if place.worker}
        for worker, event in self._team.hear(list(places), self._patience()):
            place = places[worker]
            if isinstance(event, Ready):
                place.ready, self._stillborn = True, 0
            elif isinstance(event, Done):
                place.tasks.remove(event.task)
                place.since = time.monotonic()
                self._finish(event.task, event.results)
            else:
                self._bury(place, event)
        for place in self._places:
            if place.worker and self._overdue(place):
                place.worker.stop()
                self._bury(place, Died(f"took longer than {self._timeout:g} s"))

    def _patience(self) -> float | None:
        busy = [place for place in self._places if place.tasks]
        if not (self._timeout and busy):
            return None
        return max(0.0, min(self._limit(place) for place in busy) - time.monotonic())

    def _limit(self, place: _Place) -> float:
        return place.since + self._timeout * len(place.tasks[0].things)

    def _overdue(self, place: _Place) -> bool:
        return bool(self._timeout and place.tasks) and time.monotonic() >= self._limit(place)

    def _bury(self, place: _Place, death: Died) -> None:
        begun, tasks = place.ready, list(place.tasks)
        place.worker, place.ready = None, False
        place.tasks.clear()
        if not begun:
            self._stillborn += 1
            if death.hopeless or self._stillborn >= _STILLBORN:
                then = "Ask for fewer (--workers), or use --executor local."
                raise ExecutorError(f"A worker cannot begin: it {death.reason}. {then}")
        for task in reversed(tasks):
            if not task.alone:
                self._waiting.extendleft(reversed(task.apart()))
                continue
            task.deaths += 1
            if task.deaths >= _DEATHS:
                self._finish(task, [Lost(f"the worker {death.reason}, {task.deaths} times")])
            else:
                self._waiting.appendleft(task)

    def _finish(self, task: Task, results: Sequence[Any]) -> None:
        slots = self._slots[task.number]
        slots[task.first : task.first + len(task.things)] = results
        self._missing[task.number] -= len(task.things)
