"""A dataset of a few small files on a server of this machine, with every fault that a network has."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from xaibrain.download import RECORD, Archive
from xaibrain.errors import DatasetError
from xaibrain.fetch import Patience

QUICK = Patience(tries=4, first_wait=0.001, timeout=5)
FILES = {
    f"{split}/{name}/{number}.jpg": f"{split} {name} {number}".encode() * 900
    for split in ("Training", "Testing")
    for name in ("glioma_tumor", "no_tumor")
    for number in range(3 if split == "Training" else 1)
}


def packed(files: dict[str, bytes], below: str = "Coursera-Content-main/Brain-MRI/") -> bytes:
    """A stored zip of the files, some folders down, among things that are not data."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Coursera-Content-main/README.md", "not data")
        for name, content in {**files, "Training/no_tumor/.DS_Store": b"", "Training/a.txt": b""}.items():
            archive.writestr(below + name, content)
        archive.writestr("__MACOSX/Training/no_tumor/._0.jpg", b"not data")
    return buffer.getvalue()


def digest_of(files: dict[str, bytes]) -> str:
    lines = (f"{name}\0{hashlib.sha256(content).hexdigest()}\n" for name, content in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


BODY = packed(FILES)
ARCHIVE = Archive(
    name="small",
    url="",
    counts={
        "Training/glioma_tumor": 3,
        "Training/no_tumor": 3,
        "Testing/glioma_tumor": 1,
        "Testing/no_tumor": 1,
    },
    digest=digest_of(FILES),
    suffixes=(".jpg",),
    max_bytes=1_000_000,
)


@dataclass
class Site:
    """One file on a server; `faults` says what goes wrong with each request in turn.

    A fault is a status to answer with, {"cut": n} to hang up after n bytes of the body, {"to": url} to send
    elsewhere, or {"silent": seconds} to say nothing for so long.
    """

    url: str = ""
    body: bytes = BODY
    etag: str = '"one"'
    ranges: bool = True
    length: bool = True
    retry_after: str = ""
    faults: list = field(default_factory=list)
    paths: list = field(default_factory=list)
    asked: list = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        fault = self.faults.pop(0) if self.faults else {}
        wanted, if_range = handler.headers.get("Range"), handler.headers.get("If-Range")
        self.asked.append((wanted, if_range))
        self.paths.append(handler.path)
        if isinstance(fault, int):
            return self._refuse(handler, fault)
        if "to" in fault:
            handler.send_response(302)
            handler.send_header("Location", fault["to"])
            handler.end_headers()
            return None
        if "silent" in fault:
            threading.Event().wait(fault["silent"])
        start = 0
        if wanted and self.ranges and if_range == self.etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(self.body):
            return self._refuse(handler, 416)
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        if self.length:
            handler.send_header("Content-Length", str(len(self.body) - start))
        if self.etag:
            handler.send_header("ETag", self.etag)
        handler.end_headers()
        handler.wfile.write(self.body[start:][: fault.get("cut")])
        return None

    def _refuse(self, handler: BaseHTTPRequestHandler, status: int) -> None:
        handler.send_response(status)
        if status == 416:
            handler.send_header("Content-Range", f"bytes */{len(self.body)}")
        if self.retry_after:
            handler.send_header("Retry-After", self.retry_after)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def served() -> Iterator[Site]:
    """Serve a site while the block runs."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            site.answer(self)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/main.zip"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def content_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def refusal(call, *args, **options) -> str:
    with pytest.raises(DatasetError) as caught:
        call(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)
