"""A run's folder in all weathers: what was done is kept, what was not is done, and nothing is mixed."""

import errno
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from fakes import FakeModel

import xaibrain
from xaibrain.core.records import Kept
from xaibrain.errors import OutputError
from xaibrain.inputs import items_of
from xaibrain.overlapping import overlapped_in_turn
from xaibrain.pipeline import Pipeline
from xaibrain.pseudonyms import pseudonymous
from xaibrain.results import RunFolder, read_records
from xaibrain.stores import columns
from xaibrain.working import WorkFolder
from xaibrain.writing import replaced
from xaibrain_pictures.overlays import JpegWriter, PngWriter
from xaibrain_pictures.raw import RawWriter

COLUMNAR = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("pyarrow", "zarr")),
    reason="needs the extra columnar",
)
STORES = ["files", pytest.param("columnar", marks=COLUMNAR)]


class Slope:
    """Answers with the picture's brightness, in maps of two sizes."""

    def explain(self, model, images, targets):
        maps = np.stack([np.full((2, 3), image.mean(), np.float32) for image in images])
        maps[:, 0, 0] += targets
        return maps


class Wide(Slope):
    def explain(self, model, images, targets):
        return np.repeat(super().explain(model, images, targets), 2, axis=2)


PICTURES = [xaibrain.Image(np.full((4, 4), 3 * value, np.uint8), f"{value:03d}") for value in range(40)]


def explained(done=(), pictures=PICTURES):
    """What becomes of the pictures; some of them are done already, and the tenth is no picture."""
    pipeline = Pipeline(FakeModel(), {"slope": Slope(), "wide": Wide()}, "all")
    items = items_of(pictures)
    read = [pipeline.read(item, dict(done)) for item in items]
    read[10] = xaibrain.Failure("010", "array", "010: broken")
    return pipeline.explain(pipeline.begin(read, len(read))())


def opened(path, store, configuration=None, **options):
    writers = {} if store == "columnar" else {"npy": RawWriter()}
    return RunFolder(path, configuration or {"a": 1}, writers, store=store, **options)


def map_of(folder, record):
    if record["row"] is None:
        return np.load(folder / record["heatmap"])
    zarr = pytest.importorskip("zarr")
    return zarr.open(folder / "heatmaps.zarr", mode="r")[record["heatmap"].split("/")[1]][record["row"]]


def check(folder, records=None):
    """Every picture has its four maps, with the right numbers, or its error; once, and in order."""
    records = read_records(folder) if records is None else records
    assert [record["id"] for record in records] == [
        image.id for image in PICTURES for _ in range(1 if image.id == "010" else 4)
    ]
    sound = [record for record in records if not record["error"]]
    assert len({record["identity"] for record in sound}) == len(sound) == 156
    for record in sound:
        heatmap = map_of(folder, record)
        brightness, target = 3 * int(record["id"]), ["dark", "bright"].index(record["target"])
        assert heatmap.shape == ((2, 3) if record["explainer"] == "slope" else (2, 6))
        assert heatmap.dtype == np.float32
        assert (heatmap[0, 0], heatmap[1, 1]) == (brightness + target, brightness)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(columns, "SHARD", 32)


@pytest.mark.parametrize("store", STORES)
def test_what_goes_in_comes_out(tmp_path, store):
    with opened(tmp_path / "run", store) as folder:
        for outcomes in explained():
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert json.loads((tmp_path / "run/run.json").read_text()) == {"a": 1, "store": store}


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("stops", [(3,), (0, 17, 18), (25, 39), (11, 11, 11)])
def test_an_interrupted_run_does_only_what_is_missing(tmp_path, store, stops):
    added = 0
    for stop in stops:
        with opened(tmp_path / "run", store) as folder:
            for outcomes in explained(folder.done)[:stop]:
                folder.add(outcomes)
                added += not isinstance(outcomes, Kept)
        assert not (tmp_path / "run").exists()
    with opened(tmp_path / "run", store) as folder:
        for outcomes in explained(folder.done):
            folder.add(outcomes)
            added += not isinstance(outcomes, Kept)
        folder.publish()
    check(tmp_path / "run")
    # Of each interruption, the last picture and the failed one are done again.
    assert added <= len(PICTURES) + 2 * len(stops)


