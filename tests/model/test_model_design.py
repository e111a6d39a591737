"""From panel to arrays: masks, scaling, priors, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.model.design import make_design
from mmm_helpers.model.priors import PAID_SHARE, UNPAID_SHARE

REGIONS = {"North": 4e6, "South": 1e6}


def _panel(periods: int = 52) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    dates = pd.date_range("2024-01-01", periods=periods, freq="7D")
    frames = [
        pd.DataFrame(
            {
                "market": "XX",
                "region": region,
                "date": dates,
                "outcome": people * rng.uniform(0.9, 1.1, periods) / 1e3,
                "spend_tv": people * rng.uniform(0, 0.2, periods) / 1e3,
                "spend_search": people * rng.uniform(0, 0.1, periods) / 1e3,
                "activity_organic": people * rng.uniform(0, 0.3, periods) / 1e4,
                "control_price": rng.normal(100, 2, periods),
                "control_constant": 0.1,
                "holiday": rng.integers(0, 2, periods).astype(float),
                "fx": 1.0,
            }
        )
        for region, people in REGIONS.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _settings(**changes) -> dict:
    return {
        "market": "XX",
        "frequency": "weekly",
        "l_max": 4,
        "outcome": {"kind": "revenue"},
        "channels": {"tv": {"paid": True}, "search": {"paid": True}, "organic": {"paid": False}},
        "regions": {name: {"population": people} for name, people in REGIONS.items()},
    } | changes


def _status(panel: pd.DataFrame, **first: str) -> pd.DataFrame:
    rows = [
        (region, channel, first.get(channel, "2024-01-01"))
        for region in panel["region"].unique()
        for channel in ("tv", "search", "organic")
    ]
    return pd.DataFrame(rows, columns=["region", "channel", "first_date"])


def _design(panel=None, settings=None, **first):
    panel = _panel() if panel is None else panel
    return make_design(panel, _status(panel, **first), settings or _settings())


def _put(panel: pd.DataFrame, region: str, period: int, column: str, value: float) -> pd.DataFrame:
    dates = sorted(panel["date"].unique())
    where = (panel["region"] == region) & (panel["date"] == dates[period])
    panel.loc[where, column] = value
    return panel


def test_first_periods_are_masked_because_earlier_spend_is_unknown():
    observed = _design().observed
    assert not observed[:4].any()
    assert observed[4:].all()


def test_unknown_outcome_is_masked_alone():
    observed = _design(_put(_panel(), "North", 20, "outcome", np.nan)).observed
    assert np.argwhere(~observed[4:]).tolist() == [[16, 0]]


def test_unknown_spend_masks_its_period_and_those_it_carries_into():
    observed = _design(_put(_panel(), "South", 20, "spend_tv", np.nan)).observed
    hidden = np.flatnonzero(~observed[4:, 1]) + 4
    assert hidden.tolist() == [20, 21, 22, 23]


def test_unknown_spend_of_one_region_leaves_the_other_alone():
    assert _design(_put(_panel(), "South", 20, "spend_tv", np.nan)).observed[4:, 0].all()


def test_unknown_outcome_is_zero_on_the_scaled_axis():
    assert _design(_put(_panel(), "North", 20, "outcome", np.nan)).scaled_outcome[20, 0] == 0.0


def test_scaled_outcome_has_mean_one_in_every_region():
    assert _design().scaled_outcome.mean(axis=0) == pytest.approx([1.0, 1.0])


def test_media_of_one_is_the_markets_mean_per_head():
    panel = _panel()
    per_head = panel["spend_tv"].sum() / (52 * sum(REGIONS.values()))
    unit = _design(panel).media_unit[:, 0]
    assert unit == pytest.approx([per_head * people for people in REGIONS.values()])


def test_population_weighted_mean_of_media_is_one():
    weights = np.array(list(REGIONS.values())) / sum(REGIONS.values())
    assert _design().media.mean(axis=0).T @ weights == pytest.approx([1.0, 1.0, 1.0])


def test_media_times_unit_is_spend():
    design = _design()
    assert (design.media * design.media_unit)[:, :, :2] == pytest.approx(design.spend[:, :, :2])


def test_unpaid_channel_has_no_spend():
    assert not _design().spend[:, :, 2].any()


def test_late_channel_is_scaled_by_its_own_time():
    panel = _panel()
    early = panel["date"] < "2024-07-01"
    panel.loc[early, "spend_tv"] = 0.0
    weeks = panel.loc[~early, "date"].nunique()
    per_head = panel["spend_tv"].sum() / (weeks * sum(REGIONS.values()))
    assert _design(panel, tv="2024-07-01").media_unit[0, 0] == pytest.approx(per_head * REGIONS["North"])


def test_paid_prior_shares_bring_the_stated_part_of_the_markets_outcome():
    design = _design()
    brought = (design.prior_share * design.outcome_scale[:, None])[:, design.paid].sum()
    assert brought == pytest.approx(PAID_SHARE * design.outcome_scale.sum())


def test_paid_prior_return_is_the_same_everywhere():
    design = _design()
    returns = (
        design.prior_share * design.outcome_scale[:, None] / np.where(design.paid, design.mean_spend, 1)
    )[:, :2]
    assert returns == pytest.approx(returns[0, 0])


def test_unpaid_prior_share_is_stated():
    assert _design().prior_share[:, 2].tolist() == [UNPAID_SHARE] * 2


def test_a_channel_absent_from_one_region_leaves_the_prior_total_alone():
    panel = _panel()
    panel.loc[panel["region"] == "South", "spend_tv"] = 0.0
    design = _design(panel)
    income = design.outcome_scale[:, None] * (design.media.sum(axis=0) > 0)
    brought = (design.prior_share * income)[:, design.paid].sum()
    assert brought == pytest.approx(PAID_SHARE * design.outcome_scale.sum())


def test_channel_without_any_spend_is_left_out():
    assert _design(_panel().assign(spend_tv=0.0)).channels == ["search", "organic"]


def test_channel_without_a_column_is_left_out():
    assert _design(_panel().drop(columns="spend_tv")).channels == ["search", "organic"]


def test_controls_are_standardised_over_the_market():
    controls = _design().controls
    assert controls.mean(axis=(0, 1)) == pytest.approx(0.0, abs=1e-12)
    assert controls.std(axis=(0, 1)) == pytest.approx(1.0)


def test_control_that_never_moves_is_left_out():
    assert _design().control_names == ["price", "holiday"]


def test_event_marks_the_periods_that_it_touches():
    event = {"name": "strike", "start": "2024-03-06", "end": "2024-03-12", "regions": ["South"]}
    design = _design(settings=_settings(events=[event]))
    raised = design.controls[:, :, design.control_names.index("event:strike")] > 0
    weeks = design.dates[raised[:, 1]].strftime("%Y-%m-%d").tolist()
    assert weeks == ["2024-03-04", "2024-03-11"]
    assert not raised[:, 0].any()


def test_without_population_the_share_of_outcome_stands_in_for_size():
    design = _design(settings=_settings(regions={}))
    size = _panel().groupby("region")["outcome"].mean()
    assert design.media_unit[0, 0] / design.media_unit[1, 0] == pytest.approx(size["North"] / size["South"])


def test_value_per_unit_is_the_outcome_weighted_mean_of_its_column():
    panel = _panel().assign(value_per_unit=10.0)
    panel.loc[panel["date"] < "2024-02-01", "value_per_unit"] = 20.0
    design = _design(panel, _settings(outcome={"kind": "units", "value_per_unit": "price"}))
    money = (panel["value_per_unit"] * panel["outcome"]).groupby(panel["region"]).sum()
    expected = money / panel.groupby("region")["outcome"].sum()
    assert design.value == pytest.approx(expected.to_numpy())


def test_value_per_unit_survives_unknown_outcomes():
    panel = _put(_panel().assign(value_per_unit=10.0), "North", 20, "outcome", np.nan)
    design = _design(panel, _settings(outcome={"kind": "units", "value_per_unit": "price"}))
    assert design.value == pytest.approx([10.0, 10.0])


def test_relabelled_currency_changes_no_scaled_number():
    panel, factor = _panel(), 7.3
    money = ["outcome", "spend_tv", "spend_search"]
    other = panel.assign(**{c: panel[c] * factor for c in money})
    ours, theirs = _design(panel), _design(other)
    for field in ("media", "prior_share", "scaled_outcome", "mean_media"):
        assert getattr(theirs, field) == pytest.approx(getattr(ours, field))


def test_relabelled_currency_scales_money_by_the_rate():
    panel = _panel()
    other = panel.assign(**{c: panel[c] * 7.3 for c in ("outcome", "spend_tv", "spend_search")})
    assert _design(other).mean_spend == pytest.approx(7.3 * _design(panel).mean_spend)


def test_time_is_in_years_around_the_middle():
    time = _design().time
    assert time[-1] - time[0] == pytest.approx(51 * 7 / 365.25)
    assert time.mean() == pytest.approx(0.0, abs=1e-12)


def test_hiding_a_quarter_changes_only_the_mask():
    design = _design()
    hidden = design.hide_from(40)
    assert not hidden.observed[40:].any()
    assert hidden.observed[4:40].all()
    assert design.observed[40:].all()


def test_too_few_periods_are_refused():
    with pytest.raises(InputError, match=r"Market XX: only 20 periods .* at least 26"):
        _design(_panel(20))


def test_market_without_media_is_refused():
    panel = _panel().assign(spend_tv=0.0, spend_search=0.0, activity_organic=0.0)
    with pytest.raises(InputError, match="no channel has any spend or activity"):
        _design(panel)


def test_region_whose_outcome_is_unknown_throughout_is_refused():
    panel = _panel()
    panel.loc[panel["region"] == "South", "outcome"] = np.nan
    with pytest.raises(InputError, match="region 'South'"):
        _design(panel)


def test_monthly_data_have_twelve_periods_a_year():
    panel = _panel()
    months = dict(
        zip(sorted(panel["date"].unique()), pd.date_range("2020-01-01", periods=52, freq="MS"), strict=True)
    )
    assert (
        _design(panel.assign(date=panel["date"].map(months)), _settings(frequency="monthly")).periods_per_year
        == 12
    )
