# `make` lists what can be done. Everything it makes lies in .landa/.

# The first Python on this machine that is new enough; set PYTHON to choose another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BOOTSTRAP = $(or $(PYTHON),$(error Python 3.11 or later is needed; install it or set PYTHON=/path/to/python)) -m bot.bootstrap
APP = .landa/app/bin
UV = .landa/tools/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL = help
.PHONY: help run test lint format nlu-train nlu-eval nlu-compare search-eval bench fuzz content-check lock clean setup

help: ## Lists these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: ## Sets up what is missing and starts database, NLU and app; PORT=8001 chooses another port
	@$(BOOTSTRAP) run

test: ## Sets up what is missing and runs every check and test
	@$(BOOTSTRAP) test

setup: ## Makes the environments only
	@$(BOOTSTRAP) setup >&2

lint: setup ## Checks without the tests
	@$(APP)/python -m tests.checks lint

format: setup ## Formats the code and updates the catalogues
	@$(APP)/ruff check --quiet --fix . ; $(APP)/ruff format .
	@$(APP)/python -m content.catalogues update

nlu-train: setup ## Trains the language model, if anything that shapes it has changed
	@$(APP)/python -m nlu.train

nlu-eval: setup ## Measures understanding: FILE=lines.jsonl with {"text", "lang", "intent"}
	@$(APP)/python -m bot.cli nlu-eval $(or $(FILE),$(error FILE=lines.jsonl is missing))

search-eval: setup ## Measures section search: PAGES=pages.jsonl QUESTIONS=questions.jsonl [WITHIN=city]
	@$(APP)/python -m nlu.search_eval $(or $(PAGES),$(error PAGES=pages.jsonl is missing)) \
		$(or $(QUESTIONS),$(error QUESTIONS=questions.jsonl is missing)) $(if $(WITHIN),--within $(WITHIN))

nlu-compare: setup ## Trains Rasa's default pipeline too and measures both; hours; EPOCHS=20 for fewer
	@$(APP)/python -m nlu.compare $(if $(EPOCHS),--epochs $(EPOCHS))

bench: setup ## Measures messages, a rush for one time, and parses; prints figures, judges nothing
	@$(APP)/python -m nlu.train
	@$(APP)/python -m tests.bench

fuzz: setup ## Rubbish for everything that reads what people write, SECONDS=300
	@$(APP)/python -m nlu.train
	@$(APP)/python -m tests.fuzz

content-check: setup ## Checks everything that may be said; DATE=2027-01-31 as of another day
	@$(APP)/python -m content.check $(if $(DATE),--on $(DATE))

# The app's lock holds for Python 3.11 and later on any platform, the NLU's for Python 3.10 on this one.
lock: setup ## Resolves both locks again; UPGRADE=1 takes newer versions
	@$(UV) $(if $(UPGRADE),--upgrade) --group dev --universal --python-version 3.11 \
		--output-file requirements.lock pyproject.toml
	@$(UV) $(if $(UPGRADE),--upgrade) --overrides nlu/overrides.txt --python-version 3.10 \
		--output-file nlu/requirements.lock nlu/requirements.in

clean: ## Deletes all local state: environments, model, demo database
	@$(BOOTSTRAP) clean
