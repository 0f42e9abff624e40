"""What names a patient is planted wherever a file can hold it, and looked for in all that xaibrain writes."""

import gzip
import json
import zlib

import nibabel
import numpy as np
import PIL.Image
import PIL.PngImagePlugin
import pydicom
import pytest
from pydicom.dataset import Dataset
from volumes import affine_of, write_series

import xaibrain
from xaibrain.results import read_records, read_volumes

AXES = affine_of((0, 1, 2), (-1, -1, 1), steps=(1, 1, 5))
IN_PATHS = ("Quackenbush", "Zyxwv")
IN_FILES = ("Bartholomew", "MRN-778899", "19480229", "Saint Elsewhere")


def plant_in_dicom(folder, voxels):
    """In tags that are copied and that are not, nested, private, and against the standard."""
    files = write_series(
        folder, voxels, AXES, PatientName="Bartholomew^Jo", PatientID="MRN-778899",
        PatientBirthDate="19480229", StudyDate="19480229", StudyDescription="of Bartholomew",
        SeriesDescription="Bartholomew T1", InstitutionName="Saint Elsewhere", PatientComments="Bartholomew",
        ImageComments="Bartholomew", WindowCenter=127.5, WindowWidth=256, BodyPartExamined="BRAIN",
    )  # fmt: skip
    uids = set()
    for path in files:
        one = pydicom.dcmread(path)
        one.private_block(0x0033, "Saint Elsewhere", create=True).add_new(1, "LO", "Bartholomew")
        one.RequestAttributesSequence = [Dataset()]
        one.RequestAttributesSequence[0].PatientName = "Bartholomew^Nested"
        one.save_as(path)
        uids |= {one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID, one.FrameOfReferenceUID}
    return sorted(map(str, uids))


def plant_in_nifti(path, voxels):
    image = nibabel.Nifti1Image(voxels, AXES)
    for field in ("descrip", "db_name", "aux_file", "intent_name"):
        image.header[field] = b"Bartholomew"
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"Bartholomew MRN-778899"))
    nibabel.save(image, path)


def plant_in_pictures(folder, pixels):
    text = PIL.PngImagePlugin.PngInfo()
    text.add_text("Author", "Bartholomew")
    text.add_itxt("Comment", "MRN-778899", zip=True)
    exif = PIL.Image.Exif()
    exif[0x010E] = "Bartholomew"
    picture = PIL.Image.fromarray(pixels)
    picture.save(folder / "Zyxwv.png", pnginfo=text)
    picture.save(folder / "Zyxwv.jpg", exif=exif, comment=b"MRN-778899")
    picture.save(folder / "Zyxwv.tif", tiffinfo={270: "Bartholomew", 315: "Saint Elsewhere"})


def plant_what_is_damaged(folder):
    (folder / "Zyxwv.dcm").write_bytes(b"Bartholomew MRN-778899" * 20)
    (folder / "Zyxwv.nii").write_bytes(b"Bartholomew" * 60)
    (folder / "Zyxwv_cut.png").write_bytes((folder / "Zyxwv.png").read_bytes()[:-90])


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A folder whose name is a secret too, and the secrets: in paths, and in files."""
    folder = tmp_path_factory.mktemp("of") / "Quackenbush" / "Zyxwv scans"
    folder.mkdir(parents=True)
    scans = [image.pixels for image in xaibrain.load_dataset("phantom", count=2, seed=9)]
    voxels = np.stack([pixels.T for pixels in scans], axis=2).astype(np.int16)
    uids = plant_in_dicom(folder / "Zyxwv_T1", voxels)
    plant_in_nifti(folder / "Zyxwv_T2.nii.gz", voxels)
    plant_in_pictures(folder, scans[0])
    plant_what_is_damaged(folder)
    return folder, (*IN_PATHS, str(folder)), (*IN_FILES, *uids)


def told_in(path):
    """All that a file says, also where it is compressed."""
    content = path.read_bytes()
    yield content
    if path.name.endswith(".gz"):
        yield gzip.decompress(content)
    if path.suffix == ".png":
        with PIL.Image.open(path) as picture:
            yield repr(picture.info).encode()
    if path.suffix in (".parquet", ".zip"):
        yield json.dumps(read_records(path.parent), ensure_ascii=False).encode()
    for start in (b"\x78\x9c", b"\x78\xda"):
        at = content.find(start)
        if at >= 0:
            yield _inflated(content[at:])


def _inflated(content):
    try:
        return zlib.decompressobj().decompress(content)
    except zlib.error:
        return b""


def leaks(folder, secrets):
    """Files that hold a secret, in their names or in what they say."""
    return [
        (path.name, secret)
        for path in folder.rglob("*")
        for secret in secrets
        if secret in path.name
        or (path.is_file() and any(secret.encode() in content for content in told_in(path)))
    ]


def test_the_search_finds_what_was_planted(source):
    folder, in_paths, in_files = source
    found = leaks(folder, (*in_paths, *in_files))
    assert {secret for _, secret in found} >= {"Zyxwv", *in_files}
    for name in ("IM0001", "Zyxwv_T2.nii.gz", "Zyxwv.png", "Zyxwv.jpg", "Zyxwv.tif", "Zyxwv.nii"):
        assert (name, "Bartholomew") in found
    assert ("Zyxwv.png", "MRN-778899") in found


@pytest.mark.parametrize("store", ["files", "columnar"])
def test_a_run_that_hides_the_patient_tells_nothing_planted(run, tmp_path, source, store):
    folder, in_paths, in_files = source
    writers = "png,nifti,coco,dicom-sc,dicom-pm,dicom-seg"
    code, out, err = run(
        "explain", folder, "-m", "phantom-efficientnet", "-t", "glioma_tumor", "-w", writers,
        "--store", store, "--deidentify", "-o", "out",
    )  # fmt: skip
    assert code == 1
    report, told, _ = run("report", "out")
    assert report == 0
    assert leaks(tmp_path, (*in_paths, *in_files)) == []
    assert not [secret for secret in (*in_paths, *in_files) if secret in out + err + told]
    records, volumes = read_records(tmp_path / "out"), read_volumes(tmp_path / "out")
    assert sum(record["error"] is None for record in records) == 7
    assert sum(record["error"] is not None for record in records) == 3
    assert [set(volume["outputs"]) >= {"nifti", "dicom-pm"} for volume in volumes] == [True, False]


def test_no_tag_is_told_though_paths_are(run, tmp_path, source):
    """Without --deidentify: pages hold neither, records hold paths, and DICOM files what is listed."""
    folder, in_paths, in_files = source
    run("explain", folder, "-m", "phantom-efficientnet", "-w", "png,nifti,coco", "-o", "out")
    code, _, _ = run("report", "out", "-o", "page.html")
    assert code == 0
    assert leaks(tmp_path, in_files) == []
    assert not any(secret in (tmp_path / "page.html").read_text() for secret in in_paths)
    assert "Zyxwv" in (tmp_path / "out" / "explanations.jsonl").read_text()
