# baton-airbyte: everything is built under $(BUILD). See README.md for the targets.

BUILD    ?= build
CC       ?= cc
PREFIX   ?= /usr/local
CFLAGS   ?= -O2 -g
WARN      = -Wall -Wextra -Wshadow -Wconversion
HARDEN    = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDENLD  = -pie -Wl,-z,relro,-z,now
VERSION  := $(shell scripts/version)

TOOLS     = ab-token ab-fetch ab-map c1z-pack c1z-cat ab-who c1z-frame c1z-diff c1z-mask c1z-report ab-stage c1-serve ab-split ab-config
# The driver, and the parts that it sources.
SCRIPTS   = baton-airbyte
ROOMS     = $(wildcard scripts/driver/*.bash)

# CPPFLAGS, CFLAGS and LDFLAGS are the user's, of the environment or of make's command line: ours stand beside them.
ALLCPP    = -D_GNU_SOURCE -Ilib -I$(BUILD)/gen $(CPPFLAGS)
ALLCFLAGS = -std=c11 $(WARN) $(HARDEN) $(CFLAGS) -MMD -MP
ALLLD     = $(HARDENLD) $(LDFLAGS) -Wl,--as-needed

# The link map: what each program is made of besides its own folder and libab.a.
LIBS_ab-token = -lcurl -lseccomp
LIBS_ab-fetch = -lcurl -lseccomp
LIBS_ab-map   = -ljq -lonig -lm -lpthread -lseccomp
LIBS_ab-config = -lyaml -lseccomp
LIBS_c1z-pack = -lprotobuf-c -lsqlite3 -lzstd -lm -lpthread -lseccomp
LIBS_c1z-cat  = -lprotobuf-c -lsqlite3 -lzstd -lm -lseccomp
LIBS_c1z-diff = -lprotobuf-c -lsqlite3 -lzstd -lm -lseccomp
LIBS_ab-who   = -lprotobuf-c -lsqlite3 -lzstd -lm -lseccomp
LIBS_c1z-report = -lprotobuf-c -lsqlite3 -lzstd -lm -lseccomp
LIBS_c1z-mask = -lcrypto -lprotobuf-c -lm -lseccomp
LIBS_ab-split = -lseccomp
LIBS_c1-serve = -lcurl -lnghttp2 -lssl -lcrypto -lmicrohttpd -lprotobuf-c -lm -lpthread
LIBS_mock-airbyte = -lmicrohttpd -ljansson

# Where protoc takes protobuf-c's plug-in, protoc-c says that it is deprecated; both write the same.
PROTOC   := $(shell command -v protoc >/dev/null && command -v protoc-gen-c >/dev/null && echo protoc || echo protoc-c)
PROTO    := $(wildcard proto/*.proto)
PROTO_C   = $(PROTO:proto/%.proto=$(BUILD)/gen/%.pb-c.c)
LIB_O     = $(patsubst lib/%.c,$(BUILD)/lib/%.o,$(wildcard lib/*.c)) $(PROTO_C:.c=.o)
BINS      = $(TOOLS:%=$(BUILD)/bin/%)

all: $(BINS)

# Objects of one program, and its link line.
tool_o    = $(patsubst tools/%.c,$(BUILD)/tools/%.o,$(wildcard tools/$(1)/*.c))
define LINK_TOOL
$(BUILD)/bin/$(1): $(call tool_o,$(1)) $(EXTRA_$(1)) $(BUILD)/libab.a
	@mkdir -p $$(@D)
	$$(CC) $$(ALLCFLAGS) -o $$@ $$^ $$(ALLLD) $$(LIBS_$(1))
endef

# The built-in filter is part of ab-map, the parts of its page of c1z-report, the messages of ConductorOne's service of
# c1-serve alone.
EXTRA_ab-map = $(BUILD)/gen/airbyte_jq.o
EXTRA_c1z-report = $(patsubst %,$(BUILD)/gen/report_%.o,html css js)
SERVICE_C = $(patsubst proto/%.proto,$(BUILD)/gen/%.pb-c.c,$(wildcard proto/service/*.proto))
EXTRA_c1-serve = $(SERVICE_C:.c=.o)

$(foreach t,$(TOOLS),$(eval $(call LINK_TOOL,$(t))))

$(BUILD)/libab.a: $(LIB_O)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) $(ALLCFLAGS) -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(ALLCPP) -std=c11 $(HARDEN) $(CFLAGS) -w -c -o $@ $<

$(BUILD)/gen/%.pb-c.c: proto/%.proto
	@mkdir -p $(@D)
	$(PROTOC) --c_out=$(BUILD)/gen -Iproto $<

# Made anew only when the version is another, so that a new commit compiles what says it and nothing else.
VERSION_H = $(BUILD)/gen/version.h
$(VERSION_H): FORCE
	@mkdir -p $(@D)
	@echo '#define AB_VERSION "$(VERSION)"' | cmp -s - $@ || echo '#define AB_VERSION "$(VERSION)"' >$@
FORCE:

# A file as the text that its C file, named like it, defines.
EMBED     = { echo 'const char $(basename $(@F))[] = {'; od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; echo '0};'; } >$@
$(BUILD)/gen/airbyte_jq.c: tools/ab-map/airbyte.jq
	@mkdir -p $(@D)
	$(EMBED)
$(BUILD)/gen/report_%.c: tools/c1z-report/report.%
	@mkdir -p $(@D)
	$(EMBED)

# Everything under lib/ and the tools may include generated headers.
$(LIB_O) $(foreach t,$(TOOLS),$(call tool_o,$(t))): | $(PROTO_C) $(VERSION_H)
$(call tool_o,c1-serve) $(SERVICE_C:.c=.o): | $(SERVICE_C)

# The mock Airbyte server.
MOCK_O    = $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/mock/*.c))
$(MOCK_O): | $(VERSION_H)
$(BUILD)/bin/mock-airbyte: $(MOCK_O)
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -o $@ $^ $(ALLLD) $(LIBS_mock-airbyte)

# The unit tests, a program each: tests/unit/NAME.c of a file of lib/, and tests/unit/TOOL/NAME.c of a tool's own file,
# linked as that tool is but without the object that has its main.  They name a tool's headers as "TOOL/NAME.h".
UNIT_C    = $(wildcard tests/unit/*.c tests/unit/*/*.c)
UNITS     = $(UNIT_C:tests/unit/%.c=$(BUILD)/unit/%)
$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libab.a
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -o $@ $^ $(ALLLD) -lcurl -lprotobuf-c -lsqlite3 -lzstd -lm -lpthread -lseccomp
define LINK_UNIT
$(BUILD)/unit/$(1)/%: $(BUILD)/tests/unit/$(1)/%.o $(filter-out $(BUILD)/tools/$(1)/$(1).o,$(call tool_o,$(1))) $(EXTRA_$(1)) $(BUILD)/libab.a
	@mkdir -p $$(@D)
	$$(CC) $$(ALLCFLAGS) -o $$@ $$^ $$(ALLLD) $$(LIBS_$(1))
