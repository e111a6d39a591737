"""The market model and the portfolio stage: from a panel to posterior draws."""
