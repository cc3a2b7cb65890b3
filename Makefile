# baton-airbyte: everything is built under $(BUILD). See README.md for the targets.

BUILD    ?= build
CC       ?= cc
PREFIX   ?= /usr/local
CFLAGS   ?= -O2 -g
WARN      = -Wall -Wextra -Wshadow -Wconversion
HARDEN    = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDENLD  = -pie -Wl,-z,relro,-z,now
VERSION  := 0.1.0

TOOLS     = ab-token ab-fetch ab-map c1z-pack c1z-cat
SCRIPTS   = baton-airbyte

CPPFLAGS += -D_GNU_SOURCE -DAB_VERSION='"$(VERSION)"' -Ilib -I$(BUILD)/gen
ALLCFLAGS = -std=c11 $(WARN) $(HARDEN) $(CFLAGS) -MMD -MP
ALLLD     = $(HARDENLD) $(LDFLAGS) -Wl,--as-needed

# The link map: what each program is made of besides its own folder and libab.a.
LIBS_ab-token = -lcurl
LIBS_ab-fetch = -lcurl
LIBS_ab-map   = -ljq -lonig -lm -lpthread
LIBS_c1z-pack = -lprotobuf-c -lsqlite3 -lzstd -lm -lpthread
LIBS_c1z-cat  = -lprotobuf-c -lsqlite3 -lzstd -lm
LIBS_mock-airbyte = -lmicrohttpd -ljansson

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

# The built-in filter is part of ab-map.
EXTRA_ab-map = $(BUILD)/gen/airbyte_jq.o

$(foreach t,$(TOOLS),$(eval $(call LINK_TOOL,$(t))))

$(BUILD)/libab.a: $(LIB_O)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALLCFLAGS) -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(CPPFLAGS) -std=c11 $(HARDEN) $(CFLAGS) -w -c -o $@ $<

$(BUILD)/gen/%.pb-c.c: proto/%.proto
	@mkdir -p $(@D)
	protoc-c --c_out=$(BUILD)/gen -Iproto $<

$(BUILD)/gen/airbyte_jq.c: tools/ab-map/airbyte.jq
	@mkdir -p $(@D)
	{ echo 'const char airbyte_jq[] = {'; od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; echo '0};'; } >$@

# Everything under lib/ and the tools may include generated headers.
$(LIB_O) $(foreach t,$(TOOLS),$(call tool_o,$(t))): | $(PROTO_C)

# The mock Airbyte server, and the unit tests of lib/: one program per tests/unit/NAME.c.
$(BUILD)/bin/mock-airbyte: $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/mock/*.c))
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -o $@ $^ $(ALLLD) $(LIBS_mock-airbyte)

UNITS     = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libab.a
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -o $@ $^ $(ALLLD) -lcurl -lprotobuf-c -lsqlite3 -lzstd -lm -lpthread
$(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%.o,$(wildcard tests/unit/*.c)): | $(PROTO_C)

clean:
	rm -rf $(BUILD)

.PHONY: all clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
