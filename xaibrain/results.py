"""A run's folder: records, maps and overlays; whole, or not there at all.

While a run goes on it lives in a hidden sibling of its folder, which takes the folder's place at the
end. A run that was killed leaves the sibling, and the same command takes it up again.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import PIL.Image

from xaibrain.core.records import Explanation, Failure, Kept
from xaibrain.core.writer import Writer
from xaibrain.errors import OutputError, told
from xaibrain.recording import failure_record, file_stem, plain, record_of, volume_record
from xaibrain.render.overlay import Picture, as_shown
from xaibrain.render.png import save_png
from xaibrain.render.sheet import contact_sheet, in_one_row
from xaibrain.stores.columns import TABLE, ColumnStore, read_table
from xaibrain.stores.lines import RECORDS, LineStore, lines, read_lines, write_lines
from xaibrain.stores.store import Store
from xaibrain.volumes import Gathering, Volume
from xaibrain.writing import Held

CONFIGURATION = "run.json"
VOLUMES = "volumes.jsonl"
SHEET = "sheet.png"
_ON_SHEET = 24
StoreName = Literal["files", "columnar"]
_FOLDERS = {"npy": "heatmaps", "png": "overlays"}


class RunFolder:
    """Takes outcomes as they come and publishes the folder at the end.

    Args:
        path: The folder that the user asked for.
        configuration: What the results depend on; an interrupted run is taken up again only if its own
            is the same.
        writers: Name to writer; `npy` must be among them where raw maps are files, since the records point
            to them.
        overwrite: Whether a finished run may be replaced.
        store: `files`, for a line of JSON and a file a map; or `columnar`, which holds both.

    Attributes:
        done: Id to digest of the pictures that an interrupted run, which is taken up, has done.

    Raises:
        OutputError: The folder holds something already, or cannot be written.
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
        self._gathering = Gathering()
        self.path = path.absolute()
        self.part = self.path.with_name(f".{self.path.name}.partial")
        self._order: dict[str, int] = {}
        _refuse_occupied(self.path, overwrite)
        self._store: Store = ColumnStore(self.part) if store == "columnar" else LineStore(self.part)
        try:
            self._held = Held(self.part)
            known = {**json.loads(json.dumps(configuration)), "store": store}
            self.done: Mapping[str, str] = _taken_up(self.part, known, self._store)
            for name in writers:
                self._folder(name).mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"Cannot write {self.path}: {error.strerror}. Choose another place: -o DIR."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._store.close()
        except OSError as cause:
            raise self._unwritten(cause) from cause
        finally:
            self._held.let_go()

    @property
    def pictures(self) -> int:
        """How many pictures are done."""
        return len(self._order)

    def add(self, outcomes: Kept | Sequence[Explanation | Failure]) -> list[dict[str, Any]]:
        """Write all that became of one picture; its records come last, and together.

        What writers of volumes make of a volume is written when the next one begins, or the run ends.

        Args:
            outcomes: Its explanations, or its failure; or that it is among those that are `done`.

        Returns:
            The records.
        """
        if isinstance(outcomes, Kept):
            self._order.setdefault(outcomes.id, len(self._order))
            return []
        try:
            for volume in self._gathering.take(outcomes):
                self._add_volume(volume)
            scan = self._scan_of(outcomes)
            records = [self._written(outcome, scan) for outcome in outcomes]
            self._store.add(records, [getattr(outcome, "heatmap", None) for outcome in outcomes])
            for record in records:
                self._order.setdefault(record["id"], len(self._order))
        except OSError as error:
            raise self._unwritten(error) from error
        return records

    def _unwritten(self, error: OSError) -> OutputError:
        then = "Make room and run the same command again: it goes on where it stopped."
        return OutputError(f"Cannot write {self.path}: {error.strerror or error}. {then}")

    def publish(self) -> list[dict[str, Any]]:
        """Finish what was written, draw the contact sheet and put the run where it was asked for.

        Returns:
            All its records, in the order of the pictures.
        """
        self._store.close()
        for volume in self._gathering.end():
            self._add_volume(volume)
        for name, writer in self._writers.items():
            finish: Any = getattr(writer, "finish", None)
            if callable(finish):
                finish(self._folder(name))
            _remove_if_empty(self._folder(name))
        records = [record for record in self._store.found() if record["id"] in self._order]
        records.sort(key=lambda record: self._order[record["id"]])
        self._store.finish(records)
        self._draw_sheet([record for record in records if record["overlay"]])
        try:
            if self.path.exists():
                shutil.rmtree(self.path)
            self.part.replace(self.path)
        except OSError as error:
            raise OutputError(
                f"Cannot put the run at {self.path}: {error.strerror}; it is in {self.part}."
            ) from error
        return records

    def _draw_sheet(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Draw some of the overlays on one page: where that works out, the maps of a picture in one row."""
        if not records:
            return
        maps: dict[str, list[str]] = {}
        for record in records:
            maps.setdefault(record["id"], []).append(record["overlay"])
        rows = list(maps.values())
        if not in_one_row([len(row) for row in rows]):
            rows = [[record["overlay"]] for record in records]
        chosen = rows[:: max(1, -(-len(records) // _ON_SHEET))]
        pictures = [_read_png(self.part / name) for row in chosen for name in row]
        save_png(contact_sheet(pictures, in_one_row([len(row) for row in chosen])), self.part / SHEET)

    def _scan_of(self, outcomes: Sequence[Explanation | Failure]) -> str | None:
        """Write the picture that the outcomes are of, once, and return its path."""
        explained = [one for one in outcomes if isinstance(one, Explanation)]
        if not explained or "png" not in self._writers:
            return None
        image = explained[0].image
        scan = f"scans/{plain(image.id)}.png"
        save_png(as_shown(image), self.part / scan)
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
            try:
                paths = self._writers[name].write(explanations, self._folder(name), stem)
                files[name] = [path.relative_to(self.part).as_posix() for path in paths]
            except OSError:
                raise
            # A writer of a plugin may raise anything; the others go on.
            except Exception as error:
                refused[name] = told(error)
        return files, refused

    def _folder(self, writer: str) -> Path:
        return self.part / _FOLDERS.get(writer, writer)


def read_records(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a run; a last line that was cut short is left out."""
    table = folder / TABLE
    return read_table(table) if table.exists() else read_lines(folder / RECORDS)


def read_volumes(folder: Path) -> list[dict[str, Any]]:
    """Return what a run says of volumes; nothing where there were none."""
    return read_lines(folder / VOLUMES)


def _refuse_occupied(path: Path, overwrite: bool) -> None:
    if path.is_file():
        raise OutputError(f"{path} is a file; choose another place: -o DIR.")
    if not path.is_dir() or not any(path.iterdir()):
        return
    if not any((path / name).exists() for name in (RECORDS, TABLE)):
        raise OutputError(f"{path} holds other files; choose another place: -o DIR.")
    if not overwrite:
        raise OutputError(f"{path} holds a run already; add --overwrite to replace it, or choose -o DIR.")


def _taken_up(part: Path, configuration: dict[str, Any], store: Store) -> dict[str, str]:
    """Make the working folder ready, and keep what an interrupted run of the same configuration did.

    Returns:
        Id to SHA-256 of the pictures that are done.
    """
    before = part / CONFIGURATION
    if _configuration_in(before) != configuration:
        _emptied(part)
    before.write_text(json.dumps(configuration, indent=1))
    records = _complete(store.found())
    store.begin(records)
    whole = {record["place"]["volume"] for record in records if record["place"]}
    if (part / VOLUMES).exists():
        told = [one for one in read_lines(part / VOLUMES) if one["volume"] in whole]
        write_lines(told, part / VOLUMES)
    return {record["id"]: record["sha256"] for record in records}


def _configuration_in(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    # None, or damaged: then what lies beside it cannot be trusted either.
    except (OSError, ValueError):
        return None


def _emptied(folder: Path) -> None:
    """Remove what is in a folder; it stays, since this process holds it."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _complete(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the last picture, whose records may be cut short, and each that failed or lacks a record.

    With a slice its whole volume is left out: that is put together again.
    """
    volumes = {record["place"]["volume"] for record in records if record["place"]}

    def unit(record: Mapping[str, Any]) -> str:
        # A slice that failed has no place, but its id is below the name of its volume.
        above: str = record["id"].rpartition("/")[0]
        return above if above in volumes else record["id"]

    # Every picture has as many: one for each method and target.
    counts = Counter(record["id"] for record in records)
    short = {name for name, count in counts.items() if count < max(counts.values())}
    again = {unit(record) for record in records if record["error"] or record["id"] in short}
    again |= {unit(record) for record in records[-1:]}
    return [record for record in records if unit(record) not in again]


def _remove_if_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def _read_png(path: Path) -> Picture:
    with PIL.Image.open(path) as picture:
        return np.array(picture)
