"""From executed notebooks to one site: the notebook runner, the table of contents, the build."""
