"""Words, table and chart about tests that could be run: what the model expects of them, and what they would see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.experiments.next_experiment_page import name_test
from mmm_helpers.report.style import WARN, annotate_right, draw_interval, money_axis, name_rows, new_axes
from mmm_helpers.report.words import chance, count, is_missing, join, money, money_interval, percent

ENOUGH_POWER = 0.8
METHOD = (
    "For every set of regions that leaves at least one alone and every length, a test is laid over the market's last "
    "periods, in which there was none: the error of its result is that of the method that would measure it "
    "(difference in differences on the gap between treated and control regions, with its season, its memory and what "
    "is known of other media and controls taken out). The smallest effect that is found with 80 % power at a "
    "two-sided 10 % is 2.49 times that error. It stands beside the effect that the model expects of the change of "
    "spend, carry-over included, and the power is averaged over the model's draws. Shown is the best set of regions "
    "for each channel, design and length. Lengths for 80 % power let the effect grow with the length and the error "
    "with its root."
)


def describe_designs(designs: pd.DataFrame, *, labels: Mapping[str, str], currency: str, unit: str) -> str:
    """The most powerful test in a sentence, and whether any is powerful enough.

    Parameters
    ----------
    designs : table `experiment_designs`, best first. unit : day, week or month.
    """
    best = designs.iloc[0]
    name = name_test(best, labels=labels, unit=unit)
    enough = designs[designs["power"] >= ENOUGH_POWER]
    lead = (
        f"{count(len(enough), 'test')} of {len(designs)} would be told from chance with {percent(ENOUGH_POWER)} power"
        if len(enough)
        else f"**Every test of up to {count(int(designs['duration'].max()), unit)} is underpowered**"
    )
    needs = "" if best["power"] >= ENOUGH_POWER else " " + _what_it_takes(best, unit)
    return (
        f"{lead}. The most powerful is {name}: the model expects {_effect(best, currency)}, and an effect of "
        f"{money(best['mde'], currency)} would be found; its power is {chance(best['power'])}.{needs}"
    )


def _what_it_takes(design: pd.Series, unit: str) -> str:
    if is_missing(design["duration_80"]):
        more = "more regions are needed, or people held out at random"
        return f"Even a year of it would not reach {percent(ENOUGH_POWER)}: {more}."
    return f"For {percent(ENOUGH_POWER)} it would have to run for about {count(int(design['duration_80']), unit)}."


def _effect(design: pd.Series, currency: str) -> str:
    values = (design[f"expected_effect_{s}"] for s in ("mean", "q05", "q95"))
    return money_interval(*values, currency, sign=True)


def explain_no_design(panel: pd.DataFrame, *, unit: str) -> str:
    """Why no test can be designed for a market."""
    regions, periods = panel["region"].nunique(), panel["date"].nunique()
    if regions == 1:
        return (
            "The market is one region: there is nothing to leave alone. Data by region would allow a geo test; without "
            "them people can be held out at random, and the result goes into the lift tests file."
        )
    history = f"{count(periods, unit)} of history"
    return f"{history} are too few to say how {count(regions, 'region')} move against each other."


def best_by_channel(designs: pd.DataFrame) -> pd.DataFrame:
    """The most powerful design of each channel, best first."""
    return designs.sort_values("power", ascending=False, kind="stable").drop_duplicates("channel")


def plot_power(
    designs: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    currency: str,
    unit: str,
    ax: Axes | None = None,
) -> Axes:
    """Size of the effect that the model expects of each channel's best test, beside the smallest that would be found.

    Parameters
    ----------
    designs : result of `best_by_channel`.
    """
    ax = new_axes(height=1.0 + 0.52 * len(designs), ax=ax)
    for y, row in enumerate(designs.itertuples()):
        ends = sorted((abs(row.expected_effect_q05), abs(row.expected_effect_q95)))
        draw_interval(ax, y, abs(row.expected_effect_mean), *ends, color=colors[row.channel])
        ax.plot([row.mde, row.mde], [y - 0.3, y + 0.3], color=WARN, linewidth=2.2)
        annotate_right(ax, y, f"power {chance(row.power)}")
    names = [
        name_test(row, labels=labels, unit=unit).replace(" in ", "\nin ") for _, row in designs.iterrows()
    ]
    name_rows(ax, names)
    ax.set_xlim(left=0)
    money_axis(ax, currency, which="x")
    ax.set_xlabel("effect of the whole test; red: smallest that would be found")
    return ax


def describe_power(designs: pd.DataFrame, *, labels: Mapping[str, str], currency: str, unit: str) -> str:
    """The chart of `plot_power` in words."""
    parts = [
        f"{name_test(row, labels=labels, unit=unit)}: {_effect(row, currency)} expected, "
        f"{money(row['mde'], currency)} would be found"
        for _, row in designs.iterrows()
    ]
    return f"Expected and detectable effect of each channel's best test. {'; '.join(parts)}."


DESIGN_TITLES = {
    "test": "Test", "spend_change": "Change of spend", "effect": "Effect to expect", "mde": "Smallest found",
    "power": "Power", "duration_80": "Length for 80 %",
}  # fmt: skip


def compute_design_table(
    designs: pd.DataFrame, *, labels: Mapping[str, str], currency: str, unit: str
) -> pd.DataFrame:
    """The table `experiment_designs` as a page shows it, most powerful first."""
    rows = [
        {
            "test": name_test(row, labels=labels, unit=unit),
            "effect": _effect(row, currency),
            **{name: row[name] for name in ("spend_change", "mde", "power", "duration_80")},
        }
        for _, row in designs.iterrows()
    ]
    return pd.DataFrame(rows)[list(DESIGN_TITLES)]


def design_look(currency: str, unit: str) -> dict[str, Mapping]:
    """Headings and formats of `compute_design_table`, as `blocks.data_table` takes them."""
    return {"titles": DESIGN_TITLES, "formats": design_formats(currency, unit)}


def design_formats(currency: str, unit: str) -> dict[str, Callable[[float], str]]:
    """How the columns of `compute_design_table` are written."""
    return {
        "spend_change": lambda v: money(v, currency, sign=True),
        "mde": lambda v: money(v, currency),
        "power": chance,
        "duration_80": lambda v: "more than a year" if is_missing(v) else count(int(v), unit),
    }


def known_attributes(specification: Mapping) -> dict[str, pd.DataFrame | pd.Series | None]:
    """What is known of a market's regions, as `balance.compute_balance` takes it."""
    known = pd.DataFrame.from_dict(specification.get("regions") or {}, orient="index")
    return {"attributes": known if len(known.columns) else None, "heads": known.get("population")}


BALANCE_TITLES = {"what": "", "treated": "Treated", "control": "Control", "difference_sd": "Difference, sd"}


def describe_balance(balance: pd.DataFrame, regions: str, *, limit: float = 1.0) -> str:
    """In what the treated regions differ from the others by more than `limit` sds between regions."""
    odd = balance[balance["difference_sd"].abs() > limit]["what"]
    where = join(regions.split("|"))
    if odd.empty:
        return f"Treated ({where}) and control regions are alike in everything that is known of them."
    return (
        f"Treated ({where}) and control regions differ by more than one standard deviation in {join(list(odd))}: "
        "the method takes differences of level, line and season out, but not a different answer to the same ad."
    )
