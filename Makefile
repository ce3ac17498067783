# What a person runs. `make demo` and `make test` install what they need first.

SHELL := /bin/bash
SWIFT ?= swift
RELEASE := $(SWIFT) build -c release --static-swift-stdlib -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now
# One program does what it is called.
NAMES := boatyardd boatyard-rehearse boatyard-dhcp

.PHONY: help setup setup-test build test fuzz coverage conformance documents demo demo-vm test-vm test-browser soak lint bench deb clean

help:
	@echo 'make demo    see a site of four simulated machines built, from YAML to deployed'
	@echo 'make demo-vm   see one machine of QEMU with an empty disk installed, with real firmware; needs root'
	@echo 'make test    run every test'
	@echo 'make fuzz    feed every reader with mutated inputs, ten million of them'
	@echo 'make coverage   measure how much of the engines their own tests reach'
	@echo 'make conformance   run the tests of the reference against the daemon'
	@echo 'make build   build the programs for shipping (.build/release)'
	@echo 'make deb     build the Debian package'
	@echo 'make test-vm   install machines of QEMU with BIOS, UEFI and Secure Boot; needs root'
	@echo 'make test-browser   look at the web page in Chromium and Firefox'
	@echo 'make soak    all of that, and what takes longer; needs root'
	@echo 'make lint    check format and house rules'
	@echo 'make bench   measure'

setup:
	@packaging/setup build

setup-test:
	@packaging/setup test

build: setup
	$(RELEASE) --product boatyard
	@for name in $(NAMES); do ln -sfn boatyard .build/release/$$name; done
	@# It runs in images that need not have a library of ours.
	PKG_CONFIG_PATH=$$(packaging/static-libraries .build/static) $(RELEASE) --product boatyard-agent

# Suites that run programs or wait on sockets get the machine to themselves, one after the other: a test that blocks
# its thread would hold up the others.
ALONE := IPMITests DHCPTests InstallerToolsTests OutOfBandTests ListenersTests DrydockTests

# Every runner runs, so that one failure does not hide another. One that hangs ends as a failure: the longest takes ten minutes.
RUN_TESTS := timeout --kill-after 10 1800 $(SWIFT) test --skip-build

test: setup-test
	$(SWIFT) build --build-tests
	@failed=0; \
	$(RUN_TESTS) --parallel $(foreach suite,$(ALONE) SystemTests,--skip '^$(suite)\.') || failed=1; \
	for suite in $(ALONE); do $(RUN_TESTS) --filter "^$$suite\." || failed=1; done; \
	$(RUN_TESTS) --no-parallel --filter '^SystemTests\.' || failed=1; \
	packaging/conformance-sets; \
	exit $$failed

# FUZZ='--seconds 180' for a while instead, --reader NAME for one reader; --help says more.
fuzz: setup
	@$(RELEASE) --product boatyard-fuzz
	.build/release/boatyard-fuzz $(FUZZ)

coverage: setup-test
	@packaging/coverage

# Both run, so that one failure does not hide another.
conformance: setup-test build
	@failed=0; packaging/conformance || failed=1; packaging/openapi || failed=1; exit $$failed

# The reference of documents, from the schemas of the daemon.
documents: build
	@for kind in $$(.build/release/boatyard schema --list); do \
		.build/release/boatyard explain-kind $$kind > docs/documents/$$kind.md || exit 1; \
	done

demo: build
	@etc/examples/demo

demo-vm: build
	@packaging/setup vm
	@etc/examples/demo-vm

test-vm: build
	@packaging/setup vm
	@packaging/test-vm

# ARGUMENTS='--files Sources/ui' takes the page from the folder, without a build.
test-browser: build
	@packaging/setup browser
	@packaging/test-browser $(ARGUMENTS)

# What takes longer than a change should wait for; an issue is closed after it has passed as a whole.
soak: build
	@packaging/setup vm
	@packaging/soak

lint:
	@packaging/lint

bench: build
	@packaging/setup bench
	@packaging/bench

deb: build
	@packaging/setup deb
	@packaging/build-deb

clean:
	rm -rf .build .build-deb
