"""Sentences and tables of the single-region regression; every number comes from a frame."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.regression.coarser import Comparison
from mmm_helpers.regression.design import RegressionData
from mmm_helpers.regression.grid import PLAUSIBLE, RetentionSearch
from mmm_helpers.regression.ols import ROWS_PER_COEFFICIENT, OlsFit
from mmm_helpers.report.words import count, interval_text, join, percent, percent_interval, period, ratio

BOUNDS = ["roas_mean", "roas_q05", "roas_q95"]
SHARES = ["share_mean", "share_q05", "share_q95"]


def name_region(region: str) -> str:
    """The region as it stands in a sentence; a market without regions is named as a whole."""
    return "the whole market" if region == "all" else region


def describe_region(data: RegressionData, *, regions: int) -> str:
    """Which region is looked at, by which rule, and how much of its data can be used, as sentences."""
    used = data.outcome.index[data.usable]
    rule = "" if regions == 1 else f" (the largest by outcome of {count(regions, 'region')})"
    longest = max(data.lags.values(), default=1)
    text = f"This page looks at **{name_region(data.region)}**{rule}"
    if len(used) == 0:
        return f"{text}; none of its {count(len(data.outcome), data.unit)} can be used."
    return (
        f"{text}: {count(len(used), data.unit)} that can be used, {period(used[0], used[-1])}. The first "
        f"{count(longest - 1, data.unit)} of the data only supply the spend that carries into them, and "
        f"{data.unit}s with unknown outcome or spend are left out."
    )


def describe_regression(fit: OlsFit, *, labels: Mapping[str, str], region: str, unit: str) -> str:
    """The regression's result in one sentence: all spend together, and how many channels stay unclear."""
    rows, total = fit.returns, fit.total
    unclear = int(((rows["roas_q05"] <= 0) & (rows["roas_q95"] >= 0)).sum())
    negative = rows.loc[rows["roas_mean"] < 0, "channel"]
    text = (
        f"A plain regression of {count(len(fit.columns), unit)} in {name_region(region)} says that each unit of "
        f"money spent on advertising brought back **{interval_text(*(total[b] for b in BOUNDS))}**, "
        f"{percent_interval(*(total[s] for s in SHARES))} of the outcome; **{unclear} of {len(rows)}** channels "
        f"{'is' if unclear == 1 else 'are'} left without a clear sign"
    )
    if negative.empty:
        return f"{text}."
    names = join([labels.get(c, c) for c in negative])
    verb = "comes" if len(negative) == 1 else "come"
    return f"{text}, and {names} {verb} out with a negative return, which advertising hardly has."


def warn_about_regression() -> str:
    """Why the regression is no basis for a decision."""
    return (
        "**This is a comparison, not an estimate to act on.** Spend follows demand, so a regression credits "
        "advertising with demand that the controls do not see. A straight line has no saturation: it mixes what "
        "all of the money brought with what one more unit would bring. It looks at one region only, and its "
        "ranges leave out that the carry-over was picked by the fit. Decisions rest on "
        "[the model](04_multi_geo_mmm.ipynb)."
    )


def point_up(what: str) -> str:
    """That a section has nothing to show because there is no regression, as a sentence.

    Examples
    --------
    >>> point_up("residuals")
    'There are no residuals to show without a regression; the top of the page says what it would need.'
    """
    return f"There are no {what} to show without a regression; the top of the page says what it would need."


