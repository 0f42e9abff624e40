"""Files appear whole or not at all."""

import pytest

from xaibrain.errors import OutputError
from xaibrain.writing import replaced


def test_a_file_is_replaced_at_the_end(tmp_path):
    target = tmp_path / "deep" / "file.txt"
    with replaced(target) as part:
        part.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def fail():
        with replaced(target) as part:
            part.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_unwritable_place_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    block = replaced(tmp_path / "file" / "x.txt")
    with pytest.raises(OutputError, match=r"Cannot write .*file/x\.txt: "):
        block.__enter__()


def test_the_mode_follows_the_umask(tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("")
    with replaced(tmp_path / "file") as part:
        part.write_text("")
    assert (tmp_path / "file").stat().st_mode == plain.stat().st_mode
