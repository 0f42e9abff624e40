"""Train a small Keras model and explain it: a model inside a model, as in transfer.

It learns to tell how a head was cut, which a few seconds are enough for.

Run it from anywhere: python 03_your_own_keras_model.py [FOLDER]
"""

import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from PIL import Image

import xaibrain
from xaibrain.errors import UnknownNameError
from xaibrain.render.overlay import overlay
from xaibrain.render.sheet import contact_sheet

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "xaibrain-out-03")
folder.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)

# --8<-- [start:network]
# The body would be a pretrained network; a few layers do for the example.
body = keras.Sequential(name="body")
for width in (16, 32, 64):
    body.add(keras.layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False))
    body.add(keras.layers.BatchNormalization(momentum=0.9))
    body.add(keras.layers.ReLU(name=f"relu_{width}"))

inputs = keras.Input((64, 64, 1))
features = body(keras.layers.Rescaling(1 / 255)(inputs))
pooled = keras.layers.GlobalAveragePooling2D()(features)
outputs = keras.layers.Dense(3, activation="softmax", name="scores")(pooled)
network = keras.Model(inputs, outputs, name="planes")
# --8<-- [end:network]

# --8<-- [start:wrap]
# `wrap` reads the network as it is: nothing is rebuilt, nothing is changed.
# So it can be trained as usual.
model = xaibrain.wrap(network, class_names=("axial", "coronal", "sagittal"))
# --8<-- [end:wrap]


# --8<-- [start:train]
def scans(count, seed):
    """Return drawn scans, labelled by how the head is cut: the end of their id."""
    phantom = xaibrain.load_dataset("phantom", count=count, seed=seed)
    return [replace(picture, label=picture.id.rsplit("-", 1)[1]) for picture in phantom]


def arrays(pictures):
    """Return inputs and class numbers; pictures go the way that they will go later."""
    inputs = np.stack([model.preprocess(picture)[0] for picture in pictures])
    return inputs, np.array(
        [model.class_names.index(picture.label) for picture in pictures]
    )


network.compile(
    keras.optimizers.Adam(3e-3),
    "sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
network.fit(*arrays(scans(120, seed=1)), batch_size=16, epochs=12, verbose=2)
# --8<-- [end:train]

unseen = scans(12, seed=2)
accuracy = network.evaluate(*arrays(unseen), verbose=0)[1]
print(f"{accuracy:.2f} of {len(unseen)} unseen pictures right")

# --8<-- [start:layers]
# Layers inside other models have paths.
# `auto` takes the last one that still has rows and columns.
print(model.choose_layer("auto"))
print(model.choose_layer("body/relu_32"))
# The end of a path is enough where only one layer has it.
# A name that there is not is told.
try:
    model.choose_layer("relu_128")
except UnknownNameError as error:
    print(error)
# --8<-- [end:layers]

# --8<-- [start:explain]
explanations = list(
    xaibrain.explain(unseen, model=model, explainer="gradcam", target="sagittal")
)
# --8<-- [end:explain]

# --8<-- [start:check]
# A check on the numbers: with pooling and one dense layer for a head,
# the cells of a Grad-CAM add up to the score of the class, without its bias.
bias = network.get_layer("scores").bias.numpy()[2]
for explanation in explanations:
    score = model.logits(model.preprocess(explanation.image)[0][None])[0, 2]
    print(explanation.image.id, explanation.heatmap.sum(), score - bias)
# --8<-- [end:check]

Image.fromarray(contact_sheet([overlay(each) for each in explanations])).save(
    folder / "sheet.png"
)
np.save(folder / "heatmaps.npy", [each.heatmap for each in explanations])
network.save(folder / "planes.keras")
