"""Readers under coverage-guided fuzzing, by hand: `python tests/benchmarks/fuzz.py 60 [TARGET]`.

Needs `atheris`. Each target is fed for so many seconds, starting from small sound files; whatever is raised
that is no clear refusal ends it with the input that did it. Prints how many inputs were tried.
"""

from __future__ import annotations

import importlib
import io
import json
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np

_LOOKED_INTO = [
    "PIL",
    "pydicom",
    "nibabel",
    "xaibrain",
    "xaibrain_pictures",
    "xaibrain_dicom",
    "xaibrain_nifti",
]
with atheris.instrument_imports(include=_LOOKED_INTO):
    import PIL.Image

    # Now, not when the first file is read: what is imported later is not looked into.
    PIL.Image.init()
    for _name in ("xaibrain_pictures.reader", "xaibrain_dicom.reader", "xaibrain_nifti.reader"):
        importlib.import_module(_name)
    from xaibrain.errors import XaibrainError
    from xaibrain.models.card import read_card
    from xaibrain.models.code import refuse_code
    from xaibrain.reading import read_image
    from xaibrain.stores.lines import read_lines
    from xaibrain.unpack import Limits, unpack


def _unpacked(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        unpack(path, Path(folder), Limits(bytes=1 << 20, members=50))


TARGETS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "pictures": ("png", read_image),
    "dicom": ("dcm", read_image),
    "nifti": ("nii", read_image),
    "archives": ("zip", _unpacked),
    "models": ("keras", refuse_code),
    "cards": ("keras", read_card),
    "records": ("jsonl", read_lines),
}


def seeds(folder: Path) -> None:
    """Write small sound files."""
    picture = PIL.Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8))
    for kind in ("PNG", "JPEG", "TIFF", "WEBP", "BMP"):
        picture.save(folder / kind, kind)
    with zipfile.ZipFile(folder / "zip", "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Functional"}))
        archive.writestr("xaibrain.json", json.dumps({"class_names": ["a"]}))
    (folder / "lines").write_text('{"id": "a"}\n')
    from pydicom.data import get_testdata_file

    (folder / "dicom").write_bytes(Path(str(get_testdata_file("CT_small.dcm"))).read_bytes()[:6000])
    import nibabel

    buffer = io.BytesIO(nibabel.Nifti1Image(np.zeros((3, 4, 2), np.int16), np.eye(4)).to_bytes())
    (folder / "nifti").write_bytes(buffer.getvalue())


def fuzz(name: str, seconds: int) -> None:
    """Feed one target in this process, which ends with it."""
    warnings.simplefilter("ignore")
    suffix, read = TARGETS[name]
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "seeds").mkdir()
        seeds(Path(home) / "seeds")
        path = Path(home) / f"input.{suffix}"

        def one(content: bytes) -> None:
            path.write_bytes(content)
            try:
                read(path)
            except XaibrainError as error:
                if "\n" in str(error):
                    raise AssertionError("a refusal of several lines") from error

        limits = [f"-max_total_time={seconds}", "-max_len=8192", "-timeout=20", "-rss_limit_mb=4096"]
        atheris.Setup([sys.argv[0], *limits, str(Path(home) / "seeds")], one)
        atheris.Fuzz()


def main() -> None:
    """Feed every target, each in a process of its own; or the one that is named."""
    seconds, names = int(sys.argv[1]), sys.argv[2:]
    if names:
        fuzz(names[0], seconds)
    for name in TARGETS:
        done = subprocess.run(
            [sys.executable, __file__, str(seconds), name], capture_output=True, text=True, check=False
        )
        tried = [line for line in done.stderr.splitlines() if line.startswith("Done ")]
        print(name, *(tried or done.stderr.splitlines()[-12:]), sep="\n  ", flush=True)


if __name__ == "__main__":
    main()
