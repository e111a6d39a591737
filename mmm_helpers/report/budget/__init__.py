"""Words, tables and charts of the pages about a market's budget: plans, scenarios, the explorer."""
