"""`-s KEY=VALUE` settings, and whom they are for."""

from __future__ import annotations

from collections.abc import Sequence

from xaibrain.errors import UsageError


def split_settings(pairs: Sequence[str], owners: Sequence[str]) -> dict[str, dict[str, str]]:
    """Sort `owner.key=value` pairs by owner; those without an owner come under an empty name.

    Raises:
        UsageError: A pair has no `=`, or an owner that is none.
    """
    sorted_pairs: dict[str, dict[str, str]] = {"": {}, **{owner: {} for owner in owners}}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        owner, dot, rest = key.partition(".")
        if not (equals and key):
            raise UsageError(f"'{pair}' is no setting; write KEY=VALUE.")
        if not dot:
            sorted_pairs[""][key] = value
        elif owner in owners:
            sorted_pairs[owner][rest] = value
        else:
            raise UsageError(
                f"'{key}': settings are KEY=VALUE or {', '.join(f'{o}.KEY=VALUE' for o in owners)}."
            )
    return sorted_pairs
