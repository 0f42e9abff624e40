"""How the program ends."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress


class Ending:
    """Ends the process once all that asked to be told of its end was: threads, pools, clusters.

    What then remains, Python and libraries would take apart one by one, for as long as a dozen scans take;
    the system frees it in one go. To be made before anything else asks to be told: who asks last is told
    first.

    Attributes:
        code: To leave with; as long as it is None, Python's own way is taken.
    """

    code: int | None = None

    def __init__(self) -> None:
        atexit.register(self._end)

    def _end(self) -> None:
        if self.code is None:
            return
        for stream in (sys.stdout, sys.stderr):
            # Whoever read it may be gone, and it may have been closed.
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(self.code)
