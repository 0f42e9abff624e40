"""Volumes of which every voxel is known, and the files that others than xaibrain write of them."""

import shutil
from itertools import permutations, product

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from xaibrain import Explanation, Geometry, Provenance

TURNS = [(axes, signs) for axes in permutations(range(3)) for signs in product((1, -1), repeat=3)]
"""All 48 ways in which the voxels' axes may lie along the patient's."""

OBLIQUE = np.array([[0.94, -0.17, 0.30], [0.22, 0.96, -0.14], [-0.26, 0.20, 0.94]])


def affine_of(axes, signs, steps=(2.0, 1.5, 3.0), origin=(-20.0, 31.0, 7.5)):
    """Return what brings voxels to millimetres (RAS+) when axis n of the voxels runs along axes[n]."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for voxel, (axis, sign, step) in enumerate(zip(axes, signs, steps, strict=True)):
        affine[axis, voxel] = sign * step
    affine[:3, 3] = origin
    return affine


def oblique():
    """Return a right-handed affine along no axis of the patient."""
    turned, _ = np.linalg.qr(OBLIQUE)
    affine = affine_of((0, 1, 2), (1, 1, 1))
    affine[:3, :3] = turned * np.sign(np.diag(turned)) @ np.diag((2.0, 1.5, 3.0))
    return affine


def numbered(shape=(5, 6, 7)):
    """Return a volume in which each voxel has a number of its own."""
    return np.arange(np.prod(shape), dtype=np.int16).reshape(shape)


def explained(image, values, target="glioma"):
    """Return a map of the picture's own size, as an explanation of it."""
    height, width = image.size
    geometry = Geometry((height, width), (0, 0, height, width), (height, width), (0, 0, height, width))
    provenance = Provenance("gradcam", {}, "tiny", "f" * 64, {}, "given", image.sha256, {})
    return Explanation(
        image, values.astype(np.float32), geometry, target, target, {target: 1.0}, None, "", "ok", provenance
    )


def write_series(folder, voxels, affine, **tags):
    """Write voxels (column, row, slice) as one DICOM file a slice, named against their order.

    Args:
        folder: Where to.
        voxels: int16 or uint16.
        affine: Voxels to millimetres, RAS+; its columns at right angles.
        tags: More attributes, the same in each file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lps = np.diag((-1.0, -1.0, 1.0, 1.0)) @ affine
    across, down, along, origin = lps[:3].T
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    files = []
    for number in range(voxels.shape[2]):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, MRImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        path = folder / f"IM{voxels.shape[2] - number:04d}"
        one = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
        one.SOPClassUID, one.SOPInstanceUID = MRImageStorage, meta.MediaStorageSOPInstanceUID
        one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = study, series, frame
        one.PatientName, one.PatientID, one.PatientBirthDate, one.PatientSex = "Some^One", "1", "", "O"
        one.StudyID, one.StudyDate, one.StudyTime, one.AccessionNumber = "1", "20200101", "120000", ""
        one.ReferringPhysicianName, one.Modality, one.Manufacturer, one.SeriesNumber = "", "MR", "", 1
        one.PositionReferenceIndicator, one.InstanceNumber = "", number + 1
        one.ImageType, one.ScanningSequence, one.SequenceVariant = ["ORIGINAL", "PRIMARY"], "SE", "NONE"
        one.ImagePositionPatient = [round(float(x), 6) for x in origin + number * along]
        turned = [*(across / np.linalg.norm(across)), *(down / np.linalg.norm(down))]
        one.ImageOrientationPatient = [round(float(x), 8) for x in turned]
        one.PixelSpacing = [float(np.linalg.norm(down)), float(np.linalg.norm(across))]
        one.SliceThickness = float(np.linalg.norm(along))
        one.Rows, one.Columns = voxels.shape[1], voxels.shape[0]
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit = 16, 16, 15
        one.PixelRepresentation = int(voxels.dtype.kind == "i")
        one.PixelData = np.ascontiguousarray(voxels[:, :, number].T).tobytes()
        for name, value in tags.items():
            setattr(one, name, value)
        pydicom.dcmwrite(path, one, enforce_file_format=True)
        files.append(path)
    return files


def write_enhanced(path, voxels, affine, order=None):
    """Write voxels (column, row, slice) as one enhanced MR file: what holds for a frame stands in its groups.

    Args:
        path: Where to.
        voxels: int16.
        affine: Voxels to millimetres, RAS+; its columns at right angles.
        order: The slices in the order of the frames; as they are if none.
    """
    order = list(order or range(voxels.shape[2]))
    [first, *others] = write_series(path.parent / "parts", voxels, affine)
    one = pydicom.dcmread(first)
    planes = [one, *map(pydicom.dcmread, others)]
    shared, frames = Dataset(), []
    shared.PixelMeasuresSequence = [_item(one, "PixelSpacing", "SliceThickness")]
    shared.PlaneOrientationSequence = [_item(one, "ImageOrientationPatient")]
    for number in order:
        frame = Dataset()
        frame.PlanePositionSequence = [_item(planes[number], "ImagePositionPatient")]
        frame.PixelValueTransformationSequence = [Dataset()]
        frame.PixelValueTransformationSequence[0].RescaleSlope = number + 1
        frame.PixelValueTransformationSequence[0].RescaleIntercept = -number
        frame.PixelValueTransformationSequence[0].RescaleType = "US"
        frames.append(frame)
    for name in ("PixelSpacing", "SliceThickness", "ImageOrientationPatient", "ImagePositionPatient"):
        del one[name]
    one.SOPClassUID = one.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    one.NumberOfFrames = len(order)
    one.SharedFunctionalGroupsSequence, one.PerFrameFunctionalGroupsSequence = [shared], frames
    one.PixelData = b"".join(planes[number].PixelData for number in order)
    pydicom.dcmwrite(path, one, enforce_file_format=True)
    shutil.rmtree(path.parent / "parts")
    return path


def _item(source, *names):
    item = Dataset()
    for name in names:
        setattr(item, name, source[name].value)
    return item
