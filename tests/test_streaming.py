"""Thousands of copies go through any model in bounded memory, and each gets its own score."""

from typing import ClassVar

import numpy as np
import pytest
from analytic import Analytic, curved, drawn
from networks import pictures, wrapped

from xaibrain import masked_logits, streamed_logits, wrap
from xaibrain_openvino.lanes import Lane, Parts, Requests, answered, streamed

SHAPE = (16, 16, 3)


@pytest.fixture(scope="module", params=["formula", "keras", "openvino", "tensorflow"])
def model(request):
    if request.param == "formula":
        return Analytic(curved(drawn(SHAPE)[1]))
    if request.param == "keras":
        return wrapped("functional")
    return wrap(wrapped("functional").network, engine=request.param)


def masks(count):
    draw = np.random.default_rng(1)
    whole = np.ones((1, *SHAPE[:2]), np.float32)
    return np.concatenate([whole, draw.random((count - 1, *SHAPE[:2]), np.float32)])


@pytest.mark.parametrize("batch_size", [1, 2, 7, 64])
@pytest.mark.parametrize("filling", [0.0, 90.0, "picture"])
def test_every_mask_gets_the_score_of_its_own_copy(model, batch_size, filling):
    picture, other = pictures(2)
    filling = other if filling == "picture" else filling
    kept = masks(19)
    copies = kept[..., None] * picture + (1 - kept[..., None]) * filling
    wanted = model.logits(copies.astype(np.float32))
    seen = [
        (masks.copy(), logits) for masks, logits in masked_logits(model, picture, kept, filling, batch_size)
    ]
    assert max(len(logits) for _, logits in seen) <= batch_size
    assert (np.concatenate([masks for masks, _ in seen]) == kept).all()
    found = np.concatenate([logits for _, logits in seen])
    assert np.abs(found - wanted).max() < 1e-5 * np.ptp(wanted)
    # Bit for bit the picture where all is kept.
    (_, whole), *_ = masked_logits(model, picture, kept[:1], filling, 1)
    assert (whole == next(streamed_logits(model, [picture]))).all()


def test_pictures_are_answered_in_their_order(model):
    images = pictures(19)
    wanted = model.logits(images)
    found = np.concatenate(list(streamed_logits(model, iter(images), 5)))
    assert np.abs(found - wanted).max() < 1e-5 * np.ptp(wanted)
    assert list(streamed_logits(model, [])) == []
    assert list(masked_logits(model, images[0], [])) == []


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_memory_is_bounded_and_used_again(engine):
    model = wrap(wrapped("functional").network, engine=engine)
    buffers, left = {}, [50]

    def write(buffer):
        buffers[buffer.ctypes.data] = len(buffer)
        count = min(len(buffer), left[0])
        buffer[:count] = 1
        left[0] -= count
        return count

    assert sum(len(logits) for logits in model.stream(write, 8)) == 50
    assert sum(buffers.values()) <= 8


def test_a_stream_may_be_left_or_fail_halfway(model):
    images = pictures(9)

    def failing():
        yield from images[:6]
        raise OSError("the disk is gone")

    stream = streamed_logits(model, failing(), 2)
    assert len(next(stream)) in (1, 2)
    with pytest.raises(OSError, match="the disk is gone"):
        list(stream)
    left = streamed_logits(model, iter(images), 2)
    first = next(left)
    left.close()
    assert (next(streamed_logits(model, images, 2)) == first).all()


class Request:
    """Doubles a batch, unless it is too large."""

    def __init__(self, largest):
        self.largest = largest

    def set_input_tensor(self, tensor):
        self.given = tensor.data

    def start_async(self):
        self.done = self.given * 2

    def wait(self):
        if len(self.given) > self.largest:
            raise RuntimeError("out of memory")

    def get_output_tensor(self, index):
        return self

    @property
    def data(self):
        return self.done


def test_what_a_lane_cannot_hold_is_asked_again():
    again, source = [], iter(np.arange(1, 11, dtype=np.float32))

    def write(buffer):
        count = 0
        for count, number in zip(range(1, len(buffer) + 1), source, strict=False):
            buffer[count - 1] = number
        return count

    def once_more(batch):
        again.append(len(batch))
        return batch * 2

    lanes = [Lane(Request(largest=4), (4, 1)), Lane(Request(largest=1), (4, 1))]
    found = np.concatenate(list(streamed(lanes, write, 0, once_more)))
    assert found.ravel().tolist() == [2 * number for number in range(1, 11)]
    assert again == [4]


class Counted(Request):
    """Writes to the memory that it was given, when it is waited for; knows how many others run."""

    running: ClassVar[set] = set()

    def set_output_tensor(self, index, tensor):
        self.place = tensor

    def start_async(self):
        super().start_async()
        self.running.add(self)

    def wait(self):
        self.running.discard(self)
        super().wait()
        self.place.data[:] = self.done

    def cancel(self):
        pass


def test_requests_come_back_whatever_became_of_a_batch():
    made = []

    def make():
        made.append(Counted(largest=2))
        return made[-1]

    requests = Requests(make, 2)
    numbers = np.arange(1, 11, dtype=np.float32).reshape(10, 1)
    doubled = [2 * number for number in range(1, 11)]
    assert answered(requests, numbers, 2, [(1,)])[0].ravel().tolist() == doubled
    with pytest.raises(RuntimeError, match="out of memory"):
        answered(requests, numbers, 3, [(1,)])
    given_up = Parts(requests, numbers, [(1,)])
    given_up.start(slice(0, 2))
    del given_up
    assert not Counted.running
    assert len(made) == 2
    # One that nobody waits for yet holds both; the next batch needs two of its own, and no more.
    held = Parts(requests, numbers, [(1,)])
    for start in (0, 2, 4):
        held.start(slice(start, start + 2))
    assert answered(requests, numbers, 2, [(1,)])[0].ravel().tolist() == doubled
    assert len(made) == 4
    assert held.wait()[0].ravel().tolist()[:6] == doubled[:6]
    for _ in range(5):
        answered(requests, numbers, 2, [(1,)])
    assert len(made) == 4
