"""A training that is killed goes on where it was."""

import os
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
from pictures import STILL, bright_and_dark, quick, small_network

from xaibrain.errors import OutputError
from xaibrain.training.fit import Fit, Surroundings
from xaibrain.training.memory import Memory

RECIPE = quick(epochs=4, head_epochs=1, average=0.5, batch_size=64, **STILL)

KILLED = """
import sys, time
import keras
from pictures import bright_and_dark, small_network
from test_memory import RECIPE
from xaibrain.training.fit import Fit, Surroundings
from xaibrain.training.memory import Memory
from pathlib import Path
keras.utils.set_random_seed(1)

def progress(what, done, total):
    print(done, flush=True)
    if done == 3:  # in the third of five epochs
        time.sleep(600)

memory = Memory(Path(sys.argv[1]), "this one")
Fit(small_network(), bright_and_dark(), RECIPE,
    around=Surroundings(progress=progress, memory=memory)).run()
"""


def fitted(memory=None, progress=None):
    keras.utils.set_random_seed(1)
    network = small_network()
    around = Surroundings(memory=memory, progress=progress or (lambda *told: None))
    curves = Fit(network, bright_and_dark(), RECIPE, around=around).run()
    return network, curves


def fitted_at_first():
    keras.utils.set_random_seed(1)
    return small_network()


def test_a_killed_training_ends_as_one_that_was_not(tmp_path):
    from pathlib import Path

    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parent / "support")])
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "memory")],
        env={**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    while process.stdout.readline().strip() not in (b"3", b""):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    steps = []
    memory = Memory(tmp_path / "memory", "this one")
    network, curves = fitted(memory, lambda what, done, total: steps.append((done, total)))
    # Two epochs were whole, the head's and one more: three are left, and the curves have all five.
    assert steps == [(3, 5), (4, 5), (5, 5)]
    assert len(curves["loss"]) == 5
    whole, whole_curves = fitted()
    np.testing.assert_allclose(curves["loss"], whole_curves["loss"], rtol=1e-3)
    # One batch an epoch and no augmentation: what differs is the order in which numbers are summed.
    images = bright_and_dark().images.astype(np.float32)
    one, other = (each.predict(images, verbose=0) for each in (network, whole))
    np.testing.assert_allclose(one, other, atol=1e-3)
    assert np.abs(one - fitted_at_first().predict(images, verbose=0)).max() > 0.02


def test_what_ended_is_not_trained_again(tmp_path):
    first, curves = fitted(Memory(tmp_path / "memory", "this one"))
    steps = []
    again, same = fitted(Memory(tmp_path / "memory", "this one"), lambda *told: steps.append(told))
    assert steps == []
    assert same == curves
    for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_training_is_not_taken_up(tmp_path):
    Memory(tmp_path / "memory", "this one")
    with pytest.raises(OutputError, match="unfinished training with other settings or data"):
        Memory(tmp_path / "memory", "that one")
    Memory(tmp_path / "memory", "this one").forget()
    assert not (tmp_path / "memory").exists()
    Memory(tmp_path / "memory", "that one")


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot keep the state"):
        Memory(tmp_path / "file" / "memory", "this one")
