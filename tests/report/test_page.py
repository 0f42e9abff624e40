"""The page, driven in a real browser: what is painted, what is read, what is kept to itself."""

import base64
import io
import re

import numpy as np
import PIL.Image
import pytest
from runs import GEOMETRY, failure, map_of, record, scan_of, write_run
from watched import serious, watched_page

from xaibrain.render.overlay import blend, in_colour
from xaibrain.report.build import write_report
from xaibrain.report.contents import Options
from xaibrain.report.run import geometry_of, read_run

EVIL = "<script>window.hacked = 1</script>"
GEOMETRY_OF = geometry_of({"geometry": GEOMETRY})
COUNT = 40


def maps_of_the_run():
    return {
        (f"ward/patient {at}.png", method): map_of(7 * at + len(method)) * (1 + at / 10)
        for at in range(COUNT)
        for method in ("gradcam", "saliency")
    }


MAPS = maps_of_the_run()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report of forty scans and two methods, with a bit of everything."""
    folder = tmp_path_factory.mktemp("run")
    records = [record(at, method) for at in range(COUNT) for method in ("gradcam", "saliency")]
    worried = {"class_sensitivity": None, "randomisation": {"layer": "top", "correlation": 0.95}}
    worried |= {"standing": None, "worries": ["it stays nearly the same when top forgets what it learned"]}
    records[2]["notes"] = {"check": worried, "completeness": 0.125}
    records[4] |= {"status": "all-negative"}
    # Where this patient lies, as a slice of a volume tells it: columns run from right to left.
    grid = {"shape": [64, 48, 3], "affine": [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 1, 0]]}
    records[0]["place"] = {"volume": "v", "index": 0, "grid": grid, "first": [0, 0, 0], "down": [0, 1, 0],
                           "across": [1, 0, 0]}  # fmt: skip
    records[0] |= {"spacing": [0.5, 0.5], "label": EVIL}
    records[1] |= {"label": EVIL}
    maps = {**MAPS, (records[4]["id"], "gradcam"): -np.abs(map_of(3))}
    folder = write_run(folder, [*records, failure(COUNT, f"{EVIL}: damaged; fetch it again.")], maps)
    path = folder / "report.html"
    write_report(read_run(folder), path, Options(lossless=True), title=f"A run {EVIL}")
    return path


@pytest.fixture(scope="module")
def page(chromium, report):
    with watched_page(chromium, viewport={"width": 1300, "height": 900}) as page:
        page.goto(report.as_uri())
        yield page


@pytest.fixture(autouse=True)
def as_at_first(request):
    """Reset the controls before each test that uses the page."""
    if "page" in request.fixturenames:
        page = request.getfixturevalue("page")
        if page.locator("#viewer").get_attribute("open") is not None:
            page.keyboard.press("Escape")
        page.evaluate("location.hash = ''")
        page.locator("#settings").evaluate("form => form.reset()")
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_selector(".card:first-child .panel canvas[width='64']")
        settled(page)


def settled(page):
    """Wait until what was asked for is painted."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def choose(page, **values):
    for name, value in values.items():
        control = page.locator(f"#{name}")
        if control.evaluate("it => it.tagName") == "SELECT":
            control.select_option(str(value))
        else:
            control.fill(str(value))
    settled(page)


def pixels(locator):
    """Return what a canvas shows: (h, w, 3)."""
    url = locator.evaluate("canvas => canvas.toDataURL('image/png')")
    return np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")).astype(
        int
    )


def canvas_of(page, number, method):
    """Return the canvas of a scan, from 1, and a method."""
    card = page.locator("article").filter(has=page.locator(".name", has_text=re.compile(f"^Scan {number}$")))
    return card.locator("figure").filter(has=page.locator("strong", has_text=method)).locator(".frame canvas")


def laid(at, method="gradcam"):
    return GEOMETRY_OF.to_source(MAPS[f"ward/patient {at}.png", method])


def overlaid(at, end=None):
    """Return what the overlay of a scan shows."""
    positive = np.maximum(laid(at), 0)
    return blend(in_colour(scan_of(at)), (positive / (end or positive.max())).astype(np.float32)).astype(int)


def test_the_map_is_painted_as_by_the_overlay(page):
    assert np.abs(pixels(canvas_of(page, 1, "gradcam")) - overlaid(0)).max() <= 1
    assert (pixels(canvas_of(page, 1, "scan")) == in_colour(scan_of(0))).all()


