"""A run's folder: records, maps and overlays; whole, or not there at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import PIL.Image

from xaibrain.core.records import Explanation, Failure, Kept
from xaibrain.core.writer import Writer
from xaibrain.errors import OutputError, told
from xaibrain.recording import OVERLAYS, failure_record, file_stem, plain, record_of, volume_record
from xaibrain.render.overlay import Picture, as_shown
from xaibrain.render.png import encoded, save_png
from xaibrain.render.sheet import contact_sheet, in_one_row
from xaibrain.stores.columns import TABLE, ColumnStore, each_row
from xaibrain.stores.left import left_in
from xaibrain.stores.lines import RECORDS, LineStore, each_line, lines, read_lines, write_lines
from xaibrain.stores.store import Store
from xaibrain.volumes import Gathering, Volume
from xaibrain.working import Kind, WorkFolder

VOLUMES = "volumes.jsonl"
SHEET = "sheet.png"
_ON_SHEET = 24
_RUN = Kind("run", (RECORDS, TABLE), (RECORDS, TABLE, "parts/[0-9]*.parquet"))
StoreName = Literal["files", "columnar"]
_FOLDERS = {"npy": "heatmaps", **dict.fromkeys(OVERLAYS, "overlays")}
Written: TypeAlias = tuple[Kept | Sequence[Explanation | Failure], list[dict[str, Any]]]
"""What became of a picture, and its records, not yet in the store."""


class RunFolder:
    """Takes outcomes as they come and publishes the folder at the end.

    Args:
        path: The folder that the user asked for.
        configuration: What the results depend on; an interrupted run is taken up again if its own is the
            same, and refused if not.
        writers: Name to writer; `npy` must be among them where raw maps are files, since the records point
            to them.
        overwrite: Whether a finished run may be replaced, and an interrupted one of another configuration be
            dropped.
        store: `files`, for a line of JSON and a file a map; or `columnar`, which holds both.

    Attributes:
        done: Id to digest of the pictures that an interrupted run, which is taken up, has done.

    Raises:
        OutputError: The folder holds something already, or cannot be written; or another run is at it.
    """

    def __init__(
        self,
        path: Path,
        configuration: Mapping[str, Any],
        writers: Mapping[str, Writer],
        overwrite: bool = False,
        store: StoreName = "files",
    ) -> None:
        self._writers = writers
        self._one_at_a_time = threading.Lock()
        self._gathering = Gathering()
        self._order: dict[str, int] = {}
        self._work = WorkFolder(path, _RUN, {**configuration, "store": store}, overwrite)
        self.path, self.part = self._work.path, self._work.part
        try:
            self._store: Store = ColumnStore(self.part) if store == "columnar" else LineStore(self.part)
            self.done = self._taken_up()
            for name in writers:
                self._folder(name).mkdir(exist_ok=True)
        except OSError as error:
            self._work.let_go()
            raise self._work.unwritable(error) from error
        except OutputError:
            self._work.let_go()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._work:
            try:
                self._store.close()
            except OSError as cause:
                raise self._work.interrupted(cause) from cause

    def _taken_up(self) -> Mapping[str, str]:
        """Keep what an interrupted run did, and return the id and the SHA-256 of its pictures."""
        left = left_in(self.part, self._store.found())
        self._store.begin(left.done)
        if (self.part / VOLUMES).exists():
            told = [one for one in read_lines(self.part / VOLUMES) if one["volume"] in left.volumes]
            write_lines(told, self.part / VOLUMES)
        return left.done

    @property
    def _draws(self) -> bool:
        return not self._writers.keys().isdisjoint(OVERLAYS)

    @property
    def pictures(self) -> int:
        """How many pictures are done."""
        return len(self._order)

    def add(self, outcomes: Kept | Sequence[Explanation | Failure]) -> list[dict[str, Any]]:
        """Write all that became of one picture, and record it.

        Args:
            outcomes: Its explanations, or its failure; or that it is among those that are `done`.

        Returns:
            The records.
        """
        return self.record(self.write(outcomes))

    def write(self, outcomes: Kept | Sequence[Explanation | Failure]) -> Written:
        """Write the files of one picture; threads may do so at the same time, each for another picture."""
        if isinstance(outcomes, Kept):
            return outcomes, []
        try:
            scan = self._scan_of(outcomes)
            return outcomes, [self._written(outcome, scan) for outcome in outcomes]
        except OSError as error:
            raise self._work.interrupted(error) from error

    def record(self, written: Written) -> list[dict[str, Any]]:
        """Put the records of a picture whose files are written into the store, together; return them.

        Pictures come in their order. What writers of volumes make of a volume is written when the next one
        begins, or the run ends.
        """
        outcomes, records = written
        if isinstance(outcomes, Kept):
            self._order.setdefault(outcomes.id, len(self._order))
            return []
        try:
            for volume in self._gathering.take(outcomes):
                self._add_volume(volume)
            self._store.add(records, [getattr(outcome, "heatmap", None) for outcome in outcomes])
            for record in records:
                self._order.setdefault(record["id"], len(self._order))
        except OSError as error:
            raise self._work.interrupted(error) from error
        return records

    def publish(self) -> None:
        """Finish what was written, draw the contact sheet and put the run where it was asked for."""
        self._store.close()
        for volume in self._gathering.end():
            self._add_volume(volume)
        for name, writer in self._writers.items():
            finish: Any = getattr(writer, "finish", None)
            if callable(finish):
                finish(self._folder(name))
        for folder in {self._folder(name) for name in self._writers}:
            _remove_if_empty(folder)
        self._store.finish(self._order)
        if self._draws:
            self._draw_sheet(
                [(one["id"], one["overlay"]) for one in each_record(self.part) if one["overlay"]]
            )
        self._work.publish()

    def _draw_sheet(self, overlays: Sequence[tuple[str, str]]) -> None:
        """Draw some of the overlays on one page: where that works out, the maps of a picture in one row."""
        if not overlays:
            return
        maps: dict[str, list[str]] = {}
        for picture, overlay in overlays:
            maps.setdefault(picture, []).append(overlay)
        rows = list(maps.values())
        if not in_one_row([len(row) for row in rows]):
            rows = [[overlay] for _, overlay in overlays]
        chosen = rows[:: max(1, -(-len(overlays) // _ON_SHEET))]
        pictures = [_read_picture(self.part / name) for row in chosen for name in row]
        save_png(contact_sheet(pictures, in_one_row([len(row) for row in chosen])), self.part / SHEET)

    def _scan_of(self, outcomes: Sequence[Explanation | Failure]) -> str | None:
        """Write the picture that the outcomes are of, once, and return its path."""
        explained = [one for one in outcomes if isinstance(one, Explanation)]
        if not explained or not self._draws:
            return None
        image = explained[0].image
        kept = image.coded if image.coded and image.coded.pixels is image.pixels else None
        scan = f"scans/{plain(image.id)}{kept.suffix if kept else '.png'}"
        (self.part / scan).parent.mkdir(exist_ok=True)
        (self.part / scan).write_bytes(kept.content if kept else encoded(as_shown(image)))
        return scan

    def _written(self, outcome: Explanation | Failure, scan: str | None) -> dict[str, Any]:
        if isinstance(outcome, Failure):
            return failure_record(outcome)
        alone = [name for name, one in self._writers.items() if not (one.volumes and outcome.image.place)]
        return record_of(outcome, *self._files(alone, [outcome], file_stem(outcome)), scan)

    def _add_volume(self, volume: Volume) -> None:
        together = [name for name, writer in self._writers.items() if writer.volumes]
        stem = file_stem(volume.slices[0], volume.name)
        record = volume_record(volume, *self._files(together, volume.slices, stem))
        with (self.part / VOLUMES).open("a", encoding="utf-8") as file:
            file.write(lines([record]))

    def _files(
        self, names: Sequence[str], explanations: Sequence[Explanation], stem: str
    ) -> tuple[dict[str, list[str]], dict[str, str]]:
        """Have writers write; return their files, from the folder of the run, and why some have none."""
        files: dict[str, list[str]] = {}
        refused: dict[str, str] = {}
        for name in names:
            writer = self._writers[name]
            try:
                with nullcontext() if getattr(writer, "parallel", False) else self._one_at_a_time:
                    paths = writer.write(explanations, self._folder(name), stem)
                files[name] = [path.relative_to(self.part).as_posix() for path in paths]
            except OSError:
                raise
            # A writer of a plugin may raise anything; the others go on.
            except Exception as error:
                refused[name] = told(error)
        return files, refused

    def _folder(self, writer: str) -> Path:
        return self.part / _FOLDERS.get(writer, writer)


def each_record(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a run, in order; a last line that was cut short is left out."""
    table = folder / TABLE
    return each_row(table) if table.exists() else (record for _, record in each_line(folder / RECORDS))


def read_records(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a run; of a large one rather take `each_record`."""
    return list(each_record(folder))


def read_volumes(folder: Path) -> list[dict[str, Any]]:
    """Return what a run says of volumes; nothing where there were none."""
    return read_lines(folder / VOLUMES)


def _remove_if_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def _read_picture(path: Path) -> Picture:
    with PIL.Image.open(path) as picture:
        return np.array(picture)
