"""DICOM files that are written: valid, where the source is, and with nothing of it that is not listed."""

import shutil
import subprocess

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
from highdicom.pm.sop import pmread
from pydicom.dataset import Dataset
from volumes import TURNS, affine_of, explained, oblique, write_enhanced, write_series

from xaibrain.errors import InputError
from xaibrain.inputs import items_of
from xaibrain_dicom.capture import CaptureWriter
from xaibrain_dicom.parametric import ParametricWriter
from xaibrain_dicom.segments import SegmentWriter
from xaibrain_dicom.source import COPIED, _anonymizer
from xaibrain_nifti.writer import NiftiWriter

SECRETS = {
    "PatientName": "Zyxwv^Quentin", "PatientID": "MRN-778899", "PatientBirthDate": "19480229",
    "AccessionNumber": "ACC-445566", "ReferringPhysicianName": "Referrer^Rita",
    "InstitutionName": "Saint Elsewhere",
    "StudyDescription": "for Zyxwv", "OperatorsName": "Operator^Olga", "StudyID": "STUDY-3141",
    "PatientComments": "called Zyxwv at home",
}  # fmt: skip


LPS = np.diag((-1.0, -1.0, 1.0, 1.0))
"""From right, front and head to DICOM's left, back and head."""


def lesion():
    """A volume with a lesion of 4 × 6 × 2 voxels, brightest at one of them."""
    voxels = np.zeros((20, 24, 7), np.int16)
    voxels[5:9, 10:16, 2:4] = 1000
    voxels[6, 12, 3] = 2000
    return voxels


def maps_of(folder, sign=1):
    """The pixels themselves as the maps of the slices."""
    images = [item.read() for item in items_of(folder, {"window": "none"})]
    return [explained(image, sign * image.pixels) for image in images]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    write_series(folder, lesion(), oblique(), BodyPartExamined="BRAIN")
    return folder


@pytest.fixture(scope="module")
def written(source, tmp_path_factory):
    """One file of each kind."""
    folder, maps = tmp_path_factory.mktemp("written"), maps_of(source)
    [capture] = CaptureWriter().write(maps[3:4], folder, "sc")
    [parametric] = ParametricWriter().write(maps, folder, "pm")
    [segments] = SegmentWriter(threshold=0.25).write(maps, folder, "seg")
    return {"sc": capture, "pm": parametric, "seg": segments}


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy (Debian's dicom3tools) is not installed"
)
@pytest.mark.parametrize("kind", ["sc", "pm", "seg"])
def test_dciodvfy_finds_no_error(written, kind):
    told = subprocess.run(
        ["dciodvfy", "-new", written[kind]], capture_output=True, text=True, check=False
    ).stderr
    assert {"sc": "SCImage", "pm": "ParametricMap", "seg": "Segmentation"}[kind] in told
    assert "Error" not in told
    # A term of PS3.3 C.8.16.1.4 that dciodvfy has not learned yet; nothing else is remarked on.
    assert [line for line in told.splitlines() if "Warning" in line and "<QUANTITY>" not in line] == []


@pytest.mark.parametrize("kind", ["sc", "pm", "seg"])
def test_research_content_that_refers_to_its_source(written, source, kind):
    made = pydicom.dcmread(written[kind])
    originals = [pydicom.dcmread(path) for path in sorted(source.iterdir(), reverse=True)]
    assert made.StudyInstanceUID == originals[0].StudyInstanceUID
    assert made.SeriesInstanceUID != originals[0].SeriesInstanceUID
    said = [
        str(made.get(name, "")) for name in ("ContentDescription", "ImageComments", "DerivationDescription")
    ]
    assert any("research only" in text for text in said)
    referred = {item.ReferencedSOPInstanceUID for item in made.SourceImageSequence}
    expected = originals[3:4] if kind == "sc" else originals
    assert referred == {original.SOPInstanceUID for original in expected}
    if kind != "sc":
        assert made.ContentQualification == "RESEARCH"


def small():
    """A volume with a lesion that is brightest at one voxel, and no symmetry."""
    voxels = np.zeros((6, 8, 3), np.int16)
    voxels[1:3, 4:7, 1], voxels[2, 5, 1], voxels[1, 4, 2] = 1000, 2000, 1000
    return voxels


