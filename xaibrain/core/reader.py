"""What a reader of files must answer; nothing needs to be inherited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from xaibrain.core.records import Image, Part


@runtime_checkable
class Reader(Protocol):
    """Turns the files of some formats into pictures.

    Typed constructor parameters (a dataclass is the easiest) become settings: `-s reader.KEY=VALUE`.
    """

    def parts(self, files: Sequence[tuple[Path, str]]) -> Sequence[Part]:
        """List the pictures in files, as lightly as can be; no pixels are decoded.

        A file with one picture is one part of the file's own id. Those of a volume have a `place`, stand
        together and in order, and are called by its name, a slash and a number: `scan.nii.gz/012`. A file
        that turns out to be damaged is one part, and is refused when that is read. One that only lists
        others, such as a DICOMDIR among them, may be passed over.

        Args:
            files: Each file with its id, unique within a run.
        """
        ...

    def read(self, part: Part) -> Image:
        """Read one picture that `parts` listed; its `id`, `place` and `part` are those of the part.

        Raises:
            InputError: It is damaged, or of a kind that is not read; one line that begins with the path.
        """
        ...
