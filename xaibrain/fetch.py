"""One file over HTTP: retried, resumed, and in its place only when it is whole."""

from __future__ import annotations

import json
import os
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, TypeAlias
from urllib.error import HTTPError, URLError
from urllib.request import Request, build_opener

from xaibrain.errors import DatasetError

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the bytes that are here and the bytes that are due (None if the server does not say).
The first number falls back to 0 when the server starts over."""

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK = 1 << 16
_LONGEST_WAIT = 60.0
_THEN = "try again later, or get it by hand and give --from PATH"


@dataclass(frozen=True)
class Patience:
    """How long to bear with a server: tries in all, the first wait (it doubles), seconds of silence."""

    tries: int = 6
    first_wait: float = 1.0
    timeout: float = 30.0


class _PassingError(Exception):
    """A fault that may be gone at the next try; with the wait that the server asked for, if any."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


def ignore(done: int, total: int | None) -> None:
    """Show no progress."""


def fetch(
    url: str, to: Path, limit: int, progress: Progress = ignore, patience: Patience | None = None
) -> Path:
    """Download a file; a call that is cut off goes on from there when it is made again.

    What has come so far lies beside `to` as ``.part``, with the server's ETag in ``.part.json``. It
    is continued only if the ETag is still the same, else fetched anew. Proxies are taken from the
    environment, as everywhere in urllib.

    Args:
        url: An http or https address.
        to: The file to make, in a folder that exists; one that is there already is kept.
        limit: More bytes than this are refused.
        progress: Told of every piece.
        patience: How often and how long to try.

    Raises:
        DatasetError: The server refuses, the fault does not pass, or another process is at it.
    """
    if to.exists():
        return to
    if not url.startswith(("http://", "https://")):
        raise DatasetError(f"{url}: not an http address; give --from PATH.")
    patience = patience or Patience()
    part = to.with_name(f"{to.name}.part")
    state = to.with_name(f"{to.name}.part.json")
    with _held(part) as file:
        for attempt in range(1, patience.tries + 1):
            try:
                _Transfer(url, file, state, limit, progress).run(patience.timeout)
                break
            except _PassingError as error:
                if attempt == patience.tries:
                    raise DatasetError(f"{url}: {error}, {attempt} times; {_THEN}.") from error
                wait = error.wait or patience.first_wait * 2 ** (attempt - 1)
                time.sleep(min(wait, _LONGEST_WAIT))
    part.replace(to)
    state.unlink(missing_ok=True)
    return to


class _Transfer:
    """One request and its answer."""

    def __init__(self, url: str, file: BinaryIO, state: Path, limit: int, progress: Progress) -> None:
        self.url = url
        self.file = file
        self.state = state
        self.limit = limit
        self.progress = progress
        self.etag = self._remembered()
        self.have = file.seek(0, os.SEEK_END) if self.etag else self._empty()

    def run(self, timeout: float) -> None:
        request = Request(self.url, headers={"User-Agent": f"xaibrain/{version('xaibrain')}"})
        if self.have:
            request.add_header("Range", f"bytes={self.have}-")
            request.add_header("If-Range", self.etag)
        try:
            # Made anew, so that the proxies are those of the environment as it is now.
            with build_opener().open(request, timeout=timeout) as response:
                self._receive(response)
        except HTTPError as error:
            with error:
                self._refused(error)
        except URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise DatasetError(f"{self.url}: {error.reason}; check the clock and the proxy.") from error
            raise _PassingError(str(error.reason)) from error
        except ValueError as error:
            raise DatasetError(f"{self.url}: sent to a wrong address ({error}); {_THEN}.") from error
        except (HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            raise _PassingError(str(error) or type(error).__name__) from error

    def _receive(self, response: HTTPResponse) -> None:
        if response.status == 206:
            self._check_continues(response)
        else:
            self.have = self._empty()
            self._remember(response.headers.get("ETag", ""))
        length = response.headers.get("Content-Length", "")
        total = self.have + int(length) if length.isdigit() else None
        self.progress(self.have, total)
        while chunk := response.read(_CHUNK):
            self.have += len(chunk)
            if max(self.have, total or 0) > self.limit:
                raise DatasetError(f"{self.url}: sends more than {self.limit} bytes; give --from PATH.")
            self.file.write(chunk)
            self.progress(self.have, total)
        if total is not None and self.have < total:
            raise _PassingError(f"the connection ended at {self.have} of {total} bytes")

    def _check_continues(self, response: HTTPResponse) -> None:
        start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        same = response.headers.get("ETag", self.etag) == self.etag
        if not (same and start and int(start[1]) == self.have):
            self.have = self._empty()
            raise _PassingError("the server went on at another place")

    def _refused(self, error: HTTPError) -> None:
        if error.code == 416:
            # Nothing is left to send: the last call ended between the last byte and the renaming.
            if error.headers.get("Content-Range", "").strip() == f"bytes */{self.have}":
                return
            self.have = self._empty()
            raise _PassingError("the server has less than is here") from error
        reason = " ".join(f"HTTP {error.code} {error.reason}".split())
        if error.code in _PASSING:
            after = error.headers.get("Retry-After", "")
            raise _PassingError(reason, float(after) if after.isdigit() else None) from error
        raise DatasetError(f"{self.url}: {reason}; {_THEN}.") from error

    def _empty(self) -> int:
        self.file.seek(0)
        self.file.truncate()
        return 0

    def _remembered(self) -> str:
        try:
            state = json.loads(self.state.read_text("utf-8"))
            return str(state["etag"]) if state["url"] == self.url else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _remember(self, etag: str) -> None:
        # A weak ETag promises the same meaning, not the same bytes.
        self.etag = "" if etag.startswith("W/") else etag
        self.state.write_text(json.dumps({"url": self.url, "etag": self.etag}), "utf-8")


@contextmanager
def _held(part: Path) -> Iterator[BinaryIO]:
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666), "r+b") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            # Windows has no flock: there, two downloads at once are not told apart.
            pass
        except OSError as error:
            raise DatasetError(f"{part}: another process downloads it; wait for that to end.") from error
        yield file
