"""The three ways in which this software says no."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input, in the words a user needs to mend it.

    Parameters
    ----------
    what : what is wrong, without a full stop ("column 'Umsatz' is missing").
    where : file, row, column, as far as known ("raw/de/sales.csv, row 14, column 'Umsatz'").
    expected : what was expected instead.
    mend : the action that repairs it, as an imperative.
    market : the market's code; None when the whole portfolio is concerned.
    """

    what: str
    where: str
    expected: str
    mend: str
    market: str | None = None

    def __str__(self) -> str:
        market = f"Market {self.market}: " if self.market else ""
        return f"{market}{self.what} ({self.where}); expected {self.expected}: {self.mend}."


class InputError(ValueError):
    """Data or a portfolio file that cannot be used as it is; holds one or more `Problem`."""

    def __init__(self, *problems: Problem):
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


class FitError(RuntimeError):
    """A model that cannot be built or sampled."""


class PublishError(RuntimeError):
    """A page or a site that must not be shown."""
