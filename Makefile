# make demo   set up a serving environment and analyse the bundled samples
# make test   set up a development environment and run the tests
# make test-container   build the CPU image and try it, with buildah and podman (as root)
# make lint   ruff and mypy;  make format  rewrite with ruff;  make install  everything, for development

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo install test test-container lint format clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# A stamp per set of extras: installed again only when the package's metadata or the constraints change.
$(VENV)/.serve: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing docfuse[serve] into $(VENV) …"
	$(PIP) install --constraint constraints.txt --editable ".[serve]"
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing docfuse[dev] into $(VENV) (torch included) …"
	$(PIP) install --constraint constraints.txt --editable ".[dev]"
	@touch $@ $(VENV)/.serve

# Builds TensorRT plans without a GPU. Without its dependencies, which are a whole CUDA that building never loads.
$(VENV)/.tensorrt: constraints.txt | $(VENV)/.dev
	@echo "Installing TensorRT-RTX into $(VENV) …"
	$(PIP) install --constraint constraints.txt --no-deps \
		tensorrt-rtx-cu13 tensorrt-rtx-cu13-libs tensorrt-rtx-cu13-bindings
	@touch $@

demo: $(VENV)/.serve
	$(BIN)/docfuse demo --out demo-output

install: $(VENV)/.dev

# perf_analyzer is fetched before the tests, which fetch nothing.
test: $(VENV)/.dev $(VENV)/.tensorrt
	$(BIN)/python -c "from docfuse_bench.tool import find_tool; print(find_tool().version)"
	$(BIN)/python -m pytest

test-container: $(VENV)/.serve
	$(BIN)/python tests/docker/container.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo-output build dist
