"""One bad picture is one failure; the rest come in order, with the truth about how they were made."""

import networks
import numpy as np
import pytest
from fakes import FakeModel
from networks import wrapped
from twice import Sentinel, Twice, grey, run

import xaibrain
from xaibrain import explain
from xaibrain.core.records import Explanation, Failure
from xaibrain.errors import InputError, PluginError
from xaibrain.inputs import items_of
from xaibrain.pipeline import Pipeline


def test_explanations_come_in_order_with_everything_told():
    outcomes = run(grey(50, 150, 60, 160, 70), batch_size=2)
    assert [one.image.id for one in outcomes] == [f"picture-{value}" for value in (50, 150, 60, 160, 70)]
    assert [one.predicted for one in outcomes] == ["dark", "bright", "dark", "bright", "dark"]
    first, second = outcomes[:2]
    assert first.target == "dark"
    assert (first.heatmap == 100).all()
    assert (second.heatmap == 300 + 1000).all()
    assert first.heatmap.dtype == np.float32
    assert first.status == "constant"
    assert first.probabilities["dark"] == pytest.approx(1)
    assert set(first.probabilities) == {"dark", "bright"}
    assert first.layer is None
    assert first.layer_reason == ""
    assert first.seconds > 0
    assert first.on_source().shape == (6, 8)
    record = first.provenance
    assert record.explainer == "Twice"
    assert record.parameters == {"factor": 2.0, "bad": -1.0, "how": "raise"}
    assert record.model == "fake"
    assert record.fingerprint == "0" * 64
    assert record.head == "given"
    assert record.sha256 == first.image.sha256
    assert record.versions == {"fake": "1", "xaibrain": xaibrain.__version__, "numpy": np.__version__}


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 100])
def test_the_batch_size_changes_nothing(batch_size):
    images = [networks.taken("nested", 7, seed=3)[index] for index in range(7)]
    found = run(np.stack(images), "gradcam", wrapped("nested"), batch_size=batch_size)
    wanted = [run(image, "gradcam", wrapped("nested"))[0] for image in images]
    for one, other in zip(found, wanted, strict=True):
        assert one.predicted == other.predicted
        assert np.allclose(one.heatmap, other.heatmap, rtol=1e-4, atol=1e-5 * np.abs(other.heatmap).max())


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_a_picture_that_an_explainer_cannot_take_is_the_only_one_lost(batch_size):
    outcomes = run(grey(10, 20, 30, 40, 50, 60), Twice(bad=30), on_error="yield", batch_size=batch_size)
    assert [type(one) for one in outcomes] == [Explanation] * 2 + [Failure] + [Explanation] * 3
    lost = outcomes[2]
    assert lost.id == "picture-30"
    assert lost.error == "picture-30: Twice: RuntimeError: no way"
    assert lost.explainer == "Twice"
    assert lost.target == "dark"
    assert lost.sha256
    assert (outcomes[3].heatmap == 80).all()


def test_a_map_of_the_wrong_shape_is_the_plugins_fault():
    outcomes = run(grey(10, 30), Twice(bad=30, how="shape"), on_error="yield")
    assert isinstance(outcomes[0], Explanation)
    told = "float64 of shape (1, 4); it must return numbers of shape (1, h, w)"
    assert outcomes[1].error == f"picture-30: Twice: explain() returned {told}"


@pytest.mark.parametrize(
    "answer", [None, "map", np.zeros((1, 0, 3)), np.zeros((2, 3, 3)), np.zeros((1, 3, 3), complex), [[["x"]]]]
)
def test_answers_that_are_no_maps(answer):
    class Odd:
        def explain(self, model, images, targets):
            return answer

    with pytest.raises(InputError, match=r"Odd: explain\(\) returned .* it must return numbers of shape"):
        run(grey(10), Odd())


def test_nan_maps_are_explanations_with_their_status():
    outcomes = run(grey(10, 30), Twice(bad=30, how="nan"), on_error="yield")
    assert [one.status for one in outcomes] == ["constant", "non-finite"]
    assert np.isnan(outcomes[1].on_source()).all()


def test_maps_that_overflow_float32_say_so():
    class Huge:
        def explain(self, model, images, targets):
            return np.full((len(images), 2, 2), 1e300)

    assert run(grey(10), Huge())[0].status == "non-finite"


def test_a_model_that_takes_few_pictures_at_a_time_is_given_few():
    model = FakeModel(largest=2)
    outcomes = run(grey(*range(0, 50, 10)), model=model, batch_size=5, on_error="yield")
    assert [type(one) for one in outcomes] == [Explanation] * 5
    assert [one.heatmap[0, 0] for one in outcomes] == [0, 20, 40, 60, 80]
    assert max(count for count in model.asked) == 5


def test_a_model_that_takes_no_picture_fails_each():
    class Broken(FakeModel):
        def logits(self, images):
            raise MemoryError

    outcomes = run(grey(1, 2, 3), model=Broken(), on_error="yield")
    assert [one.error for one in outcomes] == [f"picture-{value}: fake: MemoryError" for value in (1, 2, 3)]


def test_scores_that_are_not_finite_are_a_failure():
    class Half(FakeModel):
        def logits(self, images):
            found = super().logits(images)
            found[images.mean(axis=(1, 2, 3)) == 20] = np.nan
            return found

    outcomes = run(grey(10, 20, 30), model=Half(), on_error="yield")
    assert [type(one) for one in outcomes] == [Explanation, Failure, Explanation]
    assert "finite" in outcomes[1].error


