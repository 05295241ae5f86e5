# episoded: make run, make test. See README.md.

NAME    := episoded
VERSION := 0.1.0

# ---------------------------------------------------------------- settings
BUILD   ?= build
PREFIX  ?= /usr
DESTDIR ?=
WERROR  ?=

CC       ?= cc
CLANG    ?= clang
CFLAGS   ?= -O2 -g
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wwrite-strings -Wcast-qual -Wpointer-arith -Wundef -Wvla -Wformat=2 \
            $(if $(WERROR),-Werror)
HARDEN   := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2

PACKAGES := libwebsockets libcrypto libcjson libutf8proc libsystemd libedit
# Asked for late (=), so that "make deps" can run on a machine that has none of them yet.
LIBS_FLAGS  = $(shell pkg-config --cflags $(PACKAGES))
LIBS        = $(shell pkg-config --libs $(PACKAGES)) -pthread
TEST_LIBS   = $(shell pkg-config --libs cmocka)

STANDARD  = -std=c11 -D_GNU_SOURCE -I. -DEPISODED_VERSION='"$(VERSION)"' \
            -DEPISODED_DATADIR='"$(PREFIX)/share/episoded"' $(LIBS_FLAGS) -pthread

.PHONY: all run chat deps test bench lint install deb clean check-floors format
.DELETE_ON_ERROR:
all: $(BUILD)/$(NAME)

# ---------------------------------------------------------------- what there is
main_source     := bot/main.c
library_sources := $(filter-out $(main_source),$(sort $(shell find bot -name '*.c')))
command_sources := $(sort $(wildcard commands/*.c))
page_source     := $(wildcard bot/lobby/page.S)
page_files      := $(sort $(wildcard bot/lobby/page/*))
commands        := $(patsubst commands/%.c,%,$(command_sources))
unit_tests      := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
fuzzers         := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# The table of commands, from the folder's file names; rewritten only when the set of them changes.
$(BUILD)/commands.c: .FORCE
	@mkdir -p $(@D)
	@{ printf '/* Written by make from the files in commands/. */\n#include "bot/commands.h"\n\n'; \
	   for name in $(commands); do printf 'extern const struct command command_%s;\n' $$name; done; \
	   printf '\nconst struct command_entry command_entries[] = {\n'; \
	   for name in $(commands); do printf '\t{"%s", &command_%s},\n' $$name $$name; done; \
	   printf '};\nconst size_t command_entry_count = sizeof(command_entries) / sizeof(command_entries[0]);\n'; \
	 } > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
.FORCE:

# ---------------------------------------------------------------- builds: plain, tested, fuzzed
# $(1) folder, $(2) compiler, $(3) flags
define BUILD_IN
$(1)/objects := $$(patsubst %,$(1)/%.o,$(library_sources) $(command_sources) $(page_source)) $(1)/commands.c.o

$(1)/%.c.o: %.c
	@mkdir -p $$(@D)
	$(2) $$(STANDARD) $(WARNINGS) $(3) -MMD -MP -c -o $$@ $$<
$(1)/commands.c.o: $(BUILD)/commands.c
	@mkdir -p $$(@D)
	$(2) $$(STANDARD) $(WARNINGS) $(3) -MMD -MP -c -o $$@ $$<
$(1)/%.S.o: %.S $(page_files)
	@mkdir -p $$(@D)
	$(2) -I. -c -o $$@ $$<
$(1)/lib$(NAME).a: $$($(1)/objects)
	@rm -f $$@
	ar rcs $$@ $$^
-include $$(patsubst %.o,%.d,$$($(1)/objects) $(1)/$(main_source).o)
endef

plain  := $(BUILD)/plain
tested := $(BUILD)/test
fuzzed := $(BUILD)/fuzz
$(eval $(call BUILD_IN,$(plain),$(CC),$(CFLAGS) $(HARDEN)))
$(eval $(call BUILD_IN,$(tested),$(CC),-O1 -g --coverage $(SANITIZE)))
$(eval $(call BUILD_IN,$(fuzzed),$(CLANG),-O1 -g -fsanitize=fuzzer-no-link $(SANITIZE)))

$(BUILD)/$(NAME): $(plain)/$(main_source).o $(plain)/lib$(NAME).a
	$(CC) $(CFLAGS) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ $(LIBS)
$(tested)/$(NAME): $(tested)/$(main_source).o $(tested)/lib$(NAME).a
	$(CC) --coverage $(SANITIZE) -o $@ $^ $(LIBS)
$(tested)/unit/%: $(tested)/tests/unit/%.c.o $(tested)/lib$(NAME).a
	@mkdir -p $(@D)
	$(CC) --coverage $(SANITIZE) -o $@ $^ $(LIBS) $(TEST_LIBS)
$(fuzzed)/bin/%: $(fuzzed)/tests/fuzz/%.c.o $(fuzzed)/lib$(NAME).a
	@mkdir -p $(@D)
	$(CLANG) -fsanitize=fuzzer $(SANITIZE) -o $@ $^ $(LIBS)
.SECONDARY:


clean:
	rm -rf $(BUILD)