endef
$(foreach t,$(TOOLS),$(eval $(call LINK_UNIT,$(t))))
$(BUILD)/tests/unit/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) -Itools -Itests/unit $(ALLCFLAGS) -c -o $@ $<
$(UNIT_C:%.c=$(BUILD)/%.o): | $(PROTO_C)

# What is missing on this machine is installed first: DEPS is for building and the demo, TESTDEPS for the tests as well.
DEPS      = scripts/install-deps --check >/dev/null 2>&1 || scripts/install-deps
TESTDEPS  = scripts/install-deps --test --check >/dev/null 2>&1 || scripts/install-deps --test

demo:
	@$(DEPS)
	@$(MAKE) --no-print-directory -s all $(BUILD)/bin/mock-airbyte
	@AB_BUILD=$(abspath $(BUILD)) scripts/demo

check:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory all tests
	@AB_BUILD=$(abspath $(BUILD)) tests/run $(SUITES)

# Libraries that tests preload into the programs: calls that fail, attempts that must.
PRELOADS  = $(patsubst tests/preload/%.c,$(BUILD)/preload/%.so,$(wildcard tests/preload/*.c))
$(BUILD)/preload/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) -std=c11 $(WARN) -O2 -g -fPIC -shared -o $@ $< -ldl

# c1z-pack with every call that can fail made to fail, and killed there, for both formats; minutes, so it is no part
# of check.
check-faults:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory all $(PRELOADS)
	@tests/faults/run $(BUILD)/bin $(BUILD)/preload/faults.so

# Clients of others against the mock; they come from PyPI (500 MB with what they need, once), so this is no part of check.
check-clients:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory $(BUILD)/bin/mock-airbyte
	@AB_BUILD=$(abspath $(BUILD)) tests/run clients

tests: $(BUILD)/bin/mock-airbyte $(UNITS) $(PRELOADS)

# The programs' own tests again, with every program built to notice memory errors, undefined behaviour and leaks.
SANITIZE  = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
check-asan:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS='$(SANITIZE)' HARDEN=-fPIE HARDENLD=-pie all tests
	@AB_BUILD=$(abspath $(BUILD)/asan) AB_SANITIZED=1 tests/run $(SUITES)

# The whole driver against random faults: SOAK_RUNS runs, each with the true file or the old one at its end.
SOAK_RUNS ?= 1000
soak:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory all tests
	@AB_BUILD=$(abspath $(BUILD)) tests/soak --runs $(SOAK_RUNS)

# Many processes and machines (examples/many): by GNU parallel, and by an Airflow that is installed from PyPI.
check-scale:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory all tests
	@AB_BUILD=$(abspath $(BUILD)) tests/run many
	@AB_BUILD=$(abspath $(BUILD)) tests/scale/airflow

# What takes hours: LONG names its steps (tests/long), all of them without it.
check-long:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory all tests $(BENCHES) fuzz
	@AB_BUILD=$(abspath $(BUILD)) tests/long $(LONG)

# BENCH names parts (tests/bench/parts), all of them without it; bench-large has up to 10,000,000 rows.
bench bench-large:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory all $(BUILD)/bin/mock-airbyte $(BENCHES)
	@AB_BUILD=$(abspath $(BUILD)) AB_BENCH_SIZE=$(if $(filter bench,$@),usual,large) tests/bench/run $(BENCH)

BENCHES   = $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libab.a
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -o $@ $^ $(ALLLD) -ljansson -ljq -lprotobuf-c -lsqlite3 -lzstd -lm -lpthread
$(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%.o,$(wildcard tests/bench/*.c)): | $(PROTO_C)

# The fuzz targets, of files of lib/ and of tools; run one as build/fuzz/NAME tests/fuzz/NAME.corpus; c1z3 and pebble on what tests/fuzz/v3-seeds makes.
FUZZERS   = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c tests/fuzz/*/*.c))
FUZZ      = clang $(ALLCPP) -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
fuzz: $(FUZZERS)
$(BUILD)/fuzz/%: tests/fuzz/%.c $(wildcard lib/*.c lib/*.h) $(PROTO_C) $(VERSION_H)
	@mkdir -p $(@D)
	$(FUZZ) -o $@ $< \
	    $(filter-out lib/http.c lib/confine.c,$(wildcard lib/*.c)) $(PROTO_C) -ljansson -lprotobuf-c -lsqlite3 -lzstd -lm
define FUZZ_TOOL
$(BUILD)/fuzz/$(1)/%: tests/fuzz/$(1)/%.c $(wildcard tools/$(1)/*.c tools/$(1)/*.h lib/*.c lib/*.h) $(PROTO_C) $(VERSION_H) $(EXTRA_$(1):.o=.c)
	@mkdir -p $$(@D)
	$$(FUZZ) -Itools -o $$@ $$< $(filter-out tools/$(1)/$(1).c,$(wildcard tools/$(1)/*.c)) $$(wildcard lib/*.c) $$(PROTO_C) $$(EXTRA_$(1):.o=.c) \
	    $$(LIBS_$(1)) -lprotobuf-c -lsqlite3 -lzstd -lm
endef
$(foreach t,$(TOOLS),$(eval $(call FUZZ_TOOL,$(t))))

C_FILES   = $(wildcard lib/*.[ch] tools/*/*.[ch] tests/*/*.[ch] tests/unit/*/*.[ch] tests/fuzz/*/*.[ch])
SH_FILES  = $(wildcard scripts/* scripts/driver/*.bash tests/*.bats tests/*.bash tests/bench/parts/*.bash) tests/run tests/long $(addprefix tests/roots/,run newcomer trial container boot lib.bash) tests/bench/run tests/bench/against-jq tests/interop/build tests/c1/sdk/build tests/clients/build tests/certificates tests/scale/airflow $(wildcard examples/*/connector examples/many/* contrib/publish/* docs/pictures/draw findings/*.sh) .ci/run
lint:
	@$(TESTDEPS)
	clang-format --dry-run -Werror $(C_FILES)
	shellcheck -x $(shell grep -lE '^\#!.*bash|^\#!/bin/sh|shellcheck shell=bash|^\#!.*bats' $(SH_FILES) 2>/dev/null)
	mandoc -Tlint -Wwarning docs/man/*.[1-7]
	$(MAKE) --no-print-directory -s BUILD=$(BUILD)/gcc CC=gcc WARN='$(WARN) -Werror' all tests $(BENCHES:$(BUILD)/%=$(BUILD)/gcc/%)
	$(MAKE) --no-print-directory -s BUILD=$(BUILD)/clang CC=clang WARN='$(WARN) -Werror' all tests $(BENCHES:$(BUILD)/%=$(BUILD)/clang/%)

fmt:
	clang-format -i $(C_FILES)

# Where a packager wants things: bin and share/baton-airbyte find each other beside PREFIX, all others are free. An empty
# UNITDIR is for who has no systemd, or installs its units by another way.
MANDIR   ?= $(PREFIX)/share/man
DOCDIR   ?= $(PREFIX)/share/doc/baton-airbyte
BASHDIR  ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR   ?= $(PREFIX)/share/zsh/site-functions
FISHDIR  ?= $(PREFIX)/share/fish/vendor_completions.d
UNITDIR  ?= $(PREFIX)/lib/systemd/system
MANS      = $(wildcard docs/man/*.[1-7])
UNITS_IN  = $(wildcard contrib/systemd/*.service contrib/systemd/*.timer)
DOCS      = README.md CHANGELOG.md SECURITY.md CONTRIBUTING.md LICENSE $(wildcard docs/*.md docs/pictures/*.svg docs/pictures/*.png)
SAMPLES   = contrib/README.md $(wildcard contrib/cron/* contrib/kubernetes/* contrib/publish/* contrib/systemd/* contrib/systemd/*/* examples/* examples/*/*)
COMPLETE  = bash:$(BASHDIR)/baton-airbyte zsh:$(ZSHDIR)/_baton-airbyte fish:$(FISHDIR)/baton-airbyte.fish
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/baton-airbyte
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin
	for s in $(SCRIPTS); do scripts/stamp $(VERSION) <scripts/$$s >$(BUILD)/gen/$$s && \
	    install -m 755 $(BUILD)/gen/$$s $(DESTDIR)$(PREFIX)/bin || exit; done
	install -m 644 $(ROOMS) $(DESTDIR)$(PREFIX)/share/baton-airbyte
	for m in $(MANS); do install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/} || exit; done
	for d in $(DOCS) $(SAMPLES); do [ -f $$d ] || continue; mode=644; [ ! -x $$d ] || mode=755; \
	    install -D -m $$mode $$d $(DESTDIR)$(DOCDIR)/$$d || exit; done
	for c in $(COMPLETE); do scripts/baton-airbyte completion $${c%%:*} >$(BUILD)/gen/completion && \
	    install -D -m 644 $(BUILD)/gen/completion $(DESTDIR)$${c#*:} || exit; done
	[ -z "$(UNITDIR)" ] || for u in $(UNITS_IN); do sed 's|^ExecStart=/usr/bin/|ExecStart=$(PREFIX)/bin/|' $$u >$(BUILD)/gen/unit && \
	    install -D -m 644 $(BUILD)/gen/unit $(DESTDIR)$(UNITDIR)/$${u##*/} || exit; done

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(notdir $(BINS)) $(SCRIPTS))
	rm -rf $(DESTDIR)$(PREFIX)/share/baton-airbyte $(DESTDIR)$(DOCDIR)
	for m in $(MANS); do rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/} || exit; done
	for c in $(COMPLETE); do rm -f $(DESTDIR)$${c#*:} || exit; done
	[ -z "$(UNITDIR)" ] || rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(UNITS_IN)))

