"""Sentences and tables about what the model thought before the data, beside what it thinks after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.blocks import readable
from mmm_helpers.report.returns import returned
from mmm_helpers.report.words import (
    interval_text,
    join,
    money,
    money_interval,
    percent,
    percent_interval,
    significant,
)

TOTAL = "all"
PARAMETERS = {
    "return": "Return at mean spend",
    "share": "Share of the outcome",
    "alpha": "Carried over to the next period",
    "delay": "Lag of the strongest effect",
    "weibull_shape": "Carry-over, shape (Weibull)",
    "weibull_scale": "Carry-over, length (Weibull)",
    "fullness": "Saturation at mean spend (log-odds)",
    "slope": "Saturation, slope",
    "region_sd": "How far regions differ in an effect",
    "predictor_effect": "What a region's attribute does to its effects",
    "tide_sd": "How far media's effect changes over time",
    "intercept": "Level of a region",
    "trend_mean": "Growth a year",
    "trend_offset": "Growth of a region beside the others",
    "season_effect": "Wave of the yearly cycle",
    "weekday_effect": "Day of the week",
    "drift_sd": "Drift of the level",
    "interaction": "What two channels add together",
    "spillover": "Effect in other regions",
    "control_effect": "Effect of a control",
    "control_mean": "Effect of a control",
    "control_sd": "How far regions differ in a control's effect",
    "sigma": "Noise of a region",
    "rho": "Noise carried over to the next period",
    "shock_sd": "Shock that regions share",
}
"""Names of the model's parameters for readers."""
PRIOR_TITLES = {"range": "90 % range", "says": "In words", "source": "Where it comes from"}
OUTCOMES = {"outcome_lowest": "lowest", "outcome_mean": "mean", "outcome_highest": "highest"}


