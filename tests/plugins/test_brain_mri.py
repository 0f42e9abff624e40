"""The dataset brain-mri: a small set of the same layout, and the real one where it is at hand."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest

import xaibrain_brain_mri
import xaibrain_brain_mri.archive
from xaibrain import Dataset
from xaibrain.errors import DatasetError, InputError
from xaibrain.fetch import ignore
from xaibrain_brain_mri.archive import ARCHIVE
from xaibrain_brain_mri.dataset import CLASS_NAMES, BrainMri


@pytest.fixture(autouse=True)
def nothing_around(tmp_path, monkeypatch):
    monkeypatch.setenv("XAIBRAIN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XAIBRAIN_DATA", raising=False)


@pytest.fixture
def small(tmp_path):
    """The layout of the real data: (1), (2) and (10) of each class for training, one for testing."""
    root = tmp_path / "data/Coursera-Content/Brain-MRI"
    for split, numbers in {"Training": (1, 2, 10), "Testing": (1,)}.items():
        for level, name in enumerate(CLASS_NAMES):
            (root / split / name).mkdir(parents=True)
            for number in numbers:
                picture = PIL.Image.fromarray(np.full((8, 8), level * 40 + number, np.uint8))
                picture.save(root / split / name / f"image({number}).jpg")
    (root / "Training/no_tumor/.DS_Store").touch()
    (root / "Training/no_tumor/notes.txt").touch()
    return root


def test_hook_names_a_dataset_that_can_be_made(small):
    (spec,) = xaibrain_brain_mri.xaibrain_datasets()
    assert spec.name == "brain-mri"
    assert spec.target == "xaibrain_brain_mri.dataset:BrainMri"
    assert isinstance(BrainMri(root=str(small)), Dataset)


@pytest.mark.parametrize(("split", "count"), [("all", 16), ("training", 12), ("testing", 4)])
def test_splits(small, split, count):
    data = BrainMri(split, root=str(small))
    assert len(data) == len(list(data)) == count
    assert list(data.ids) == sorted(data.ids)
    assert {image.label for image in data} == set(CLASS_NAMES) == set(data.class_names)


def test_picture_knows_its_id_label_and_source(small):
    image = BrainMri("training", root=str(small))[4]
    assert image.id == "Training/meningioma_tumor/image(10).jpg"
    assert image.label == "meningioma_tumor"
    assert image.source == str(small / image.id)
    assert image.pixels[0, 0] == 50


def test_order_is_plain_string_order(small):
    ids = BrainMri("training", root=str(small)).ids
    assert [id.split("/")[2] for id in ids[:3]] == ["image(1).jpg", "image(10).jpg", "image(2).jpg"]


def test_index_past_the_end(small):
    data = BrainMri("testing", root=str(small))
    with pytest.raises(IndexError):
        data[4]


def test_pictures_are_read_when_they_are_asked_for(small):
    (small / "Testing/no_tumor/image(1).jpg").write_text("not a picture")
    data = BrainMri("testing", root=str(small))
    assert data[0].label == "glioma_tumor"
    with pytest.raises(InputError, match="not a PNG, JPEG"):
        data[2]


@pytest.mark.parametrize("up", [0, 1, 2])
def test_environment_may_name_any_height_of_the_folder(small, monkeypatch, up):
    monkeypatch.setenv("XAIBRAIN_DATA", str([small, *small.parents][up]))
    assert BrainMri().folder == small


def test_root_goes_before_the_environment_and_that_before_the_cache(small, tmp_path, monkeypatch):
    cached = tmp_path / "home/brain-mri"
    cached.parent.mkdir()
    cached.symlink_to(small)
    assert BrainMri().folder == cached
    monkeypatch.setenv("XAIBRAIN_DATA", str(small))
    assert BrainMri().folder == small
    assert BrainMri(root=str(small.parent)).folder == small
    monkeypatch.setenv("XAIBRAIN_DATA", str(tmp_path / "of other sets"))
    assert BrainMri().folder == cached


def test_absent_data_says_how_to_get_it(tmp_path, monkeypatch):
    with pytest.raises(DatasetError, match=r"Run: xaibrain datasets download brain-mri \(or --from PATH\)"):
        BrainMri()
    with pytest.raises(DatasetError, match=r"not in .*wrong"):
        BrainMri(root=str(tmp_path / "wrong"))


def test_class_without_pictures_is_not_passed_over(small):
    for path in (small / "Testing/glioma_tumor").iterdir():
        path.unlink()
    with pytest.raises(DatasetError, match="glioma_tumor has no picture"):
        BrainMri("all", root=str(small))
    assert len(BrainMri("training", root=str(small))) == 12


def test_download_from_a_copy_is_found_afterwards(small, tmp_path, monkeypatch):
    result = BrainMri.download(small.parent, ignore)
    assert not result.published
    assert result.path == tmp_path / "home/brain-mri"
    assert len(BrainMri()) == result.files == 16
    monkeypatch.setattr(xaibrain_brain_mri.archive, "ARCHIVE", replace(ARCHIVE, digest=result.digest))
    assert BrainMri.download(small, ignore).published


def test_importing_the_plugin_brings_nothing_heavy():
    script = (
        "import sys, xaibrain_brain_mri; xaibrain_brain_mri.xaibrain_datasets()\n"
        "print([name for name in ('numpy', 'PIL', 'urllib.request', 'keras', 'cv2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_real_data_is_all_there(brain_mri_root):
    data = BrainMri(root=str(brain_mri_root))
    counts = Counter(id.rpartition("/")[0] for id in data.ids)
    assert counts == ARCHIVE.counts
    assert len(data) == 3285
    for image in [data[index] for index in range(0, 3285, 200)]:
        assert image.pixels.ndim == 2
        assert image.pixels.dtype == np.uint8


def test_real_data_has_the_digest_of_the_published_one(brain_mri_root):
    result = BrainMri.download(brain_mri_root, ignore)
    assert result.published
    assert result.files == 3285
    assert not BrainMri.download(None, ignore).fresh
