# The two commands of a newcomer: `make run` and `make test`. Every step says what it does.
.PHONY: setup run test lint types imports unit rasa scripts widget browser screenshots benchmark baselines lock clean
.NOTPARALLEL:

BIN := .venv/bin
RASA := RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1 PYTHONWARNINGS=ignore $(BIN)/rasa

setup:
	@scripts/setup.sh

run: setup
	@$(BIN)/aftercheck serve

test: setup lint types imports unit rasa scripts widget browser
	@echo "All checks passed."

lint:
	@echo "== lint"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@echo "== types"
	@$(BIN)/mypy

imports:
	@echo "== import rules"
	@$(BIN)/lint-imports

unit:
	@echo "== knowledge"
	@$(BIN)/aftercheck knowledge check
	@echo "== unit tests"
	@scripts/debian.sh redis-server redis-server pg_ctlcluster postgresql nginx nginx
	@$(BIN)/pytest tests --ignore tests/browser

rasa:
	@echo "== rasa data validate"
	@$(RASA) data validate --fail-on-warnings --data data/nlu data/rules data/stories
	@echo "== training"
	@$(BIN)/aftercheck train
	@echo "== rasa test"
	@$(RASA) test core --stories tests/stories --model models --endpoints tests/stories/endpoints.yml --out results --no-plot --fail-on-prediction-errors

scripts:
	@echo "== scripted conversations"
	@$(BIN)/aftercheck test tests/conversations

# The widget's own checks. Needs Node 20; nothing else does, because the built file is in the repository.
widget:
	@echo "== widget"
	@scripts/debian.sh npm npm
	@cd web && npm ci --silent && npm run --silent types && npm test --silent && npm run --silent check

browser:
	@echo "== browser"
	@scripts/debian.sh chromium chromium
	@$(BIN)/pytest tests/browser

# The pictures of the README.
screenshots: setup
	@scripts/debian.sh chromium chromium
	@$(BIN)/python -m tests.browser.screenshots

# Speed and memory beside the bot of `rasa init` (benchmarks/README.md). Takes ten minutes on an idle machine.
benchmark: setup
	@$(BIN)/python benchmarks/compare.py

# The figures of evaluation/, with the baselines beside them in an environment of their own.
baselines: setup
	@evaluation/baselines/setup.sh
	@$(BIN)/aftercheck evaluate --baselines

# Writes the locked requirements anew, after a change of pyproject.toml.
lock:
	@.tools/bin/uv pip compile -q --universal --python-version 3.10 pyproject.toml --generate-hashes --no-emit-index-url --no-annotate -o requirements.txt
	@.tools/bin/uv pip compile -q --universal --python-version 3.10 pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-annotate -o requirements-dev.txt
	@.tools/bin/uv pip compile -q --universal --python-version 3.10 evaluation/baselines/requirements.in --generate-hashes --no-emit-index-url --no-annotate -o evaluation/baselines/requirements.txt

clean:
	rm -rf .venv .venv-baselines .tools web/node_modules models results .pytest_cache .mypy_cache .ruff_cache .hypothesis
