"""Words, tables and charts of the pages about experiments: those that were run, and those that could be."""
