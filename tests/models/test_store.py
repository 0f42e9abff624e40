"""What is kept is whole, whoever else makes it at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from xaibrain.models.store import Store, _forget_oldest


def writer(text):
    def make(folder):
        (folder / "deep").mkdir()
        (folder / "deep" / "a.txt").write_text(text)
        (folder / "b.txt").write_text(text * 2)

    return make


def refuse(folder):
    raise AssertionError("it was to be found, not made")


def read(folder):
    return (folder / "deep" / "a.txt").read_text() + (folder / "b.txt").read_text()


def names(folder):
    return [path.name for path in folder.iterdir() if path.name != ".lock"]


def test_a_folder_is_made_once(tmp_path):
    assert read(Store(tmp_path / "new").folder("one", writer("x"))) == "xxx"
    assert read(Store(tmp_path / "new").folder("one", refuse)) == "xxx"
    assert names(tmp_path / "new") == ["one"]


@pytest.mark.parametrize("damage", ["change", "remove", "sums", "no sums", "list"])
def test_a_damaged_folder_is_made_again(tmp_path, damage):
    folder = Store(tmp_path).folder("one", writer("x"))
    {
        "change": lambda: (folder / "b.txt").write_text("xy"),
        "remove": lambda: (folder / "deep" / "a.txt").unlink(),
        "sums": lambda: (folder / "sums.json").write_text("{"),
        "no sums": lambda: (folder / "sums.json").unlink(),
        "list": lambda: (folder / "sums.json").write_text("[]"),
    }[damage]()
    assert read(Store(tmp_path).folder("one", writer("y"))) == "yyy"
    assert names(tmp_path) == ["one"]


@pytest.mark.parametrize("kept_for_good", [False, True])
def test_a_folder_of_other_code_is_made_again(tmp_path, monkeypatch, kept_for_good):
    def understand(folder):
        return {"new": 1}[read(folder)[:3]]

    Store(tmp_path).folder("one", writer("old"))
    if kept_for_good:
        # As where the cache is read-only.
        monkeypatch.setattr("xaibrain.models.store.shutil.rmtree", lambda *_, **__: None)
    store = Store(tmp_path)
    assert store.read("one", writer("new"), understand) == 1
    assert read(tmp_path / "one") == ("oldoldold" if kept_for_good else "newnewnew")
    with pytest.raises(KeyError):
        store.read("two", writer("old"), understand)


def test_who_waits_is_told_once(tmp_path, caplog):
    caplog.set_level("INFO", "xaibrain")
    store = Store(tmp_path, "Converting it.")
    for name in ("one", "two", "one"):
        store.folder(name, writer("x"))
    Store(tmp_path, "Converting it.").folder("one", refuse)
    assert caplog.messages == ["Converting it."]


def test_what_fails_leaves_nothing(tmp_path):
    def half(folder):
        (folder / "b.txt").write_text("half")
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        Store(tmp_path).folder("one", half)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damaged_before", [False, True])
def test_eight_at_once_find_one_whole_folder(tmp_path, damaged_before):
    if damaged_before:
        (Store(tmp_path).folder("one", writer("old")) / "b.txt").write_text("damaged")
    together = threading.Barrier(8)

    def make(index):
        def fill(folder):
            together.wait()
            writer(str(index))(folder)

        return read(Store(tmp_path).folder("one", fill))

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(make, range(8)))
    assert found == {read(tmp_path / "one")}
    assert found <= {str(index) * 3 for index in range(8)}
    assert names(tmp_path) == ["one"]


def test_where_nothing_can_be_kept_the_work_goes_on(tmp_path):
    (tmp_path / "file").write_text("no folder")
    store = Store(tmp_path / "file" / "cache")
    assert read(store.folder("one", writer("x"))) == "xxx"
    assert read(store.folder("one", refuse)) == "xxx"


def test_the_least_used_are_forgotten(tmp_path):
    import os

    for index in range(5):
        folder = Store(tmp_path / str(index)).folder("one", writer("x")).parent
        os.utime(folder, (1000 + index, 1000 + index))
    _forget_oldest(tmp_path, keep=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3", "4"]
    _forget_oldest(tmp_path / "absent", keep=3)
