"""What DICOM files that are written take from their source: a list, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from dicognito.anonymizer import Anonymizer
from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes

from xaibrain import Explanation, Part
from xaibrain.errors import InputError
from xaibrain.home import cache_home
from xaibrain_dicom.header import frame_count, frame_header, header_of, quiet, safely
from xaibrain_dicom.secret import secret

COPIED = (
    "SpecificCharacterSet",
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
    "StudyInstanceUID", "StudyID", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName",
    "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID",
    "FrameOfReferenceUID", "PositionReferenceIndicator", "BurnedInAnnotation",
    "BodyPartExamined", "Laterality",
    "Rows", "Columns", "NumberOfFrames",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness",
)  # fmt: skip
"""The attributes of a source that may stand in what is written, or that say where it lies.

With `deidentify`, the name, the identifier and the UIDs among them are replaced by others, the same for the
same, and what else tells of the patient or the study is left empty.
"""

_EMPTIED = (
    "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime", "AccessionNumber",
    "ReferringPhysicianName",
)  # fmt: skip
"""What the basic profile (PS3.15, Table E.1-1) leaves without a value; dicognito replaces the others."""

_NEVER_ABSENT = ("PatientName", "PatientID", *_EMPTIED)

_OWN = {"PlanePositionSequence": ("ImagePositionPatient",)}
_SHARED = {
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness"),
}


def sources_of(explanations: Iterable[Explanation], deidentify: bool) -> list[Dataset]:
    """Return what may be copied of the files that pictures were read from, each file once.

    Raises:
        InputError: A picture does not come from a DICOM file, or has text burned into its pixels and is to be
            de-identified.
    """
    hidden_by = _anonymizer() if deidentify else None
    names: dict[Path, str] = {}
    for one in explanations:
        names.setdefault(_part(one).path, one.image.id)
    return [_source(path, name, hidden_by) for path, name in names.items()]


def _part(explanation: Explanation) -> Part:
    part = explanation.image.part
    if part is None:
        raise InputError(f"{explanation.image.id}: does not come from a DICOM file; write jpeg or nifti.")
    return part


def _source(path: Path, name: str, hidden_by: Anonymizer | None) -> Dataset:
    """Read what may be copied of a file; errors call it by the picture's name, since paths may be hidden."""
    try:
        header = header_of(path)
        burned = safely(path, lambda: str(header.get("BurnedInAnnotation", "")).upper() == "YES")
        copied = safely(path, lambda: _copied(header, hidden_by))
    except InputError:
        raise InputError(f"{name}: is no DICOM picture to refer to; write jpeg or nifti.") from None
    if hidden_by and burned:
        raise InputError(f"{name}: text is burned into its pixels; it cannot be de-identified.")
    return copied


@contextmanager
def holding(explanation: Explanation) -> Iterator[None]:
    """Tell what highdicom refuses in one line that quotes nothing of the source."""
    try:
        with quiet():
            yield
    except OSError:
        raise
    except Exception as error:
        told = f"DICOM cannot hold its map ({type(error).__name__})"
        raise InputError(f"{explanation.image.id}: {told}; write jpeg or nifti.") from error


def _copied(header: Dataset, hidden_by: Anonymizer | None) -> Dataset:
    source = Dataset()
    for name in COPIED:
        if name in header:
            source[name] = header[name]
    for name in _NEVER_ABSENT:
        if name not in source:
            setattr(source, name, "")
    if frame_count(header) > 1:
        frames = [frame_header(header, index) for index in range(frame_count(header))]
        source.SharedFunctionalGroupsSequence = [_groups(frames[0], _SHARED)]
        source.PerFrameFunctionalGroupsSequence = [_groups(frame, _OWN) for frame in frames]
    if hidden_by:
        _hide(source, hidden_by)
    return source


def _hide(source: Dataset, by: Anonymizer) -> None:
    # dicognito looks at it too.
    source.file_meta = FileMetaDataset()
    by.anonymize(source)
    for name in _EMPTIED:
        setattr(source, name, "")
    source.PatientIdentityRemoved = "YES"
    source.DeidentificationMethod = "Few attributes copied; those by dicognito, or emptied"
    source.DeidentificationMethodCodeSequence = [
        CodedConcept.from_code(codes.DCM.BasicApplicationConfidentialityProfile)
    ]
    source.LongitudinalTemporalInformationModified = "REMOVED"


def _groups(frame: Dataset, named: Mapping[str, Sequence[str]]) -> Dataset:
    """Return where a frame lies, as the functional groups of an enhanced file say it."""
    groups = Dataset()
    for group, names in named.items():
        item = Dataset()
        for name in names:
            if name in frame:
                item[name] = frame[name]
        setattr(groups, group, [item])
    return groups


@cache
def _anonymizer() -> Anonymizer:
    """Return that of this user: the same name or UID becomes the same other one, also in another run."""
    return Anonymizer(seed=secret(cache_home()))
