"""DICOM, in and out."""

from xaibrain import ReaderSpec, Spec, hookimpl


@hookimpl
def xaibrain_readers() -> list[ReaderSpec]:
    """Offer the reader `dicom`."""
    return [
        ReaderSpec(
            name="dicom",
            target="xaibrain_dicom.reader:DicomReader",
            summary="DICOM files and series, plain or compressed, frame by frame",
            reference="DICOM PS3.3 C.7.6 (images), C.11 (look-up tables)",
            extra="dicom",
            suffixes=(".dcm", ".dicom"),
            magic=((128, b"DICM"),),
        )
    ]


@hookimpl
def xaibrain_writers() -> list[Spec]:
    """Offer the writers `dicom-sc`, `dicom-pm` and `dicom-seg`."""
    return [
        Spec(
            name="dicom-sc",
            target="xaibrain_dicom.capture:CaptureWriter",
            summary="Overlays as DICOM Secondary Captures that refer to their source",
            reference="DICOM PS3.3 A.8.1; highdicom (Bridge et al., J Digit Imaging 35, 2022)",
            extra="dicom",
        ),
        Spec(
            name="dicom-pm",
            target="xaibrain_dicom.parametric:ParametricWriter",
            summary="Maps as DICOM Parametric Maps, raw and signed, in the source's frame of reference",
            reference="DICOM PS3.3 A.75; highdicom (Bridge et al., J Digit Imaging 35, 2022)",
            extra="dicom",
        ),
        Spec(
            name="dicom-seg",
            target="xaibrain_dicom.segments:SegmentWriter",
            summary="Where a map is strongest, as a DICOM Segmentation",
            reference="DICOM PS3.3 A.51; highdicom (Bridge et al., J Digit Imaging 35, 2022)",
            extra="dicom",
        ),
    ]