def test_controls_change_the_pixels_as_they_say(page):
    canvas, scan = canvas_of(page, 1, "gradcam"), in_colour(scan_of(0)).astype(int)
    strength = np.maximum(laid(0), 0) / laid(0).max()
    choose(page, opacity=0)
    assert (pixels(canvas) == scan).all()
    choose(page, opacity=40)
    half = (scan + overlaid(0)) / 2
    assert np.abs(pixels(canvas) - half).max() <= 1.5
    choose(page, opacity=80, threshold=50)
    differs = (pixels(canvas) != scan).any(axis=2)
    assert not differs[strength < 0.499].any()
    assert differs[strength > 0.501].mean() > 0.95
    choose(page, threshold=0, colours="viridis")
    hottest = np.unravel_index(strength.argmax(), strength.shape)
    expected = 0.2 * scan[hottest] + 0.8 * np.array([253, 231, 37])
    np.testing.assert_allclose(pixels(canvas)[hottest], expected, atol=2)


def test_two_sided_colours_show_what_speaks_against(page):
    canvas, against = canvas_of(page, 1, "gradcam"), np.unravel_index(laid(0).argmin(), (48, 64))
    assert (pixels(canvas)[against] == scan_of(0)[against]).all()
    choose(page, colours="signed")
    red, _, blue = pixels(canvas)[against] - scan_of(0)[against]
    assert blue > red
    # A map that is negative everywhere has something to show now.
    assert np.abs(pixels(canvas_of(page, 3, "gradcam")) - in_colour(scan_of(2))).max() > 20
    choose(page, colours="inferno")
    assert (pixels(canvas_of(page, 3, "gradcam")) == in_colour(scan_of(2))).all()
    assert "no evidence for this class" in canvas_of(page, 3, "gradcam").locator("xpath=..").inner_text()


def test_a_shared_scale_makes_maps_comparable(page):
    choose(page, scale="shared")
    strongest = max(laid(at).max() for at in range(COUNT) if at != 2)
    assert np.abs(pixels(canvas_of(page, 1, "gradcam")) - overlaid(0, strongest)).max() <= 1
    [end] = {bar.split()[-1] for bar in page.locator("[data-method='0'] .bar:visible").all_inner_texts()}
    assert float(end) == pytest.approx(strongest, rel=5e-3)


def read_out(text):
    row, column, value = re.fullmatch(r"row (\d+) · column (\d+) · (\S+)", text).groups()
    return int(row), int(column), float(value.replace("−", "-"))


@pytest.mark.parametrize("place", [(0.1, 0.5), (0.42, 0.3), (0.5, 0.77), (0.99, 0.01)])
def test_the_value_under_the_pointer_is_that_of_the_stored_map(page, place):
    canvas = canvas_of(page, 1, "gradcam")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + place[1] * box["width"], box["y"] + place[0] * box["height"])
    row, column, value = read_out(page.locator("article .value:not(:empty)").inner_text())
    assert abs(row - place[0] * 48) <= 1
    assert abs(column - place[1] * 64) <= 1
    assert value == pytest.approx(float(laid(0)[row, column]), rel=5.1e-3, abs=1e-4)


def test_swiping_shows_the_scan_on_the_left_and_the_map_on_the_right(page):
    page.get_by_role("button", name="Scan 1", exact=True).click()
    page.wait_for_selector("#large[width='64']")
    page.locator("#swipe").fill("50")
    shown = pixels(page.locator("#large"))
    assert (shown[:, :32] == in_colour(scan_of(0))[:, :32]).all()
    assert np.abs(shown[:, 32:] - overlaid(0)[:, 32:]).max() <= 1
    page.locator("#swipe").fill("0")


