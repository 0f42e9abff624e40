"""Planted label errors are found; what was found, and by what, is told."""

import json
import sys

import numpy as np
import PIL.Image
import pytest
from fakes import FakeModel

from xaibrain import load_dataset
from xaibrain.audit.examine import audit
from xaibrain.audit.findings import findings
from xaibrain.audit.glance import glances
from xaibrain.audit.page import markdown_of
from xaibrain.audit.record import record_of
from xaibrain.audit.suspects import _predicted, find_suspects
from xaibrain.audit.together import kept_together
from xaibrain.errors import PluginError
from xaibrain.inputs import items_of

CLASSES = ("flat", "lying", "standing")
EACH = 60
FLIPPED = 9


class Stripes(FakeModel):
    """Sees which way a picture's edges run: (n, h, w, 2), across and down."""

    name = "stripes"

    def preprocess(self, image):
        return image.pixels[..., None].astype(np.float32), None

    def activations(self, images, layer):
        across, down = (np.abs(np.diff(images[..., 0], axis=axis)) for axis in (2, 1))
        return np.stack([across[:, 1:], down[:, :, 1:]], axis=-1)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A folder of three kinds of stripes, 5 % of them in the wrong sub-folder; and the ids of those."""
    root, rng, wrong = tmp_path_factory.mktemp("stripes"), np.random.default_rng(4), set()
    grid = np.arange(32)
    for number in range(EACH * len(CLASSES)):
        kind = number % 3
        wave = 50 * np.sin(grid * rng.uniform(0.4, 0.9) + rng.uniform(0, 6))
        pattern = (np.zeros((32, 32)), np.tile(wave[:, None], 32), np.tile(wave, (32, 1)))[kind]
        blobs = np.kron(rng.normal(0, 25, (4, 4)), np.ones((8, 8)))
        pixels = (128 + pattern + blobs + rng.normal(0, 8, (32, 32))).clip(0, 255).astype(np.uint8)
        flipped = number < FLIPPED
        name = f"{CLASSES[(kind + 1) % 3 if flipped else kind]}/{number}.png"
        wrong |= {name} if flipped else set()
        (root / name).parent.mkdir(exist_ok=True)
        PIL.Image.fromarray(pixels).save(root / name)
    return root, wrong


def ignored(*_):
    """Progress that nobody looks at."""


@pytest.fixture(scope="module")
def found(planted):
    """The audit, without the probes: they take their time, and are tested elsewhere."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("xaibrain.audit.confounds.KINDS", ())
        patched.setattr("xaibrain.audit.confounds._TREES", 2)
        return audit("stripes", items_of(load_dataset(planted[0])), model=Stripes())


def suspects_of(items, model):
    """The suspected ids, and all that goes with them."""
    seen, _ = glances(items, ignored)
    suspects = find_suspects(seen, [], items, model, 0, ignored)
    return {seen[row.position].id for row in suspects.rows}, suspects


def test_planted_errors_are_found_and_little_else(found, planted):
    told = {found.seen[row.position].id for row in found.suspects.rows}
    hits = told & planted[1]
    assert len(hits) / FLIPPED >= 0.75
    assert len(hits) / len(told) >= 0.85
    assert found.suspects.accuracy > 0.9
    assert sum(found.suspects.by_class.values()) == len(told)


def test_the_suggestion_is_the_true_class_and_the_worst_come_first(found, planted):
    for row in found.suspects.rows:
        id = found.seen[row.position].id
        if id in planted[1]:
            assert row.suggested == CLASSES[int(id.split("/")[1][:-4]) % 3]
        assert row.other > row.given
        assert row.label == id.split("/")[0]
    given = [row.given for row in found.suspects.rows]
    assert given == sorted(given)


def test_record_page_and_table_say_it(found):
    record = record_of(found)
    told = record["label_errors"]
    assert record["summary"]["suspected_labels"] == len(told["suspects"]) == len(found.suspects.rows)
    assert told["features"] == "only, averaged over space"
    assert told["trained_on"] is None
    page = markdown_of(found)
    assert f"| {told['suspects'][0]['id']} | {told['suspects'][0]['label']} |" in page
    assert "Suspected, not proven" in page
    assert dict(findings(found))["label errors"].startswith(f"{len(told['suspects'])} suspected (flat ")


