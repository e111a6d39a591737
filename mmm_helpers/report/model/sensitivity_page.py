"""What would change the advice: sentences, the table of threats, and the strength of hidden demand it would take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from mmm_helpers.estimands.power_scaling import BOTH, DATA, NEITHER, PRIOR, UNKNOWN
from mmm_helpers.report import display
from mmm_helpers.report.blocks import table_html
from mmm_helpers.report.marks import chip
from mmm_helpers.report.style import QUIET, TEXT, annotate_right, name_rows, new_axes
from mmm_helpers.report.words import MISSING, chance, count, is_missing, join, percent, significant

TITLES = {
    "prior_half": "Priors half as firm",
    "prior_double": "Priors twice as firm",
    "likelihood_less": "Data count a fifth less",
    "hidden_demand": "Hidden demand",
    "other_markets": "Without other markets",
    "carry_over": "Longer carry-over",
    "family": "Another curve",
    "controls": "A control less",
    "pooling": "Other pooling",
    "between_sd": "Regions' differences",
}
"""Threats in words, in the order of the table."""
COLUMNS = {
    "Other weight of prior or data": ("prior_half", "prior_double", "likelihood_less"),
    "Hidden demand": ("hidden_demand",),
    "Without other markets": ("other_markets",),
    "Other curve or carry-over": ("carry_over", "family"),
    "A control less": ("controls",),
    "Regions share otherwise": ("pooling", "between_sd"),
}
"""Headings of the table: threats of one kind share a column, so that it fits a page."""
ADVICE = {"more": "spend more", "less": "spend less", "hold": "hold"}
OUT_OF_REACH = 0.995
"""A strength beyond this is as good as everything: no unseen driver can do it."""
UNSOUND = 0.05
"""Chance below which next month's spend explains today's sales too well for chance."""
FAINT = 0.002
"""Strengths below this are drawn at the left edge."""
READ_FLIPS = (
    "A column is a kind of change of what the model assumes, a row a channel. ✓ *holds*: the advice stays under all "
    "of that kind. ! → : it would change to that. – *open*: not known without a refit. A channel with any ! is "
    "fragile: something no stronger than what is already seen would change its advice. Move such a channel in small "
    "steps, or test it first."
)
READ_HIDDEN = (
    "The dot is the share that an unseen driver would have to explain, of what the model leaves unexplained in the "
    "channel's media and in the outcome alike, to change the advice. The diamond is how strong the strongest observed "
    "control is on the same scale. A dot left of its diamond is fragile: a driver that nobody measured need be no "
    "stronger than one that somebody did."
)
METHOD = """\
Prior and data are raised to a power by reweighting the stored draws with Pareto-smoothed importance sampling; the
change of a channel's return is measured as the distance between its two distributions per doubling of the power
(Kallioinen, Paananen, Bürkner & Vehtari 2024; sensitive from 0.05 on). Hidden demand is omitted variable bias in
closed form (Cinelli & Hazlett 2020) for the model as a linear regression at its posterior mean, whitened with its own
noise, serial correlation and shared shocks included: a driver that explains the shares $R^2_Y$ of the unexplained
outcome and $R^2_D$ of the channel's own movement biases its effect by

$$ \\sqrt{R^2_Y \\, R^2_D / (1 - R^2_D)} \\times \\text{sd(unexplained outcome)} / \\text{sd(own movement)}. $$

What is thought of a channel before the data is one more row of that regression: it holds the effect in place where the
data say little, and the same driver then moves it less; other markets do not, since it may be at work there too.
Curvature is left out.
The placebo compares the correlation of the model's surprises with the spend of the four weeks after them with that of
surprises drawn anew under the model, after taking out of that spend what present media, season, trend and controls
explain. Refits come from the full profile.
"""
"""Text of the box "How this was computed"."""


def _names(channels: pd.Series, labels: Mapping[str, str]) -> str:
    return join([labels.get(c, c) for c in channels])


def describe_flips(flips: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """How much of the advice survives everything that was tried, and which channels' does not, as a sentence.

    Parameters
    ----------
    flips : table `flips`. labels : by channel.
    """
    if flips.empty:
        return "No channel was paid for in the last year, so there is no advice that could change."
    channels = flips.drop_duplicates("channel")
    weak = channels.loc[channels["fragile"], "channel"]
    if weak.empty:
        return f"The advice on **all {count(len(channels), 'channel')}** holds under each of {_tried(flips)}."
    which = join(
        [TITLES[t].lower() for t in TITLES if t in set(flips.loc[flips["flips"] == "yes", "threat"])]
    )
    return (
        f"The advice on **{len(channels) - len(weak)} of {count(len(channels), 'channel')}** holds under each of "
        f"{_tried(flips)}. Fragile: **{_names(weak, labels)}** (what changes it: {which})."
    )


def _tried(flips: pd.DataFrame) -> str:
    return count(len(_known(flips)), "change that was tried", "changes that were tried")


def flips_html(flips: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Channels by kinds of threats, each cell a word with an icon; on a phone each channel is a card.

    Kinds that nothing is known about for any channel are left out (see `explain_open`).

    Parameters
    ----------
    flips : table `flips`. labels : by channel.
    """
    known = _known(flips)
    shown = {title: own for title, own in COLUMNS.items() if known.intersection(own)}
    rows = []
    for channel, own in flips.groupby("channel", sort=False):
        cells = [_cell(own[own["threat"].isin(threats)]) for threats in shown.values()]
        advice = own["advice"].iloc[0]
        rows.append([escape(labels.get(channel, channel)), escape(ADVICE.get(advice, advice)), *cells])
    html = table_html(["Channel", "Advice now", *shown], rows)
    return html.replace('class="mmm-table"', 'class="mmm-table mmm-scoreboard"')


