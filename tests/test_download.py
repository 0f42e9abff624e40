"""Datasets from a server on this machine, or from a copy, into the cache: whole or not at all."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from served import ARCHIVE, BODY, FILES, QUICK, content_of, digest_of, packed, refusal, served

from xaibrain.download import RECORD, obtain
from xaibrain.home import cache_home


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with served() as site:
        yield site


@pytest.fixture
def archive(site):
    return replace(ARCHIVE, url=site.url)


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
        patched.setattr("xaibrain.gathering.unpack", interrupt)
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
