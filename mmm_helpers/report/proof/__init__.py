"""Words, tables and charts of the page about worlds with known truth."""
