"""Downloads over real HTTP from a server on this machine, with every fault that a network has."""

import gc
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
import warnings
import zipfile
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from xaibrain.download import RECORD, Archive, obtain
from xaibrain.errors import DatasetError
from xaibrain.fetch import Patience, fetch
from xaibrain.home import cache_home

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


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
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


@pytest.fixture
def archive(site):
    return replace(ARCHIVE, url=site.url)


def content_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def refusal(call, *args, **options) -> str:
    with pytest.raises(DatasetError) as caught:
        call(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# One file


def test_file_arrives_and_progress_is_told(site, tmp_path):
    told = []
    to = fetch(site.url, tmp_path / "a.zip", 10**6, lambda *step: told.append(step), QUICK)
    assert to.read_bytes() == BODY
    assert told[0] == (0, len(BODY))
    assert told[-1] == (len(BODY), len(BODY))
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_dropped_connection_is_taken_up_where_it_ended(site, tmp_path):
    site.faults = [{"cut": 5_000}, {"cut": 4_000}]
    assert fetch(site.url, tmp_path / "a.zip", 10**6, patience=QUICK).read_bytes() == BODY
    assert site.asked == [(None, None), ("bytes=5000-", '"one"'), ("bytes=9000-", '"one"')]


def test_next_call_takes_up_what_the_last_one_left(site, tmp_path):
    site.faults = [{"cut": 5_000}]
    message = refusal(fetch, site.url, tmp_path / "a.zip", 10**6, patience=replace(QUICK, tries=1))
    assert "5000 of" in message
    assert "--from PATH" in message
    assert not (tmp_path / "a.zip").exists()
    fetch(site.url, tmp_path / "a.zip", 10**6, patience=QUICK)
    assert site.asked[-1][0] == "bytes=5000-"
    assert (tmp_path / "a.zip").read_bytes() == BODY


def test_file_that_changed_meanwhile_is_fetched_anew(site, tmp_path):
    site.faults = [{"cut": 5_000}]
    refusal(fetch, site.url, tmp_path / "a.zip", 10**6, patience=replace(QUICK, tries=1))
    site.body, site.etag = bytes(7_000), '"two"'
    assert fetch(site.url, tmp_path / "a.zip", 10**6, patience=QUICK).read_bytes() == bytes(7_000)


def test_server_that_ignores_if_range_does_not_splice_two_files(site, tmp_path, monkeypatch):
    site.faults = [{"cut": 5_000}]
    refusal(fetch, site.url, tmp_path / "a.zip", 10**6, patience=replace(QUICK, tries=1))
    site.body, site.etag = bytes(7_000), '"two"'
    answer = Site.answer

    def careless(self, handler):
        if handler.headers.get("If-Range"):
            handler.headers.replace_header("If-Range", self.etag)
        return answer(self, handler)

    monkeypatch.setattr(Site, "answer", careless)
    assert fetch(site.url, tmp_path / "a.zip", 10**6, patience=QUICK).read_bytes() == bytes(7_000)
    assert [asked[0] for asked in site.asked] == [None, "bytes=5000-", None]


@pytest.mark.parametrize(("etag", "ranges"), [("", True), ('W/"one"', True), ('"one"', False)])
def test_without_strong_etag_or_ranges_it_starts_over(site, tmp_path, etag, ranges):
    site.etag, site.ranges, site.faults = etag, ranges, [{"cut": 5_000}]
    told = []
    to = fetch(site.url, tmp_path / "a.zip", 10**6, lambda *step: told.append(step), QUICK)
    assert to.read_bytes() == BODY
    assert (0, len(BODY)) in told[1:]


def test_call_that_ended_just_before_the_end_asks_for_nothing_twice(site, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(BODY)
    (tmp_path / "a.zip.part.json").write_text(json.dumps({"url": site.url, "etag": '"one"'}))
    assert fetch(site.url, tmp_path / "a.zip", 10**6, patience=QUICK).read_bytes() == BODY
    assert len(site.asked) == 1


def test_part_longer_than_the_file_is_thrown_away(site, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(BODY + b"more")
    (tmp_path / "a.zip.part.json").write_text(json.dumps({"url": site.url, "etag": '"one"'}))
    assert fetch(site.url, tmp_path / "a.zip", 10**6, patience=QUICK).read_bytes() == BODY


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"url": "http://other/", "etag": "one"}'])
def test_part_of_unknown_origin_is_thrown_away(site, tmp_path, state):
    (tmp_path / "a.zip.part").write_bytes(b"other")
    (tmp_path / "a.zip.part.json").write_text(state)
    assert fetch(site.url, tmp_path / "a.zip", 10**6, patience=QUICK).read_bytes() == BODY
    assert site.asked == [(None, None)]


def test_passing_faults_are_borne(site, tmp_path):
    site.faults = [503, 429, 500]
    assert fetch(site.url, tmp_path / "a.zip", 10**6, patience=QUICK).read_bytes() == BODY
    assert len(site.asked) == 4


def test_waits_double_and_the_servers_own_wait_is_kept(site, tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr("xaibrain.fetch.time.sleep", waits.append)
    site.faults = [503, 503, 503]
    fetch(site.url, tmp_path / "a.zip", 10**6, patience=replace(QUICK, first_wait=2))
    site.faults, site.retry_after = [503], "7"
    fetch(site.url, tmp_path / "b.zip", 10**6, patience=QUICK)
    assert waits == [2, 4, 8, 7]


def test_faults_that_do_not_pass_end_in_one_line(site, tmp_path):
    site.faults = [503] * 9
    assert "HTTP 503 Service Unavailable, 4 times" in refusal(
        fetch, site.url, tmp_path / "a.zip", 10**6, patience=QUICK
    )
    assert len(site.asked) == 4


@pytest.mark.parametrize("status", [403, 404, 410])
def test_refusal_is_not_asked_again(site, tmp_path, status):
    site.faults = [status]
    assert f"HTTP {status}" in refusal(fetch, site.url, tmp_path / "a.zip", 10**6, patience=QUICK)
    assert len(site.asked) == 1


def test_nobody_listens(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    url = "http://127.0.0.1:9/main.zip"
    assert "4 times" in refusal(fetch, url, tmp_path / "a.zip", 10**6, patience=QUICK)


def test_the_proxy_of_the_environment_is_asked(site, tmp_path, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", site.url.removesuffix("/main.zip"))
    far = "http://data.example.org/main.zip"
    assert fetch(far, tmp_path / "a.zip", 10**6, patience=QUICK).read_bytes() == BODY
    assert site.paths == [far]


def test_a_server_that_falls_silent_is_given_up_and_asked_again(site, tmp_path):
    site.faults = [{"silent": 1.0}]
    quick = replace(QUICK, timeout=0.2)
    assert fetch(site.url, tmp_path / "a.zip", 10**6, patience=quick).read_bytes() == BODY
    assert len(site.asked) == 2


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://example.org/", "", "http://[bad/"])
def test_sent_to_where_nothing_may_be_fetched(site, tmp_path, to):
    site.faults = [{"to": to}] * 9
    # urllib leaves the connection of a wrong address to the collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        refusal(fetch, site.url, tmp_path / "a.zip", 10**6, patience=replace(QUICK, tries=1))
        gc.collect()
    assert not (tmp_path / "a.zip").exists()


def test_sent_round_in_circles(site, tmp_path):
    site.faults = [{"to": site.url}] * 99
    assert "302" in refusal(fetch, site.url, tmp_path / "a.zip", 10**6, patience=QUICK)
    assert len(site.asked) < 20


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "nonsense"])
def test_only_http(tmp_path, url):
    assert "not an http address" in refusal(fetch, url, tmp_path / "a.zip", 10**6)


@pytest.mark.parametrize("length", [True, False])
def test_more_than_the_limit_is_not_stored(site, tmp_path, length):
    site.body, site.length = bytes(400_000), length
    assert "more than 100000 bytes" in refusal(fetch, site.url, tmp_path / "a.zip", 100_000, patience=QUICK)
    assert (tmp_path / "a.zip.part").stat().st_size <= 100_000


def test_length_may_be_unknown(site, tmp_path):
    site.length = False
    told = []
    fetch(site.url, tmp_path / "a.zip", 10**6, lambda *step: told.append(step), QUICK)
    assert told[-1] == (len(BODY), None)


def test_two_processes_do_not_write_one_file(site, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / "a.zip.part").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another process" in refusal(fetch, site.url, tmp_path / "a.zip", 10**6, patience=QUICK)


# A dataset


def test_dataset_is_fetched_checked_and_put_in_place(archive, tmp_path):
    result = obtain(archive, home=tmp_path / "cache", patience=QUICK)
    assert result.path == tmp_path / "cache" / "small" == Path(os.fspath(result))
    assert content_of(result.path) == FILES
    assert (result.files, result.digest, result.published, result.fresh) == (8, ARCHIVE.digest, True, True)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["small"]
    assert json.loads((result.path / RECORD).read_text()) == {"digest": ARCHIVE.digest, "source": archive.url}
    assert str(result).startswith(f"8 files in {result.path}, the published ones")


def test_second_call_does_nothing_and_says_so(archive, site, tmp_path):
    obtain(archive, home=tmp_path, patience=QUICK)
    before = (tmp_path / "small").stat().st_mtime_ns
    again = obtain(archive, home=tmp_path, patience=QUICK)
    assert len(site.asked) == 1
    assert (tmp_path / "small").stat().st_mtime_ns == before
    assert not again.fresh
    assert str(again).startswith("Nothing to do")


def test_damaged_data_is_fetched_again(archive, site, tmp_path):
    obtain(archive, home=tmp_path, patience=QUICK)
    (tmp_path / "small/Training/no_tumor/1.jpg").write_bytes(b"rot")
    (tmp_path / "small/Training/no_tumor/2.jpg").unlink()
    assert obtain(archive, home=tmp_path, patience=QUICK).fresh
    assert content_of(tmp_path / "small") == FILES
    assert len(site.asked) == 2


def test_download_goes_to_the_cache_of_the_environment(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("XAIBRAIN_HOME", str(tmp_path / "home"))
    assert obtain(archive, patience=QUICK).path == tmp_path / "home/small"
    monkeypatch.delenv("XAIBRAIN_HOME")
    assert cache_home().name == "xaibrain"


def test_wrong_content_is_refused_and_not_kept(archive, site, tmp_path):
    changed = {**FILES, "Training/no_tumor/0.jpg": b"another picture"}
    site.body = packed(changed)
    message = refusal(obtain, archive, home=tmp_path, patience=QUICK)
    assert message.startswith(site.url)
    assert "other content" in message
    assert not list(tmp_path.iterdir())
    site.body = BODY
    assert obtain(archive, home=tmp_path, patience=QUICK).published


def test_missing_files_are_counted(archive, site, tmp_path):
    site.body = packed({name: FILES[name] for name in FILES if name != "Training/no_tumor/0.jpg"})
    message = refusal(obtain, archive, home=tmp_path, patience=QUICK)
    assert "Training/no_tumor holds 2 of 3" in message
    assert "--from PATH" in message


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", BODY[:9_000], packed({}), b""])
def test_what_is_no_archive_of_it_is_refused(archive, site, tmp_path, body):
    site.body = body
    site.length = False
    assert site.url in refusal(obtain, archive, home=tmp_path, patience=QUICK)
    assert not [path for path in tmp_path.iterdir() if not path.name.endswith((".part", ".json"))]


def test_broken_off_download_leaves_no_dataset_and_goes_on(archive, site, tmp_path):
    site.faults = [{"cut": 5_000}]
    refusal(obtain, archive, home=tmp_path, patience=replace(QUICK, tries=1))
    assert not (tmp_path / "small").exists()
    obtain(archive, home=tmp_path, patience=QUICK)
    assert site.asked[-1][0] == "bytes=5000-"
    assert content_of(tmp_path / "small") == FILES


def test_interrupt_while_unpacking_keeps_the_download(archive, site, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("xaibrain.download.unpack", interrupt)
        with pytest.raises(KeyboardInterrupt):
            obtain(archive, home=tmp_path, patience=QUICK)
    assert [path.name for path in tmp_path.iterdir()] == [".small.download"]
    assert obtain(archive, home=tmp_path, patience=QUICK).published
    assert len(site.asked) == 1


def test_killed_process_leaves_nothing_that_looks_whole(archive, site, tmp_path):
    site.faults = [{"cut": 8_000}]
    script = (
        "import os, sys; from pathlib import Path; from xaibrain.fetch import fetch\n"
        "fetch(sys.argv[1], Path(sys.argv[2]), 10**6, lambda done, _: done and os._exit(9))"
    )
    to = tmp_path / ".small.download"
    done = subprocess.run([sys.executable, "-c", script, site.url, str(to)], check=False, timeout=20)
    assert done.returncode == 9
    assert not to.exists()
    assert obtain(archive, home=tmp_path, patience=QUICK).published


def test_full_or_forbidden_cache_is_one_line(archive, tmp_path):
    (tmp_path / "file").touch()
    assert "is writable" in refusal(obtain, archive, home=tmp_path / "file", patience=QUICK)


def test_folder_that_somebody_else_put_there_is_left_alone(archive, site, tmp_path):
    mine = tmp_path / "small/notes.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    assert "move it away" in refusal(obtain, archive, home=tmp_path, patience=QUICK)
    assert mine.read_text() == "mine"
    assert not site.asked


def test_published_data_that_was_put_there_by_hand_is_recognised(archive, site, tmp_path):
    laid(tmp_path / "small", FILES)
    assert not obtain(archive, home=tmp_path).fresh
    assert not site.asked


# A copy of one's own


def laid(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.mark.parametrize("below", ["", "Brain-MRI", "Coursera-Content/Brain-MRI"])
def test_folder_is_copied_from_any_height(tmp_path, below):
    source = tmp_path / "mine"
    laid(source / below, FILES)
    result = obtain(ARCHIVE, source, home=tmp_path / "cache")
    assert result.published
    assert content_of(result.path) == content_of(source / below) == FILES


@pytest.mark.parametrize("below", ["", "Coursera-Content-main/Brain-MRI/"])
def test_archive_is_unpacked_from_any_height(tmp_path, below):
    (tmp_path / "mine.zip").write_bytes(packed(FILES, below))
    result = obtain(ARCHIVE, tmp_path / "mine.zip", home=tmp_path / "cache")
    assert result.published
    assert content_of(result.path) == FILES
    assert (tmp_path / "mine.zip").exists()


def test_other_counts_are_taken_and_told(tmp_path):
    kaggle = {**FILES, "Training/no_tumor/no (3).jpg": b"one more"}
    source = laid(tmp_path / "kaggle", kaggle)
    result = obtain(ARCHIVE, source, home=tmp_path / "cache")
    assert not result.published
    assert result.digest == digest_of(kaggle)
    assert "not the published ones" in str(result)
    again = obtain(ARCHIVE, home=tmp_path / "cache")
    assert (again.fresh, again.published, again.files) == (False, False, 9)


def test_published_copy_replaces_another_one(tmp_path):
    other = laid(tmp_path / "other", {**FILES, "Training/no_tumor/9.jpg": b"more"})
    obtain(ARCHIVE, other, home=tmp_path / "cache")
    obtain(ARCHIVE, laid(tmp_path / "mine", FILES), home=tmp_path / "cache")
    assert content_of(tmp_path / "cache/small") == FILES


def test_copy_without_the_folders_or_with_an_empty_one_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no folder in it holds" in refusal(obtain, ARCHIVE, tmp_path / "empty", home=tmp_path / "cache")
    part = laid(tmp_path / "part", {name: FILES[name] for name in FILES if "Testing/no" not in name})
    (part / "Testing/no_tumor").mkdir()
    assert "no file in Testing/no_tumor" in refusal(obtain, ARCHIVE, part, home=tmp_path / "cache")
    assert "no such file" in refusal(obtain, ARCHIVE, tmp_path / "none", home=tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