@pytest.mark.parametrize("turn", [*TURNS, None], ids=str)
def test_maps_lie_where_the_source_does(tmp_path, turn):
    """Each voxel of the source is found again at its millimetres, to a thousandth of a voxel."""
    affine = oblique() if turn is None else affine_of(*turn)
    voxels = small()
    write_series(tmp_path / "mr", voxels, affine)
    maps = maps_of(tmp_path / "mr")
    [path] = ParametricWriter().write(maps, tmp_path, "pm")
    volume = pmread(path).get_volume(dtype=np.float32)
    [path] = NiftiWriter().write(maps, tmp_path, "map")
    nifti = nibabel.load(path)
    lps = LPS @ affine
    for array, back in ((volume.array, volume.affine), (nifti.get_fdata(), LPS @ nifti.affine)):
        for voxel in np.argwhere(voxels):
            there = (np.linalg.inv(back) @ lps @ [*voxel, 1])[:3]
            np.testing.assert_allclose(there, np.rint(there), atol=1e-3)
            assert array[tuple(np.rint(there).astype(int))] == voxels[tuple(voxel)]
        assert array.sum() == voxels.sum()


def within(itk, image):
    """Millimetres and values of all voxels that are not 0, by SimpleITK alone."""
    array = itk.GetArrayFromImage(image)
    places = [
        image.TransformIndexToPhysicalPoint(tuple(map(int, index[::-1]))) for index in np.argwhere(array)
    ]
    values = array[array != 0]
    order = np.lexsort(np.round(places, 2).T)
    return np.array(places)[order], values[order]


@pytest.mark.parametrize("turn", [*TURNS, None], ids=str)
def test_simpleitk_finds_source_map_and_outline_in_one_place(tmp_path, turn):
    """It reads the source series, and what was written, by its own code."""
    itk = pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")
    files = write_series(tmp_path / "mr", small(), oblique() if turn is None else affine_of(*turn))
    maps = maps_of(tmp_path / "mr")
    [nifti] = NiftiWriter().write(maps, tmp_path, "map")
    [outline] = SegmentWriter(threshold=0.25).write(maps, tmp_path, "seg")
    names = itk.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path / "mr"))
    assert len(names) == len(files)
    places, values = within(itk, itk.ReadImage(names))
    found, back = within(itk, itk.ReadImage(str(nifti)))
    np.testing.assert_allclose(found, places, atol=0.01)
    np.testing.assert_array_equal(back, values)
    np.testing.assert_allclose(within(itk, itk.ReadImage(str(outline)))[0], places, atol=0.01)


def test_a_segmentation_holds_what_is_above_the_threshold(written, source, tmp_path):
    assert highdicom.seg.segread(written["seg"]).get_volume().array.sum() == np.count_nonzero(lesion())
    [half] = SegmentWriter(threshold=1.0).write(maps_of(source), tmp_path, "half")
    assert highdicom.seg.segread(half).get_volume(allow_missing_positions=True).array.sum() == 1
    with pytest.raises(InputError, match="nothing speaks for glioma"):
        SegmentWriter().write(maps_of(source, sign=-1), tmp_path, "none")


@pytest.mark.parametrize("hide", [False, True])
def test_frames_of_one_file_are_referred_to(tmp_path, hide):
    write_enhanced(tmp_path / "mr.dcm", lesion(), oblique(), order=(6, 5, 4, 3, 2, 1, 0))
    maps = maps_of(tmp_path / "mr.dcm")
    maps = [explained(one.image, one.heatmap * (one.heatmap > 0)) for one in maps]
    [path] = SegmentWriter(threshold=0.2, deidentify=hide).write(maps, tmp_path, "seg")
    volume = highdicom.seg.segread(path).get_volume(combine_segments=True)
    lps = LPS @ oblique()
    found = np.mean([(volume.affine @ [*index, 1])[:3] for index in np.argwhere(volume.array)], axis=0)
    brightest = (lps @ [6, 12, 3, 1])[:3]
    assert np.linalg.norm(found - brightest) < 8
    [capture] = CaptureWriter(hide).write(maps[2:3], tmp_path, "sc")
    [reference] = pydicom.dcmread(capture).SourceImageSequence
    assert reference.ReferencedFrameNumber == maps[2].image.part.index + 1


def test_some_slices_of_a_volume(source, tmp_path):
    maps = maps_of(source)
    [path] = ParametricWriter().write([maps[2], maps[3], maps[6]], tmp_path, "some")
    made = pydicom.dcmread(path)
    assert made.NumberOfFrames == 3
    places = [
        groups.PlanePositionSequence[0].ImagePositionPatient
        for groups in made.PerFrameFunctionalGroupsSequence
    ]
    for which in (2, 3, 6):
        x, y, z = maps[which].image.place.at(0, 0)
        [frame] = [n for n, place in enumerate(places) if np.allclose(place, (-x, -y, z), atol=1e-4)]
        np.testing.assert_array_equal(made.pixel_array[frame], maps[which].heatmap)


