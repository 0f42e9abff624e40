"""The rules for readers."""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hypothesis import strategies as st

from xaibrain.core.reader import Reader
from xaibrain.core.records import Image, Part
from xaibrain.core.registry import Entry
from xaibrain.core.spec import ReaderSpec
from xaibrain.errors import InputError
from xaibrain.testing.cases import for_all
from xaibrain.testing.declared import PARAMETERS, made_again
from xaibrain.testing.rules import NotApplicable, Rule, demand, rule_maker

_MOST = 50_000_000


@dataclass(frozen=True)
class TestedReader:
    """A reader, and files that it is tried on."""

    reader: Reader
    files: Sequence[Path] = ()
    examples: int = 10
    entry: Entry | None = None

    __test__ = False

    @cached_property
    def named(self) -> list[tuple[Path, str]]:
        """The files, with ids."""
        if not self.files:
            raise NotApplicable("it was given no files; give some that it reads: files=[...]")
        return [(path, f"{number}/{path.name}") for number, path in enumerate(map(Path, self.files))]

    @cached_property
    def parts(self) -> list[Part]:
        """The pictures that it lists in the files."""
        return list(self.reader.parts(self.named))

    @property
    def suffix(self) -> str:
        """The end of a name that it declares, or that of the first file."""
        spec = self.entry.spec if self.entry else None
        if isinstance(spec, ReaderSpec) and spec.suffixes:
            return spec.suffixes[0]
        return Path(self.files[0]).suffix if self.files else ".scan"

    def for_pictures(self, check: Callable[[Part, Image], None]) -> None:
        """Try a check on pictures anywhere in the files."""
        parts = self.parts
        demand(parts, "parts() lists nothing; list each file, and let read() refuse those that are damaged.")
        for_all(
            st.integers(0, len(parts) - 1),
            self.examples,
            lambda index: check(parts[index], self.reader.read(parts[index])),
        )


READER_RULES: list[Rule[TestedReader]] = []
rule = rule_maker(READER_RULES)


@rule("interface", "A reader has parts(files) and read(part).")
def _interface(tested: TestedReader) -> None:
    demand(isinstance(tested.reader, Reader), "parts or read is missing; add it, as xaibrain.Reader says.")


@rule("parameters", PARAMETERS)
def _parameters(tested: TestedReader) -> None:
    made_again(tested.reader)


@rule(
    "files", "What is declared of its files is lower case: suffixes begin with a dot, words stand below 1024."
)
def _files(tested: TestedReader) -> None:
    spec = tested.entry.spec if tested.entry else None
    if not isinstance(spec, ReaderSpec):
        raise NotApplicable("it was given as an object; give its registered name")
    demand(spec.suffixes or spec.magic, "neither suffixes nor magic is declared; nobody can find its files.")
    for suffix in spec.suffixes:
        demand(suffix == suffix.lower() and suffix[0] == ".", f"suffix '{suffix}': write it as '.abc'.")
    for offset, word in spec.magic:
        demand(word and 0 <= offset < 1024, f"magic {word!r} at {offset}: give bytes at 0 to 1023.")


@rule("parts", "Pictures are listed with ids of their own, each in one of the files.")
def _parts(tested: TestedReader) -> None:
    given = {path for path, _ in tested.named}
    ids = [part.id for part in tested.parts]
    demand(ids, "parts() lists nothing; list each file, and let read() refuse those that are damaged.")
    demand(len(set(ids)) == len(ids), "two parts have one id; number the pictures of a file below its id.")
    for part in tested.parts:
        demand(part.path in given, f"part {part.id} is of {part.path}, which was not among the files.")


@rule(
    "volumes",
    "Slices of a volume stand together, in order, and are called by its name, a slash and a number.",
)
def _volumes(tested: TestedReader) -> None:
    order: list[str] = []
    last: dict[str, int] = {}
    for part in tested.parts:
        if part.place is None or part.id == part.place.volume:
            continue
        name, _, number = part.id.rpartition("/")
        called = name == part.place.volume and number.isdecimal()
        demand(called, f"slice {part.id} of volume {part.place.volume}: call it VOLUME/NUMBER.")
        demand(name not in order or order[-1] == name, f"the slices of {name} do not stand together.")
        demand(part.place.index > last.get(name, -1), f"{part.id} has an index that does not rise.")
        last[name] = part.place.index
        order.append(name)
    if not order:
        raise NotApplicable("the files hold no volume")


@rule(
    "read", "A picture is an Image that keeps the id and the place of its part, and the digest of its file."
)
def _read(tested: TestedReader) -> None:
    def check(part: Part, image: Image) -> None:
        demand(isinstance(image, Image), f"read() returns {type(image).__name__}; return a xaibrain.Image.")
        demand(image.id == part.id, f"part {part.id} is read as {image.id}; keep the id.")
        demand(image.place == part.place, f"{part.id}: the place is not that of the part; hand it on.")
        demand(image.part == part, f"{part.id}: hand the part on, for writers that refer to the file.")
        if image.place:
            demand(
                image.size == image.place.size,
                f"{part.id}: {image.size} pixels on {image.place.size} voxels.",
            )
        if part.path.is_file() and part.path.stat().st_size < _MOST:
            digest = hashlib.sha256(part.path.read_bytes()).hexdigest()
            demand(image.sha256 == digest, f"{part.id}: give the file's SHA-256 as file_sha256.")

    tested.for_pictures(check)


@rule("again", "Reading a picture again, in any order, gives the same pixels; the files stay as they are.")
def _again(tested: TestedReader) -> None:
    before = {path: path.read_bytes() for path, _ in tested.named if path.stat().st_size < _MOST}

    def check(part: Part, image: Image) -> None:
        other = tested.reader.read(tested.parts[-1])
        again = tested.reader.read(part)
        demand((again.pixels == image.pixels).all(), f"{part.id} changes when {other.id} is read in between.")

    tested.for_pictures(check)
    for path, content in before.items():
        demand(path.read_bytes() == content, f"{path} was changed; a reader only reads.")


@rule(
    "damaged",
    "A damaged, empty or missing file is refused when it is read, by one line that begins with its path.",
)
def _damaged(tested: TestedReader) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("noise", b"no scan at all " * 40), ("empty", b""), ("missing", None)):
            path = Path(folder, f"{name}{tested.suffix}")
            if content is not None:
                path.write_bytes(content)
            for part in tested.reader.parts([(path, name)]):
                _refused(tested.reader, part, name)


def _refused(reader: Reader, part: Part, name: str) -> None:
    try:
        reader.read(part)
    except InputError as error:
        told = str(error)
        demand(told.startswith(f"{part.path}: "), f"of a {name} file it says '{told}'; begin with its path.")
        demand("\n" not in told, f"of a {name} file it says several lines; say one.")
    except Exception as error:
        demand(False, f"a {name} file raises {type(error).__name__}; raise xaibrain.errors.InputError.")
    else:
        demand(False, f"a {name} file is read as a picture; refuse it with InputError.")


@rule("sent", "A reader can be sent to another process: it is pickled, and reads the same there.")
def _sent(tested: TestedReader) -> None:
    there: Reader = pickle.loads(pickle.dumps(tested.reader))
    tested.for_pictures(
        lambda part, image: demand(
            (there.read(part).pixels == image.pixels).all(), f"{part.id} is read otherwise after pickling."
        )
    )
