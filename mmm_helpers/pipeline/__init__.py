"""From a portfolio file to a site: gate, rules run by Snakemake, and the record of what happened."""
