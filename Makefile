# Two commands need nothing but this file, Python >= 3.11 and make: `make film` and `make test`.

VENV = .venv
BIN = $(VENV)/bin
QUALITY = h
FILM = em_step
FILMS = $(filter-out __init__,$(basename $(notdir $(wildcard scenes/*.py))))
EXPERIMENT =
THEME =
export VENV

ifneq ($(EXPERIMENT),)
export EM_EXPERIMENT = $(EXPERIMENT)
endif
ifneq ($(THEME),)
export EM_THEME = $(THEME)
endif

one_of = $(if $(filter $(2),$($(1))),,$(error $(1)=$($(1)) is unknown: it is one of $(2)))

.PHONY: help film test lint format gallery bench clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

film:  ## render a film [FILM=em_step] [QUALITY=l|m|h|p|k] [EXPERIMENT=path.toml] [THEME=dark|light]
	$(call one_of,QUALITY,l m h p k)$(call one_of,FILM,$(FILMS))$(if $(THEME),$(call one_of,THEME,dark light))@tools/setup.sh film
	@tools/say_where.sh $(BIN)/manim render -q$(QUALITY) scenes/$(FILM).py

test: lint  ## check style and types, then run every test
	$(BIN)/python -m pytest -n 2

lint:  ## check style and types
	@tools/setup.sh test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format:  ## put the code into shape
	@tools/setup.sh test
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

gallery:  ## draw the README's stills anew
	@tools/setup.sh film
	$(BIN)/python tools/gallery.py

bench:  ## measure speed, as ratios
	@tools/setup.sh bench
	$(BIN)/python -m bench

clean:  ## remove the environment and every cache; films stay
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
