"""A converted model answers as its framework does, or asks it and says so."""

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import keras
import networks
import numpy as np
import pytest
from networks import FAMILIES, SIDE, SIZELESS, made, pictures, taken, wrapped

from xaibrain import load_model, wrap
from xaibrain.errors import UnknownNameError, UsageError
from xaibrain.models.conversions import Runner
from xaibrain.models.converted import ConvertedModel
from xaibrain.models.preprocessing import preprocessing_of
from xaibrain.models.store import Store, _seal

TARGETS = np.array([0, 1, 0, 1, 1])

HALF = {"float16", "bfloat16"}
"""TensorFlow itself rounds their answers to three digits; an engine that does not is told apart from it."""

BY_HAND = {"by_hand", "sigmoid_by_hand"}
"""Their gradient goes through a division whose sides depend on the batch, which OpenVINO cannot read."""


def converted(name, engine):
    return wrap(wrapped(name).network, size=SIDE if name in SIZELESS else None, engine=engine)


def off(found, wanted):
    """The largest difference, as a share of the range."""
    assert np.ptp(wanted) > 1e-6
    assert found.dtype == np.float32
    return np.abs(found - wanted).max() / np.ptp(wanted)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_every_family_is_answered_as_by_its_framework(name, engine):
    live, model, images = wrapped(name), converted(name, engine), taken(name, 5, seed=4)
    wanted = [*live.activations_and_gradients(images, TARGETS, "auto"), live.logits(images)]
    found = [*model.activations_and_gradients(images, TARGETS, "auto"), model.logits(images)]
    for one, other in zip(found, wanted, strict=True):
        assert off(one, other) < 1e-4
    assert model.choose_layer("auto") == live.choose_layer("auto")
    assert (model.probabilities(wanted[2]) == live.probabilities(wanted[2])).all()
    asked_elsewhere = {
        "map": engine == "openvino" and name in HALF,
        "gradient": engine == "openvino" and name in HALF | BY_HAND,
    }
    for question, elsewhere in asked_elsewhere.items():
        assert (f"{question} by TensorFlow" in model.engine) == elsewhere, model.engine


@pytest.mark.parametrize("layer", ["before", "inside", "join", "after"])
def test_layers_with_a_way_around_them(layer):
    live, model, images = wrapped("residual"), converted("residual", "openvino"), pictures(5)
    wanted = live.activations_and_gradients(images, TARGETS, layer)
    for one, other in zip(model.activations_and_gradients(images, TARGETS, layer), wanted, strict=True):
        assert off(one, other) < 1e-4
    variants = np.repeat(wanted[0], 3, axis=0) * np.linspace(0, 1, 15, dtype=np.float32)[:, None, None, None]
    assert off(model.logits_from(images, variants, layer), live.logits_from(images, variants, layer)) < 1e-4


