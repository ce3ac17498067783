# What a person runs. `make demo` and `make test` install what they need first.

SHELL := /bin/bash
SWIFT ?= swift
RELEASE := $(SWIFT) build -c release --static-swift-stdlib -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now
PROGRAMS := boatyardd boatyard boatyard-rehearse

.PHONY: help setup setup-test build test demo lint bench deb clean

help:
	@echo 'make demo    see a site of four virtual machines built, from YAML to deployed'
	@echo 'make test    run every test'
	@echo 'make build   build the programs for shipping (.build/release)'
	@echo 'make deb     build the Debian package'
	@echo 'make lint    check format and house rules'
	@echo 'make bench   measure'

setup:
	@packaging/setup build

setup-test:
	@packaging/setup test

build: setup
	@for program in $(PROGRAMS); do $(RELEASE) --product $$program || exit 1; done

test: setup-test
	$(SWIFT) build --build-tests
	@for program in $(PROGRAMS); do $(SWIFT) build --product $$program || exit 1; done
	$(SWIFT) test --skip-build --parallel

demo: build
	@etc/examples/demo

lint:
	@packaging/lint

bench: build
	@packaging/bench

deb: build
	@packaging/setup deb
	@packaging/build-deb

clean:
	rm -rf .build .build-deb
