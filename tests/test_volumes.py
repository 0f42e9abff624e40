"""Slices become volumes: put together, ranked, written, taken up again, and told without names."""

import json
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from volumes import affine_of, explained, numbered, write_series

import xaibrain
from xaibrain import Failure, Geometry, Grid, Image, Place
from xaibrain.core.records import Kept
from xaibrain.inputs import items_of
from xaibrain.pseudonyms import pseudonymous
from xaibrain.recording import identity_of
from xaibrain.render.marks import marked
from xaibrain.results import RunFolder, read_records, read_volumes
from xaibrain.volumes import assemble, evidence_of
from xaibrain_pictures.raw import RawWriter

STRAIGHT = affine_of((0, 1, 2), (1, 1, 1))


def slice_of(volume, index, values, target="glioma"):
    """A map of one slice of a volume of 3 × 2 × 9 voxels."""
    grid = Grid((3, 2, 9), tuple(map(tuple, STRAIGHT[:3].tolist())))
    place = Place(volume, index, grid, (0, 0, index), (0, 1, 0), (1, 0, 0))
    values = np.asarray(values, np.float32)
    image = Image(
        np.zeros((2, 3), np.uint8), f"{volume}/{index}", place=place, file_sha256=f"{volume}{index}"
    )
    return explained(image, values, target)


def flat(volume, index, value, target="glioma"):
    return slice_of(volume, index, np.full((2, 3), value), target)


def test_slices_are_put_together_as_they_come():
    alone = explained(Image(np.zeros((2, 3)), "alone"), np.zeros((2, 3)))
    came = []

    def coming():
        for one in [
            flat("a", 0, 1),
            flat("a", 1, 2),
            alone,
            flat("b", 4, 3),
            Failure("b/5", "", "bad"),
            flat("b", 6, 5),
        ]:
            came.append(one)
            yield one

    volumes = assemble(coming())
    first = next(volumes)
    assert (first.name, first.explainer, first.target, len(first.slices)) == ("a", "gradcam", "glioma", 2)
    assert len(came) == 3, "a volume is given away when it has ended, and no later"
    [second] = volumes
    voxels = second.heatmap()
    assert voxels.shape == (3, 2, 9)
    assert [float(voxels[:, :, k].max()) for k in range(9)] == [0, 0, 0, 0, 3, 0, 5, 0, 0]
    np.testing.assert_array_equal(voxels[..., 4], 3)


def test_each_method_and_class_has_a_volume_of_its_own():
    maps = [flat("a", 0, 1), flat("a", 0, 2, "none"), flat("a", 1, 3, "none")]
    volumes = list(assemble(maps))
    assert [(one.target, len(one.slices)) for one in volumes] == [("glioma", 1), ("none", 2)]


def test_evidence_is_the_mean_of_what_speaks_for_the_class():
    """Written out in float64: what speaks against it does not count, and what cannot be read is nothing."""
    rng = np.random.default_rng(4)
    values = rng.normal(size=(2, 3))
    one = slice_of("a", 0, values)
    assert evidence_of(one) == pytest.approx(np.where(values > 0, values, 0).sum() / 6, rel=1e-5)
    assert evidence_of(replace(one, status="saturated")) == 0
    half = Geometry((4, 3), (0, 0, 2, 3), (2, 3), (0, 0, 2, 3))
    cropped = replace(one, heatmap=np.full((2, 3), 1, np.float32), geometry=half)
    assert evidence_of(cropped) == pytest.approx(0.5)


def test_slices_are_ranked_by_evidence():
    weak, none, strong = flat("a", 2, 0.5), flat("a", 3, -4), flat("a", 4, 2)
    [volume] = assemble([weak, none, strong])
    assert volume.ranked == (2, 0, 1)
    assert volume.evidence == (0.5, 0, 2)
    broken = replace(flat("a", 5, np.inf), status="non-finite")
    [volume] = assemble([weak, broken])
    assert np.isfinite(volume.heatmap()).all()


