"""What the pages say of the agreement with other libraries is so."""

import importlib.util
import json
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
FOUND = json.loads((DOCS / "peers.json").read_text("utf-8"))

for library in ("tf_keras_vis", "lime", "shap"):
    pytest.importorskip(library)


@pytest.fixture(scope="module")
def peers():
    spec = importlib.util.spec_from_file_location("peers", DOCS / "peers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def asked(peers):
    return peers.model_and_pictures()


def test_every_pair_was_measured_with_the_model_that_comes_along(peers, asked):
    assert FOUND["model"] == asked[0].fingerprint, "Compare anew: python docs/peers.py"
    assert list(FOUND["pairs"]) == list(peers.PAIRS)
    assert {len(pictures) for pictures in FOUND["pairs"].values()} == {len(asked[1])}


@pytest.mark.filterwarnings("ignore:.*np.random:FutureWarning")
@pytest.mark.parametrize("name", FOUND["pairs"])
def test_the_first_picture_again(name, peers, asked):
    model, pictures = asked
    difference, rank = peers.agreement(*peers.PAIRS[name](model, *pictures[0]))
    before, rank_before = FOUND["pairs"][name][0]
    assert difference == pytest.approx(before, rel=0.05, abs=1e-4)
    assert rank == pytest.approx(rank_before, abs=1e-3)


def test_methods_with_the_same_formula_agree():
    for name in set(FOUND["pairs"]) - {"scorecam"}:
        for difference, rank in FOUND["pairs"][name]:
            assert difference < 1e-4
            assert rank > 0.9999
