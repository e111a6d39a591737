"""Words, tables and charts of the pages about all markets together."""
