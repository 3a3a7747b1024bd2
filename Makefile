# `make` alone lists what there is.

# The first Python from 3.11 to 3.13 that answers; `make lab PYTHON=/path/to/python3.12` names another.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(or $(firstword $(foreach python,python3 python3.13 python3.12 python3.11 python,\
	$(shell $(python) -c '$(FITS)' 2>/dev/null && echo $(python)))),python3)

BIN := .venv/bin
READY := .venv/.ready
NOTEBOOKS = $(wildcard notebooks/*.ipynb)
NETWORKS = notebooks/4.6_deep_learning.ipynb
NOTEBOOKS_ZH = $(wildcard notebooks/zh/*.ipynb)
NBVAL := $(BIN)/pytest -q --nbval --nbval-current-env --nbval-cell-timeout=300
# Where processes run side by side, threads of linear algebra only wait for each other.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
UNIT := $(ONE_THREAD) $(BIN)/pytest -q -n 2 --dist worksteal --ignore tests/browser

.DEFAULT_GOAL := help
.PHONY: help lab test portable notebooks figures words bench lint tidy lock

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/make \1|\2/p' Makefile | awk -F '|' '{ printf "%-16s%s\n", $$1, $$2 }'

lab: $(READY)  ## open your copy of the course in JupyterLab (ARGS="--no-browser --port=8899" are handed on)
	$(BIN)/python -m tools.lab $(ARGS)

test: $(READY)  ## run everything that must hold (ARGS="-k k_means" are handed on to the unit tests)
	$(UNIT) $(ARGS)
	@# Both editions at once, each with a kernel of its own.
	$(if $(NOTEBOOKS),export $(ONE_THREAD); $(NBVAL) $(NOTEBOOKS) & english=$$!; $(NBVAL) $(NOTEBOOKS_ZH); chinese=$$?; \
		wait $$english && exit $$chinese)
	$(BIN)/pytest -q tests/browser

# As on another processor: other linear algebra, no vector instructions, a compiler cache of its own. The Chinese edition
# runs the same program as the English one, and the browser computes nothing.
portable: export OPENBLAS_CORETYPE := Prescott
portable: export NUMBA_CPU_NAME := generic
portable: export NUMBA_CPU_FEATURES :=
portable: export NUMBA_CACHE_DIR := $(CURDIR)/build/portable
portable: export NPY_DISABLE_CPU_FEATURES := AVX2 FMA3
portable: export ATEN_CPU_CAPABILITY := default
portable: export ONEDNN_MAX_CPU_ISA := SSE41
portable: $(READY)  ## run tests and notebooks as another processor would
	$(UNIT) $(ARGS)
	export $(ONE_THREAD); $(NBVAL) $(filter-out $(NETWORKS),$(NOTEBOOKS)) & others=$$!; $(NBVAL) $(NETWORKS); networks=$$?; \
		wait $$others && exit $$networks

notebooks: $(READY)  ## build both editions of every notebook from notebooks/source (ARGS="4.2_clustering", --check, --student DIR)
	$(BIN)/python -m tools.notebooks $(ARGS)

weights: $(READY)  ## train the small networks of chapter 4.6 again (an hour or so)
	$(BIN)/python -m tools.weights $(ARGS)

figures: $(READY)  ## draw every figure at its defaults into figures/
	$(BIN)/python -m tools.figures $(ARGS)

words: $(READY)  ## bring the catalogues up to date with code and notebooks, print what lacks a translation
	$(BIN)/python -m tools.words
	$(BIN)/python -m tools.notebooks --words

bench: $(READY)  ## race every method against its reference library
	$(BIN)/python -m benchmarks $(ARGS)

lint: $(READY)  ## check the style of code and notebook sources
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.notebooks --lint

tidy: $(READY)  ## bring code and notebook sources into that style, as far as a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tools.notebooks --tidy

lock: $(READY)  ## write requirements.lock from pyproject.toml (ARGS=--upgrade takes the newest of everything)
	$(BIN)/uv pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 \
		--fork-strategy fewest --no-header --no-annotate --no-emit-index-url $(ARGS) --output-file requirements.lock

# Newer than both lists means that what they name is installed.
$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c '$(FITS)' || { echo 'seglearn needs Python 3.11, 3.12 or 3.13: name one, as in  make lab PYTHON=/path/to/python3.12' >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# PyTorch without CUDA, a fifth of the size; where its own index is out of reach, the build that pip finds.
	$(BIN)/python -m pip install --quiet -c requirements.lock uv
	-@$(BIN)/uv pip install --quiet --torch-backend=cpu -c requirements.lock torch 2>/dev/null
	$(BIN)/python -m pip install --quiet -c requirements.lock -e '.[lab,dev,networks]'
	@touch $@
