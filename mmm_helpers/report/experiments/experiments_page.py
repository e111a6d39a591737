"""Words and tables about experiments that were run: what they brought, how sure that is, what they changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from mmm_helpers.experiments.measure import METHOD_NAMES
from mmm_helpers.model.lifts import CONFLICT
from mmm_helpers.report.model.studies_page import COMMAND
from mmm_helpers.report.words import (
    chance,
    count,
    interval_text,
    is_missing,
    join,
    money,
    money_interval,
    percent,
    period,
    ratio,
)

DESIGNS = {"go_dark": "off", "scale": "up", "roas": "with people held out"}
"""Design of a test → what was done to the channel."""
METHOD = (
    "Treated regions are added up and compared with the regions that were left alone, each brought to the same level "
    "before the test; the effect counts through the cool-down, until the carry-over has landed. The range inverts "
    "the same statistic that gives the probability, so the two never contradict each other. In the model a test is a "
    "row of the likelihood, measured lift ~ Normal(lift that the model's own forward pass expects from the spend with "
    "and without the test, error of the test), and the treated regions' test and cool-down leave the time series. A "
    "test is first set against a fit that knows neither its result nor these periods; below "
    f"{percent(CONFLICT)} two-sided tail probability nothing is averaged until it is explained. References: Abadie, "
    "Diamond & Hainmueller (2010); Ben-Michael, Feller & Rothstein (2021); Chernozhukov, Wüthrich & Zhu (2021); "
    "Arkhangelsky et al. (2021); Kerman, Wang & Vaver (2017); Brodersen et al. (2015)."
)


def name_test(row: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """A test as a sentence calls it: channel, what was done, where.

    Examples
    --------
    >>> name_test({"channel": "tv", "design": "go_dark", "regions": "Ost|Nord"}, {"tv": "TV"})
    'TV off in Ost and Nord'
    """
    where = join(str(row["regions"]).split("|"))
    return (
        f"{labels.get(row['channel'], row['channel'])} {DESIGNS.get(row['design'], row['design'])} in {where}"
    )


def name_tests(experiments: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, str]:
    """Experiment → what a sentence calls it, for declared tests and natural ones."""
    return {row["experiment"]: name_test(row, labels) for row in experiments.to_dict("records")}


def describe_experiments(
    experiments: pd.DataFrame, calibration: pd.DataFrame, *, names: Mapping[str, str], market: str
) -> str:
    """The page's finding: how many tests there are, and the largest change that one made.

    Parameters
    ----------
    experiments, calibration : tables of that name. names : result of `name_tests`. market : its label.
    """
    declared = experiments[experiments["kind"] == "experiment"]
    if declared.empty:
        return (
            f"No experiment has been run in {market}: everything that the model says about cause rests on how spend "
            "and outcome moved together, and whether something hidden moved both cannot be known."
        )
    if calibration.empty:
        return f"{count(len(declared), 'experiment')} in {market} could be read, but none could be compared."
    used = int(calibration["used"].sum())
    row = largest_change(calibration)
    return (
        f"Of {count(len(calibration), 'experiment')} in {market} {used} {'informs' if used == 1 else 'inform'} the "
        f"model. The largest change: {names[row['experiment']]} says {_return(row, 'experiment')} for each unit of "
        f"money; the model without it said {_return(row, 'before')}, and says {_return(row, 'after')} now."
    )


def largest_change(calibration: pd.DataFrame) -> dict[str, Any]:
    """The test that moved the model's mean furthest, relative to where it was."""
    moved = (calibration["after_mean"] / calibration["before_mean"]).abs().map(lambda r: max(r, 1 / r))
    return calibration.loc[moved.idxmax()].to_dict()


def _return(row: Mapping[str, Any], stage: str) -> str:
    return interval_text(row[f"{stage}_mean"], row[f"{stage}_q05"], row[f"{stage}_q95"])