def tabulate_returns(fit: OlsFit, opened: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Returns as text for the page, all spend together in the last row.

    Parameters
    ----------
    fit : see `fit_ols`.
    opened : result of `open_carry_over`.
    labels : channel → name.
    """
    rows = fit.returns.merge(
        opened[["channel", "roas_q05", "roas_q95"]], on="channel", suffixes=("", "_open")
    )
    total = fit.total
    frame = pd.DataFrame(
        {
            "Channel": rows["channel"].map(labels),
            "Return (90 %)": _texts(rows, BOUNDS),
            "Carry-over left open": _texts(rows, ["roas_mean", "roas_q05_open", "roas_q95_open"]),
            "Share of outcome (90 %)": [percent_interval(*v) for v in rows[SHARES].to_numpy()],
            "Variance inflation": [f"{v:.1f}" for v in rows["vif"]],
        }
    )
    last = ["All together", interval_text(*(total[b] for b in BOUNDS)), ""]
    frame.loc[len(frame)] = [*last, percent_interval(*(total[s] for s in SHARES)), ""]
    return frame


def tabulate_search(search: RetentionSearch, *, labels: Mapping[str, str], unit: str) -> pd.DataFrame:
    """Each channel's picked retention, those that fit about as well, and how much worse it fits without."""
    plain = search.curve[search.curve["retention"] == 0].set_index("channel")["aic_difference"]
    found = {c: search.plausible(c) for c in search.best}
    return pd.DataFrame(
        {
            "Channel": [labels.get(c, c) for c in found],
            f"Left after one {unit}": [percent(search.best[c]) for c in found],
            "Fit about as well": [_values(v) for v in found.values()],
            "Worse without carry-over (AIC)": [f"{plain[c]:.1f}" for c in found],
        }
    )


def describe_search(
    search: RetentionSearch, fit: OlsFit, opened: pd.DataFrame, *, labels: Mapping[str, str]
) -> str:
    """How much the data say about carry-over, and what picking the best value leaves out, as sentences."""
    grid = search.curve["retention"].unique()
    sure = [c for c in search.best if len(search.plausible(c)) == 1]
    vague = {c: len(search.plausible(c)) for c in search.best}
    most = max(vague, key=vague.get)
    closed = fit.returns["roas_q95"] - fit.returns["roas_q05"]
    wider = ((opened["roas_q95"] - opened["roas_q05"]) / closed.to_numpy()).median()
    known = f"the value of {join([labels.get(c, c) for c in sure])}" if sure else "no channel's value"
    text = f"The data settle **{known}** to one step of the grid"
    if vague[most] == 1:
        return f"{text}: no other value fits about as well (AIC within {PLAUSIBLE:.0f} of the best)."
    return (
        f"{text}; for {labels.get(most, most)}, {vague[most]} of {len(grid)} values fit about as well as the best "
        f"(AIC within {PLAUSIBLE:.0f}). Taking the best value as if it were known ignores this: with the "
        "carry-over left open among those values, the median interval of a return becomes "
        f"**{wider:.1f} times** as wide."
    )


def describe_comparison(
    summary: pd.DataFrame, returns: pd.DataFrame, *, labels: Mapping[str, str], unit: str
) -> str:
    """What changes when periods become longer, as sentences.

    Parameters
    ----------
    summary, returns : of `compare_units`, the data's own unit first, at least two units.
    """
    first, last = summary.iloc[0], summary.iloc[-1]
    less = "more" if last["vif"] > first["vif"] else "less"
    return (
        f"Summed to {last['unit']}s, **{first['periods']} {unit}s become {last['periods']} {last['unit']}s** "
        f"for {_coefficients(first, last)}: {last['spare']} to spare instead of {first['spare']}. The median "
        f"interval becomes **{last['width']:.1f} times** as wide, columns move {less} alike (median variance "
        f"inflation of the channels {first['vif']:.1f} → {last['vif']:.1f}), and "
        f"{_turned(returns, unit, last['unit'], labels)}."
    )


def _coefficients(first: pd.Series, last: pd.Series) -> str:
    if first["coefficients"] == last["coefficients"]:
        return f"the same {last['coefficients']} coefficients"
    return f"{last['coefficients']} coefficients instead of {first['coefficients']}"


def _turned(returns: pd.DataFrame, unit: str, longer: str, labels: Mapping[str, str]) -> str:
    table = returns.pivot(index="channel", columns="unit", values="roas_mean")
    turned = [labels.get(c, c) for c in table.index if (table.loc[c, unit] > 0) != (table.loc[c, longer] > 0)]
    if not turned:
        return "no return changes its sign"
    verb = "changes its" if len(turned) == 1 else "change their"
    return f"{len(turned)} of {count(len(table), 'return')} {verb} sign ({join(turned)})"


def describe_limits(longer: Comparison) -> str:
    """What the longer periods cannot say, as sentences; empty if there are enough of them."""
    return " ".join(s for s in [_few_rows(longer.summary), *longer.obstacles] if s)


def _few_rows(summary: pd.DataFrame) -> str:
    last = summary.iloc[-1]
    needed = ROWS_PER_COEFFICIENT * int(last["coefficients"])
    if last["periods"] >= needed:
        return ""
    return (
        f"**The {last['unit']}s are shown to see what happens, not as a result:** {last['periods']} "
        f"{last['unit']}s are fewer than the {needed} that this page asks of a regression with "
        f"{last['coefficients']} coefficients. With so few, robust errors are uncertain themselves; ordinary ones "
        f"would make the median interval {percent(last['plain_width'])} as wide."
    )


def explain_no_comparison(longer: Comparison | None, *, unit: str) -> str:
    """Why there is nothing to compare with, as a sentence."""
    if longer is None:
        return point_up("longer periods")
    if longer.obstacles:
        return f"Too little is left after adding up. {' '.join(longer.obstacles)}"
    return (
        f"These data come by {unit}: they have already lost what a comparison of shorter with longer periods "
        "would show."
    )


def tabulate_comparison(returns: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Returns and variance inflation of each channel, one pair of columns a unit."""
    frame = {"Channel": [labels.get(c, c) for c in returns["channel"].unique()]}
    for unit, own in returns.groupby("unit", sort=False):
        frame[f"Return, by {unit}"] = _texts(own, BOUNDS)
        frame[f"Left after one {unit}"] = [percent(v) for v in own["retention"]]
        frame[f"Variance inflation, by {unit}"] = [f"{v:.1f}" for v in own["vif"]]
    return pd.DataFrame(frame)


def describe_intervals(rows: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Estimates by variant and channel with their intervals, in words, for a chart's alternative text."""
    parts = []
    for channel, own in rows.groupby("channel", sort=False):
        values = "; ".join(f"{r['variant']} {interval_text(*r[BOUNDS])}" for _, r in own.iterrows())
        true = f" (true return {ratio(own['truth'].iloc[0])})" if "truth" in own else ""
        parts.append(f"{labels.get(channel, channel)}{true}: {values}")
    return f"Return of each channel with its 90 % interval. {'. '.join(parts)}."


def describe_errors(fit: OlsFit, *, unit: str) -> str:
    """Which errors the intervals use, as a sentence with their lag and its rule."""
    return (
        f"The intervals allow for noise that follows itself over {count(fit.hac_lags, unit)} and is not equally "
        f"large at all times (Newey–West, or HAC, errors; lag by the rule 4·(n/100)^(2/9), with "
        f"n = {len(fit.columns)}). The regression explains {percent(fit.r_squared)} of the variation (R²), which "
        "says nothing about cause."
    )


def explain_method() -> str:
    """How the page's numbers were computed (MyST)."""
    return (
        "Ordinary least squares of the outcome on spend with geometric carry-over, a trend, yearly waves, "
        "holidays and controls, for one region. Each channel's carry-over is searched on a grid by the squared "
        "error, all others at their best given it; AIC counts periods as independent. Lag weights sum to one, so "
        "a coefficient is the return for each unit of money, whenever it arrives; the share of the outcome counts "
        "what landed in the periods used. Unpaid channels are not in the regression.\n\n"
        "$$ y_t = a + \\sum_c b_c \\sum_{l=0}^{L-1} w_{cl} \\, m_{c,t-l} + \\sum_k g_k z_{kt} + e_t $$\n\n"
        "Intervals use errors that are robust to autocorrelation and unequal variance "
        "{cite:p}`newey1987simple`, with Student's t; returns and shares are linear in the coefficients, so their "
        "intervals need no approximation. With the carry-over left open, a channel's interval runs from the lowest "
        "to the highest bound over the values of the grid whose AIC is within 2 of the best. Longer periods are "
        "sums divided by the number of short periods in them, because a month has four or five weeks; carry-over "
        "is searched anew. {cite:t}`chan2017challenges` describe why such a regression misleads."
    )


def _texts(rows: pd.DataFrame, columns: list[str]) -> list[str]:
    return [interval_text(*bounds) for bounds in rows[columns].to_numpy()]


def _values(retentions: list[float]) -> str:
    """Retentions as text: neighbours of the grid as a range."""
    if len(retentions) == 1:
        return "no other"
    return f"{count(len(retentions), 'value')}, {percent(retentions[0])} to {percent(retentions[-1])}"
