"""Pictures are found below folders, in order, each with an id of its own."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xaibrain.errors import InputError
from xaibrain.reading import find_images


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def ids(*paths) -> list[str]:
    return [id for _, id in find_images(paths)]


def test_folder_is_searched_to_the_bottom_in_plain_order(tmp_path):
    touch(tmp_path, "b.PNG", "a/z (10).jpg", "a/z (2).jpg", "a/b/c.TiFF", "a/notes.txt", "x.webp", "y.bmp")
    assert ids(tmp_path) == ["a/b/c.TiFF", "a/z (10).jpg", "a/z (2).jpg", "b.PNG", "x.webp", "y.bmp"]
    assert all(path.is_absolute() and path.is_file() for path, _ in find_images([tmp_path]))


def test_hidden_files_and_folders_are_skipped(tmp_path):
    assert ids(touch(tmp_path, "a.png", "._a.png", ".git/b.png")) == ["a.png"]


def test_file_named_itself_is_taken_whatever_its_suffix(tmp_path):
    touch(tmp_path, "scan", "b/a.png")
    assert ids(tmp_path / "scan", tmp_path / "b") == ["scan", "a.png"]


def test_equal_names_in_two_folders_get_their_folders_names(tmp_path):
    touch(tmp_path, "left/s/a.png", "right/s/a.png", "right/s/b.png")
    assert ids(tmp_path / "left/s", tmp_path / "right/s") == ["left/s/a.png", "right/s/a.png", "b.png"]
    assert ids(tmp_path / "left/s/a.png", tmp_path / "right/s/a.png") == ["left/s/a.png", "right/s/a.png"]


def test_lengthened_id_does_not_meet_a_third_file(tmp_path):
    touch(tmp_path, "p/a.png", "q/a.png", "r/p/a.png")
    found = ids(tmp_path / "p", tmp_path / "q", tmp_path / "r")
    assert found == [f"{tmp_path.name}/p/a.png", "q/a.png", "r/p/a.png"]


def test_file_named_twice_is_taken_once(tmp_path):
    touch(tmp_path, "a.png", "b.png")
    assert ids(tmp_path / "b.png", tmp_path) == ["b.png", "a.png"]


def test_folder_without_pictures_and_missing_path(tmp_path):
    with pytest.raises(InputError, match=f"^{tmp_path}: holds no picture"):
        find_images([touch(tmp_path, "notes.txt")])
    with pytest.raises(InputError, match="no such file or folder"):
        find_images([tmp_path / "none"])


def test_links_are_followed_and_loops_end(tmp_path):
    touch(tmp_path, "real/a.png", "set/b.png")
    try:
        (tmp_path / "set/loop").symlink_to(tmp_path / "set", target_is_directory=True)
        (tmp_path / "set/other").symlink_to(tmp_path / "real", target_is_directory=True)
        (tmp_path / "set/twin").symlink_to(tmp_path / "real", target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    assert ids(tmp_path / "set") == ["b.png", "other/a.png"]


def test_folder_that_cannot_be_listed(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="cannot be listed"):
        find_images([tmp_path])


names = st.text("ab", min_size=1, max_size=2)


@settings(max_examples=30, deadline=None)
@given(files=st.sets(st.tuples(names, names, names), min_size=1, max_size=12))
def test_ids_are_unique_whatever_lies_where(tmp_path_factory, files):
    root = touch(tmp_path_factory.mktemp("set"), *(f"{a}/{b}/{c}.png" for a, b, c in files))
    folders = sorted({root / a for a, _, _ in files} | {root / a / b for a, b, _ in files})
    for given_paths in (folders, folders[::-1]):
        found = find_images(given_paths)
        assert len({id for _, id in found}) == len(found) == len(files)
        assert all(str(path).endswith(f"/{id}") for path, id in found)
