"""NIfTI volumes, in and out."""

from xaibrain import ReaderSpec, Spec, hookimpl

_REFERENCE = "NIfTI-1.1 and NIfTI-2, https://nifti.nimh.nih.gov"


@hookimpl
def xaibrain_readers() -> list[ReaderSpec]:
    """Offer the reader `nifti`."""
    return [
        ReaderSpec(
            name="nifti",
            target="xaibrain_nifti.reader:NiftiReader",
            summary="NIfTI volumes (.nii, .nii.gz, .hdr with .img), slice by slice",
            reference=_REFERENCE,
            extra="nifti",
            suffixes=(".nii", ".nii.gz", ".hdr"),
            magic=((344, b"n+1\0"), (4, b"n+2\0")),
        )
    ]


@hookimpl
def xaibrain_writers() -> list[Spec]:
    """Offer the writer `nifti`."""
    return [
        Spec(
            name="nifti",
            target="xaibrain_nifti.writer:NiftiWriter",
            summary="Maps of volumes as NIfTI files, in the voxels of the source",
            reference=_REFERENCE,
            extra="nifti",
        )
    ]
