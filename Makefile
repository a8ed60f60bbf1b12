# `make help` lists what can be done. Everything sets itself up: only Python 3.11+ and make are
# needed beforehand. A stamp file says that a step is done, so a second run starts at once.

SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
PY := $(BIN)/python
CORES ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Tests wait for servers, disks and browsers half of their time: one more worker fills the cores.
WORKERS ?= $(shell expr $(CORES) + 1)
ARGS ?=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- Using it -------------------------------------------------------------------------------

.PHONY: run
run: .venv/run.done node_modules/npm.done ## Start the example office; Ctrl-C stops it
	@EXAMPLE_OFFICE=1 exec $(BIN)/flask --app app office run --with-cases --with-parent

.PHONY: migrate
migrate: .venv/run.done ## Bring the database of the example office up to date
	@EXAMPLE_OFFICE=1 $(BIN)/flask --app app office migrate

# ---- Working on it --------------------------------------------------------------------------

.PHONY: test
test: .venv/dev.done node_modules/npm.done browser ## Run every test (ARGS="-k word" picks some)
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: check
check: .venv/dev.done ## Style, import order, types, templates, dead code
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/djlint templates --lint --quiet
	@! $(BIN)/vulture | grep -E 'unused (class|function|import|method)|unreachable'

.PHONY: format
format: .venv/dev.done ## Put code into the house style
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

.PHONY: bench
bench: .venv/dev.done node_modules/npm.done ## Measure against the floor (ARGS="desk moves" picks some)
	@$(PY) -m tests.bench $(ARGS)

.PHONY: load
load: .venv/dev.done node_modules/npm.done ## A thousand open desks, fifty people at work (ARGS=desks)
	@$(PY) -m tests.load $(ARGS)

.PHONY: faults
faults: .venv/dev.done node_modules/npm.done ## Break the office in every way (ARGS="3 --profile sqlite")
	@$(PY) -m tests.faults $(ARGS)

.PHONY: scan
scan: .scan/scan.done .venv/dev.done node_modules/npm.done ## Let scanners look for holes
	@$(PY) -m tests.scan

LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"

.PHONY: lock
lock: .venv/tools.done ## Lock the packages named in requirements/*.in again
	@for list in tools node run dev scan; do \
		$(LOCK) requirements/$$list.in --output-file requirements/$$list.txt || exit 1; \
	done

.PHONY: clean
clean: ## Remove everything that set-up made; the data in var/ stays
	rm -rf .venv .node .scan node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- Set-up ---------------------------------------------------------------------------------

# The first Python that is new enough makes the environment. Debian may leave out ensurepip: then
# the pip of the system fills the environment.
.venv/venv.done:
	@python=; for name in python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "kimweb needs Python 3.11 or newer." >&2; exit 1; fi; \
	echo "Making .venv with $$($$python --version)"; \
	$$python -m venv .venv >/dev/null 2>&1 || { \
		rm -rf .venv; $$python -m venv --without-pip .venv && \
		$$python -m pip --python $(PY) install --quiet pip; } || { \
		rm -rf .venv; \
		echo "Python cannot make an environment. On Debian: apt install python3-venv" >&2; exit 1; }
	@touch $@

# $(call install,PYTHON,LISTS): by uv, or by plain pip where uv has no build or cannot reach the
# registry that pip is set up for.
PIP := --quiet --disable-pip-version-check --require-hashes
UV := --quiet --compile-bytecode --require-hashes
install = { test -x $(BIN)/uv && $(BIN)/uv pip install $(UV) --python $(1) $(2); } \
	|| { echo "Trying the same with pip"; $(PY) -m pip --python $(1) install $(PIP) $(2); }

.venv/tools.done: requirements/tools.txt | .venv/venv.done
	@$(PY) -m pip install $(PIP) -r $< \
		|| echo "uv is not to be had here: pip will do its work"
	@touch $@

.venv/run.done: requirements/run.txt | .venv/tools.done
	@echo "Installing what the program needs"
	@$(call install,$(PY),-r requirements/run.txt)
	@touch $@

.venv/dev.done: requirements/dev.txt .venv/run.done
	@echo "Installing what tests and checks need"
	@$(call install,$(PY),-r requirements/run.txt -r requirements/dev.txt)
	@touch $@

# The scanners bring packages of their own, which have no business beside ours.
.scan/scan.done: requirements/scan.txt | .venv/tools.done
	@echo "Installing the scanners"
	@rm -rf .scan; $(PY) -m venv --without-pip .scan
	@$(call install,.scan/bin/python,-r requirements/scan.txt)
	@touch $@

# The parts of the pages and the letter font come from npm. A machine without npm gets Node.js
# from a Python package, in an environment of its own.
node_modules/npm.done: package.json package-lock.json requirements/node.txt | .venv/tools.done
	@echo "Installing the parts of the pages"
	@command -v npm >/dev/null 2>&1 || test -x .node/bin/npm || { \
		rm -rf .node; $(PY) -m venv --without-pip .node && \
		$(call install,.node/bin/python,-r requirements/node.txt); }
	@PATH="$$PATH:$(CURDIR)/.node/bin" npm ci --ignore-scripts --silent --no-progress
	@touch $@

# Tests of the pages drive a real Chromium, those of signing a token in software (SoftHSM). Both are
# installed where that is ours to do. Chromium's shell opens no window for each person at work,
# which is most of what a whole Chromium does; where there is no shell, a whole one serves too.
# $(call apt,PACKAGE): installs it, or fails where it cannot be had.
apt = test "$$(id -u)" = 0 && command -v apt-get >/dev/null 2>&1 \
	&& echo "Installing $(1)" && apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $(1) >/dev/null
SHELL_NAME := chromium-headless-shell

.PHONY: browser
browser: .venv/browser.done
	@command -v softhsm2-util >/dev/null 2>&1 || { $(call apt,softhsm2); } \
		|| echo "No SoftHSM here: tests of tokens are skipped. On Debian: apt install softhsm2"

.venv/browser.done: | .venv/venv.done
	@has() { command -v $$1 >/dev/null 2>&1; }; \
	if has $(SHELL_NAME) || { $(call apt,$(SHELL_NAME)); } \
		|| has chromium || has chromium-browser || has google-chrome || { $(call apt,chromium); }; \
	then touch $@; else \
		echo "No Chromium here: browser tests are skipped. On Debian: apt install $(SHELL_NAME)"; \
	fi
