"""DICOM, in and out."""

from xaibrain import ReaderSpec, hookimpl


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