def test_a_model_whose_scores_do_not_fit_its_classes_is_told():
    class Wide(FakeModel):
        class_names = ("a", "b", "c")

    with pytest.raises(InputError, match=r"logits\(\) returned shape \(1, 2\)"):
        run(grey(10), model=Wide())


def test_on_error_raise_stops_at_the_first():
    found = explain(grey(10, 30, 50), model=FakeModel(), explainer=Twice(bad=30))
    assert next(found).image.id == "picture-10"
    with pytest.raises(InputError, match="picture-30: Twice: RuntimeError"):
        next(found)


def test_arrays_that_cannot_be_read_are_failures_in_their_place():
    batch = np.full((3, 4, 4, 3), 10.0)
    batch[1, 0, 0, 0] = np.nan
    outcomes = run(batch, on_error="yield")
    assert [type(one) for one in outcomes] == [Explanation, Failure, Explanation]
    assert outcomes[1].id == "array-000001"
    assert "finite" in outcomes[1].error


@pytest.mark.parametrize(
    "array",
    [np.full((5, 6), 9, np.uint8), np.full((5, 6, 1), 9, np.uint8), np.full((1, 5, 6, 3), 9, np.uint8)],
)
def test_arrays_of_every_shape(array):
    (one,) = run(array)
    assert (one.heatmap == 18).all()
    assert one.on_source().shape == (5, 6)


def test_readers_that_raise_anything_are_one_line():
    class Wild(Sentinel):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            if index == 0:
                raise KeyError("first\nsecond")
            return grey(10)[0]

    outcomes = run(Wild(), on_error="yield")
    assert outcomes[0] == Failure("Wild[0]", "Wild[0]", "KeyError: 'first\\nsecond'")
    assert isinstance(outcomes[1], Explanation)


def test_inputs_are_not_written_to_and_batches_are_frozen():
    class Rude:
        def explain(self, model, images, targets):
            images += 1
            return images[..., 0]

    array = np.full((4, 4), 10, np.uint8)
    with pytest.raises(InputError, match="read-only"):
        run(array, Rude())
    run(array)
    assert (array == 10).all()


def test_several_explainers_run_on_one_reading():
    model = FakeModel()
    pipeline = Pipeline(model, {"twice": Twice(), "bad": Twice(bad=20)}, "all")
    groups = list(pipeline.run(items_of(grey(10, 20)), batch_size=2))
    assert [[(type(one).__name__, one.target) for one in group] for group in groups] == [
        [("Explanation", "dark"), ("Explanation", "bright")] * 2,
        [("Explanation", "dark"), ("Explanation", "bright"), ("Failure", "dark"), ("Failure", "bright")],
    ]
    assert model.asked == [2], "the model is run once a batch"
    assert {one.provenance.explainer for one in groups[0]} == {"twice", "bad"}


def test_one_batch_is_read_ahead_and_nothing_before_it_is_asked_for():
    reads = []

    class Lazy(Sentinel):
        def __len__(self):
            return 10

        def __getitem__(self, index):
            reads.append(index)
            return grey(index)[0]

    found = explain(Lazy(), model=FakeModel(), explainer=Twice(), batch_size=2)
    assert reads == []
    for index in range(10):
        assert next(found).image.id == f"picture-{index}"
        assert reads == list(range(len(reads))), "in order, by one thread"
        assert len(reads) <= 2 * (index // 2) + 4, "one batch ahead of the one that is explained"
    assert len(reads) == 10


def test_plugin_errors_keep_their_own_words():
    class Strict:
        def explain(self, model, images, targets):
            raise PluginError("Give sigma.")

    with pytest.raises(InputError, match=r"^picture-10: Strict: Give sigma\.$"):
        run(grey(10), Strict())


def test_an_all_negative_map_is_flagged_and_kept():
    (one,) = run(np.linspace(1, 50, 16).reshape(4, 4), Twice(factor=-1.0))
    assert one.status == "constant"

    class Below:
        def explain(self, model, images, targets):
            return -np.arange(1.0, 5).reshape(1, 2, 2)

    (one,) = run(grey(10), Below())
    assert one.status == "all-negative"
    assert one.heatmap.tolist() == [[-1, -2], [-3, -4]]


def test_what_a_method_notes_stands_with_its_map():
    class Telling(Twice):
        def notes(self, model, images, targets, heatmaps):
            return [{"peak": float(one.max()), "said": "bright"} for one in heatmaps]

    outcomes = run(grey(50, 150), Telling())
    assert [dict(one.notes) for one in outcomes] == [
        {"peak": 100.0, "said": "bright"},
        {"peak": 1300.0, "said": "bright"},
    ]
    assert run(grey(50))[0].notes == {}


@pytest.mark.parametrize("answer", [None, [], ["text"], [{}, {}], {"a": 1}])
def test_notes_that_are_no_notes_are_the_plugins_fault(answer):
    class Odd(Twice):
        def notes(self, model, images, targets, heatmaps):
            return answer

    (lost,) = run(grey(50), Odd(), on_error="yield")
    assert "it must return 1 mappings" in lost.error