# What a newcomer and an administrator do, in fresh roots of Debian 12 and 13, or those that RELEASES names: an hour each
# with all tests, ten minutes with AB_ROOTS_STEPS="demo deb trial container". It takes root and the network.
check-roots:
	@tests/roots/run $(RELEASES)

# The tree as a tarball, the same bytes each time; and as a package for the Debian that this is.
dist:
	@BUILD=$(BUILD) scripts/dist $(VERSION)

deb:
	@scripts/install-deps --deb --check >/dev/null 2>&1 || scripts/install-deps --deb
	@BUILD=$(BUILD) scripts/deb $(VERSION)

# The pictures of the README, from a run (docs/pictures/draw).
pictures:
	@$(TESTDEPS)
	@$(MAKE) --no-print-directory -s all $(BUILD)/bin/mock-airbyte
	@AB_BUILD=$(abspath $(BUILD)) docs/pictures/draw

clean:
	rm -rf $(BUILD)

.PHONY: all clean demo check check-asan check-faults check-clients check-long check-scale soak tests bench bench-large fuzz lint fmt install uninstall dist deb check-roots pictures
# What make would take for its own to remove. Not all: make never looks at a version.h that is.
.SECONDARY: $(foreach t,$(TOOLS),$(EXTRA_$(t):.o=.c))
-include $(shell find $(BUILD) -path $(BUILD)/deb -prune -o -type f -name '*.d' -print 2>/dev/null)
