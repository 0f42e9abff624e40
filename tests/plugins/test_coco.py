"""COCO: boxes and masks that another reading of the format finds where the map is strongest."""

import json

import numpy as np
from volumes import explained

from xaibrain import Image
from xaibrain_pictures.coco import CocoWriter


def decoded(segmentation):
    """Read run lengths as COCO's own API does: down the columns, first of what is outside."""
    height, width = segmentation["size"]
    flat, inside = [], False
    for run in segmentation["counts"]:
        flat += [inside] * run
        inside = not inside
    return np.reshape(flat, (width, height)).T


def regions_of(tmp_path, values, threshold=0.5, **changes):
    writer = CocoWriter(threshold)
    one = explained(Image(np.zeros(values.shape), "scan.png"), values)
    for name, value in changes.items():
        object.__setattr__(one, name, value)
    [path] = writer.write([one], tmp_path, "scan")
    writer.finish(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    return json.loads(path.read_text())


def test_regions_are_where_the_map_is_strongest(tmp_path):
    values = np.zeros((6, 9))
    values[1:3, 2:5] = 4
    values[2, 3] = 8
    values[5, 8] = 6
    values[0, 0] = 3.9
    found = regions_of(tmp_path, values)
    assert [(one["bbox"], one["area"], one["score"]) for one in found["annotations"]] == [
        ([2, 1, 3, 2], 6, 8), ([8, 5, 1, 1], 1, 6),
    ]  # fmt: skip
    together = sum(decoded(one["segmentation"]).astype(int) for one in found["annotations"])
    np.testing.assert_array_equal(together, values >= 4)
    assert found["images"] == [{"id": 1, "file_name": "scan.png", "height": 6, "width": 9}]
    assert found["categories"] == [{"id": 1, "name": "glioma"}]


def test_masks_that_begin_or_end_a_picture(tmp_path):
    for values in (
        np.ones((3, 4)),
        np.eye(3, 4) * 0 + (np.arange(4) == 0),
        np.arange(12.0).reshape(3, 4) > 10,
    ):
        found = regions_of(tmp_path, np.asarray(values, float))
        [region] = found["annotations"]
        np.testing.assert_array_equal(decoded(region["segmentation"]), values)
        assert sum(region["segmentation"]["counts"]) == 12
        (tmp_path / "annotations.json").unlink()


def test_what_cannot_be_read_has_no_region(tmp_path):
    found = regions_of(tmp_path, -np.ones((3, 4)))
    assert (found["annotations"], len(found["images"])) == ([], 1)


def test_a_run_is_one_file(tmp_path):
    writer = CocoWriter()
    for name in ("b", "a"):
        for target in ("glioma", "none"):
            one = explained(Image(np.zeros((3, 4)), name), np.ones((3, 4)), target)
            writer.write([one], tmp_path, f"{name}-{target}")
    writer.finish(tmp_path)
    found = json.loads((tmp_path / "annotations.json").read_text())
    assert [image["file_name"] for image in found["images"]] == ["a", "b"]
    pairs = [(one["id"], one["image_id"], one["category_id"]) for one in found["annotations"]]
    assert pairs == [(1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2)]
