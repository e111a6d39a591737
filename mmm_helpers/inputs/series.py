"""The series of a panel: what each is, and how its values are brought to a period or to a region."""

from __future__ import annotations

from dataclasses import dataclass

from mmm_helpers.inputs.portfolio import Portfolio

AVERAGED_METRICS = ("click_to_order_days", "impression_share", "auction_overlap")
"""Metrics of which a period shows the mean; all others are counts and are summed."""


@dataclass(frozen=True)
class Series:
    """One column of the panel.

    Parameters
    ----------
    column : its canonical name in the portfolio file ("tv_spend").
    name : its name in the panel ("spend_tv").
    kind : "outcome", "value_per_unit", "spend", "activity", "metric" or "control".
    rule : "sum", "mean" or "max": how several values become one period's.
    channel : the channel it belongs to, if any.
    national : whether its channel is bought for the whole market.
    """

    column: str
    name: str
    kind: str
    rule: str
    channel: str | None = None
    national: bool = False

    @property
    def is_input(self) -> bool:
        """Spend and activity: what drives the outcome, never blank unless declared unknown."""
        return self.kind in ("spend", "activity")

    @property
    def never_negative(self) -> bool:
        return self.kind in ("spend", "activity", "metric", "value_per_unit")

    @property
    def is_held(self) -> bool:
        """Whether a value of a coarser period holds for all of it, where an amount is spread over its days."""
        return self.kind in ("control", "value_per_unit")

    @property
    def shared_by_regions(self) -> bool:
        """Whether a value without a region holds for every region as it is."""
        return self.kind in ("control", "value_per_unit") or (self.national and self.rule == "mean")


def market_series(portfolio: Portfolio, market: str) -> dict[str, Series]:
    """All series that a market's sources may give, by canonical column.

    Examples
    --------
    >>> market_series(portfolio, "DE")["tv_spend"].name  # doctest: +SKIP
    'spend_tv'
    """
    outcome = portfolio.outcome
    series = [Series(outcome.column, "outcome", "outcome", "sum")]
    if isinstance(outcome.value_per_unit, str):
        series.append(Series(outcome.value_per_unit, "value_per_unit", "value_per_unit", "mean"))
    for code, channel in portfolio.market_channels(market).items():
        for measure, column in channel.columns().items():
            kind = measure if measure in ("spend", "activity") else "metric"
            rule = "mean" if measure in AVERAGED_METRICS else "sum"
            national = channel.level == "national"
            series.append(Series(column, f"{measure}_{code}", kind, rule, code, national))
    for name, control in portfolio.controls.items():
        series.append(Series(name, f"control_{name}", "control", control.aggregate))
    return {s.column: s for s in series}
