"""Words, tables and charts of the pages about attribution and the one number for each channel."""
