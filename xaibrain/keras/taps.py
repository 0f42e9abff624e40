"""Reads or replaces what a layer puts out while a model is traced, and leaves the layer as it was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Tap = Callable[[Callable[[], Any]], Any]
"""Given a function that runs the layer, returns what the layer is to put out."""

_tracing = threading.RLock()


@contextmanager
def tapped(taps: Mapping[Any, Tap]) -> Iterator[None]:
    """Route the calls of some layers through taps, within this block alone.

    Any Keras model can be read this way, nested and subclassed ones included: whatever calls the layer
    finds the tap in the instance's own dictionary. The dictionary is put back as it was, whatever is
    raised. A `call` that is compiled by itself is run as the Python function that it was made from, so
    that what is inside it belongs to the graph that is traced. All this is held only while a function is
    traced, never while one runs, and by one thread at a time.
    """
    with _tracing:
        before = {layer: layer.__dict__.get("call") for layer in taps}
        try:
            for layer, tap in taps.items():
                layer.__dict__["call"] = _through(tap, _plain(layer.call))
            yield
        finally:
            for layer, call in before.items():
                if call is None:
                    layer.__dict__.pop("call", None)
                else:
                    layer.__dict__["call"] = call


def compiled_inside(layer: Any) -> bool:
    """Tell whether a layer's own `call` is a compiled function, in whose graph nothing can be read."""
    return hasattr(layer.call, "python_function")


def _plain(call: Callable[..., Any]) -> Callable[..., Any]:
    return getattr(call, "python_function", call)


def _through(tap: Tap, call: Callable[..., Any]) -> Callable[..., Any]:
    owner = threading.get_ident()

    def run(*args: Any, **kwargs: Any) -> Any:
        # Whoever else calls the model meanwhile, from another thread, is none of the tap's business.
        if threading.get_ident() != owner:
            return call(*args, **kwargs)
        return tap(lambda: call(*args, **kwargs))

    return run
