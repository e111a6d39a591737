"""Clean tables of what is observed."""

from mmm_helpers.simulation import observed


def test_panel_is_a_complete_sorted_grid(company):
    panel = observed.panel(company, "DE")
    keys = panel[["region", "date"]]
    assert len(panel) == 4 * 156
    assert keys.equals(keys.sort_values(["region", "date"], ignore_index=True))


def test_panel_is_in_the_markets_own_currency(company):
    panel = observed.panel(company, "JP")
    assert panel["outcome"].sum() == company.markets["JP"].outcome.sum()
    assert panel["fx"].between(0.005, 0.007).all()


def test_panel_counts_new_year_on_a_weekday(company):
    panel = observed.panel(company, "DE").set_index(["region", "date"])
    assert panel.loc[("Nord", "2023-12-25"), "holiday"] == 2
    assert panel.loc[("Nord", "2024-01-01"), "holiday"] == 1


def test_panel_has_organic_as_activity_not_spend(company):
    columns = observed.panel(company, "US").columns
    assert "activity_organic" in columns
    assert "spend_organic" not in columns


def test_region_table_names_every_region_once(company):
    table = observed.region_table(company)
    assert len(table) == 18
    assert not table.duplicated(["market", "region"]).any()
