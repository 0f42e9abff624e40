"""What a published dataset is: where it lies, how to tell that it is that one, and how it came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Archive:
    r"""A published dataset: where it is, and how to tell that it is that one.

    Attributes:
        name: The dataset's name, and its folder in the cache.
        url: A zip or tar; the data may lie some folders down in it. Or several, which hold it together.
        counts: Folder, relative to the data, to the number of files directly in it.
        digest: SHA-256 over the sorted lines "path\0sha256\n" of these files; empty where only those of
            the archives are known.
        suffixes: The files that count, in lower case; all that are not hidden if empty.
        max_bytes: More than this is neither fetched nor unpacked, of each archive.
        sha256: Digests of the archives themselves, in the order of `url`, where they are known.
        files: A regular expression. If given, the data are all files with such a name, wherever they
            lie, also in archives in the archive; they come into one folder, and `counts` is for "".
    """

    name: str
    url: str | tuple[str, ...]
    counts: Mapping[str, int]
    digest: str
    suffixes: tuple[str, ...] = ()
    max_bytes: int = 4 << 30
    sha256: tuple[str, ...] = ()
    files: str = ""

    @property
    def urls(self) -> tuple[str, ...]:
        """The address of each archive."""
        return (self.url,) if isinstance(self.url, str) else self.url


@dataclass(frozen=True)
class Downloaded:
    """A dataset that lies ready; as text, one line that says what was done.

    Attributes:
        path: The folder of the data.
        files: How many there are.
        digest: Their digest, as in `Archive`.
        published: Whether that is the published data; None where nothing can tell.
        fresh: False if it was there already and nothing was done.
    """

    path: Path
    files: int
    digest: str
    published: bool | None = True
    fresh: bool = True

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        where = f"{self.files:,} files in {self.path}"
        begin = where if self.fresh else f"Nothing to do: {where}"
        if self.published:
            return f"{begin}, the published ones (digest {self.digest[:12]})."
        if self.published is None:
            return f"{begin}; whether they are the published ones cannot be told (digest {self.digest[:12]})."
        return f"{begin}; not the published ones (their digest is another: {self.digest[:12]})."