def test_a_scan_is_opened_read_and_left_by_keys(page):
    button = page.get_by_role("button", name="Scan 1", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#facts dl")
    assert page.locator("#viewer-title").inner_text() == "Scan 1"
    assert [page.locator(f".edge.{side}").inner_text() for side in ("left", "right", "top")] == [
        "R",
        "L",
        "A",
    ]
    assert "0.5 × 0.5 mm" in page.locator("#facts").inner_text()
    page.locator("#stage").focus()
    before = [int(at) for at in np.unravel_index(laid(0).argmax(), (48, 64))]
    page.keyboard.press("Shift+ArrowUp" if before[0] >= 10 else "Shift+ArrowDown")
    row, column, value = read_out(page.locator("#probe").inner_text())
    assert (abs(row - before[0]), column) == (10, before[1])
    assert value == pytest.approx(float(laid(0)[row, column]), rel=5.1e-3, abs=1e-4)
    page.keyboard.press("m")
    assert page.locator("#choices [aria-pressed=true]").inner_text() == "saliency"
    page.keyboard.press("n")
    assert page.locator("#viewer-title").inner_text() == "Scan 2"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Scan 1"


def test_what_a_method_and_the_check_say_is_told(page):
    assert "Doubtful: it stays nearly the same" in page.locator("article").nth(1).inner_text()
    page.get_by_role("button", name="Scan 2", exact=True).click()
    page.locator("#facts dl").first.wait_for()
    told = page.locator("#facts").inner_text().lower()
    for words in ("0.125", "correlation 0.95", f"{1:064x}", "48 × 64 pixels", "5 × 6"):
        assert words in told


def names(page):
    return page.locator("article .name").all_text_contents()


def test_filters_leave_what_was_asked_for(page):
    choose(page, label="lesion", answer="wrong")
    wrong = [at for at in range(1, COUNT) if at % 5 == 4 and at % 2]
    assert names(page) == []
    choose(page, label="none")
    assert names(page) == [f"Scan {at + 1}" for at in wrong]
    assert page.locator("#count").inner_text() == f"{len(wrong)} of {COUNT + 1} scans"
    choose(page, label="", answer="", status="doubtful")
    assert names(page) == ["Scan 2"]
    choose(page, status="failed")
    assert names(page) == [f"Scan {COUNT + 1}"]
    choose(page, status="", order="unsure")
    sure = [0.6 + 0.03 * (at % 10) for at in range(COUNT)]
    assert names(page)[1 : 1 + COUNT // 10] == [
        f"Scan {at + 1}" for at in np.argsort(sure, kind="stable")[: COUNT // 10]
    ]
    choose(page, order="run", status="all-negative")
    assert names(page) == ["Scan 3"]


def test_a_scan_without_a_map_says_why(page):
    choose(page, status="failed")
    page.get_by_role("button", name=f"Scan {COUNT + 1}", exact=True).click()
    page.wait_for_selector("#facts .worry")
    page.keyboard.press("m")
    page.keyboard.press("n")
    assert "damaged; fetch it again" in page.locator("#facts").inner_text()
    assert page.locator("#viewer-title").inner_text() == f"Scan {COUNT + 1}"


def test_methods_can_be_put_away(page):
    page.get_by_role("checkbox", name="saliency").uncheck()
    settled(page)
    assert canvas_of(page, 1, "saliency").is_hidden()
    assert canvas_of(page, 1, "gradcam").is_visible()


def test_names_stay_text(page):
    assert page.evaluate("window.hacked") is None
    assert page.locator("h1").inner_text() == f"A run {EVIL}"
    assert EVIL in page.locator("article").first.inner_text()


def test_only_scans_near_the_window_are_decoded(page):
    filled = "[...document.querySelectorAll('article')].map(it => it.querySelector('canvas') !== null)"
    first = page.evaluate(filled)
    assert first[0]
    assert sum(first) < COUNT / 2
    page.locator(f"article:nth-child({COUNT})").scroll_into_view_if_needed()
    page.wait_for_selector(f"article:nth-child({COUNT}) canvas")
    page.wait_for_selector("article:nth-child(1):not(:has(canvas))", state="attached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_who_cannot_see_or_point(chromium, report, scheme):
    with watched_page(chromium, color_scheme=scheme, bypass_csp=True) as page:
        page.goto(report.as_uri())
        choose(page, label=EVIL)
        page.wait_for_selector("article canvas")
        assert serious(page) == []
        page.locator("article .name").first.click()
        page.wait_for_selector("#facts dl")
        assert serious(page, context="#viewer") == []
        page.keyboard.press("Escape")
        page.goto(f"{report.as_uri()}#provenance")
        assert page.locator("#provenance").is_visible()
        assert serious(page, context="#provenance") == []


def test_a_phone_shows_it_without_scrolling_sideways(chromium, report):
    with watched_page(chromium, viewport={"width": 375, "height": 700}) as page:
        page.goto(report.as_uri())
        page.wait_for_selector("article canvas")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
