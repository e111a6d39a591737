"""Unknown spend is not zero."""

import numpy as np
import pandas as pd

from mmm_helpers.estimands.known import known_media, mean_over_known


def _panel(design) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "region": region,
                "date": design.dates,
                "spend_tv": 1.0,
                "spend_search": 0.0,
                "activity_organic": 2.0,
            }
        )
        for region in design.regions
    ]
    return pd.concat(frames, ignore_index=True)


def test_spend_is_known_unless_the_panel_has_none(small_design):
    design = small_design(2)
    panel = _panel(design)
    panel.loc[(panel["region"] == "R2") & (panel["date"] == design.dates[5]), "spend_tv"] = np.nan
    known = known_media(design, panel)
    assert known.shape == design.media.shape
    assert np.argwhere(~known).tolist() == [[5, 1, 0]]


def test_activity_counts_for_channels_that_cost_nothing(small_design):
    design = small_design(1)
    panel = _panel(design)
    panel.loc[3, "activity_organic"] = np.nan
    assert np.argwhere(~known_media(design, panel)).tolist() == [[3, 0, 2]]


def test_mean_leaves_unknown_periods_out():
    values = np.array([[2.0, 1.0], [0.0, 3.0], [4.0, 5.0]])
    known = np.array([[True, True], [False, True], [True, True]])
    assert mean_over_known(values, known).tolist() == [3.0, 3.0]


def test_mean_of_nothing_known_is_zero():
    assert mean_over_known(np.ones((3, 1)), np.zeros((3, 1), bool)).tolist() == [0.0]
