"""Results come in order, made by one other thread, never more than asked for."""

import threading
import time
from itertools import count, islice

import pytest

from xaibrain.overlapping import overlapped, overlapped_in_turn


@pytest.mark.parametrize("ahead", [0, 1, 3, 20])
def test_results_come_in_order_from_one_other_thread(ahead):
    found = list(overlapped(range(9), lambda thing: (thing * thing, threading.get_ident()), ahead))
    assert [square for square, _ in found] == [index * index for index in range(9)]
    threads = {thread for _, thread in found}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_several_threads_work_at_the_same_time_and_results_keep_their_order():
    together = threading.Barrier(2, timeout=30)

    def work(thing):
        together.wait()
        return thing, threading.get_ident()

    found = list(overlapped_in_turn(range(8), work, lambda made: made, 4, threads=2))
    assert [thing for thing, _ in found] == list(range(8))
    assert len({thread for _, thread in found}) == 2


def test_things_are_finished_in_order_though_a_later_one_is_made_first():
    second_made, finished = threading.Event(), []

    def work(thing):
        if thing == 0:
            assert second_made.wait(10)
        if thing == 1:
            second_made.set()
        return thing

    assert list(overlapped_in_turn(range(4), work, finished.append, 4, threads=2)) == [None] * 4
    assert finished == [0, 1, 2, 3]


def test_what_was_taken_is_finished_while_the_source_hangs():
    finished, all_finished = [], threading.Event()

    def source():
        yield from range(3)
        assert all_finished.wait(10)

    def finish(made):
        finished.append(made)
        if len(finished) == 3:
            all_finished.set()

    list(overlapped_in_turn(source(), lambda thing: thing, finish, 8, threads=2))
    assert finished == [0, 1, 2]


def test_nothing_is_finished_after_a_thing_that_was_not():
    finished = []

    def work(thing):
        if thing == 2:
            raise ValueError("no room")
        return thing

    with pytest.raises(ValueError, match="no room"):
        list(overlapped_in_turn(range(9), work, finished.append, 9, threads=2))
    assert finished == [0, 1]


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_no_more_is_taken_than_what_may_wait(ahead):
    taken = []

    def source():
        for index in count():
            taken.append(index)
            yield index

    results = overlapped(source(), lambda thing: thing, ahead)
    assert taken == []
    for index, result in enumerate(islice(results, 5)):
        assert result == index
        assert len(taken) == index + ahead + 1
    results.close()


def test_work_goes_on_while_the_last_result_is_used():
    second_begun = threading.Event()

    def work(thing):
        if thing == 1:
            second_begun.set()
        return thing

    results = overlapped([0, 1], work)
    assert next(results) == 0
    assert second_begun.wait(10)


def test_what_work_raises_comes_in_its_turn_and_ends_it():
    done = []

    def work(thing):
        if thing == 2:
            raise KeyboardInterrupt
        done.append(thing)
        return thing

    results = overlapped(range(100), work)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert list(results) == []
    assert len(done) <= 4


def test_a_thing_that_hangs_keeps_nobody_from_leaving():
    begun, let_go = threading.Event(), threading.Event()

    def work(thing):
        if thing == 1:
            begun.set()
            let_go.wait(10)
        return thing

    results = overlapped(range(3), work)
    assert next(results) == 0
    assert begun.wait(10)
    before = time.monotonic()
    results.close()
    assert time.monotonic() - before < 5
    let_go.set()


def test_what_the_source_raises_comes_too():
    def source():
        yield 1
        raise ValueError("dry")

    with pytest.raises(ValueError, match="dry"):
        list(overlapped(source(), lambda thing: thing))
