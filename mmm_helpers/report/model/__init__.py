"""Words, tables and charts of the page about the model: returns, priors, fit, what its numbers depend on."""
