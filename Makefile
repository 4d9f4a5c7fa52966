# microhan: every command that a person types. The work is in tools/.
PYTHON3 ?= python3
PYTHON := .venv/bin/python
# Most tests wait for a clock or for a program of their own: four at a time on two cores.
PYTEST_ARGS ?= -q -n 4 --dist loadscope

# A value from the command line as one word for the shell, whatever is in it.
quoted = '$(subst ','\'',$(1))'
option = $(if $($(2)),$(1) $(call quoted,$($(2))))
image_options = $(call option,--board,BOARD) $(call option,--firmware,FIRMWARE) \
	$(call option,--config,CONFIG)

.DEFAULT_GOAL := help
.PHONY: help setup build run check test lint docs image flash site release key fuzz bits powercut chaos soak fits fleet bench hardware clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s%s\n", $$1, $$2}' Makefile

setup: ## install the PC tools into .venv and node_modules (the other targets do it by themselves)
	@$(PYTHON3) tools/build/setup_env.py

build: setup ## compile the firmware for every architecture, and show its sizes (KEYS=file: who signs its updates)
	@$(PYTHON) -m build

run: setup ## try it without a dongle: simulated meter, broker, page (ARGS="--help" for its options)
	@$(PYTHON) tools/run.py $(ARGS)

check: setup ## the fast loop, a minute: lint, types, the pure tests on CPython and on one MicroPython
	@$(PYTHON) -m lint
	@$(PYTHON) -m pytest -q -n 2 --dist loadscope -m "pure and not slow" host_tests

test: setup build lint ## build, lint and run every test
	@$(PYTHON) -m pytest $(PYTEST_ARGS) host_tests

lint: setup ## ruff over everything, mypy over the firmware and the tools, tsc over the page
	@$(PYTHON) -m lint

docs: setup ## write docs/boards.md, configuration.md and meters.md from the tables behind them
	@$(PYTHON) -m docs.boards
	@$(PYTHON) -m docs.configuration
	@$(PYTHON) -m docs.meters

image: setup ## one .bin for any flasher ([BOARD=…] [FIRMWARE=file] [CONFIG=file] [FLASH=8])
	@$(PYTHON) -m flash.image $(image_options) $(call option,--flash-mb,FLASH)

flash: setup ## put it on a dongle (PORT=… [BOARD=…] [FIRMWARE=file] [CONFIG=file] [ERASE=1])
	@$(PYTHON) -m flash.flash $(call option,--port,PORT) $(image_options) \
		$(if $(filter 1 y yes true,$(ERASE)),--erase)

site: setup ## lay out the page that flashes from a browser ([FIRMWARE=file or folder])
	@$(PYTHON) -m flash.site $(call option,--firmware,FIRMWARE) $(call option,--out,OUT)

release: setup ## packages, images, site, sums of a clean commit, in build/release (KEY=file FIRMWARE=… [ALL=1] [LAST=1])
	@$(PYTHON) -m release $(call option,--key,KEY) $(call option,--firmware,FIRMWARE) $(if $(ALL),--all) $(if $(LAST),--last)

key: setup ## make a key that signs releases (KEY=file, outside of the repository; docs/releasing.md)
	@$(PYTHON) -m release.keys $(call quoted,$(KEY))

fuzz: setup ## search for input that the decoder takes badly (ARGS="--seconds 900"; fetches atheris)
	@$(PYTHON) -m fuzz.fuzz $(ARGS)

bits: setup ## turn every single bit of every binary telegram, and look for a wrong reading (minutes)
	@EVERY_BIT=1 $(PYTHON) -m pytest -q -n 2 --dist load host_tests/telegram/test_one_bit.py

powercut: setup ## cut the power at every write of some hours, and look what is left (ARGS=--quick)
	@$(PYTHON) -m powercut $(ARGS)

chaos: setup ## the firmware among peers that fail in every way, and what it lost (ARGS="--minutes 30 --seed 2")
	@$(PYTHON) -m chaos $(ARGS)

soak: setup ## months of telegrams through the whole application, sped up (ARGS="--minutes 20")
	@$(PYTHON) -m soak $(ARGS)

fits: setup ## the programs that owners run take the readings as they are (ARGS="--only home-assistant")
	@$(PYTHON) -m fits $(ARGS)

fleet: setup ## many dongles at one broker, one Prometheus, one InfluxDB: what it takes (N=200 ARGS="--seconds 60")
	@$(PYTHON) -m fleet $(call option,--count,N) $(ARGS)

hardware: ## simulate and check the board, make its factory files and case (ARGS="--runs 100")
	@$(PYTHON3) hardware/make.py $(ARGS)

bench: setup ## measure the budgets beside what others take; writes build/bench.json and .svg (ARGS=--quick)
	@$(PYTHON) -m measure.bench $(ARGS)

device: setup ## run the image on an emulated ESP32 of yours (QEMU=… [FIRMWARE=file] [ARGS=--list]; docs/device.md)
	@$(PYTHON) -m device $(call option,--qemu,QEMU) $(call option,--firmware,FIRMWARE) $(ARGS)

clean: ## remove what was built (not .venv, not rescue/)
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
