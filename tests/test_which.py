"""The page about explainers says what was measured, and what was measured is worked out right."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from xaibrain import Score
from xaibrain.judging.run import Judged

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "guide" / "which.md").read_text("utf-8")


def module(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def which():
    return module("which")


@pytest.fixture(scope="module")
def tables():
    return module("which_tables")


def judged(values):
    """Pictures with a score for each method; None where there is none."""
    return [
        Judged(f"{number}", group=f"{number}", scores={
            name: {"relevance-mass": Score(value, "" if value is not None else "no mask")}
            for name, value in line.items()
        })
        for number, line in enumerate(values)
    ]  # fmt: skip


def test_a_row_beats_the_baselines_if_the_intervals_do_not_overlap(which):
    draw = np.random.default_rng(0)
    means = {"clear": 0.9, "level": 0.5, "never": None, "baseline-centre": 0.5, "baseline-edges": 0.2}
    values = [
        {name: None if mean is None else mean + draw.uniform(-0.1, 0.1) for name, mean in means.items()}
        for _ in range(40)
    ]
    found = which.told(judged(values), ["relevance-mass"])
    rows = found["rows"]["relevance-mass"]
    assert (found["pictures"], found["groups"]) == (40, 40)
    assert {name: row["beats"] for name, row in rows.items()} == {
        "clear": True, "level": False, "never": None, "baseline-centre": None, "baseline-edges": None,
    }  # fmt: skip
    assert next(iter(rows)) == "clear"
    mean, low, high = rows["level"]["mean"]
    assert low < mean < high
    assert mean == pytest.approx(np.mean([line["level"] for line in values]), abs=1e-4)


def test_agreement_is_kendalls_tau_of_the_means(which):
    draw = np.random.default_rng(1)
    names = ["a", "b", "c", "d", "e", "baseline-random"]
    first, second = ([dict(zip(names, draw.random(6), strict=True)) for _ in range(12)] for _ in range(2))
    wanted = kendalltau(
        *([np.mean([line[name] for line in side]) for name in names[:5]] for side in (first, second))
    ).statistic
    found = which.agreement(judged(first), judged(second), "relevance-mass")
    tau, low, high = found["tau"]
    assert tau == pytest.approx(wanted, abs=1e-3)
    assert low <= tau <= high
    assert found["rows"] == 5
    assert which.agreement(judged(first), judged(first), "relevance-mass")["tau"][0] == 1


@pytest.mark.parametrize("what", re.findall(r"\{\{ which (.+?) \}\}", PAGE))
def test_what_the_page_asks_for_was_measured(what, tables):
    told = tables.text(what)
    assert told or what == "stale"
    assert "nan" not in told


def test_what_is_said_in_short_is_so(tables):
    boxes, phantom = (tables.measured(part)["rows"]["relevance-mass"] for part in ("boxes", "phantom"))
    mean = {row: found["mean"][0] for row, found in boxes.items()}
    assert max(mean, key=mean.get).endswith("@top_activation")
    assert boxes["gradcam@top_activation"] == boxes["hirescam@top_activation"]
    for row, found in boxes.items():
        method, _, layer = row.partition("@")
        if layer == "top_activation" or method in ("hirescam", "layercam", "eigengradcam"):
            assert found["beats"]
        if layer == "block3b_add" and method in ("xgradcam", "gradcam++", "eigencam"):
            assert not found["beats"]
    hiding = ("occlusion", "lime", "kernel-shap", "sobol", "rise", "rise-covariance")
    assert max(hiding, key=lambda name: phantom[name]["mean"][0]) == "occlusion"
    slopes = ("saliency", "smoothgrad", "vargrad", "squaregrad", "gradient-shap")
    for best in ("input-x-gradient", "integrated-gradients"):
        assert phantom[best]["mean"][0] > max(phantom[name]["mean"][0] for name in slopes)


def test_planted_evidence_is_found_by_what_should_find_it(which, tables):
    """On linear models and on phantom; those that do not find it are named on the page."""
    for part in ("linear", "phantom"):
        rows = tables.measured(part)["rows"]["relevance-mass"]
        methods = {name: row for name, row in rows.items() if row["beats"] is not None}
        assert set(which.EVERY) - {name.split("@")[0] for name in methods} <= {"vargrad"}
        assert {name for name, row in methods.items() if not row["beats"]} <= {"rise"}
