"""One file over real HTTP from a server on this machine, with every fault that a network has."""

import gc
import json
import warnings
from dataclasses import replace

import pytest
from served import BODY, QUICK, Site, refusal, served

from xaibrain.fetch import fetch


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with served() as site:
        yield site


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
