"""Records as columns of a Parquet file, raw maps as sharded Zarr arrays: for runs of very many pictures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from xaibrain.errors import OutputError
from xaibrain.stores.store import Record
from xaibrain.types import Heatmap, Heatmaps
from xaibrain.writing import replaced

TABLE = "explanations.parquet"
MAPS = "heatmaps.zarr"
SHARD = 1024
"""Maps in a file of an array; and pictures whose records wait in memory, at most."""

_PARTS = "parts"
_DISTINCT = 4096
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

    def found(self) -> list[Record]:
        """Return the records that an interrupted run left."""
        records = {}
        for path in sorted((self._folder / _PARTS).glob("*.parquet")):
            for record in read_table(path):
                # A part may stand twice: where a run was ended while it put its parts together.
                records[record["id"], record["explainer"], record["target"]] = record
            self._part = int(path.stem) + 1
        return list(records.values())

    def begin(self, records: Sequence[Record]) -> None:
        """Keep these of those that were found."""
        before = list((self._folder / _PARTS).glob("*.parquet"))
        for record in records:
            if record["row"] is not None:
                name = record["heatmap"].rpartition("/")[2]
                self._shards[name] = max(self._shards.get(name, 0), record["row"] // SHARD + 1)
        if records:
            self._seal(records)
        for path in before:
            path.unlink()

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

    def finish(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Keep these records, in this order."""
        write_table(records, self._folder / TABLE)
        shutil.rmtree(self._folder / _PARTS, ignore_errors=True)

    def _flush(self) -> None:
        for name, block in self._maps.items():
            shard = self._shards.get(name, 0)
            self._shards[name] = shard + _write_shards(self._folder / MAPS, name, shard, np.stack(block))
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


def read_table(path: Path) -> list[Record]:
    """Return the records of a Parquet file; none where it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[Record] = pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError):
        return []
    plain = (*_TEXT, "row", "seconds")
    # Most of what is nested is the same in every record: there is one of it, and memory is bounded by that.
    nested = lru_cache(_DISTINCT)(json.loads)
    return [
        {key: value if key in plain or value is None else nested(value) for key, value in row.items()}
        for row in rows
    ]


def _cell(key: str, value: Any) -> Any:
    if value is None or key in (*_TEXT, "row", "seconds"):
        return value
    return json.dumps(value, ensure_ascii=False)
