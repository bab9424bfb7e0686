# `make help` lists the targets. Each makes its own venv first, so Python and make are enough:
#     make serve PYTHON=python3.12      another interpreter
#     make serve ARGS="-p 9000"         more flags for the command behind a target

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
SECONDS ?= 600
# One more than there are cores: tests wait for processes of theirs now and then.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
BIN = $(VENV)/bin
READY = $(VENV)/.ready
FAST = cykooz-resizer zlib-ng numpy
CODE = thumborlike loaders storages filters tests benchmarks docs

.PHONY: help serve test check lint types parity golden bench bench-filters bench-animation fuzz lambda dist soak chaos overload docs clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 18

serve: $(READY)  ## serve the sample pictures; prints URLs to open
	@exec $(BIN)/thumborlike serve --demo $(ARGS)

test: $(READY)  ## the quick tests (minutes)
	@$(BIN)/python -m pytest -q -m "not long" -n $(JOBS) --dist loadfile $(ARGS)

check: lint types test  ## lint, formatting, types and the quick tests

lint: $(READY)  ## ruff: rules and formatting
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)

types: $(READY)  ## mypy, strict
	@$(BIN)/mypy

parity: $(READY)  ## compare with the real Thumbor (installs it in .venv-thumbor)
	@$(BIN)/python -m tests.parity $(ARGS)

golden: $(READY)  ## store the real Thumbor's answers for the quick tests
	@$(BIN)/python -m tests.parity --golden $(ARGS)

bench: $(READY)  ## measure beside Thumbor and libvips servers; writes benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks $(ARGS)

bench-check: $(READY)  ## do key paths do more than they did? (seconds)
	@$(BIN)/python -m benchmarks.guard $(ARGS)

bench-filters: $(READY)  ## measure each filter beside Thumbor's; writes benchmarks/FILTERS.md
	@$(BIN)/python -m benchmarks.filters $(ARGS)

bench-animation: $(READY)  ## measure animated GIFs beside Thumbor; writes benchmarks/ANIMATION.md
	@$(BIN)/python -m benchmarks.animation $(ARGS)

fuzz: $(READY)  ## fuzz URLs, configurations and pictures for SECONDS (600)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: 'atheris >= 2.3' \
	|| echo "no ready-made atheris for this machine: going on with mutations at random"
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(ARGS)

lambda: $(READY)  ## packages for AWS Lambda in build/lambda (ARGS="--extras heif --add thumbor.conf")
	@$(BIN)/python -m thumborlike.deploying --constraints conf/aws/constraints.txt $(ARGS)

dist: $(READY)  ## wheel and sdist in dist/, checked, and tried in each Python that is here
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'build >= 1.2' 'twine >= 6' 'pip >= 22.3'
	@$(BIN)/python -m tests.packaging $(ARGS)

docs: $(READY)  ## the documentation as a site, in build/site
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@$(BIN)/python docs/build.py && echo "build/site/index.html"

soak: $(READY)  ## ten minutes of mixed traffic (ARGS: minutes): memory and files stay flat
	@$(BIN)/python -m tests.endurance soak $(ARGS)

chaos: $(READY)  ## kill -9 of a process each second for a minute (ARGS: seconds)
	@$(BIN)/python -m tests.endurance chaos $(ARGS)

overload: $(READY)  ## 500 new pictures at once (ARGS: how many)
	@$(BIN)/python -m tests.endurance overload $(ARGS)

clean:  ## remove what these targets made
	rm -rf $(VENV) .venv-thumbor .fuzz build dist thumborlike.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip before 21.3 cannot install an editable project that has no setup.py.
$(READY): setup.cfg pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	|| { echo "Python 3.10 or newer is needed, $(PYTHON) is older: make PYTHON=/path/to/python"; exit 1; }
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) \
	|| { echo "$(PYTHON) cannot make a venv; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip >= 22'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: $(FAST) \
	|| echo "no ready-made packages of the extra 'fast' for this machine: going on with Pillow alone"
	@touch $@
