"""Words, tables and charts of the page about a market's data."""
