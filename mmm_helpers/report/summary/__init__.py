"""Words and tables of the pages for people who decide."""
