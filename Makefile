# Two commands: `make run [PORT=8000]` and `make test [ARGS="-k flow"]`.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=

.PHONY: run test

run:
	@$(PYTHON) -m pushportal.bootstrap run --port $(PORT)

test:
	@$(PYTHON) -m pushportal.bootstrap test $(ARGS)
