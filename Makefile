# `make run [PORT=8000]`, `make test [ARGS="-k flow"]`, `make faults`, `make bench`.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=

.PHONY: run test faults bench

run:
	@$(PYTHON) -m pushportal.bootstrap run --port $(PORT)

test:
	@$(PYTHON) -m pushportal.bootstrap test $(ARGS)

faults:
	@$(PYTHON) -m pushportal.bootstrap faults $(ARGS)

bench:
	@$(PYTHON) -m pushportal.bootstrap bench $(ARGS)
