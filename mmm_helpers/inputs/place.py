"""Where a fault lies: market, file, row, column; and the problems that stand there."""

from __future__ import annotations

from dataclasses import dataclass

from mmm_helpers.errors import Problem


@dataclass(frozen=True)
class Place:
    """A file as one market reads it.

    Parameters
    ----------
    file : the file's path as the portfolio file names it.
    market : the market's code; None for files of the whole portfolio.
    """

    file: str
    market: str | None = None

    def problem(
        self, what: str, *, expected: str, mend: str, row: object = None, column: str | None = None
    ) -> Problem:
        """A problem in this file, at this row (as an editor counts them) and column."""
        where = self.file
        where += f", row {row}" if row is not None else ""
        where += f", column '{column}'" if column is not None else ""
        return Problem(what, where, expected, mend, self.market)