@pytest.mark.parametrize("store", STORES)
def test_a_killed_run_goes_on(tmp_path, store):
    """Killed with -9 between any two pictures: what was in memory is done again, nothing else is."""
    program = (
        "import os, sys; sys.path[:0] = sys.argv[1:3]\n"
        "import test_results as t; t.columns.SHARD = 32\n"
        "from pathlib import Path\n"
        "folder = t.opened(Path(sys.argv[3]), sys.argv[4])\n"
        "for number, outcomes in enumerate(t.explained(folder.done)):\n"
        "    if number == 30: os.kill(os.getpid(), 9)\n"
        "    folder.add(outcomes)"
    )
    here = Path(__file__).parent
    paths = [str(here), str(here / "support"), str(tmp_path / "run"), store]
    done = subprocess.run([sys.executable, "-c", program, *paths], check=False, timeout=120)
    assert done.returncode == -9
    with opened(tmp_path / "run", store) as folder:
        assert len(folder.done) >= (28 if store == "files" else 16)
        for outcomes in explained(folder.done):
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")


def test_a_part_that_was_being_written_when_the_run_was_killed_does_not_count(tmp_path):
    pytest.importorskip("pyarrow")
    with opened(tmp_path / "run", "columnar") as folder:
        for outcomes in explained()[:20]:
            folder.add(outcomes)
    parts = tmp_path / ".run.partial/parts"
    with replaced(parts / "00000009.parquet") as torn:
        pass
    (parts / "00000009.parquet").rename(torn)  # as kill -9 leaves it, which asks nobody to tidy up
    with opened(tmp_path / "run", "columnar") as folder:
        assert len(folder.done) >= 8
        for outcomes in explained(folder.done):
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")
    assert not (tmp_path / "run/parts").exists()


@pytest.mark.parametrize("store", STORES)
def test_another_configuration_is_refused_and_what_was_done_stays(tmp_path, store):
    before = {"target": "all", "explainers": {"slope": {"steps": 8}}, "same": [1, 2]}
    with opened(tmp_path / "run", store, before) as folder:
        for outcomes in explained()[:20]:
            folder.add(outcomes)
    other = {"target": "dark", "explainers": {"slope": {"steps": 8}, "wide": {}}, "same": [1, 2]}
    changes = "(target: all, now dark, explainers.wide: null, now {})"
    told = re.escape(f"a run with other settings was interrupted here {changes}. Go on with those")
    with pytest.raises(OutputError, match=told):
        opened(tmp_path / "run", store, other)
    with opened(tmp_path / "run", store, before) as folder:
        assert len(folder.done) >= (18 if store == "files" else 8)
    with opened(tmp_path / "run", store, other, overwrite=True) as folder:
        assert not folder.done
        for outcomes in explained():
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")
    assert json.loads((tmp_path / "run/run.json").read_text())["target"] == "dark"


def test_another_store_is_refused(tmp_path):
    pytest.importorskip("pyarrow")
    with opened(tmp_path / "run", "columnar") as folder:
        for outcomes in explained()[:20]:
            folder.add(outcomes)
    with pytest.raises(OutputError, match=r"\(store: columnar, now files\)"):
        opened(tmp_path / "run", "files")


def test_where_nothing_was_done_another_configuration_may_begin(tmp_path):
    with opened(tmp_path / "run", "files"):
        pass
    with opened(tmp_path / "run", "files", {"a": 2}) as folder:
        assert not folder.done


@pytest.mark.parametrize("gone", ["removed", "empty"])
def test_a_picture_whose_map_was_lost_is_done_again(tmp_path, gone):
    """As after a power failure, when a record reached the disk and the map that it names did not."""
    with opened(tmp_path / "run", "files") as folder:
        for outcomes in explained()[:9]:
            folder.add(outcomes)
    part = tmp_path / ".run.partial"
    lost = part / next(record["heatmap"] for record in read_records(part) if record["id"] == "004")
    lost.unlink() if gone == "removed" else lost.write_bytes(b"")
    with opened(tmp_path / "run", "files") as folder:
        assert set(folder.done) == {f"{number:03d}" for number in range(8)} - {"004"}
        for outcomes in explained(folder.done):
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")


