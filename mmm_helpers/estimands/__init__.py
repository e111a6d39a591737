"""What the posterior means in money: contributions, returns, curves, tiers, and the tables that hold them."""
