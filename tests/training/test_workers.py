"""Two processes on this machine learn together what one learns alone, also after a stop."""

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest
from pictures import STILL, bright_and_dark, quick, small_network

from xaibrain.training.batches import Share
from xaibrain.training.fit import Fit, Surroundings
from xaibrain.training.memory import Memory

WORKER = """
import sys
from pathlib import Path
from xaibrain.training.devices import make_strategy
strategy = make_strategy("multi-worker")
import keras
import numpy as np
from xaibrain.training.fit import Fit, Surroundings
from xaibrain.training.memory import Memory
from xaibrain.training.workers import is_chief
from test_workers import RECIPE, make_network, pictures

# The chief alone knows how the training began, and where it was left.
memory = Memory(Path("memory"), "") if is_chief(strategy) else None
network = make_network(seed=1 if is_chief(strategy) else 2)
curves = Fit(network, pictures(), RECIPE, pictures(), around=Surroundings(strategy, memory=memory)).run()
np.savez(sys.argv[1], *network.get_weights(), np.array(curves["loss"]))
"""

RECIPE = quick(epochs=3, batch_size=64, average=0.5, validation=0.1, patience=5, **STILL)


def pictures():
    return bright_and_dark(64)


def make_network(seed):
    keras.utils.set_random_seed(seed)
    network = small_network()
    # Without batch statistics, which are each worker's own, two halves of a batch are a batch.
    network.get_layer("norm").trainable = False
    keras.utils.set_random_seed(0)
    return network


def free_ports(count):
    places = [socket.socket() for _ in range(count)]
    for place in places:
        place.bind(("127.0.0.1", 0))
    ports = [place.getsockname()[1] for place in places]
    for place in places:
        place.close()
    return ports


@contextmanager
def two_workers(folder):
    """Start two processes that know of each other."""
    tests = Path(__file__).parents[1]
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    started = []
    for index in range(2):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        known = {"TF_CONFIG": json.dumps(task), "PYTHONPATH": f"{tests / 'support'}:{tests / 'training'}"}
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", WORKER, f"weights-{index}.npz"],
                cwd=folder,
                env={**os.environ, **known, "TF_CPP_MIN_LOG_LEVEL": "3"},
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


class StoppedError(Exception):
    pass


def stopped_in_the_second_epoch(folder):
    """Leave the state of a training by one process."""

    def progress(what, done, total):
        if done > 1:
            raise StoppedError

    around = Surroundings(memory=Memory(folder, ""), progress=progress)
    with pytest.raises(StoppedError):
        Fit(make_network(seed=1), pictures(), RECIPE, pictures(), around=around).run()


def test_two_workers_go_on_with_a_training_and_learn_what_one_does(tmp_path):
    stopped_in_the_second_epoch(tmp_path / "memory")
    alone = make_network(seed=1)
    with two_workers(tmp_path) as workers:
        curves = Fit(alone, pictures(), RECIPE, pictures()).run()
        for process in workers:
            _, told = process.communicate(timeout=900)
            assert process.returncode == 0, told
    for index, epochs in ((0, 3), (1, 2)):
        with np.load(tmp_path / f"weights-{index}.npz") as kept:
            *weights, loss = kept.values()
        for one, other in zip(alone.get_weights(), weights, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
        # What is logged is the mean over both; who remembers nothing tells of the epochs that it saw.
        np.testing.assert_allclose(loss, curves["loss"][-epochs:], rtol=1e-4)
    assert [path.name for path in (tmp_path / "memory").glob("whole-*")] == ["whole-000003"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_workers_share_a_batch_and_none_gets_nothing(size):
    batch = np.arange(10, 10 + size)
    parts = [Share(part, 3).taken(batch).numpy() for part in range(3)]
    assert set(np.concatenate(parts)) == set(batch)
    assert [len(part) for part in parts] == [max(1, (size + 2 - part) // 3) for part in range(3)]
