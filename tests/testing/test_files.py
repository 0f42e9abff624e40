"""Readers and writers that come along keep the rules; those that are broken on purpose are told so."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import nibabel
import numpy as np
import PIL.Image
import pytest
from volumes import affine_of, explained, numbered, write_series

from xaibrain import Image, Part
from xaibrain.errors import InputError
from xaibrain.inputs import items_of
from xaibrain.testing import BrokenRule, check_reader, check_writer

STRAIGHT = affine_of((0, 1, 2), (1, 1, 1))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Sound files for each reader."""
    folder = tmp_path_factory.mktemp("files")
    PIL.Image.fromarray(np.arange(30, dtype=np.uint8).reshape(5, 6)).save(folder / "a.png")
    nibabel.save(nibabel.Nifti1Image(numbered(), STRAIGHT), folder / "a.nii.gz")
    series = write_series(folder / "mr", numbered((4, 5, 3)), STRAIGHT)
    return {"pictures": [folder / "a.png"], "nifti": [folder / "a.nii.gz"], "dicom": series}


@pytest.mark.parametrize("name", ["pictures", "nifti", "dicom"])
def test_readers(name, files):
    check_reader(name, files=files[name], examples=4)
    check_reader(name)


@pytest.mark.parametrize("name", ["jpeg", "png", "npy", "coco", "nifti"])
def test_writers(name):
    check_writer(name)


@pytest.mark.parametrize("name", ["dicom-sc", "dicom-pm", "dicom-seg"])
def test_writers_of_dicom(name, files):
    images = [item.read() for item in items_of(files["dicom"])]
    check_writer(name, explanations=[explained(image, image.pixels) for image in images])
    check_writer(name)


@dataclass(frozen=True)
class Sound:
    """Each file is one dark picture."""

    def parts(self, files):
        return [Part(path, id) for path, id in files]

    def read(self, part):
        content = self.content(part.path)
        if not content.startswith(b"\x89PNG"):
            raise InputError(f"{part.path}: no picture; leave it out.")
        return Image(np.zeros((5, 6), np.uint8), part.id, part=part, file_sha256=digest_of(content))

    def content(self, path):
        try:
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from None


def digest_of(content):
    import hashlib

    return hashlib.sha256(content).hexdigest()


class Forgets(Sound):
    def parts(self, files):
        return []


class SameName(Sound):
    def parts(self, files):
        return [Part(path, "one") for path, _ in files for _ in range(2)]


class Renames(Sound):
    def read(self, part):
        return replace(super().read(part), id="other")


class Invents(Sound):
    def read(self, part):
        return Image(
            np.zeros((5, 6), np.uint8), part.id, part=part, file_sha256=digest_of(self.content(part.path))
        )


class Crashes(Sound):
    def content(self, path):
        return path.read_bytes()


class Fickle(Sound):
    seen: ClassVar[list] = []

    def read(self, part):
        self.seen.append(part)
        image = super().read(part)
        return replace(image, pixels=image.pixels + np.uint8(len(self.seen)))


@pytest.mark.parametrize(
    ("reader", "broken"),
    [(Forgets, "parts"), (SameName, "parts"), (Renames, "read"), (Invents, "damaged"), (Crashes, "damaged"),
     (Fickle, "again")],
)  # fmt: skip
def test_readers_that_break_a_rule(reader, broken, files):
    check_reader(Sound(), files=files["pictures"])
    with pytest.raises(BrokenRule) as caught:
        check_reader(reader(), files=files["pictures"])
    assert caught.value.rule == broken


@dataclass(frozen=True)
class Notes:
    """Writes the largest value of each map."""

    volumes: ClassVar[bool] = False

    def write(self, explanations, folder, stem):
        path = folder / f"{stem}.txt"
        path.write_text(str(explanations[0].heatmap.max()))
        return [path]


class Elsewhere(Notes):
    def write(self, explanations, folder, stem):
        return super().write(explanations, folder.parent, stem)


class OneName(Notes):
    def write(self, explanations, folder, stem):
        return super().write(explanations, folder, "map")


class Promises(Notes):
    def write(self, explanations, folder, stem):
        return [Path(folder, "never.txt")]


class Scales(Notes):
    def write(self, explanations, folder, stem):
        explanations[0].heatmap[...] /= 2
        return super().write(explanations, folder, stem)


class Strict(Notes):
    def write(self, explanations, folder, stem):
        assert np.isfinite(explanations[0].heatmap).all()
        return super().write(explanations, folder, stem)


@pytest.mark.parametrize(
    ("writer", "broken"),
    [
        (Elsewhere, "files"),
        (Promises, "files"),
        (OneName, "apart"),
        (Scales, "untouched"),
        (Strict, "refusing"),
    ],
)
def test_writers_that_break_a_rule(writer, broken):
    check_writer(Notes())
    with pytest.raises(BrokenRule) as caught:
        check_writer(writer())
    assert caught.value.rule == broken
