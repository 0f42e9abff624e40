"""Ordinary picture files, in and out."""

from xaibrain import ReaderSpec, Spec, hookimpl
from xaibrain.reading import SUFFIXES


@hookimpl
def xaibrain_readers() -> list[ReaderSpec]:
    """Offer the reader `pictures`."""
    return [
        ReaderSpec(
            name="pictures",
            target="xaibrain_pictures.reader:PictureReader",
            summary="PNG, JPEG, TIFF, WebP and BMP files",
            reference="https://pillow.readthedocs.io/en/stable/handbook/image-file-formats.html",
            suffixes=SUFFIXES,
            magic=(
                (0, b"\x89PNG\r\n\x1a\n"),
                (0, b"\xff\xd8\xff"),
                (0, b"II*\0"),
                (0, b"MM\0*"),
                (8, b"WEBP"),
                (0, b"BM"),
            ),
        )
    ]


@hookimpl
def xaibrain_writers() -> list[Spec]:
    """Offer the writers `jpeg`, `png`, `npy` and `coco`."""
    return [
        Spec(
            name="jpeg",
            target="xaibrain_pictures.overlays:JpegWriter",
            summary="Overlays: the map over the scan, with its scale",
        ),
        Spec(
            name="png",
            target="xaibrain_pictures.overlays:PngWriter",
            summary="Overlays without loss, six times as large",
        ),
        Spec(
            name="npy",
            target="xaibrain_pictures.raw:RawWriter",
            summary="Raw maps at the resolution of the layer, as NumPy arrays",
            reference="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html",
        ),
        Spec(
            name="coco",
            target="xaibrain_pictures.coco:CocoWriter",
            summary="Boxes and masks of where maps are strongest, as COCO JSON",
            reference="https://cocodataset.org/#format-data",
        ),
    ]
