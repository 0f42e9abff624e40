"""Work that squares numbers, and does what it is told to do instead: for trying executors."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Labour:
    """Makes itself, unless it is to fail at that."""

    begin: str = ""

    def __call__(self):
        obey(self.begin)
        return self

    def read(self, things):
        for thing in things:
            if str(thing).startswith("read "):
                obey(thing.removeprefix("read "))
        return list(things)

    def explain(self, read):
        return [obey(thing) if isinstance(thing, str) else thing**2 for thing in read]


def obey(order):
    what, _, where = order.partition(" ")
    if what == "once":
        if Path(where).exists():
            return "again"
        Path(where).touch()
        what = "kill"
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hang":
        time.sleep(600)
    if what == "raise":
        raise ValueError("no\nway")
    if what == "unsendable":
        return lambda: None
    if what == "who":
        return os.getpid(), sorted(os.sched_getaffinity(0))
    return order


class Stillborn:
    """Ends the process in which it is unpickled, before what is pickled behind it is read."""

    def __reduce__(self):
        return obey, ("kill",)