@pytest.mark.parametrize("store", STORES)
def test_a_run_that_was_ended_before_it_got_its_name_has_lost_nothing(tmp_path, store, monkeypatch):
    def killed(self):
        raise KeyboardInterrupt

    with opened(tmp_path / "run", store) as folder, monkeypatch.context() as patch:
        patch.setattr(WorkFolder, "publish", killed)
        for outcomes in explained():
            folder.add(outcomes)
        with pytest.raises(KeyboardInterrupt):
            folder.publish()
    with opened(tmp_path / "run", store) as folder:
        # The last one, and the one that failed, are done again.
        assert len(folder.done) == 38
        for outcomes in explained(folder.done):
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")


@pytest.mark.parametrize("store", STORES)
def test_records_are_in_order_however_they_came(tmp_path, store, monkeypatch):
    monkeypatch.setattr(columns, "_GROUP", 24)
    outcomes = explained()
    with opened(tmp_path / "run", store) as folder:
        for kept in PICTURES:
            folder.add(Kept(kept.id))
        for at in [*range(30, 40), *range(1, 30), 0]:
            folder.add(outcomes[at])
        folder.publish()
    check(tmp_path / "run")


def test_what_gets_its_name_is_on_the_disk_before(tmp_path, monkeypatch):
    """A power failure cannot be brought about here; the order of the calls that guard against it can."""
    seen = []
    for module, name in ((os, "sync"), (os, "fsync"), (Path, "replace")):
        call = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *given, name=name, call=call: (seen.append(name), call(*given))[1]
        )
    with opened(tmp_path / "run", "files") as folder:
        for outcomes in explained():
            folder.add(outcomes)
        seen.clear()
        folder.publish()
    assert seen == ["sync", "replace"]


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("damaged", ["run.json", "records"])
def test_damage_to_what_was_left_costs_that_alone(tmp_path, store, damaged):
    with opened(tmp_path / "run", store) as folder:
        for outcomes in explained()[:30]:
            folder.add(outcomes)
    part = tmp_path / ".run.partial"
    records = part / "explanations.jsonl" if store == "files" else max((part / "parts").iterdir())
    victim = part / "run.json" if damaged == "run.json" else records
    content = bytearray(victim.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 9] = b"\0\xff\n{}[]\x80"
    victim.write_bytes(content)
    if damaged == "run.json":
        with pytest.raises(OutputError, match=r"\(its run\.json is damaged\)"):
            opened(tmp_path / "run", store)
    with opened(tmp_path / "run", store, overwrite=damaged == "run.json") as folder:
        assert 0 < len(folder.done) < 30 if damaged == "records" else not folder.done
        for outcomes in explained(folder.done):
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")


def test_two_runs_into_one_folder_are_refused(tmp_path):
    with opened(tmp_path / "run", "files") as folder:
        program = (
            "import sys; from pathlib import Path; from xaibrain.results import RunFolder\n"
            "from xaibrain.errors import OutputError\n"
            "try: RunFolder(Path(sys.argv[1]), {'a': 2}, {})\n"
            "except OutputError as error: sys.exit(f'refused: {error}')"
        )
        other = subprocess.run(
            [sys.executable, "-c", program, tmp_path / "run"], capture_output=True, text=True, check=False
        )
        assert "another run is writing here" in other.stderr
        for outcomes in explained():
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")
    opened(tmp_path / "other", "files").__exit__(None, None, None)


@pytest.mark.parametrize("store", STORES)
def test_a_full_disk_is_one_line_and_what_was_done_is_kept(tmp_path, store, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    def until_full():
        with opened(tmp_path / "run", store) as folder, monkeypatch.context() as patch:
            for number, outcomes in enumerate(explained()):
                if number == 20:
                    patch.setattr(Path, "write_bytes", full)
                    patch.setattr(columns, "_write_shards", full)
                folder.add(outcomes)

    with pytest.raises(
        OutputError, match=r"No space left on device\. Make room and run the same command again"
    ):
        until_full()
    with opened(tmp_path / "run", store) as folder:
        assert len(folder.done) >= (18 if store == "files" else 8)
        for outcomes in explained(folder.done):
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who may everything is refused nothing"
)
def test_a_folder_that_may_not_be_written_is_one_line(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="Cannot write"):
        opened(tmp_path / "closed/run", "files")