def show_flips(flips: pd.DataFrame, *, labels: Mapping[str, str]) -> None:
    """Show the table of `flips_html`; nothing where no channel has advice."""
    if len(flips):
        display.html(flips_html(flips, labels=labels))


def _known(flips: pd.DataFrame) -> set[str]:
    return set(flips.loc[flips["flips"] != "not computed", "threat"])


def _cell(own: pd.DataFrame) -> str:
    """The worst of a channel's threats of one kind; what is known of them on hover."""
    if own.empty:
        return MISSING
    flipped, known = own[own["flips"] == "yes"], own[own["flips"] != "not computed"]
    told = flipped if len(flipped) else known if len(known) else own
    if len(flipped):
        under = dict.fromkeys(
            flipped["advice_under"]
        )  # "more" and "less" without "spend", so that ten threats fit
        status, word = "review", f"→ {' or '.join(under)}"
    else:
        status, word = ("pass", "holds") if len(known) else ("missing", "open")
    return f'<span title="{escape(" ".join(map(str, told["detail"])))}">{chip(status, text=word)}</span>'


def explain_open(flips: pd.DataFrame) -> str:
    """Which threats wait for the full profile; empty if none does. How to run it is said once, above the studies."""
    waiting = flips.loc[_waits(flips), "threat"]
    missing = [TITLES[t].lower() for t in TITLES if t in set(waiting) - _known(flips)]
    return f"Left open until the full profile has run: {join(missing)}." if missing else ""


def _waits(flips: pd.DataFrame) -> pd.Series:
    return flips["detail"].str.contains("PROFILE=full", regex=False)