def test_nothing_is_suspected_where_nothing_is_wrong(planted):
    root, wrong = planted
    items = [item for item in items_of(load_dataset(root)) if item.id not in wrong]
    assert len(suspects_of(items, Stripes())[0]) <= 2


def test_a_copy_does_not_vouch_for_a_wrong_label():
    """Features that tell nothing but which picture it is, three copies of each: nothing can be learned."""
    originals = np.repeat(np.arange(60), 3)
    labels = np.random.default_rng(0).integers(0, 2, 60)[originals]
    told = _predicted(np.eye(60)[originals], labels, originals, seed=0)
    parted = _predicted(np.eye(60)[originals], labels, np.arange(180), seed=0)
    assert (told.argmax(axis=1) == labels).mean() < 0.6
    assert (parted.argmax(axis=1) == labels).mean() > 0.9


def test_the_card_says_which_were_trained_on(found, planted):
    ids = [glance.id for glance in found.seen]
    model = Stripes()
    model.card = {"split": {"held_out": ids[::4], "validation": ids[2::4]}}
    suspects = find_suspects(found.seen, [], items_of(load_dataset(planted[0])), model, 0, ignored)
    assert suspects.trained_on == EACH * 3 // 2
    among = sum(row.position % 2 == 1 for row in suspects.rows)
    others = len(suspects.rows) - among
    assert "trained on 90 of these pictures" in suspects.caveat
    assert f"{among} of them are suspected, beside {others} of the 90 others" in suspects.caveat
    for row in suspects.rows:
        assert row.trained_on == (row.position % 2 == 1)
    model.card = {"split": {"held_out": ["of another dataset"]}}
    suspects = find_suspects(found.seen, [], items_of(load_dataset(planted[0])), model, 0, ignored)
    assert suspects.trained_on is None
    assert "its card does not say" in suspects.caveat


def test_a_model_without_maps_lends_its_scores(found, planted):
    class Scores(Stripes):
        capabilities = frozenset({"logits"})

        def logits(self, images):
            return super().activations(images, "").mean(axis=(1, 2))

    suspects = find_suspects(found.seen, [], items_of(load_dataset(planted[0])), Scores(), 0, ignored)
    assert suspects.features == "scores"
    assert len(suspects.rows) == len(found.suspects.rows)


def test_too_few_pictures_are_told():
    data = load_dataset("phantom", count=8)
    found = audit("few", items_of(data), model=Stripes())
    assert "fewer than 5 groups" in found.suspects.reason
    assert "not looked for" in dict(findings(found))["label errors"]
    assert "not looked for" in markdown_of(found)


def test_without_cleanlab_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cleanlab", None)
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(PluginError, match=r"needs cleanlab.*pip install 'xaibrain\[train\]'"):
        audit("few", items_of(load_dataset("phantom", count=2)), model=Stripes())


def test_groups_of_the_dataset_stay_together(found):
    class Patients:
        class_names = ("a",)
        default_model = None
        ids = ("1", "2", "3")
        groups = ("ann", "bob", "ann")

        def __len__(self):
            return 3

        def __getitem__(self, index):
            return load_dataset("phantom", count=12)[index * 4]

        def __iter__(self):
            return (self[index] for index in range(3))

    assert [item.group for item in items_of(Patients())] == ["ann", "bob", "ann"]
    seen = audit("patients", items_of(Patients())).seen
    assert kept_together(seen).tolist() == [0, 1, 0]
    assert kept_together(seen, [[0, 1]]).tolist() == [0, 0, 0]


def test_the_command_draws_the_worst(run, planted, monkeypatch, tmp_path):
    monkeypatch.setattr("xaibrain.loading.load_model", lambda name, **options: Stripes())
    monkeypatch.setattr("xaibrain.audit.confounds._TREES", 2)
    code, out, err = run("audit", planted[0], "-m", "stripes")
    assert code == 0, err
    assert "label errors" in out
    assert "p of the label" in out
    assert "Suspected, not proven" in out
    record = json.loads((tmp_path / "xaibrain-audit/audit.json").read_text())
    assert record["label_errors"]["suspects"]
    with PIL.Image.open(tmp_path / "xaibrain-audit/suspects.png") as drawn:
        assert drawn.size[0] > 1000
    code, _, err = run("audit", planted[0], "-s", "model.size=3")
    assert code == 2
    assert "go with -m MODEL" in err
