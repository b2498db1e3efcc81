# The words of daily work. `make help` lists them. Needs Python >= 3.11 and make, nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/dev.txt
READY := $(VENV)/.ready
# The first interpreter that really runs and is new enough: a version manager's shim may be neither.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
DATA := $(CURDIR)/.cache/effprof
# Every trial is a fresh Python: what it imports is compiled once, also where the environment asks
# for no bytecode beside the sources.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo mobile test browser vendor check fmt test-slow test-all bench lock lock-converters build clean

help:  ## list these words
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  %-10s %s\n", $$1, $$2}'

setup: $(READY)  ## make .venv with everything locked, and effprof in it

$(READY): $(LOCK) pyproject.toml
	@test -n "$(PYTHON)" || { echo "effprof needs Python 3.11 or newer on PATH (or make PYTHON=/path/to/python3)"; exit 3; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.5"
	env -u PYTHONPYCACHEPREFIX $(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes $(LOCK)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@env -u PYTHONPYCACHEPREFIX $(BIN)/python -m compileall -q effprof
	@touch $(READY)

demo: $(READY) mobile  ## set up, then measure the model that ships with the project
	EFFPROF_DATA=$(DATA) $(BIN)/effprof measure examples/digits/student.onnx --target edge \
		--inputs examples/digits/heldout.npz --labels examples/digits/labels.npy \
		--reference examples/digits/teacher.onnx --json digits-edge.json
	-EFFPROF_DATA=$(DATA) $(BIN)/effprof measure examples/digits/student.onnx --target tinyml \
		--inputs examples/digits/heldout.npz --labels examples/digits/labels.npy --json digits-tinyml.json

test: $(READY) check mobile  ## set up, then check everything and run the tests (CI runs this)
	EFFPROF_DATA=$(DATA) $(BIN)/pytest -n 4 --dist worksteal -m "not slow and not network"

# What converts models, once, 0.8 GB. Where it cannot be made, the tests that need it say so.
mobile: $(READY)
	-EFFPROF_DATA=$(DATA) $(BIN)/effprof setup mobile >&2

check: $(READY)  ## format, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fmt: $(READY)  ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The test of pages skips where there is no Chromium; this installs Debian's, which takes a minute.
browser: $(READY)  ## install the browser that pages are tested in, then test them
	command -v chromium chromium-browser google-chrome >/dev/null || apt-get install --yes --no-install-recommends chromium
	$(BIN)/pytest tests/formats/test_html.py tests/formats/test_html_browser.py

vendor:  ## fetch the scripts that pages carry again and check them; needs npm
	$(PYTHON) requirements/vendor.py

test-slow: $(READY)  ## the tests that take minutes or download packages
	EFFPROF_DATA=$(DATA) $(BIN)/pytest -m "slow or network"

test-all: $(READY)  ## the tests under every Python from 3.11 to 3.13 found here
	$(BIN)/python tests/versions.py

bench: $(READY)  ## what we claim, measured side by side (about 15 minutes)
	$(BIN)/python -m benchmarks

lock: $(READY)  ## resolve the dependencies again and write the lock
	$(BIN)/uv pip compile pyproject.toml --quiet --group dev --extra tinyml --extra ethos-u --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --output-file $(LOCK) --upgrade

lock-converters: $(READY)  ## resolve what `effprof setup mobile` installs again
	for tool in onnx2tf==2.6.9:3.12 ai-edge-quantizer==0.10.0:3.11; do \
		echo "$${tool%:*}" | $(BIN)/uv pip compile - --quiet --universal --python-version "$${tool##*:}" \
			--generate-hashes --no-emit-index-url --no-header --no-annotate \
			--output-file effprof/environment/locks/"$${tool%%=*}".txt --upgrade; done
	printf 'onnxruntime-gpu[cuda,cudnn]==1.31.1\nnumpy\nnvidia-ml-py\n' | $(BIN)/uv pip compile - --quiet \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--output-file effprof/environment/locks/onnxruntime-gpu.txt --upgrade

build: $(READY)  ## wheel and sdist into dist/
	$(BIN)/uv build --quiet --out-dir dist

clean:  ## remove what these words made
	rm -rf $(VENV) .cache dist build digits-edge.json digits-tinyml.json
