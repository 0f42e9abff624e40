"""A rule, what is under test, and what becomes of it: kept, broken, or without meaning here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

Tested = TypeVar("Tested")


class BrokenRule(AssertionError):  # noqa: N818
    """A plugin breaks its contract; the message names the rule and says how to mend it.

    Attributes:
        rule: The rule's short name; empty until the rule itself adds it.
    """

    def __init__(self, told: str, rule: str = "") -> None:
        super().__init__(f"{rule}: {told}" if rule else told)
        self.rule = rule


class NotApplicable(Exception):  # noqa: N818
    """A rule has nothing to say about this plugin; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule.

    Attributes:
        rule: Its short name.
        state: Whether it was kept; `n/a` where it has no meaning for this plugin.
        told: What was found and how to mend it, or why the rule has no meaning; empty where it was kept.
    """

    rule: str
    state: Literal["kept", "broken", "n/a"]
    told: str = ""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Tested]):
    """One thing that every plugin of a kind must hold.

    Attributes:
        name: Short, lower case, for messages and tables.
        demand: The rule in a sentence.
        check: Raises `BrokenRule` or `NotApplicable`.
    """

    name: str
    demand: str
    check: Callable[[Tested], None]

    def __call__(self, tested: Tested) -> None:
        """Check it.

        Raises:
            BrokenRule: It is broken, or what is under test raised something.
            NotApplicable: It has no meaning here.
        """
        try:
            self.check(tested)
        except BrokenRule as broken:
            raise BrokenRule(str(broken), self.name) from broken.__cause__
        except NotApplicable:
            raise
        # A stranger's code may raise anything at all.
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())
            raise BrokenRule(f"raised {told}. {self.demand}", self.name) from error

    def verdict(self, tested: Tested) -> Verdict:
        """Check it, and return what came of it."""
        try:
            self(tested)
        except BrokenRule as broken:
            return Verdict(self.name, "broken", str(broken).removeprefix(f"{self.name}: "))
        except NotApplicable as reason:
            return Verdict(self.name, "n/a", str(reason))
        return Verdict(self.name, "kept")


def demand(holds: Any, told: str) -> None:
    """Raise `BrokenRule` unless something holds."""
    if not holds:
        raise BrokenRule(told)


def rule_maker(book: list[Rule[Tested]]) -> Callable[[str, str], Callable[[Any], Any]]:
    """Return a decorator that puts a function into a book of rules, under a name, with its demand."""

    def rule(name: str, says: str) -> Callable[[Any], Any]:
        def into(check: Callable[[Tested], None]) -> Callable[[Tested], None]:
            book.append(Rule(name, says, check))
            return check

        return into

    return rule
