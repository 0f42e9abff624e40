"""What a report holds: the numbers of the run, and nothing that names a picture."""

import base64
import hashlib
import html
import io
import json
import re
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from runs import GEOMETRY, failure, map_of, record, scan_of, write_run
from runs import digest_of as digest

from xaibrain.errors import InputError
from xaibrain.report.build import write_report
from xaibrain.report.contents import Gatherer, Options
from xaibrain.report.packing import LEVELS, MISSING, packed_map, packed_scan
from xaibrain.report.parts import provenance
from xaibrain.report.run import edges_of, geometry_of, read_run


def unpacked(packed):
    codes = np.frombuffer(base64.b64decode(packed["codes"]), "<u2").reshape(packed["shape"])
    return np.where(codes == MISSING, np.nan, packed["low"] + packed["step"] * codes)


@given(arrays(np.float32, (3, 4), elements=st.floats(-(2.0**90), 2.0**90, width=32, allow_subnormal=False)))
def test_a_packed_map_is_off_by_half_a_step_at_most(heatmap):
    packed = packed_map(heatmap)
    spread = float(heatmap.max()) - float(heatmap.min())
    assert packed["step"] == pytest.approx(spread / LEVELS)
    assert np.abs(unpacked(packed) - heatmap).max() <= 0.5001 * packed["step"]


def test_what_is_not_finite_stays_so():
    heatmap = np.array([[1, np.nan], [np.inf, -2]], np.float32)
    np.testing.assert_array_equal(np.isnan(unpacked(packed_map(heatmap))), [[False, True], [True, False]])
    assert np.isnan(unpacked(packed_map(np.full((2, 2), np.nan, np.float32)))).all()


def decoded(block):
    return np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(block["webp"]))).convert("L"))


def test_scans_keep_their_pixels_when_asked_and_shrink_when_large():
    exact = decoded(packed_scan(scan_of(3), 1024, lossless=True))
    assert (exact == scan_of(3)).all()
    small = packed_scan(np.full((50, 200), 90, np.uint8), 100, lossless=False)
    assert small["size"] == [25, 100]
    assert np.abs(decoded(small).astype(int) - 90).max() <= 2


def blocks_of(folder, **options):
    gatherer = Gatherer(read_run(folder), Options(**options))
    return list(gatherer.pictures()), gatherer.index()


def test_the_scale_of_a_map_is_that_of_its_overlay(tmp_path):
    [block], index = blocks_of(write_run(tmp_path, [record(0)]))
    laid = geometry_of({"geometry": GEOMETRY}).to_source(map_of(0))
    [told] = block["maps"]
    assert told["top"] == pytest.approx(laid.max())
    assert told["magnitude"] == pytest.approx(np.abs(laid).max())
    row, column, value = told["peak"]
    assert laid[row, column] == laid.max() == pytest.approx(value)
    assert index["methods"][0]["top"] == told["top"]


def test_a_shared_scale_is_that_of_the_strongest_map_that_can_be_read(tmp_path):
    records = [record(0), record(1), record(2, status="non-finite")]
    maps = {(records[at]["id"], "gradcam"): map_of(at) * (at + 1) for at in range(3)}
    blocks, index = blocks_of(write_run(tmp_path, records, maps))
    tops = [block["maps"][0]["top"] for block in blocks]
    assert index["methods"][0]["top"] == max(tops[:2])


def test_a_scan_is_taken_from_its_source_only_if_that_is_unchanged(tmp_path):
    source = tmp_path / "here.png"
    PIL.Image.fromarray(scan_of(5)).save(source)
    known = {"source": str(source), "scan": None}
    same, other = record(0, sha256=digest(source), **known), record(1, sha256="0" * 64, **known)
    (first, second), _ = blocks_of(write_run(tmp_path / "run", [same, other]), lossless=True)
    assert (decoded(first) == scan_of(5)).all()
    assert second["webp"] is None


def test_a_run_that_was_kept_in_columns_is_read_as_well(tmp_path):
    pytest.importorskip("zarr", reason="no Zarr; pip install .[columnar]")
    pytest.importorskip("pyarrow", reason="no Arrow; pip install .[columnar]")
    from xaibrain.stores.columns import ColumnStore

    folder = write_run(tmp_path, [record(0), record(1)])
    (folder / "explanations.jsonl").unlink()
    store, kept = ColumnStore(folder), [{**record(at), "row": None} for at in range(2)]
    for at, one in enumerate(kept):
        store.add([one], [map_of(at)])
    store.close()
    store.finish({one["id"]: at for at, one in enumerate(kept)})
    blocks, _ = blocks_of(folder)
    for at, block in enumerate(blocks):
        [told] = block["maps"]
        np.testing.assert_allclose(unpacked(told), map_of(at), atol=told["step"])
        assert block["webp"]