def rows_of(experiments: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the table `experiments`, the latest first."""
    return experiments.sort_values("start", ascending=False).to_dict("records")


def describe_result(row: Mapping[str, Any], names: Mapping[str, str], *, currency: str, unit: str) -> str:
    """One test in a sentence: what was done and when, what it brought, how surely, and the return of its spend.

    Parameters
    ----------
    row : of `experiments`. names : result of `name_tests`. unit : name of a period.
    """
    told = f"**{names[row['experiment']]}** ({row['experiment']}, {period(row['start'], row['end'])})"
    change = money(row["spend_change"], currency, sign=True)
    if is_missing(row["lift_mean"]):
        return f"{told}: spend {change}; the effect cannot be measured, since {row['verdict']}."
    lift = money_interval(row["lift_mean"], row["lift_q05"], row["lift_q95"], currency, sign=True)
    by = "as stated" if row["source"] == "stated" else f"by {METHOD_NAMES[row['method']]}"
    sure = "" if is_missing(row["p_value"]) else f", where chance alone has {chance(row['p_value'])}"
    iroas = interval_text(row["iroas_mean"], row["iroas_q05"], row["iroas_q95"])
    return f"{told}: spend {change}, outcome {lift} {by}{sure}; {iroas} back for each unit of money."


def find_clearest(declared: pd.DataFrame) -> dict[str, Any] | None:
    """The test measured from the panel whose result is least likely by chance; None if none was."""
    measured = declared[(declared["source"] == "measured") & declared["p_value"].notna()]
    return None if measured.empty else measured.loc[measured["p_value"].idxmin()].to_dict()


def explain_none(panel: pd.DataFrame, *, unit: str) -> str:
    """Why a market without experiments has none to show, and what one would need."""
    regions, periods = panel["region"].nunique(), panel["date"].nunique()
    if regions == 1:
        return (
            "The market has one region: a geo test needs at least one region that is left alone. People held out at "
            "random, or data by region, would do."
        )
    return (
        f"With {count(regions, 'region')} and {count(periods, unit)} of history a test could be run and read; the "
        "page on the next experiment says which. Its dates and regions go into the lift tests file, the result is "
        "then measured here."
    )


def describe_series(series: pd.DataFrame, name: str, *, currency: str) -> str:
    """A test's chart in words: the mean of what was seen and of what was to be expected during the test."""
    tested = series[series["period"] != "before"]
    seen, expected = tested["observed"].mean(), tested["expected_mean"].mean()
    return (
        f"{name}: during test and cool-down the treated regions brought {money(seen, currency)} a period, against "
        f"{money(expected, currency)} to be expected from the regions that were left alone."
    )


def methods_of(methods: pd.DataFrame, test: Mapping[str, Any] | None) -> pd.DataFrame:
    """Rows of one test in `experiment_methods`; none without a test."""
    return methods.head(0) if test is None else methods[methods["experiment"] == test["experiment"]]


def describe_methods(methods: pd.DataFrame, name: str, *, currency: str) -> str:
    """Whether the methods agree about one test: the range of their totals, and how many exclude zero."""
    sure = int(((methods["lift_q05"] > 0) | (methods["lift_q95"] < 0)).sum())
    low, high = methods["lift_mean"].min(), methods["lift_mean"].max()
    return (
        f"{count(len(methods), 'method')} put the outcome of {name} between {money(low, currency, sign=True)} and "
        f"{money(high, currency, sign=True)}; {sure} of them exclude that nothing happened."
    )


def describe_bayesian(methods: pd.DataFrame) -> str:
    """When the Bayesian synthetic control was computed; if it was not, the command that does."""
    computed = methods.loc[methods["method"] == "bayesian", "computed_on"]
    if len(computed):
        return f"The Bayesian synthetic control, by CausalPy, was computed on {computed.iloc[0]}."
    return f"The Bayesian synthetic control takes a minute a test and has not been run: {COMMAND} does."


def describe_conflicts(calibration: pd.DataFrame, *, names: Mapping[str, str]) -> str:
    """Which tests contradict the model, and what follows."""
    odd = calibration[calibration["conflict_probability"] < CONFLICT]
    if odd.empty:
        least = float(calibration["conflict_probability"].min())
        return (
            f"No test contradicts the model: the most surprising had a chance of {chance(least)} under the fit that "
            "did not know it."
        )
    parts = []
    for row in odd.to_dict("records"):
        what = "counts, since it is explained" if row["used"] else "stays out until somebody explains it"
        reason = f" ({row['reason'].partition('explained: ')[2]})" if row["used"] else ""
        chances = chance(row["conflict_probability"])
        parts.append(f"{names[row['experiment']]} (chance {chances}) {what}{reason}")
    return (
        f"{count(len(odd), 'test contradicts', 'tests contradict')} the model that does not know "
        f"{'it' if len(odd) == 1 else 'them'}: {'; '.join(parts)}."
    )


def describe_calibration(
    calibration: pd.DataFrame, *, names: Mapping[str, str], truth: Mapping[str, float] | None = None
) -> str:
    """What each test did to the return of its own spend, as a list; with the truth where it is known."""
    lines = []
    for row in calibration.to_dict("records"):
        text = (
            f"- **{names[row['experiment']]}**: without the test {_return(row, 'before')}, the test "
            f"{_return(row, 'experiment')}, with it {_return(row, 'after')}"
        )
        known = (truth or {}).get(row["experiment"])
        lines.append(text + (f"; the truth is {ratio(known)}." if known is not None else "."))
    return "\n".join(lines)


def describe_natural(natural: pd.DataFrame, *, names: Mapping[str, str]) -> str:
    """What pauses in one region, which nobody planned as tests, say by the same code."""
    if natural.empty:
        return (
            "In no region was a channel paused while it ran elsewhere for long enough to be read as a natural "
            "experiment."
        )
    clear = natural[natural["p_value"] < 0.1]
    told = join([names[e] for e in clear["experiment"]]) if len(clear) else "none"
    return (
        f"{count(len(natural), 'pause')} of a channel in one region can be read like a test. Told from chance: {told}. "
        "Nobody drew the regions by lot, so these do not calibrate the model; they are in its time series already."
    )


EXPERIMENT_COLUMNS = {
    "test": "Test", "when": "When", "lift": "Outcome", "p": "Chance without effect", "iroas": "Return",
    "how": "Method", "verdict": "Verdict",
}  # fmt: skip


def compute_experiment_table(
    experiments: pd.DataFrame, *, names: Mapping[str, str], currency: str
) -> pd.DataFrame:
    """The table `experiments` as a page shows it."""
    rows = [
        {
            "test": names[row["experiment"]],
            "when": period(row["start"], row["end"]),
            "lift": money_interval(row["lift_mean"], row["lift_q05"], row["lift_q95"], currency, sign=True),
            "p": chance(row["p_value"]),
            "iroas": interval_text(row["iroas_mean"], row["iroas_q05"], row["iroas_q95"]),
            "how": METHOD_NAMES.get(row["method"], row["method"]),
            "verdict": row["verdict"],
        }
        for row in experiments.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(EXPERIMENT_COLUMNS))


METHOD_COLUMNS = {
    "method": "Method",
    "lift": "Outcome",
    "p": "Chance without effect",
    "marked": "Why with caution",
}


def compute_method_table(methods: pd.DataFrame, *, names: Mapping[str, str], currency: str) -> pd.DataFrame:
    """What each method says about each test, as a page shows it."""
    rows = [
        {
            "test": names[row["experiment"]],
            "method": METHOD_NAMES.get(row["method"], row["method"]),
            "lift": money_interval(row["lift_mean"], row["lift_q05"], row["lift_q95"], currency, sign=True),
            "p": chance(row["p_value"]),
            "marked": row["marked"] if isinstance(row["marked"], str) else "",
        }
        for row in methods.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(METHOD_COLUMNS))


BALANCE_COLUMNS = {
    "test": "Test", "what": "Before the test", "treated": "Treated", "control": "Control",
    "difference_sd": "Difference, sd",
}  # fmt: skip


def compute_balance_table(balance: pd.DataFrame, *, names: Mapping[str, str]) -> pd.DataFrame:
    """The table `experiment_balance` as a page shows it."""
    return balance.assign(test=balance["experiment"].map(names))[list(BALANCE_COLUMNS)]


def balance_formats() -> dict[str, Callable[[float], str]]:
    """How the numbers of the balance table are written."""
    return dict.fromkeys(("treated", "control", "difference_sd"), ratio)


def describe_placebos(row: Mapping[str, Any], placebos: pd.DataFrame) -> str:
    """How often a place or time without a test shows an effect as large."""
    if placebos.empty:
        return "There are too few periods and regions to look for effects where there was no test."
    clear, kinds = round(row["placebo_share"] * len(placebos)), placebos["kind"].value_counts()
    nouns = (("time", "earlier time"), ("space", "region that was left alone"))
    looked = join([count(int(kinds[k]), noun, _plural(noun)) for k, noun in nouns if k in kinds])
    found = "none" if clear == 0 else str(clear)
    return (
        f"The same method was tried where there was no test: of {looked}, {found} "
        f"{'shows' if clear == 1 else 'show'} an effect at least as clear as the test."
    )


def _plural(noun: str) -> str:
    return noun.replace("time", "times").replace("region", "regions").replace("that was", "that were")