def test_slices_of_one_file_have_identities_of_their_own(tmp_path):
    nibabel.save(nibabel.Nifti1Image(numbered((3, 4, 3)), STRAIGHT), tmp_path / "a.nii")
    shutil.copy(tmp_path / "a.nii", tmp_path / "b.nii")
    first, again = (
        [identity_of(explained(item.read(), np.zeros((4, 3)))) for item in items_of(tmp_path / name)]
        for name in ("a.nii", "b.nii")
    )
    assert len(set(first)) == 3
    assert first == again


def test_a_slice_carries_its_number_and_a_volume_of_one_does_not():
    scan = np.zeros((200, 200, 3), np.uint8)
    slice_place = slice_of("a", 4, np.zeros((2, 3))).image
    corner = marked(scan, slice_place)[:20, :60]
    assert corner.any()
    assert (
        marked(scan, replace(slice_place, place=replace(slice_place.place, index=5)))[:20, :60] != corner
    ).any()
    assert not marked(scan, replace(slice_place, id="a"))[:20, :60].any()


class Whole:
    """A writer of volumes that keeps count."""

    volumes = True

    def __init__(self):
        self.wrote = []

    def write(self, explanations, folder, stem):
        self.wrote.append([one.image.id for one in explanations])
        (folder / f"{stem}.txt").write_text("a volume")
        return [folder / f"{stem}.txt"]


def folder_of(path, writer):
    return RunFolder(path, {"the": "same"}, {"npy": RawWriter(), "whole": writer})


def test_a_run_taken_up_puts_the_volume_together_again(tmp_path):
    """It was stopped within the second volume: the first is kept, the second written whole."""
    first = Whole()
    with folder_of(tmp_path / "out", first) as folder:
        for one in (flat("a", 0, 1), flat("a", 1, 2), flat("b", 0, 3), flat("b", 1, 4)):
            folder.add([one])
    assert first.wrote == [["a/0", "a/1"]]
    second = Whole()
    with folder_of(tmp_path / "out", second) as folder:
        assert set(folder.done) == {"a/0", "a/1"}
        for name in folder.done:
            folder.add(Kept(name))
        for index in range(3):
            folder.add([flat("b", index, 3 + index)])
        folder.publish()
    assert second.wrote == [["b/0", "b/1", "b/2"]]
    assert [record["id"] for record in read_records(tmp_path / "out")] == ["a/0", "a/1", "b/0", "b/1", "b/2"]
    told = read_volumes(tmp_path / "out")
    assert [one["volume"] for one in told] == ["a", "b"]
    assert [one["index"] for one in told[1]["slices"]] == [2, 1, 0]
    for one in told:
        [path] = one["outputs"]["whole"]
        assert (tmp_path / "out" / path).read_text() == "a volume"


def test_a_volume_with_a_failed_slice_is_done_again_whole(tmp_path):
    with folder_of(tmp_path / "out", Whole()) as folder:
        folder.add([flat("a", 0, 1)])
        folder.add([Failure("a/1", "", "damaged")])
        folder.add([flat("b", 0, 1)])
        folder.add([flat("c", 0, 1)])
    with folder_of(tmp_path / "out", Whole()) as folder:
        assert set(folder.done) == {"b/0"}


def test_what_a_writer_refuses_stands_in_the_record(tmp_path):
    class Refusing:
        volumes = False

        def write(self, explanations, folder, stem):
            raise ValueError("this writer\ntakes nothing")

    writers = {"npy": RawWriter(), "odd": Refusing()}
    with RunFolder(tmp_path / "out", {}, writers) as folder:
        folder.add([flat("a", 0, 1)])
        folder.publish()
    [record] = read_records(tmp_path / "out")
    assert record["refused"] == {"odd": "ValueError: this writer takes nothing"}
    assert (tmp_path / "out" / record["heatmap"]).is_file()
    assert not (tmp_path / "out" / "odd").exists()


