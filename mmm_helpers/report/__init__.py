"""From tables to pages: words, blocks, figures, the notebook runner and the site."""
