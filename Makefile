# Set-up is one command; each target below brings what it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
DEMO := .demo
DATA ?= .communique
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
ASK := $(BIN)/communique ask --data $(DEMO)
RUNS := .eval
EVAL = mkdir -p $(RUNS) && $(BIN)/communique eval --data $(RUNS)
GOLD := dev dev-unanswerable

.PHONY: demo install serve test browser check fix bench eval clean
.DEFAULT_GOAL := demo

# torch first and by its exact version: a range would bring CUDA packages of several gigabytes.
.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

install: .venv/installed  ## .venv with the command .venv/bin/communique

demo: install  ## index the statements that ship with the project, and ask about them
	@$(BIN)/communique add corpus/statements --data $(DEMO)
	@echo; echo '$$ communique ask "Who signed the statement?"'
	@$(ASK) "Who signed the statement?"
	@echo; echo '$$ communique ask "What do they call on the DPRK and Russia to do?"'
	@$(ASK) "What do they call on the DPRK and Russia to do?"
	@echo; echo '$$ communique ask "What worries them about technology transfer?"'
	@$(ASK) "What worries them about technology transfer?"
	@echo; echo '$$ communique ask "How many troops were sent to Russia?"'
	@$(ASK) "How many troops were sent to Russia?" || test $$? -eq 1
	@echo; echo 'Next: add your own statements, and ask:'
	@echo '  .venv/bin/communique add FOLDER'
	@echo '  .venv/bin/communique ask "YOUR QUESTION"'

serve: install  ## the page and the API over the statements that ship with the project, at 127.0.0.1:8765
	@$(BIN)/communique add corpus/statements --data $(DEMO)
	$(BIN)/communique serve --data $(DEMO)

test: install  ## the tests
	$(BIN)/python -m pytest

browser:  ## Chromium and nginx from Debian, for the tests that need them; those are skipped without
	@command -v chromium >/dev/null && command -v nginx >/dev/null || \
	{ $(SUDO) apt-get update -qq && $(SUDO) apt-get install -qq -y --no-install-recommends chromium nginx-light; } >/dev/null

check: install  ## ruff and mypy; looks only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: install  ## repair what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: install  ## how good the answers are; COLLECTIONS=folder makes the table of the README (its layout: README)
ifdef COLLECTIONS
	$(EVAL) $(GOLD:%=$(COLLECTIONS)/gold/%.jsonl) --corpus $(COLLECTIONS)/ungdc/2022-2024 --corpus corpus/statements \
		--baselines --save $(RUNS)/dev.json --html $(RUNS)/dev.html
	$(EVAL) $(COLLECTIONS)/scifact --baselines --save $(RUNS)/scifact.json --html $(RUNS)/scifact.html
	$(EVAL) $(COLLECTIONS)/xquad/xquad.en.json --baselines --save $(RUNS)/xquad.json --html $(RUNS)/xquad.html
	$(BIN)/python -m eval.table $(RUNS)/dev.json $(RUNS)/scifact.json $(RUNS)/xquad.json
else
	$(EVAL) eval/reference.jsonl --corpus corpus/statements --baselines --save $(RUNS)/reference.json \
		--html $(RUNS)/reference.html
endif

bench: install  ## speed of encoding, of answering, and of the service under load: make bench DATA=folder
	$(BIN)/python -m eval.bench --data $(DATA)
	$(BIN)/python -m eval.bench_service --data $(DATA)

clean:  ## forget what was installed and indexed here
	rm -rf .venv $(DEMO) $(RUNS)