def compute_flip_details(flips: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Every threat in a sentence: `channel, threat, flips, detail`, those that change the advice first.

    Threats that wait for the full profile are left out (see `explain_open`).
    """
    flips = flips[~_waits(flips)]
    order = flips["flips"].map({"yes": 0, "no": 1, "not computed": 2})
    rows = flips.assign(_order=order).sort_values("_order", kind="stable")
    answer = {"yes": "changes the advice", "no": "holds", "not computed": "open"}
    return pd.DataFrame(
        {
            "channel": [labels.get(c, c) for c in rows["channel"]],
            "threat": rows["threat"].map(TITLES).to_numpy(),
            "flips": rows["flips"].map(answer).to_numpy(),
            "detail": rows["detail"].to_numpy(),
        }
    )


def not_held(sensitivity: pd.DataFrame, held: Collection[str]) -> pd.DataFrame:
    """Rows of channels that are not held anyway, because the data cannot say what they bring."""
    return sensitivity[~sensitivity["channel"].isin(held)]


def hidden_rows(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """Channels with advice and the driver it would take, the most fragile first."""
    return sensitivity.dropna(subset="hidden_demand_needed").sort_values("hidden_demand_needed")


def plot_hidden_demand(
    sensitivity: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    ax: Axes | None = None,
) -> Axes:
    """How strong an unseen driver must be to change each channel's advice, beside the strongest observed control.

    Parameters
    ----------
    sensitivity : table `sensitivity`. labels : of channels and controls. colors : by channel.
    """
    rows = hidden_rows(sensitivity)
    ax = new_axes(height=1.0 + 0.42 * max(len(rows), 2), ax=ax)
    for y, row in enumerate(rows.itertuples()):
        needed, observed = max(row.hidden_demand_needed, FAINT), row.strongest_control_strength
        if not is_missing(observed):
            seen = max(observed, FAINT)
            ax.plot([needed, seen], [y, y], color=QUIET, linewidth=1.0, zorder=1)
            ax.plot([seen], [y], "D", color=TEXT, markerfacecolor="white", markersize=6, zorder=2)
        ax.plot([needed], [y], "o", color=colors.get(row.channel, QUIET), markersize=8, zorder=3)
        annotate_right(ax, y, _beside(row, labels))
    name_rows(ax, [labels.get(c, c) for c in rows["channel"]])
    ax.set_xscale("log")
    ax.set_xlim(FAINT * 0.9, 1.0)
    ax.set_xticks([0.01, 0.1, 1.0])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: percent(v)))
    ax.set_xlabel("share explained of both, media and outcome (● needed, ◇ strongest control)")
    return ax


def _beside(row, labels: Mapping[str, str]) -> str:
    out_of_reach = row.hidden_demand_needed > OUT_OF_REACH
    needed = "none is strong enough" if out_of_reach else f"needs {percent(row.hidden_demand_needed)}"
    if is_missing(row.strongest_control_strength):
        return needed
    mark = "! " if row.times_strongest_control <= 1 else ""
    return (
        f"{mark}{needed}\n{_control(row.strongest_control, labels)} {percent(row.strongest_control_strength)}"
    )


def _control(name: str, labels: Mapping[str, str]) -> str:
    return labels.get(name) or str(name).removeprefix("event:").replace("_", " ")


def describe_hidden_demand(sensitivity: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Which advice a driver as strong as the strongest control would change, and which is safest, as a sentence."""
    rows = hidden_rows(sensitivity)
    if rows.empty:
        return "No channel has advice that hidden demand could change."
    strong = _safest(rows, labels)
    if rows["strongest_control"].isna().all():
        return f"The market has no controls to hold hidden demand against. {strong}."
    weak = rows.loc[rows["times_strongest_control"] <= 1, "channel"]
    if weak.empty:
        return (
            f"No unseen driver as strong as the strongest observed control would change any advice. {strong}."
        )
    return (
        f"An unseen driver no stronger than the strongest observed control would change the advice on "
        f"**{_names(weak, labels)}**. {strong}."
    )


def _safest(rows: pd.DataFrame, labels: Mapping[str, str]) -> str:
    beyond = rows[rows["hidden_demand_needed"] > OUT_OF_REACH]
    if len(beyond):
        why = (
            ", which rests on what was thought before the data" if (beyond["data_share"] < 0.5).all() else ""
        )
        return f"No unseen driver, however strong, would change that on **{_names(beyond['channel'], labels)}**{why}"
    safest = rows.iloc[-1]
    name, share = labels.get(safest["channel"], safest["channel"]), percent(safest["hidden_demand_needed"])
    text = f"**{name}** is the safest: an unseen driver would have to explain {share} of both"
    return text + _how_often(safest, labels)


def _how_often(row: pd.Series, labels: Mapping[str, str]) -> str:
    times = row["times_strongest_control"]
    if is_missing(times):
        return ""
    often = "more than 100" if times > 100 else significant(times)
    return f", {often} times what {_control(row['strongest_control'], labels)} does"


def describe_placebo(sensitivity: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Whether next month's spend explains today's sales, as a sentence; corrected for how many were looked at."""
    rows = sensitivity.dropna(subset="placebo_p")
    if rows.empty:
        return "Next month's spend says nothing that the present does not, so this placebo cannot be run."
    worst = rows.loc[rows["placebo_p"].idxmin()]
    name, p = labels.get(worst["channel"], worst["channel"]), worst["placebo_p_adjusted"]
    looked = f"{count(len(rows), 'channel')} looked at, Bonferroni"
    if p >= UNSOUND:
        return (
            f"**Next month's spend does not explain today's sales**: the closest is {name}, which chance alone gives "
            f"{chance(p)} of the time ({looked})."
        )
    way = "more" if worst["placebo_correlation"] > 0 else "less"
    failed = _names(rows.loc[rows["placebo_p_adjusted"] < UNSOUND, "channel"], labels)
    return (
        f"**Next month's spend explains today's sales** for {failed}: before {way} is spent on {name}, sales are "
        f"higher than the model expects (chance alone: {chance(p)} of the time; {looked}). "
        "Spend follows something unseen, or "
        "sales themselves: the return is not to be trusted before a test."
    )


def compute_scaling_table(sensitivity: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """What prior and data do to each channel's return: `channel, prior, data, diagnosis` for `data_table`."""
    return pd.DataFrame(
        {
            "channel": [labels.get(c, c) for c in sensitivity["channel"]],
            "prior": sensitivity["prior_sensitivity"].to_numpy(),
            "data": sensitivity["likelihood_sensitivity"].to_numpy(),
            "diagnosis": sensitivity["diagnosis"].to_numpy(),
        }
    )


def describe_scaling(sensitivity: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Whose return the prior moves, as a sentence."""
    names = {d: _names(own["channel"], labels) for d, own in sensitivity.groupby("diagnosis")}
    words = {
        DATA: "The data alone decide on {}.",
        BOTH: "Prior and data both pull on {}: had either counted for more, the return would differ.",
        PRIOR: "The prior decides on {}: the data hardly speak.",
        NEITHER: "Neither moves {}.",
        UNKNOWN: "For {} the stored draws are too few to tell.",
    }
    return " ".join(words[d].format(f"**{names[d]}**") for d in words if d in names)