def test_a_read_only_disk_is_one_line(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=r"Cannot write .*Read-only file system. Choose another place"):
        opened(tmp_path / "run", "files")


@pytest.mark.parametrize("jump", [-1e6, 1e6])
def test_a_clock_that_jumps_changes_nothing(tmp_path, monkeypatch, jump):
    clock, calls = time.time, iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: clock() + (jump if next(calls) % 2 else -jump))
    with opened(tmp_path / "run", "files") as folder:
        for outcomes in explained():
            folder.add(outcomes)
        folder.publish()
    check(tmp_path / "run")
    records = read_records(tmp_path / "run")
    assert all(0 <= record["seconds"] < 60 for record in records if not record["error"])


@pytest.mark.parametrize("parallel", [True, False])
def test_a_writer_is_called_by_two_threads_at_the_same_time_only_if_it_says_so(tmp_path, parallel):
    inside, most = [], []

    class Slow(RawWriter):
        def write(self, explanations, folder, stem):
            inside.append(stem)
            time.sleep(0.02)
            most.append(len(inside))
            inside.remove(stem)
            return super().write(explanations, folder, stem)

    Slow.parallel = parallel
    with RunFolder(tmp_path / "run", {"a": 1}, {"npy": Slow()}) as folder:
        deque(overlapped_in_turn(explained()[:14], folder.write, folder.record, 4, 2), maxlen=0)
        assert folder.pictures == 14
        folder.publish()
    assert max(most) == (2 if parallel else 1)
    told = read_records(tmp_path / "run")
    assert list(dict.fromkeys(record["id"] for record in told)) == [image.id for image in PICTURES[:14]]
    for record in told:
        if not record["error"]:
            assert map_of(tmp_path / "run", record)[1, 1] == 3 * int(record["id"])


def test_a_scan_is_kept_as_its_file_where_that_holds_it_alone(tmp_path):
    path = tmp_path / "scan.jpg"
    PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)).save(path)
    image = xaibrain.read_image(path)
    dimmed = replace(image, id="dimmed.jpg", pixels=image.pixels // 2)
    hidden = pseudonymous(items_of([str(path)]))[0].read()
    pictures = [image, dimmed, hidden]
    explained = Pipeline(FakeModel(), {"slope": Slope()}, "dark").run(items_of(pictures))
    with RunFolder(tmp_path / "run", {}, {"npy": RawWriter(), "jpeg": JpegWriter()}) as folder:
        scans = [record["scan"] for outcomes in explained for record in folder.add(outcomes)]
        folder.publish()
    assert [Path(scan).suffix for scan in scans] == [".jpg", ".png", ".png"]
    assert (tmp_path / "run" / scans[0]).read_bytes() == path.read_bytes()
    for scan, picture in zip(scans, pictures, strict=True):
        assert (xaibrain.read_image(tmp_path / "run" / scan).pixels == picture.pixels).all()


def test_overlays_of_two_kinds_lie_side_by_side_and_the_first_is_shown(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (2, 40, 50), np.uint8)
    explained = Pipeline(FakeModel(), {"slope": Slope()}, "dark").run(items_of(pictures[..., None]))
    writers = {"npy": RawWriter(), "png": PngWriter(), "jpeg": JpegWriter(quality=95)}
    with RunFolder(tmp_path / "run", {}, writers) as folder:
        [first, second] = [record for outcomes in explained for record in folder.add(outcomes)]
        folder.publish()
    for record in (first, second):
        [lossless] = record["outputs"]["png"]
        assert record["overlay"] == str(Path(lossless).with_suffix(".jpg"))
        drawn, exact = (
            xaibrain.read_image(tmp_path / "run" / name).pixels.astype(int)
            for name in (record["overlay"], lossless)
        )
        assert drawn.shape == exact.shape
        assert 0 < np.abs(drawn - exact).mean() < 3