def test_sizes_ranges_and_absent_settings_are_told_in_words(tmp_path):
    made = {"size": [192, 160], "value_range": [0.0, 255.0], "fit": None}
    run = replace(read_run(write_run(tmp_path, [record(0)])), configuration={"preprocessing": made})
    assert "size 192 × 160, value range 0.0 to 255.0, fit none" in str(provenance(run, []))


def test_nothing_names_a_picture_unless_it_is_asked_for(tmp_path):
    secret = "Jane Doe 1961"
    named = {"id": f"{secret}/slice.png", "source": f"/clinic/{secret}/slice.png"}
    standing = {
        "rank": 2,
        "metric": "iou",
        "dataset": f"{secret} scans",
        "mean": 0.1,
        "beats_baselines": False,
    }
    check = {"class_sensitivity": None, "randomisation": None, "standing": standing,
             "worries": [f"the method was not shown to beat the baselines on {secret} scans"]}  # fmt: skip
    records = [
        record(0, **named, notes={"seen": f"read from /clinic/{secret}/slice.png", "check": check}),
        {**failure(1, f"/clinic/{secret}/broken.png: the file is empty; fetch it again."), **named},
    ]
    folder = write_run(tmp_path / "run", records)
    audit = {"summary": {"leaks": 1}, "balance": {"": {"lesion": 2}}, "pictures": 2}
    audit |= {"name": f"/clinic/{secret}", "twins": [{"first": f"{secret}.png"}]}
    hidden, shown = tmp_path / "hidden.html", tmp_path / "shown.html"
    write_report(read_run(folder), hidden, audit=audit)
    write_report(read_run(folder), shown, Options(show_names=True), audit=audit)
    text = hidden.read_text("utf-8")
    for word in (secret, "Jane", "clinic", "slice.png", "broken.png", str(tmp_path)):
        assert word not in text, word
    assert "the file is empty" in text
    assert secret in shown.read_text("utf-8")


def test_names_cannot_end_the_block_they_stand_in(tmp_path):
    evil = "</script><script>window.hacked = 1</script><!-- "
    folder = write_run(tmp_path, [record(0, id=evil, label=evil, layer=evil)])
    write_report(read_run(folder), tmp_path / "page.html", Options(show_names=True), title=evil)
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "<script>window" not in text
    index = re.search(r'<script type="application/json" id="index">(.*?)</script>', text, re.S)[1]
    assert json.loads(index)["scans"][0]["name"] == evil


def test_the_policy_lets_in_this_script_and_this_style_alone(tmp_path):
    write_report(read_run(write_run(tmp_path, [record(0)])), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    policy = html.unescape(re.search(r'Content-Security-Policy" content="(.*?)"', text)[1])
    digests = {
        kind: base64.b64encode(hashlib.sha256(re.search(pattern, text, re.S)[1].encode()).digest()).decode()
        for kind, pattern in (
            ("style", "<style>(.*?)</style>"),
            ("script", '<script type="module">(.*?)</script>'),
        )
    }
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digests['style']}'; "
        f"script-src 'sha256-{digests['script']}'; base-uri 'none'; form-action 'none'"
    )


def test_the_edges_are_those_of_the_place_in_the_patient():
    # Columns run to the patient's left, rows to the back: as a radiologist looks at an axial slice.
    affine = [[-1, 0, 0, 9], [0, -1, 0, 9], [0, 0, 1, 0]]
    place = {"volume": "v", "index": 0, "grid": {"shape": [4, 4, 1], "affine": affine}, "first": [0, 0, 0]}
    told = edges_of({"place": {**place, "down": [0, 1, 0], "across": [1, 0, 0]}})
    assert told == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    assert edges_of({"place": None}) is None


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no run"):
        read_run(tmp_path)
    (tmp_path / "explanations.jsonl").write_text("{not json\n")
    for text, told in (("{cut", "records are damaged"), ("{}", "records are empty")):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(InputError, match=told):
            read_run(tmp_path)
    folder = write_run(tmp_path / "run", [record(0)])
    (folder / "heatmaps" / "0-gradcam.npy").write_bytes(b"no map")
    with pytest.raises(InputError, match="run xaibrain explain again"):
        blocks_of(folder)
