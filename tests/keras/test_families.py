"""Whatever a user brings is explained as it is, or refused in a clear line."""

import re

import keras
import networks
import numpy as np
import pytest
import tensorflow as tf
from networks import FAMILIES, SIDE, made, pictures, taken, wrapped

from xaibrain import wrap
from xaibrain.errors import ModelError, UnknownNameError, UsageError

EXACT = sorted(FAMILIES.keys() - {"by_hand", "sigmoid_by_hand"})


def own_output(name, images):
    """What the network itself answers, outside any compiled function, in full precision."""
    answer = wrapped(name).network
    images = {"named_ends": {"picture": images}, "listed_ends": [images]}.get(name, images)
    answer = keras.tree.flatten(answer(images, training=False))[0]
    output = np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(answer, "float32")))
    return np.concatenate([1 - output, output], axis=1) if output.shape[1] == 1 else output


@pytest.mark.parametrize("name", FAMILIES)
def test_scores_reproduce_the_models_own_output(name):
    model, images = wrapped(name), taken(name)
    logits = model.logits(images)
    assert logits.dtype == np.float32
    assert logits.shape == (3, len(model.class_names))
    shown = logits if name == "linear" else model.probabilities(logits)
    tolerance = {"float16": 2e-3, "bfloat16": 2e-2}.get(name, 2e-6)
    assert np.allclose(shown, own_output(name, images), atol=tolerance)
    assert np.ptp(shown, axis=0).max() > 1e-4, "the pictures must not all score alike"


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_a_map_and_a_gradient(name):
    model, images = wrapped(name), taken(name)
    activations, gradients = model.activations_and_gradients(images, np.array([0, 1, 0]), "auto")
    assert activations.shape == gradients.shape
    assert activations.dtype == gradients.dtype == np.float32
    assert activations.shape[0] == 3
    assert activations.shape[1] > 1
    assert (np.abs(gradients).max(axis=(1, 2, 3)) > 0).all()
    assert (np.abs(model.input_gradients(images, np.array([0, 1, 0]))).max(axis=(1, 2, 3)) > 0).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_two_runs_are_identical(name):
    model, images, targets = wrapped(name), taken(name), np.array([1, 0, 1])
    first = [*model.activations_and_gradients(images, targets, "auto"), model.logits(images)]
    again = [*model.activations_and_gradients(images, targets, "auto"), model.logits(images)]
    for one, other in zip(first, again, strict=True):
        assert (one == other).all()


@pytest.mark.parametrize("name", EXACT)
def test_logits_are_read_before_the_activation(name):
    assert wrapped(name).exact_logits


@pytest.mark.parametrize("name", ["by_hand", "sigmoid_by_hand"])
def test_unrecognised_probabilities_are_taken_back_to_logits_and_said_to_be(name):
    model, images = wrapped(name), pictures()
    assert not model.exact_logits
    assert "cannot be reached" in model.head
    assert np.allclose(model.probabilities(model.logits(images)), own_output(name, images), atol=1e-5)


@pytest.mark.parametrize("name", ["one_unit", "one_unit_separate", "sigmoid_by_hand"])
def test_class_0_of_one_unit_is_the_negated_logit(name):
    model, images = wrapped(name), pictures()
    logits = model.logits(images)
    assert (logits[:, 0] == -logits[:, 1]).all()
    up = model.activations_and_gradients(images, np.ones(3, int), "auto")[1]
    down = model.activations_and_gradients(images, np.zeros(3, int), "auto")[1]
    assert (up == -down).all()
    assert np.abs(up).max() > 0


def test_saturated_softmax_keeps_its_gradient():
    network = made("functional")
    network.get_layer("scores").kernel.assign(network.get_layer("scores").kernel * 1e4)
    model = wrap(network)
    images = pictures()
    assert model.probabilities(model.logits(images)).max() == 1
    targets = model.logits(images).argmax(axis=1)
    assert np.abs(model.activations_and_gradients(images, targets, "auto")[1]).max() > 1


def test_a_model_that_is_random_in_inference_mode_says_so():
    class Gambling(networks.Subclassed):
        def features(self, x):
            return super().features(x) * tf.random.uniform((1,))

    assert "differently at each run" in wrap(Gambling(), size=SIDE).head
    assert "differently" not in wrapped("noisy").head


def test_a_model_built_by_hand_needs_its_size_and_takes_it():
    with pytest.raises(ModelError, match=r"'uncalled' does not say what it takes; give size="):
        wrap(made("uncalled"))
    with pytest.raises(ModelError, match=r"takes pictures of any size; give size=\(HEIGHT, WIDTH\)"):
        wrap(made("any_size"))
    for size in (SIDE, (SIDE, SIDE), [SIDE, SIDE]):
        assert wrap(made("any_size"), size=size).preprocessing["size"] == (SIDE, SIDE)
    oblong = wrap(made("any_size"), size=(12, 20))
    shape = oblong.activations(np.zeros((1, 12, 20, 3), np.float32), "auto").shape
    assert shape == (1, 4, 8, 5)