def test_a_picture_that_is_not_of_dicom_is_refused(tmp_path):
    import PIL.Image

    PIL.Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png")
    image = items_of(tmp_path / "a.png")[0].read()
    for writer in (CaptureWriter(), ParametricWriter(), SegmentWriter()):
        with pytest.raises(InputError, match=r"a\.png: .*write jpeg or nifti"):
            writer.write([explained(image, image.pixels)], tmp_path, "a")


@pytest.mark.parametrize("hide", [False, True])
def test_nothing_is_copied_that_is_not_listed(tmp_path, hide):
    """Secrets stand in tags, in nested and in private ones: only those that are listed may come along."""
    files = write_series(tmp_path / "mr", lesion(), oblique(), **SECRETS)
    for path in files:
        one = pydicom.dcmread(path)
        block = one.private_block(0x0033, "SECRET MAKER", create=True)
        block.add_new(1, "LO", "Zyxwv private")
        item = Dataset()
        item.PatientName = "Zyxwv^Nested"
        one.RequestAttributesSequence = [item]
        one.save_as(path)
    original = pydicom.dcmread(files[0])
    maps = maps_of(tmp_path / "mr")
    out = tmp_path / "out"
    out.mkdir()
    made = [
        *CaptureWriter(hide).write(maps[:1], out, "sc"),
        *ParametricWriter(hide).write(maps, out, "pm"),
        *SegmentWriter(deidentify=hide).write(maps, out, "seg"),
    ]
    may = {str(SECRETS[name]).encode() for name in COPIED if name in SECRETS and not hide}
    uids = [original.StudyInstanceUID, original.SeriesInstanceUID, original.SOPInstanceUID,
            original.FrameOfReferenceUID]  # fmt: skip
    for path in made:
        content = path.read_bytes()
        for secret in [*SECRETS.values(), "Zyxwv private", "Zyxwv^Nested", "SECRET MAKER"]:
            if secret.encode() not in may:
                assert secret.encode() not in content, (path, secret)
        if hide:
            assert not any(uid.encode() in content for uid in uids)
            assert b"20200101" not in content
    studies = {pydicom.dcmread(path).StudyInstanceUID for path in made}
    assert len(studies) == 1


def all_of(maps, folder):
    """One file of each kind, with the patient hidden."""
    folder.mkdir()
    paths = [
        *CaptureWriter(True).write(maps[:1], folder, "sc"),
        *ParametricWriter(True).write(maps, folder, "pm"),
        *SegmentWriter(deidentify=True).write(maps, folder, "seg"),
    ]
    return [pydicom.dcmread(path) for path in paths]


def test_hidden_patients_are_called_the_same_in_later_runs(source, tmp_path, monkeypatch):
    """By a secret that is the user's own; another user calls them otherwise."""
    named = ("PatientName", "PatientID", "StudyInstanceUID", "SeriesInstanceUID")
    found = []
    for name, home in (("first", "one"), ("again", "one"), ("other", "two")):
        _anonymizer.cache_clear()
        monkeypatch.setenv("XAIBRAIN_HOME", str(tmp_path / home))
        made = all_of(maps_of(source), tmp_path / name)
        found.append([str(one[word].value) for one in made for word in named])
        for one in made:
            assert one.PatientIdentityRemoved == "YES"
            assert one.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
            assert one.LongitudinalTemporalInformationModified == "REMOVED"
    _anonymizer.cache_clear()
    assert found[0] == found[1]
    assert not set(found[0]) & set(found[2])
    key = tmp_path / "one" / "pseudonyms.key"
    assert key.stat().st_mode & 0o077 == 0
    assert len(key.read_text()) == 64
    assert [path.name for path in key.parent.iterdir()] == ["pseudonyms.key"]


def test_burned_in_text_cannot_be_hidden(tmp_path):
    write_series(tmp_path / "mr", lesion(), oblique(), BurnedInAnnotation="YES")
    maps = maps_of(tmp_path / "mr")
    [path] = CaptureWriter().write(maps[:1], tmp_path, "a")
    assert pydicom.dcmread(path).BurnedInAnnotation == "YES"
    with pytest.raises(InputError, match=r"^series-1/0: text is burned"):
        CaptureWriter(deidentify=True).write(maps[:1], tmp_path, "b")
