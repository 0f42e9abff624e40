"""Volumes in a page: one entry each, slices in order, walked through by mouse and keys."""

import json
import re

import numpy as np
import pytest
from runs import map_of, record, write_run
from watched import serious, watched_page

from xaibrain.report.build import write_report
from xaibrain.report.contents import Gatherer, Options
from xaibrain.report.run import items_of, read_run

ORDER = [2, 0, 3, 1]
"""The index of each slice, in the order of the run."""
EVIDENCE = {0: 0.1, 1: 0.0, 2: 0.4, 3: 0.3}
GRID = {"shape": [64, 48, 4], "affine": [[-1, 0, 0, 0], [0, -2, 0, 0], [0, 0, 1, 0]]}


def slice_of(number, index, explainer="gradcam"):
    place = {"volume": "ward/Jane.nii", "index": index, "grid": GRID, "first": [0, 0, index]}
    place |= {"down": [0, 1, 0], "across": [1, 0, 0]}
    made = {"id": f"ward/Jane.nii/{index}", "place": place, "spacing": [2.0, 1.0], "target": "lesion"}
    return record(number, explainer, **made)


def map_in(number):
    return map_of(number) * (1 + number)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of a scan and of a volume whose slices came out of order."""
    records = [record(9), *(slice_of(number, index) for number, index in enumerate(ORDER))]
    maps = {(one["id"], "gradcam"): map_in(number) for number, one in enumerate(records[1:])}
    folder = write_run(tmp_path_factory.mktemp("run"), records, maps)
    slices = [
        {"id": f"ward/Jane.nii/{index}", "index": index, "evidence": value}
        for index, value in EVIDENCE.items()
    ]
    told = {"volume": "ward/Jane.nii", "explainer": "gradcam", "target": "lesion", "slices": slices}
    (folder / "volumes.jsonl").write_text(json.dumps(told) + "\n", "utf-8")
    return folder


@pytest.fixture
def page(chromium, folder, tmp_path):
    write_report(read_run(folder), tmp_path / "report.html")
    with watched_page(chromium, bypass_csp=True, viewport={"width": 1300, "height": 900}) as page:
        page.goto((tmp_path / "report.html").as_uri())
        page.wait_for_selector("article:nth-child(2) .panel canvas")
        yield page


def test_slices_of_a_volume_are_one_item_in_their_order(folder):
    assert items_of(read_run(folder).pictures) == [[0], [2, 4, 1, 3]]
    gatherer = Gatherer(read_run(folder), Options())
    blocks = list(gatherer.pictures())
    index = gatherer.index()
    assert [item["name"] for item in index["items"]] == ["Scan 1", "Volume 2"]
    assert index["scans"][3]["name"] == "Volume 2, slice 3"
    assert [one["maps"][0]["evidence"] for one in index["scans"]] == [None, 0.4, 0.1, 0.3, 0.0]
    tops = [block["maps"][0]["top"] for block in blocks]
    assert index["items"][1]["ends"][0]["top"] == max(tops[1:])
    assert index["items"][0]["ends"][0]["top"] == tops[0]


def wait_for_where(room, told):
    """Slices are read and decoded after a click: wait until the strip tells of the new one."""
    from playwright.sync_api import expect  # comes with an extra of its own

    expect(room.locator(".strip-where")).to_have_text(told, timeout=30_000)


def test_a_volume_shows_where_its_evidence_is_and_leads_there(page):
    card = page.locator("article").nth(1)
    wait_for_where(card, "Slice 2: evidence 0.4, rank 1 of 3")
    assert card.locator(".most button").all_inner_texts() == ["2", "3", "0"]
    heights = card.locator(".bars span").evaluate_all(
        "all => all.map(one => Number(one.style.getPropertyValue('--share')))"
    )
    np.testing.assert_allclose(heights, [0.25, 0, 1, 0.75])
    card.get_by_role("button", name="Slice 3").click()
    wait_for_where(card, "Slice 3: evidence 0.3, rank 2 of 3")
    card.get_by_role("slider", name="Slice").press("Home")
    told = "Slice 0: evidence 0.1, rank 3 of 3"
    wait_for_where(card, told)
    assert card.get_by_role("slider", name="Slice").get_attribute("aria-valuetext") == told
    bars = card.locator(".bars").bounding_box()
    page.mouse.click(bars["x"] + 0.4 * bars["width"], bars["y"] + 5)
    wait_for_where(card, "Slice 1: no evidence")
    assert page.locator("#count").inner_text() == "1 scan, 1 volume of 4 slices"


def test_slices_are_walked_through_by_keys_and_wheel(page):
    page.get_by_role("button", name="Volume 2").click()
    page.wait_for_selector("#strip .here")
    title, viewer = page.locator("#viewer-title"), page.locator("#viewer")
    for key, index in (("ArrowUp", 1), ("PageUp", 0), ("PageUp", 0), ("PageDown", 1)):
        page.keyboard.press(key)
        assert title.inner_text() == f"Volume 2, slice {index}"
        page.wait_for_function(
            "told => document.querySelector('#strip output').textContent.startsWith(told)",
            arg=f"Slice {index}",
        )
    page.locator("#stage").hover()
    page.mouse.wheel(0, 100)
    page.wait_for_function("document.querySelector('#viewer-title').textContent.endsWith('slice 2')")
    assert serious(page, context="#viewer") == []
    # Rows lie 2 mm apart and columns 1 mm: 48 × 64 pixels stand as 96 × 64.
    box = viewer.locator("#large").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(64 / 96, rel=0.01)
    page.keyboard.press("p")
    page.wait_for_function("document.querySelector('#viewer-title').textContent === 'Scan 1'")
    assert page.locator("#strip .strip").count() == 0


def end_of_bar(card):
    return card.locator(".bar span").nth(1).inner_text()


def test_slices_of_a_volume_share_a_scale(page):
    card, ends = page.locator("article").nth(1), []
    for scale in ("volume", "own"):
        page.locator("#scale").select_option(scale)
        for index in (3, 2):
            card.get_by_role("button", name=f"Slice {index}").click()
            page.wait_for_selector(f"article:nth-child(2) [aria-label*='slice {index},']")
            page.evaluate(
                "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            ends.append(float(end_of_bar(card)))
    assert ends[0] == ends[1] >= max(ends[2:])
    assert ends[2] != ends[3]


def test_a_filter_leads_to_a_slice_that_passes(page):
    # Slice 0 is the second of the run: its true class is 'none'.
    page.locator("#label").select_option("none")
    assert page.locator("article .name").all_text_contents()[-1] == "Volume 2"
    wait_for_where(page.locator("article").last, re.compile("Slice 0: "))