@pytest.mark.parametrize("activation", ["relu", "relu6", "elu", "softplus", "sigmoid", "tanh", "swish"])
def test_the_head_is_differentiated_through_every_usual_activation(activation):
    inputs = networks.picture_input()
    x = networks.body(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.GlobalAveragePooling2D()(x)
    # Wide and steep, so that every branch of an activation is met.
    x = keras.layers.Dense(40, activation, kernel_initializer=keras.initializers.RandomNormal(0, 30, 1))(x)
    network = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    images, targets = pictures(5), TARGETS
    live, model = wrap(network), wrap(network, engine="openvino")
    wanted = live.activations_and_gradients(images, targets, "auto")[1]
    assert off(model.activations_and_gradients(images, targets, "auto")[1], wanted) < 1e-4
    assert model.engine == "openvino, float32"


def pooled(x):
    return keras.layers.GlobalAveragePooling2D()(x)


def scaled(x):
    return keras.layers.BatchNormalization()(keras.layers.Dropout(0.5)(pooled(x)))


def brightest(x):
    return keras.layers.GlobalMaxPooling2D()(x)


def bent(x):
    return keras.layers.Dense(6, "relu")(pooled(x))


@pytest.mark.parametrize(
    ("head", "closed"),
    [(pooled, True), (scaled, True), (keras.layers.Flatten(), False), (brightest, False), (bent, False)],
)
@pytest.mark.parametrize("units", [1, 3, 40])
def test_a_head_that_pools_and_adds_up_is_differentiated_in_closed_form(head, closed, units):
    inputs = networks.picture_input()
    x = head(networks.body(keras.layers.Rescaling(1 / 255)(inputs)))
    network = keras.Model(inputs, keras.layers.Dense(units, "sigmoid" if units == 1 else "softmax")(x))
    networks.shaken(network)
    live, model, images = wrap(network), wrap(network, engine="openvino"), pictures(5)
    layer = live.choose_layer("auto").path
    assert (live.freeze("gradient", layer).slopes is not None) == closed
    assert live.freeze("gradient", live.spatial_layers[0]).slopes is None
    for targets in (TARGETS, [(1, 0)] * 5):
        wanted = live.activations_and_gradients(images, targets, layer)[1]
        found = model.activations_and_gradients(images, targets, layer)[1]
        assert off(found, wanted) < 1e-4
        assert (found.strides[1:3] == (0, 0)) == closed


def test_gradients_at_the_input_are_asked_of_the_framework_and_it_is_said():
    live, model, images = wrapped("functional"), converted("functional", "openvino"), pictures(5)
    assert "input" not in model.engine
    wanted = live.input_gradients(images, TARGETS)
    # Another copy of the network may add up in another order.
    np.testing.assert_allclose(
        model.input_gradients(images, TARGETS), wanted, rtol=1e-5, atol=1e-6 * np.abs(wanted).max()
    )
    assert "gradients at the input by TensorFlow" in model.engine


def test_one_frozen_batch_is_run_once():
    model, images = converted("functional", "openvino"), pictures(5)
    images.flags.writeable = False
    model.choose_layer("auto")
    logits = model.logits(images)
    activations, gradients = model.activations_and_gradients(images, TARGETS, "auto")
    assert model.logits(images) is logits
    assert model.activations(images, "auto") is activations
    again = model.activations_and_gradients(images, TARGETS, "auto")
    assert again[0] is activations
    assert again[1] is gradients
    assert model.activations_and_gradients(images, TARGETS[::-1], "auto")[1] is not gradients
    with pytest.raises(ValueError, match="read-only"):
        activations[:] = 0
    assert model.logits(pictures(5)) is not logits


@pytest.mark.parametrize("may_change", [True, False])
def test_a_large_batch_is_answered_in_parts_as_by_its_framework(may_change):
    live, model, images = wrapped("residual"), converted("residual", "openvino"), pictures(11)
    wanted = [live.activations(images, "join"), live.logits(images)]
    images.flags.writeable = may_change
    for one, other in zip([model.activations(images, "join"), model.logits(images)], wanted, strict=True):
        assert off(one, other) < 1e-4


def writing(images):
    """What writes a batch to any buffers, one after another, and no more when it is asked again."""
    source = iter(images)

    def write(buffer):
        written = 0
        for written, image in zip(range(1, len(buffer) + 1), source, strict=False):
            buffer[written - 1] = image
        return written

    return write


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
@pytest.mark.parametrize(("there", "asked"), [(11, 11), (9, 13), (3, 3), (2, 12), (0, 9)])
def test_a_batch_that_is_fed_is_answered_as_one_that_is_given(engine, there, asked):
    live, model, images = wrapped("residual"), converted("residual", engine), pictures(11)[:there]
    model.choose_layer("join")
    batch = model.feed(writing(images), asked)()
    np.testing.assert_array_equal(batch, images)
    assert batch.flags.owndata
    assert not batch.flags.writeable
    if there:
        assert off(model.logits(batch), live.logits(images)) < 1e-4
        assert off(model.activations(batch, "join"), live.activations(images, "join")) < 1e-4


def test_a_batch_that_was_fed_is_not_run_again():
    model, images = converted("residual", "openvino"), pictures(11)
    model.choose_layer("join")
    batch = model.feed(writing(images), 11)()
    model.programs = None
    assert model.logits(batch) is model.logits(batch)
    assert len(model.activations(batch, "join")) == 11


def test_batches_may_be_fed_before_the_last_ones_are_waited_for_and_be_given_up():
    live, model = wrapped("residual"), converted("residual", "openvino")
    model.choose_layer("join")
    batches = [pictures(20) * (1 - index / 10) for index in range(4)]
    waiting = [model.feed(writing(batch), 20) for batch in batches]
    # Nobody waits for the second, whose memory goes; what is computed into it must not.
    del waiting[1]
    for batch, finish in zip([batches[0], *batches[2:]], waiting, strict=True):
        assert off(model.logits(finish()), live.logits(batch)) < 1e-4
    assert off(model.logits(batches[1]), live.logits(batches[1])) < 1e-4


def test_threads_that_ask_at_a_time_each_get_their_own_answers():
    live, model = wrapped("residual"), converted("residual", "openvino")
    batches = [pictures(20 + index) * (1 - index / 10) for index in range(6)]
    with ThreadPoolExecutor(3) as threads:
        for batch, found in zip(batches, threads.map(model.logits, batches), strict=True):
            assert off(found, live.logits(batch)) < 1e-4


def test_answers_stay_when_the_weights_move():
    network = made("functional")
    live, model = wrap(network), wrap(network, engine="openvino")
    before = model.logits(pictures())
    networks.shaken(network, seed=7)
    assert (model.logits(pictures()) == before).all()
    assert off(live.logits(pictures()), before) > 1e-3
    assert off(wrap(network, engine="openvino").logits(pictures()), live.logits(pictures())) < 1e-4


def test_less_precision_is_told_with_its_error():
    model = wrap(wrapped("functional").network, engine="openvino", precision="bfloat16")
    model.prepare(frozenset({"layer-gradient"}), "auto")
    assert model.engine.startswith("openvino, bfloat16; ")
    assert "logits off by up to" in model.engine
    assert off(model.logits(pictures(5)), wrapped("functional").logits(pictures(5))) < 0.05
    with pytest.raises(UsageError, match=r"'tensorflow' does not compute in 'bfloat16'; it knows: float32\."):
        wrap(wrapped("functional").network, engine="tensorflow", precision="bfloat16")


def test_an_engine_that_there_is_not():
    with pytest.raises(UnknownNameError, match=r"No engine 'openvina'\. Did you mean 'openvino'\?"):
        wrap(wrapped("functional").network, engine="openvina")


class Skewed:
    """Answers a hundredth too much, or not at all."""

    precisions = ("float32",)
    versions = {"skewed": "1"}  # noqa: RUF012

    def __init__(self, broken):
        self.broken = broken

    def convert(self, graph, outputs, folder):
        if self.broken:
            raise RuntimeError("no such\noperation")
        (folder / "graph.pb").write_bytes(graph)
        (folder / "outputs.json").write_text(json.dumps(outputs))

    def load(self, folder, precision):
        from xaibrain_tensorflow.engine import TensorFlow

        program = TensorFlow().load(folder, precision)
        return lambda arrays: {name: answer * 1.01 for name, answer in program(arrays).items()}


@pytest.mark.parametrize(("broken", "told"), [(True, "no such"), (False, r"off by 0\.0")])
def test_an_engine_that_fails_or_errs_is_passed_over(tmp_path, broken, told):
    live, images = wrapped("functional"), pictures(5)
    model = ConvertedModel(
        live.describe(), "it", (), preprocessing_of({}, (SIDE, SIDE, 3)),
        Runner("skewed", Skewed(broken), "float32"), Store(tmp_path), lambda: live,
    )  # fmt: skip
    assert (model.logits(images) == live.logits(images)).all()
    assert (model.activations(images, "conv1") == live.activations(images, "conv1")).all()
    gradients = live.activations_and_gradients(images, TARGETS, "conv1")[1]
    assert (model.activations_and_gradients(images, TARGETS, "conv1")[1] == gradients).all()
    assert all(f"{question} by TensorFlow" in model.engine for question in ("scores", "map", "gradient"))
    assert re.search(told, model.engine)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "functional.keras"
    made("functional").save(path)
    return path


SECOND_RUN = """
import json
import sys
import numpy as np
import xaibrain
model = xaibrain.load_model(sys.argv[1])
pixels = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
(one,) = xaibrain.explain(pixels, model=model, target=sys.argv[2])
loaded = {"tensorflow", "keras", "h5py"} & set(sys.modules)
print(json.dumps(one.heatmap.tolist()), one.provenance.engine, *sorted(loaded), sep="|")
"""


def test_the_second_process_imports_no_framework(file):
    import xaibrain

    first = load_model(file)
    pixels = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
    (wanted,) = xaibrain.explain(pixels, model=first, target="class_1")
    done = subprocess.run(
        [sys.executable, "-c", SECOND_RUN, str(file), "class_1"], capture_output=True, text=True, check=True
    )
    heatmap, engine, *loaded = done.stdout.strip().split("|")
    assert loaded == []
    assert engine == "openvino, float32"
    assert np.array_equal(np.float32(json.loads(heatmap)), wanted.heatmap)


def test_two_processes_at_once_on_an_empty_cache(file, monkeypatch, tmp_path):
    import xaibrain

    pixels = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
    (wanted,) = xaibrain.explain(pixels, model=load_model(file, engine=None), target="class_1")
    monkeypatch.setenv("XAIBRAIN_HOME", str(tmp_path))
    command = [sys.executable, "-c", SECOND_RUN, str(file), "class_1"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate()[0].strip().split("|") for process in running]
    assert [process.returncode for process in running] == [0, 0]
    # Both of them found nothing, and had to ask the framework.
    assert all({"keras", "tensorflow"} < set(loaded) for _, _, *loaded in answers)
    # A third finds all that it needs, whole, and nothing half-made lies beside it.
    third = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split("|")
    assert third[2:] == []
    for heatmap, engine, *_ in (*answers, third):
        assert engine == "openvino, float32"
        assert off(np.float32(json.loads(heatmap)), wanted.heatmap) < 1e-4
    (shelf,) = (tmp_path / "models").iterdir()
    assert not [path.name for path in shelf.iterdir() if path.name.startswith(".") and path.name != ".lock"]


def test_damaged_conversions_are_made_again(file, monkeypatch, tmp_path):
    monkeypatch.setenv("XAIBRAIN_HOME", str(tmp_path))
    wanted = load_model(file).activations(pictures(5), "auto")
    kept = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert any(path.suffix == ".bin" for path in kept)
    for damage in (lambda path: path.write_bytes(b"damaged"), lambda path: path.unlink()):
        for path in kept:
            damage(path)
        model = load_model(file)
        assert (model.activations(pictures(5), "auto") == wanted).all()
        assert model.engine == "openvino, float32"
        assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == kept


def test_a_description_that_other_code_wrote_is_made_again(file, monkeypatch, tmp_path):
    monkeypatch.setenv("XAIBRAIN_HOME", str(tmp_path))
    wanted = load_model(file).logits(pictures(5))
    (folder,) = tmp_path.glob("models/*/description")
    told = json.loads((folder / "model.json").read_text())
    told["head"]["of_another_version"] = 1
    (folder / "model.json").write_text(json.dumps(told))
    _seal(folder)
    assert (load_model(file).logits(pictures(5)) == wanted).all()
    assert "of_another_version" not in (folder / "model.json").read_text()


def test_a_changed_file_is_another_model(file, tmp_path):
    other = shutil.copy(file, tmp_path / "other.keras")
    before = load_model(other).logits(pictures(5))
    networks.shaken(made("functional"), seed=9).save(other)
    assert off(load_model(other).logits(pictures(5)), before) > 1e-3


def test_what_a_converted_model_does_not_know_its_keras_model_does(file):
    model = load_model(file)
    assert model.network.name == "functional"
    assert [call.path for call in model.survey.calls][1:] == ["conv1", "norm", "conv2"]
    assert load_model(file, engine=None).engine == "TensorFlow, the Keras model itself"
    with pytest.raises(AttributeError, match="'KerasModel' object has no attribute 'netwrok'"):
        model.netwrok  # noqa: B018
