# Every target is one line over a Python command, which can be typed as it stands where there is no make:
#   python mmm_helpers/bootstrap.py -m mmm_helpers report --portfolio data/demo/portfolio.yml

PORTFOLIO ?= data/demo/portfolio.yml
MARKETS   ?=
PROFILE   ?= standard
ONLY      ?=
SEED      ?=
WORLDS    ?=
ARGS      ?=

# The first command that really starts a Python (3.8 or later); the bootstrap looks for 3.12 or 3.13 by itself.
PYTHON ?= $(shell for p in python3 python python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1 && echo $$p && break; done)
VENV = $(or $(PYTHON),$(error No Python was found: install Python 3.12 or 3.13 and run the same command again)) \
	mmm_helpers/bootstrap.py
MMM = $(VENV) -m mmm_helpers
CHOICE = --portfolio '$(PORTFOLIO)' --markets '$(MARKETS)'

.DEFAULT_GOAL := help
.PHONY: report test check bench pdf lab serve clean help

report: ## Build the whole site: data gate, fits, notebooks per market, pages in _build/html
	@$(MMM) report $(CHOICE) --profile $(PROFILE)

test: ## Run the tests, two packages at a time (ARGS="-k gate" passes options to pytest, "-n 0" runs them one by one)
	@OMP_NUM_THREADS=1 $(VENV) -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

check: ## Look at your data only: what is wrong, where, and how to mend it
	@$(MMM) check $(CHOICE)

bench: ## Run the benchmarks (ONLY=report,ladder picks by prefix; SEED=1-20 WORLDS="clean thin" for the ladder)
	@$(MMM) bench --only '$(ONLY)' --seed '$(SEED)' --worlds '$(WORLDS)'

pdf: ## Print every market's summary to _build/pdf (needs Chromium)
	@$(MMM) pdf

lab: ## Open JupyterLab on the notebooks
	@$(VENV) -m jupyterlab notebooks

serve: ## Serve the site at http://localhost:8000
	@$(MMM) serve

clean: ## Remove results/, _build/ and the generated pages (.venv stays)
	@$(MMM) clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  variables: PORTFOLIO=$(PORTFOLIO) MARKETS="DE JP" PROFILE=quick|standard|full'
