"""The right layers are found, in order, under names that a person can use."""

import keras
import networks
import pytest
from keras import layers
from networks import wrapped

from xaibrain import wrap
from xaibrain.errors import UnknownNameError

LAST = {
    "functional": "conv2",
    "named_ends": "conv2",
    "sequential": "conv2",
    "uncalled": "conv2",
    "Subclassed": "second",
    "CompiledItself": "second",
    "nested": "backbone/conv2",
    "nested_twice": "middle/squash",
    "shared": "both",
    "residual": "after",
    "grey": "conv2",
}


@pytest.mark.parametrize("name", LAST)
def test_the_last_spatial_map_is_chosen_and_the_reason_given(name):
    choice = wrapped(name).choose_layer("auto")
    assert choice.path == LAST[name]
    assert choice.reason.startswith(f"last spatial map before the head: {LAST[name]} (")


def test_every_map_is_listed_in_the_order_in_which_it_is_computed():
    paths = [call.path for call in wrapped("nested_twice").survey.calls]
    inner = ["rescale", "conv1", "norm", "conv2"]
    assert paths == [
        *(f"middle/backbone/{name}" for name in inner),
        "middle/backbone",
        "middle/squash",
        "middle",
    ]


def test_the_second_call_of_a_shared_model_has_its_own_name():
    paths = [call.path for call in wrapped("shared").survey.calls]
    assert "eye/conv2" in paths
    assert "eye/conv2@2" in paths
    assert paths.index("eye/conv2") < paths.index("eye/conv2@2")


def test_shapes_are_those_of_the_maps():
    shapes = {call.path: call.shape for call in wrapped("functional").survey.calls}
    assert shapes["conv1"] == (14, 14, 4)
    assert shapes["conv2"] == (6, 6, 5)
    assert not {"pool", "hidden", "scores"} & shapes.keys()


def test_an_unambiguous_ending_is_enough():
    assert wrapped("nested_twice").choose_layer("conv2").path == "middle/backbone/conv2"
    assert wrapped("nested_twice").choose_layer("backbone/conv2").path == "middle/backbone/conv2"


def test_an_ambiguous_ending_is_refused():
    inputs = networks.picture_input()
    sides = [networks.backbone("left")(inputs), networks.backbone("right")(inputs)]
    model = wrap(keras.Model(inputs, networks.top(layers.Concatenate()(sides))))
    assert model.choose_layer("right/conv2").path == "right/conv2"
    with pytest.raises(UnknownNameError, match="conv2"):
        model.choose_layer("conv2")


def test_an_unknown_layer_is_answered_with_the_nearest_and_the_last():
    with pytest.raises(UnknownNameError, match=r"No layer .* 'conv3'\. Did you mean 'conv[12]'\?.*conv2"):
        wrapped("functional").choose_layer("conv3")


def test_layers_that_compute_nothing_are_passed_over_and_named():
    inputs = networks.picture_input()
    x = layers.Dropout(0.2)(layers.MaxPooling2D()(networks.body(inputs)))
    choice = wrap(keras.Model(inputs, networks.top(x))).choose_layer("auto")
    assert choice.path == "conv2"
    assert choice.reason.endswith("passing over MaxPooling2D, Dropout")


def test_activation_layers_count_as_maps():
    inputs = networks.picture_input()
    x = layers.Activation("relu", name="lit")(layers.BatchNormalization()(layers.Conv2D(4, 3)(inputs)))
    assert wrap(keras.Model(inputs, networks.top(x))).choose_layer("auto").path == "lit"


def test_a_map_that_the_output_does_not_depend_on_is_left_out():
    class Wasteful(networks.Subclassed):
        def call(self, x):
            answer = super().call(x)
            self.first(x)
            return answer

    paths = [call.path for call in wrap(Wasteful(), size=16).survey.calls]
    assert paths == ["first", "second"]


def test_one_pixel_maps_are_no_maps():
    inputs = networks.picture_input()
    x = networks.body(inputs)
    gate = layers.Conv2D(5, 1, activation="sigmoid", name="gate")(
        layers.GlobalAveragePooling2D(keepdims=True)(x)
    )
    x = layers.Multiply(name="gated")([x, gate])
    paths = [call.path for call in wrap(keras.Model(inputs, networks.top(x))).survey.calls]
    assert paths == ["conv1", "norm", "conv2", "gated"]


def test_layers_of_one_name_are_told_apart():
    class Twins(keras.Model):
        def __init__(self):
            super().__init__()
            self.one, self.two = layers.Conv2D(4, 3, name="twin"), layers.Conv2D(4, 3, name="twin")
            self.scores = layers.Dense(2)

        def call(self, x):
            return self.scores(layers.Flatten()(self.two(self.one(x))))

    assert [call.path for call in wrap(Twins(), size=16).survey.calls] == ["twin", "twin~2"]
