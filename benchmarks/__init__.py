"""The benchmarks behind `make bench`: figures with targets, each with the raw rows that it came from."""
