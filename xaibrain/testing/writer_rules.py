"""The rules for writers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from xaibrain.core.geometry import Geometry
from xaibrain.core.place import Grid, Place
from xaibrain.core.records import Explanation, Image, Provenance
from xaibrain.core.registry import Entry
from xaibrain.core.writer import Writer
from xaibrain.errors import InputError
from xaibrain.testing.declared import PARAMETERS, made_again
from xaibrain.testing.rules import Rule, demand, rule_maker


@dataclass(frozen=True)
class TestedWriter:
    """A writer, and maps that it is tried on."""

    writer: Writer
    explanations: Sequence[Explanation] = ()
    entry: Entry | None = None

    __test__ = False

    @property
    def given(self) -> list[Explanation]:
        """The maps: those that were given, else of three slices of a volume that was made up."""
        return list(self.explanations) or [_slice(index) for index in range(3)]

    @property
    def calls(self) -> list[list[Explanation]]:
        """The maps as a run hands them over: together, or one by one."""
        return [self.given] if self.writer.volumes else [[one] for one in self.given]


def _slice(index: int) -> Explanation:
    grid = Grid((40, 30, 3), ((-1.0, 0.0, 0.0, 20.0), (0.0, -1.0, 0.0, 15.0), (0.0, 0.0, 4.0, 0.0)))
    place = Place("volume", index, grid, (0, 0, index), (0, 1, 0), (1, 0, 0))
    draw = np.random.default_rng(index)
    image = Image(draw.integers(0, 256, (30, 40), np.uint8), f"volume/{index}", "made up", place=place)
    return Explanation(
        image=image,
        heatmap=draw.normal(size=(5, 5)).astype(np.float32),
        geometry=Geometry((30, 40), (0, 0, 30, 40), (32, 32), (0, 0, 32, 32)),
        target="light",
        predicted="light",
        probabilities={"light": 0.75, "dark": 0.25},
        layer=None,
        layer_reason="",
        status="ok",
        provenance=Provenance("made-up", {}, "none", "0" * 64, {}, "", image.sha256, {}),
    )


WRITER_RULES: list[Rule[TestedWriter]] = []
rule = rule_maker(WRITER_RULES)


@rule("interface", "A writer has volumes, True or False, and write(explanations, folder, stem).")
def _interface(tested: TestedWriter) -> None:
    demand(isinstance(tested.writer, Writer), "volumes or write is missing; add it, as xaibrain.Writer says.")
    demand(
        isinstance(tested.writer.volumes, bool), f"volumes is {tested.writer.volumes!r}; say True or False."
    )


@rule("parameters", PARAMETERS)
def _parameters(tested: TestedWriter) -> None:
    made_again(tested.writer)


@rule(
    "files",
    "What write() returns are files in the folder that it was given, there when the run has finished.",
)
def _files(tested: TestedWriter) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "mine")
        folder.mkdir()
        paths = [
            path
            for number, call in enumerate(tested.calls)
            for path in _written(tested, call, folder, f"s{number}")
        ]
        _finished(tested.writer, folder)
        for path in paths:
            demand(folder in path.parents, f"{path} is not below the folder; write there alone.")
            demand(path.is_file() and path.stat().st_size, f"{path.name} is missing or empty after finish().")
        beside = [path for path in Path(name).iterdir() if path != folder]
        demand(not beside, f"{[path.name for path in beside]} lie beside the folder; write into it alone.")


@rule("apart", "Maps of two names are two results: the second does not replace the first.")
def _apart(tested: TestedWriter) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = {
            path: path.read_bytes()
            for path in _written(tested, tested.calls[0], folder, "a")
            if path.exists()
        }
        _written(tested, tested.calls[-1], folder, "b")
        for path, content in first.items():
            demand(
                path.read_bytes() == content,
                f"{path.name} changed with the next map; use the stem in its name.",
            )


@rule("untouched", "Maps and pictures stay as they are.")
def _untouched(tested: TestedWriter) -> None:
    given = tested.given
    kept = [(one.heatmap.copy(), one.image.pixels.copy()) for one in given]
    with tempfile.TemporaryDirectory() as name:
        _written(tested, given if tested.writer.volumes else given[:1], Path(name), "a")
    for one, (heatmap, pixels) in zip(given, kept, strict=True):
        same = np.array_equal(one.heatmap, heatmap) and np.array_equal(one.image.pixels, pixels)
        demand(same, f"{one.image.id} was changed; work on a copy.")


@rule("refusing", "What the format cannot hold raises InputError, one line; nothing else is raised.")
def _refusing(tested: TestedWriter) -> None:
    one = tested.given[0]
    bare = replace(one, image=replace(one.image, place=None, part=None, spacing=None))
    nothing = replace(one, heatmap=np.zeros_like(one.heatmap), status="constant")
    holes = replace(one, heatmap=np.full_like(one.heatmap, np.nan), status="non-finite")
    with tempfile.TemporaryDirectory() as name:
        for number, odd in enumerate((bare, nothing, holes)):
            _written(tested, [odd], Path(name), f"odd-{number}")


def _written(tested: TestedWriter, call: Sequence[Explanation], folder: Path, stem: str) -> Sequence[Path]:
    """Have maps written; that the format cannot hold them is an answer too."""
    try:
        return tested.writer.write(call, folder, stem)
    except InputError as error:
        demand("\n" not in str(error), "an error has several lines; say one.")
        return ()
    except Exception as error:
        told = " ".join(str(error).split())
        demand(False, f"write() raises {type(error).__name__}: {told}; raise xaibrain.errors.InputError.")
        return ()


def _finished(writer: Writer, folder: Path) -> None:
    finish = getattr(writer, "finish", None)
    if callable(finish):
        finish(folder)
