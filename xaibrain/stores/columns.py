"""Records as columns of a Parquet file, raw maps as sharded Zarr arrays: for runs of very many pictures."""

from __future__ import annotations

import json
import shutil
from array import array
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.errors import OutputError
from xaibrain.stores.store import Record
from xaibrain.types import Heatmap, Heatmaps
from xaibrain.writing import replaced, sync

TABLE = "explanations.parquet"
MAPS = "heatmaps.zarr"
SHARD = 1024
"""Maps in a file of an array; and pictures whose records wait in memory, at most."""

_PARTS = "parts"
_DISTINCT = 4096
_GROUP = 8192
"""Rows of the table at the end that are put together at a time."""
_CHUNK = 16
_TEXT = (
    "identity", "id", "source", "sha256", "label", "predicted", "target", "explainer", "layer",
    "layer_reason", "status", "heatmap", "overlay", "scan", "error",
)  # fmt: skip


class ColumnStore:
    """Parts of many pictures each: first their maps, a shard of each array; then their records, as the seal.

    A part whose records are not there does not count, and its shards are written anew: rows of an array that
    no record names hold NaN.

    Args:
        folder: The run's.

    Raises:
        OutputError: The extra is not installed.
    """

    holds_maps = True

    def __init__(self, folder: Path) -> None:
        try:
            import pyarrow  # noqa: F401
            import zarr  # noqa: F401
        except ImportError as error:
            raise OutputError(
                f"--store columnar needs {error.name}. Run: pip install 'xaibrain[columnar]'"
            ) from error
        self._folder = folder
        self._waiting: list[Record] = []
        self._maps: dict[str, list[Heatmap]] = {}
        self._shards: dict[str, int] = {}
        self._part = 0

    def found(self) -> Iterator[Record]:
        """Yield the records that an interrupted run left."""
        self._take_back()
        for path in self._parts():
            yield from each_row(path)

    def begin(self, pictures: Container[str]) -> None:
        """Keep the records of these pictures."""
        for path in self._parts():
            self._part = int(path.stem) + 1
            table = _kept(path, pictures)
            if not table:
                path.unlink()
                continue
            for name, row in zip(table["heatmap"].to_pylist(), table["row"].to_pylist(), strict=True):
                if row is not None:
                    array = name.rpartition("/")[2]
                    self._shards[array] = max(self._shards.get(array, 0), row // SHARD + 1)

    def add(self, records: Sequence[Record], heatmaps: Sequence[Heatmap | None]) -> None:
        """Add the records of one picture."""
        for record, heatmap in zip(records, heatmaps, strict=True):
            if heatmap is not None:
                name = f"{record['explainer']}-{heatmap.shape[0]}x{heatmap.shape[1]}"
                block = self._maps.setdefault(name, [])
                record["heatmap"] = f"{MAPS}/{name}"
                record["row"] = self._shards.get(name, 0) * SHARD + len(block)
                block.append(heatmap)
        self._waiting += records
        # Targets of one picture may be many, and must not spread over two parts.
        if len(self._waiting) >= SHARD or any(
            len(block) + len(records) > SHARD for block in self._maps.values()
        ):
            self._flush()

    def close(self) -> None:
        """Write the part that is still in memory."""
        if self._waiting:
            self._flush()

    def finish(self, order: Mapping[str, int]) -> None:
        """Put the rows of these pictures in order; what is in memory is where each is, and a few parts."""
        parts = self._parts()
        _merge(parts, order, self._folder / TABLE)
        shutil.rmtree(self._folder / _PARTS, ignore_errors=True)

    def _parts(self) -> list[Path]:
        # One that was being written when the process was killed has a name that begins with a dot.
        return sorted((self._folder / _PARTS).glob("[0-9]*.parquet"))

    def _take_back(self) -> None:
        """Make a part of the whole table, where a run was ended after it had been made."""
        if (self._folder / TABLE).exists():
            shutil.rmtree(self._folder / _PARTS, ignore_errors=True)
            (self._folder / _PARTS).mkdir()
            (self._folder / TABLE).replace(self._folder / _PARTS / f"{0:08d}.parquet")

    def _flush(self) -> None:
        for name, block in self._maps.items():
            shard = self._shards.get(name, 0)
            self._shards[name] = shard + _write_shards(self._folder / MAPS, name, shard, np.stack(block))
        # A part that counts has its maps on the disk, whatever comes.
        sync()
        self._seal(self._waiting)
        self._waiting, self._maps = [], {}

    def _seal(self, records: Sequence[Record]) -> None:
        write_table(records, self._folder / _PARTS / f"{self._part:08d}.parquet")
        self._part += 1


def _write_shards(store: Path, name: str, shard: int, block: Heatmaps) -> int:
    """Write maps from the beginning of a shard on; return how many shards they fill."""
    import zarr

    count, height, width = len(block), *block.shape[1:]
    group = zarr.open_group(store, mode="a")
    array: Any = group.get(name)
    if array is None:
        array = group.create_array(
            name, shape=(0, height, width), chunks=(_CHUNK, height, width), shards=(SHARD, height, width),
            dtype="float32", fill_value=np.nan,
        )  # fmt: skip
    # To the end of the shard, so that the file is made in one piece and never written to again.
    filled = -(-count // SHARD)
    array.resize(((shard + filled) * SHARD, height, width))
    whole = np.full((filled * SHARD, height, width), np.nan, np.float32)
    whole[:count] = block
    array[shard * SHARD :] = whole
    return filled


def write_table(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write records as a Parquet file; whole, or not at all. What is nested is text of JSON."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {key: [_cell(key, record[key]) for record in records] for key in (records or [{}])[0]}
    types = {"row": pa.int64(), "seconds": pa.float64()}
    fields = {key: pa.array(values, types.get(key, pa.string())) for key, values in columns.items()}
    with replaced(path) as part:
        pq.write_table(pa.table(fields), part, compression="zstd")


def each_row(path: Path) -> Iterator[Record]:
    """Yield the records of a Parquet file; none where it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = (*_TEXT, "row", "seconds")
    # Most of what is nested is the same in every record: there is one of it, and memory is bounded by that.
    nested = lru_cache(_DISTINCT)(json.loads)
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(SHARD):
                for row in batch.to_pylist():
                    yield {
                        key: value if key in plain or value is None else nested(value)
                        for key, value in row.items()
                    }
    except (pa.ArrowException, OSError):
        return


def _kept(path: Path, pictures: Container[str]) -> Any:
    """Leave the rows of these pictures in a part, and return them; None where there are none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError):
        return None
    mine = [name in pictures for name in table["id"].to_pylist()]
    if not all(mine):
        table = table.filter(pa.array(mine, pa.bool_()))
        with replaced(path) as part:
            pq.write_table(table, part, compression="zstd")
    return table if len(table) else None


def _merge(parts: Sequence[Path], order: Mapping[str, int], path: Path) -> None:
    """Write the rows of these pictures, by their place, as one Parquet file."""
    import pyarrow.parquet as pq

    places, origins, rows = array("q"), array("q"), array("q")
    for number, part in enumerate(parts):
        for row, name in enumerate(pq.read_table(part, columns=["id"])["id"].to_pylist()):
            if name in order:
                places.append(order[name])
                origins.append(number)
                rows.append(row)
    if not places:
        return write_table([], path)
    by_place = np.argsort(np.asarray(places), kind="stable")
    # Parts are nearly in order: few are needed at a time.
    read = lru_cache(2 * _GROUP // SHARD)(lambda number: pq.read_table(parts[number]))
    with replaced(path) as whole, pq.ParquetWriter(whole, read(0).schema, compression="zstd") as writer:
        for start in range(0, len(by_place), _GROUP):
            some = by_place[start : start + _GROUP]
            writer.write_table(_gathered(read, np.asarray(origins)[some], np.asarray(rows)[some]))
    return None


def _gathered(read: Callable[[int], Any], origins: NDArray[np.int64], rows: NDArray[np.int64]) -> Any:
    """Return rows of several parts as one table, in the order in which they are asked for."""
    import pyarrow as pa

    grouped = np.argsort(origins, kind="stable")
    taken = [read(int(origin)).take(rows[origins == origin]) for origin in np.unique(origins)]
    return pa.concat_tables(taken).take(np.argsort(grouped, kind="stable"))


def _cell(key: str, value: Any) -> Any:
    if value is None or key in (*_TEXT, "row", "seconds"):
        return value
    return json.dumps(value, ensure_ascii=False)