def compute_before_after(
    predictive: pd.DataFrame,
    quantities: Sequence[str],
    *,
    labels: Mapping[str, str],
    total: str,
    signs: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Rows of `prior_predictive` for one chart: `name`, the channel, `prior_*`, `posterior_*` and `signs`.

    Parameters
    ----------
    quantities : which to take, e.g. `media_share` and `share`.
    total : name of the row about everything together, which comes first.
    signs : data tier and cause mark by channel; of everything together under `all`.
    """
    rows = predictive[predictive["quantity"].isin(quantities)]
    order = {TOTAL: -1} | {code: i for i, code in enumerate(labels)}
    rows = rows.sort_values("channel", key=lambda c: c.map(order), kind="stable")
    names = [total if c == TOTAL else labels.get(c, c) for c in rows["channel"]]
    beside = [(signs or {}).get(c, "") for c in rows["channel"]]
    return rows.assign(name=names, signs=beside).reset_index(drop=True)


def _one(predictive: pd.DataFrame, quantity: str) -> pd.Series:
    rows = predictive[(predictive["quantity"] == quantity) & (predictive["channel"] == TOTAL)]
    return rows.iloc[0]


def describe_share(predictive: pd.DataFrame) -> str:
    """What all media together were thought to bring, and what is thought now, as a sentence."""
    row = _one(predictive, "media_share")
    low, high = percent(row["prior_q05"]), percent(row["prior_q95"])
    return (
        f"Before seeing the data the model thought that media bring **{low} to {high}** of the outcome "
        f"({{term}}`prior`, 90 %); having seen them, **{percent_interval(*interval(row, 'posterior'))}** "
        "({term}`posterior`)."
    )


def describe_returns(
    predictive: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    currency: str,
    signs: Mapping[str, str],
    joint: Collection[str] = (),
) -> str:
    """Which channel's return the data narrowed most and which least, as a sentence.

    Parameters
    ----------
    signs : data tier and cause mark by channel.
    joint : channels that cannot be told apart from others; they are not ranked by themselves.
    """
    rows = predictive[(predictive["quantity"] == "roas") & (predictive["channel"] != TOTAL)]
    rows = rows.dropna(subset=["posterior_mean"]).assign(left=_width_left).sort_values("left")
    if rows.empty:
        return "No channel was paid for, so there is no return to compare with its prior."
    rows = rows[~rows["channel"].isin(joint)]
    if rows.empty:
        return "No paid channel can be told apart from all others, so none is ranked by itself."
    text = [_narrowed(rows.iloc[0], labels, currency, signs, "most")]
    if len(rows) > 1:
        text.append(_narrowed(rows.iloc[-1], labels, currency, signs, "least"))
    return f"The data say {'; '.join(text)}."


def _width_left(rows: pd.DataFrame) -> pd.Series:
    """Width of the posterior range relative to the prior's."""
    before, after = (rows[f"{name}_q95"] - rows[f"{name}_q05"] for name in ("prior", "posterior"))
    return after / before


def _narrowed(
    row: pd.Series, labels: Mapping[str, str], currency: str, signs: Mapping[str, str], how: str
) -> str:
    name = labels.get(row["channel"], row["channel"])
    bounds = (money(row[f"prior_{s}"], currency, digits=2) for s in ("q05", "q95"))
    after = returned(*interval(row, "posterior"), currency)
    return f"{how} about **{name}**: from {' to '.join(bounds)} before to **{after}** {signs[row['channel']]} after"


def describe_outcome(predictive: pd.DataFrame, *, currency: str, unit: str) -> str:
    """What outcomes the priors alone allow, and whether what was observed lies within, as a sentence.

    Parameters
    ----------
    currency : of the outcome; empty for counts. unit : day, week or month.
    """
    low, high = (_one(predictive, f"outcome_{which}") for which in ("lowest", "highest"))
    seen = [money(row["observed"], currency).strip() for row in (low, high)]
    allowed = [money(v, currency).strip() for v in (low["prior_q05"], high["prior_q95"])]
    text = (
        f"By its priors alone the model would have expected a {unit}'s outcome anywhere from **{allowed[0]}** to "
        f"**{allowed[1]}**; observed were {seen[0]} to {seen[1]}. "
    )
    if low["observed"] < low["prior_q05"] or high["observed"] > high["prior_q95"]:
        return text + "**That is more than its priors allow for: they are too narrow.**"
    if low["observed"] > low["prior_q95"] or high["observed"] < high["prior_q05"]:
        return (
            text + "They expect larger ups and downs than there were, and so hold the data back in nothing."
        )
    return text + "Its priors allow for what happened."


def outcome_rows(predictive: pd.DataFrame, *, unit: str) -> pd.DataFrame:
    """Rows of the chart about the outcome, named: lowest, mean and highest period."""
    rows = predictive.set_index("quantity").loc[list(OUTCOMES)].reset_index()
    return rows.assign(name=[f"{word} {unit}" for word in OUTCOMES.values()])


def describe_chart(rows: pd.DataFrame, *, show: Callable[[float, float, float], str]) -> str:
    """The rows of a chart in words, for people who cannot see it; `show` writes a mean with its bounds."""
    parts = [
        f"{row['name']} {show(*interval(row, 'prior'))} before, {show(*interval(row, 'posterior'))} after"
        for _, row in rows.iterrows()
    ]
    return f"Prior and posterior with 90 % ranges: {join(parts)}."


def show_money(currency: str) -> Callable[[float, float, float], str]:
    """Writes an amount with its interval; a count where there is no currency."""
    return lambda mean, low, high: money_interval(mean, low, high, currency).strip()


def compute_prior_table(priors: pd.DataFrame, *, labels: Mapping[str, str], stated: bool) -> pd.DataFrame:
    """Priors as text: `parameter` (with its channels), `range, says, source`.

    Parameters
    ----------
    priors : table `priors`. stated : the rows that the portfolio file stated, or the template's own.
    """
    rows = priors[priors["stated"] == stated]
    keys = ["parameter", "says", "source", "range"]
    rows = rows.assign(range=[_range(row) for _, row in rows.iterrows()])
    # Channels with one and the same prior share a line.
    grouped = rows.groupby(keys, sort=False)["channel"].agg(list).reset_index()
    names = zip(grouped["parameter"], grouped["channel"], strict=True)
    return grouped[["range", "says", "source"]].assign(parameter=[_name(*own, labels) for own in names])[
        ["parameter", "range", "says", "source"]
    ]


def _range(row: pd.Series) -> str:
    low, high = row["prior_q05"], row["prior_q95"]
    dash = " to " if low < 0 else "–"
    return f"{significant(low)}{dash}{significant(high)}"


def _name(parameter: str, channels: list[str], labels: Mapping[str, str]) -> str:
    name = PARAMETERS.get(parameter, readable(parameter))
    return name if channels == [TOTAL] else f"{name}: {join([labels.get(c, c) for c in channels])}"


def describe_priors(priors: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """Whose priors these are, and the assumption that media do no harm, as sentences."""
    stated = priors.loc[priors["stated"], "channel"].drop_duplicates()
    own = priors[(priors["parameter"] == "return") & ~priors["stated"]]
    text = []
    if len(stated):
        names = join([labels.get(c, c) for c in stated])
        text.append(f"For {names} the portfolio file states what is known beforehand.")
    if len(own):
        low, middle, high = (
            money(own.iloc[0][f"prior_{q}"], currency, digits=2) for q in ("q05", "q50", "q95")
        )
        who = "Every other paid channel" if len(stated) else "Every paid channel"
        text.append(
            f"{who} starts from the same return, **{middle}** for each {money(1, currency, digits=1)} "
            f"({low} to {high}): no channel is favoured."
        )
    text.append(
        "*Assumed*, not found: advertising does no harm. An effect is above zero by construction, so a useless "
        "channel shows as one near zero, and a harmful one cannot show at all."
    )
    return " ".join(text)


def show_share(mean: float, low: float, high: float) -> str:
    """A share with its interval, a decimal where it is small.

    Examples
    --------
    >>> show_share(0.26, 0.21, 0.32), show_share(0.005, 0.001, 0.014)
    ('26 % (21–32)', '0.5 % (0.1–1.4)')
    """
    if mean >= 0.1:
        return percent_interval(mean, low, high)
    return f"{percent(mean, digits=1)} ({100 * low:.1f}–{100 * high:.1f})"


def show_return(mean: float, low: float, high: float) -> str:
    """A return with its interval."""
    return interval_text(mean, low, high)