def test_a_called_subclassed_model_knows_its_size():
    network = networks.Subclassed()
    network(pictures(1))
    assert wrap(network).preprocessing["size"] == (SIDE, SIDE)


def test_the_rows_of_any_batch_size_agree():
    model, images = wrapped("nested"), pictures(7)
    whole = model.activations_and_gradients(images, np.arange(7) % 3, "auto")
    for start, stop in ((0, 1), (1, 3), (3, 7)):
        part = model.activations_and_gradients(images[start:stop], np.arange(start, stop) % 3, "auto")
        for one, other in zip(part, whole, strict=True):
            assert np.allclose(one, other[start:stop], rtol=1e-4, atol=1e-6)


def two_inputs():
    one, other = networks.picture_input(), keras.layers.Input((3,))
    return keras.Model([one, other], keras.layers.Dense(2)(keras.layers.Flatten()(one)) + other[:, :2])


class TwoArguments(networks.Subclassed):
    def call(self, x, y):
        return super().call(x + y)


def two_arguments():
    network = TwoArguments(name="two_arguments")
    network(pictures(1), pictures(1))
    return network


class TwoInAList(networks.Subclassed):
    def call(self, pair):
        return super().call(pair[0] + pair[1])


def two_in_a_list():
    network = TwoInAList()
    network([pictures(1), pictures(1)])
    return network


def two_outputs():
    inputs = networks.picture_input()
    features = networks.body(inputs)
    return keras.Model(inputs, [networks.top(features), features])


def of_shape(*shape):
    inputs = keras.layers.Input(shape)
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(inputs)), name="odd")


def one_softmax():
    inputs = networks.picture_input()
    return keras.Model(inputs, networks.top(networks.body(inputs), 1, "softmax"))


class Choosing(networks.Subclassed):
    def call(self, x):
        return super().call(x if keras.ops.mean(x) > 0 else -x)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (two_inputs, "has 2 inputs; xaibrain explains one picture at a time"),
        (two_in_a_list, "has 2 inputs; xaibrain explains one picture at a time"),
        (two_arguments, "'two_arguments' cannot be run in a compiled function on one 16×16×3 picture"),
        (two_outputs, "has 2 outputs; wrap keras.Model(model.inputs, ONE_OUTPUT)"),
        (lambda: of_shape(16, 16, 4), "takes 4 channels; pictures have 1 or 3"),
        (lambda: of_shape(3, 16, 16), "takes channels first, (3, 16, 16)"),
        (lambda: of_shape(768), "takes (None, 768); a picture model takes (n, height, width, channels)"),
        (lambda: of_shape(8, 8, 8, 1), "a picture model takes (n, height, width, channels)"),
        (networks.backbone, "output has shape"),
        (lambda: Choosing(name="choosing"), "'choosing' cannot be run in a compiled function"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_line(build, told):
    network = build()
    with pytest.raises(ModelError, match=re.escape(told)) as caught:
        wrap(network, size=SIDE if isinstance(network, networks.Subclassed) else None)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis")
def test_softmax_of_one_unit_is_refused():
    with pytest.raises(ModelError, match="softmax has one output, always 1"):
        wrap(one_softmax())


def test_sizes_that_contradict_the_model_are_refused():
    with pytest.raises(ModelError, match="takes 16×16 pictures, not 32×32"):
        wrap(made("functional"), size=32)


def test_channels_first_is_refused():
    before = keras.config.image_data_format()
    network = made("functional")
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ModelError, match="channels_last"):
            wrap(network)
    finally:
        keras.config.set_image_data_format(before)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a", "b"], "3 classes; 2 names were given"),
        (["a", "b", "c", "d"], "3 classes; 4 names"),
        (["a", "b", "b"], "differ"),
    ],
)
def test_class_lists_must_fit(names, told):
    with pytest.raises(UsageError, match=told):
        wrap(made("functional"), names)


def test_one_unit_takes_two_class_names():
    assert wrap(made("one_unit"), ["healthy", "ill"]).class_names == ("healthy", "ill")
    with pytest.raises(UsageError, match="2 classes; 1 names"):
        wrap(made("one_unit"), ["ill"])


@pytest.mark.parametrize(("option", "value"), [("crop", "yes"), ("fit", "stretched")])
def test_unknown_preprocessing_is_refused(option, value):
    with pytest.raises(UsageError, match=f"No {option} '{value}'.*Give one of"):
        wrap(made("functional"), **{option: value})


def test_a_perceptron_has_no_layer_to_read():
    model = wrap(networks.shaken(networks.perceptron()))
    with pytest.raises(ModelError, match="no layer with a spatial map"):
        model.choose_layer("auto")
    with pytest.raises(UnknownNameError, match="The last ones are: rescaling"):
        model.choose_layer("dense")
    assert np.abs(model.input_gradients(pictures(), np.zeros(3, int))).max() > 0