def test_pseudonyms_say_nothing_of_the_source(tmp_path):
    write_series(tmp_path / "Doe_Jane" / "T1", numbered((3, 4, 3)), STRAIGHT)
    nibabel.save(nibabel.Nifti1Image(numbered((3, 3, 2)), STRAIGHT), tmp_path / "Doe_Jane.nii.gz")
    (tmp_path / "Doe_Jane.png").write_bytes(b"no picture")
    items = pseudonymous(items_of(tmp_path))
    assert [item.id for item in items] == [
        "volume-0001/0000", "volume-0001/0001", "picture-000003",
        "volume-0002/0000", "volume-0002/0001", "volume-0002/0002",
    ]  # fmt: skip
    assert not any("Doe" in item.source + item.group for item in items)
    damaged = items.pop(2)
    for item in items:
        image = item.read()
        assert (image.id, image.source, image.place.volume) == (item.id, "", item.group)
    with pytest.raises(xaibrain.errors.InputError) as caught:
        damaged.read()
    assert "Doe" not in str(caught.value)
    assert caught.value.__cause__ is None


SECRETS = ("Quackenbush", "MRN-778899", "19480229", "Zyxwv")


def _write(source, shown):
    write_series(
        source / "Zyxwv_T1", shown.astype(np.int16), affine_of((0, 1, 2), (-1, -1, 1), steps=(1, 1, 5)),
        PatientName="Quackenbush^Zyxwv", PatientID="MRN-778899", PatientBirthDate="19480229",
        StudyDescription="Zyxwv" * 20, SeriesDate="Zyxwv", WindowCenter=127.5, WindowWidth=256,
    )  # fmt: skip


@pytest.mark.parametrize("told_of", [True, False], ids=["names", "deidentify"])
def test_a_run_over_volumes_and_what_it_tells(run, tmp_path, told_of):
    """Names stand in paths, tags, private tags and in a value that pydicom would warn of."""
    source = tmp_path / "Quackenbush"
    shown = np.stack([image.pixels.T for image in xaibrain.load_dataset("phantom", count=3, seed=9)], axis=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _write(source, shown)
    (source / "Zyxwv.dcm").write_bytes(b"Quackenbush MRN-778899" * 20)
    arguments = ["explain", source, "-m", "phantom-efficientnet", "-t", "glioma_tumor", "-o", "out"]
    arguments += ["--write", "png,nifti,dicom-sc,dicom-seg"]
    code, out, err = run(*arguments, *([] if told_of else ["--deidentify"]))
    assert code == 1
    assert len(err.splitlines()) == 1
    records = read_records(tmp_path / "out")
    good = [record for record in records if not record["error"]]
    assert len(good) == 3
    [volume] = read_volumes(tmp_path / "out")
    strongest = [str(one["index"]) for one in volume["slices"]]
    assert f"most in slice {', '.join(strongest)}" in out
    _check_map(tmp_path / "out", good, volume)
    if told_of:
        assert volume["volume"] == "Zyxwv_T1/series-1"
        return
    for path in (tmp_path / "out").rglob("*"):
        assert not any(secret in path.name for secret in SECRETS)
        content = path.read_bytes() if path.is_file() else b""
        assert not any(secret.encode() in content for secret in (*SECRETS, str(tmp_path))), path
    assert not any(secret in out + err for secret in SECRETS)


def _check_map(folder: Path, records, volume):
    """The NIfTI map holds each raw map, laid on its slice, where the slice lies."""
    [path] = volume["outputs"]["nifti"]
    written = nibabel.load(folder / path)
    for record in records:
        place = record["place"]
        geometry = Geometry(**{name: tuple(box) for name, box in record["geometry"].items()})
        laid = geometry.to_source(np.load(folder / record["heatmap"]))
        grid = Grid(tuple(place["grid"]["shape"]), tuple(map(tuple, place["grid"]["affine"])))
        steps = (tuple(place[name]) for name in ("first", "down", "across"))
        slice_place = Place(place["volume"], place["index"], grid, *steps)
        np.testing.assert_array_equal(slice_place.take(written.get_fdata(dtype=np.float32)), laid)
    np.testing.assert_allclose(written.affine[:3], records[0]["place"]["grid"]["affine"], atol=1e-5)
    told = {one["id"]: one["evidence"] for one in volume["slices"]}
    for record in records:
        raw = np.load(folder / record["heatmap"])
        assert (told[record["id"]] > 0) == (raw.max() > 0)
        assert json.dumps(record)
