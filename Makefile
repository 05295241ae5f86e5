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

PACKAGES := libwebsockets libssl libcrypto libcurl sqlite3 zlib libzstd libcjson libutf8proc libsystemd libedit
# Asked for late (=), so that "make deps" can run on a machine that has none of them yet.
LIBS_FLAGS  = $(shell pkg-config --cflags $(PACKAGES))
LIBS        = $(shell pkg-config --libs $(PACKAGES)) -pthread
TEST_LIBS   = $(shell pkg-config --libs cmocka)

STANDARD  = -std=c11 -D_GNU_SOURCE -I. -DEPISODED_VERSION='"$(VERSION)"' \
            -DEPISODED_DATADIR='"$(PREFIX)/share/episoded"' $(LIBS_FLAGS) -pthread

# As many jobs as there are processors, unless told otherwise.
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

# V=1 shows whole commands.
quiet := $(if $(V),,@)

.PHONY: all run deps test sim sim-mutants bench lint fuzz coverage readme format clean
.DELETE_ON_ERROR:
# Objects of tests are kept, so that the next run need not compile them again.
.PRECIOUS: $(BUILD)/test/%.c.o $(BUILD)/fuzz/%.c.o
all: $(BUILD)/$(NAME)

# The goals that a newcomer types install what is missing first; plain "make" (a package's build) never does.
ifneq ($(DEPS),no)
needs := $(if $(filter run,$(MAKECMDGOALS)),$(BUILD)/.deps-run) \
         $(if $(filter test sim sim-mutants bench fuzz coverage,$(MAKECMDGOALS)),$(BUILD)/.deps-test) \
         $(if $(filter lint format,$(MAKECMDGOALS)),$(BUILD)/.deps-lint)
endif
$(BUILD)/.deps-%: .ci/deps
	@mkdir -p $(@D)
	@.ci/deps $*
	@touch $@
deps:
	@.ci/deps run test lint

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

$(1)/%.c.o: %.c | $(needs)
	@mkdir -p $$(@D); rm -f $$(@:.o=.gcda)
	$(if $(V),,@echo "  CC   $$<")
	$(quiet)$(2) $$(STANDARD) $(WARNINGS) $(3) -MMD -MP -c -o $$@ $$<
$(1)/commands.c.o: $(BUILD)/commands.c | $(needs)
	@mkdir -p $$(@D); rm -f $$(@:.o=.gcda)
	$(if $(V),,@echo "  CC   $$<")
	$(quiet)$(2) $$(STANDARD) $(WARNINGS) $(3) -MMD -MP -c -o $$@ $$<
$(1)/%.S.o: %.S $(page_files) | $(needs)
	@mkdir -p $$(@D)
	$(quiet)$(2) -I. -c -o $$@ $$<
$(1)/lib$(NAME).a: $$($(1)/objects)
	@rm -f $$@
	$(quiet)ar rcs $$@ $$^
-include $$(patsubst %.o,%.d,$$($(1)/objects) $(1)/$(main_source).o) $$(wildcard $(1)/tests/*/*.d)
endef

plain  := $(BUILD)/plain
tested := $(BUILD)/test
fuzzed := $(BUILD)/fuzz
$(eval $(call BUILD_IN,$(plain),$(CC),$(CFLAGS) $(HARDEN)))
$(eval $(call BUILD_IN,$(tested),$(CC),-O1 -g --coverage $(SANITIZE)))
$(eval $(call BUILD_IN,$(fuzzed),$(CLANG),-O1 -g -fsanitize=fuzzer-no-link $(SANITIZE)))

$(BUILD)/$(NAME): $(plain)/$(main_source).o $(plain)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) $(CFLAGS) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ $(LIBS)
$(tested)/$(NAME): $(tested)/$(main_source).o $(tested)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) -o $@ $^ $(LIBS)
$(tested)/unit/%: $(tested)/tests/unit/%.c.o $(tested)/lib$(NAME).a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) -o $@ $^ $(LIBS) $(TEST_LIBS)
$(fuzzed)/bin/%: $(fuzzed)/tests/fuzz/%.c.o $(fuzzed)/lib$(NAME).a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CLANG) -fsanitize=fuzzer $(SANITIZE) -o $@ $^ $(LIBS)

# ---------------------------------------------------------------- the simulation
# The whole bot, unchanged, against simulated networks: what tests/sim/ defines takes the place of bot/net/'s sockets, and of
# the system's clocks and chance.
sim_sources := $(sort $(wildcard tests/sim/*.c))
sim_objects := $(patsubst %,$(tested)/%.o,$(sim_sources))
sim_wrapped := clock_gettime getrandom footprint_shrink \
               store_journal_begin store_journal_done store_settle throttle_spend backoff_next
$(tested)/sim: $(sim_objects) $(tested)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) $(sim_wrapped:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)

# What the tests themselves need and no package has.
$(tested)/tools/%: tests/tools/%.c | $(needs)
	@mkdir -p $(@D)
	$(CC) -O2 $(WARNINGS) -D_GNU_SOURCE -std=c11 -o $@ $< -lzstd
tools := $(patsubst tests/tools/%.c,$(tested)/tools/%,$(wildcard tests/tools/*.c))

# ---------------------------------------------------------------- run and test
run: $(BUILD)/$(NAME)
	@$(BUILD)/$(NAME) run

tests/node_modules/.package-lock.json: tests/package.json tests/package-lock.json | $(needs)
	npm ci --prefix tests --no-audit --no-fund
	@touch $@

unit_programs := $(patsubst %,$(tested)/unit/%,$(unit_tests))
fuzz_programs := $(patsubst %,$(fuzzed)/bin/%,$(fuzzers))
suites        ?= unit commands sim fuzz gateways browser system

test: $(BUILD)/$(NAME) $(tested)/$(NAME) $(tested)/sim $(tools) $(unit_programs) $(fuzz_programs) tests/node_modules/.package-lock.json
	@BUILD=$(BUILD) tests/run $(suites)

# Seeds of the simulation: SEED=n is one, with TRACE=1 all that happens in it; SEEDS=n so many, from FIRST on.
SEEDS ?= 300
FIRST ?= 1
sim: $(tested)/sim
	@$(if $(SEED),$(tested)/sim $(if $(TRACE),--trace) --first $(SEED),tests/sim/run $(tested)/sim $(SEEDS) $(FIRST))

# Each fault that is planted in the program must be found.
sim-mutants: $(tested)/sim
	@MUTANTS=1 tests/sim/run $(tested)/sim 1000

bench: $(BUILD)/$(NAME) $(tools) tests/node_modules/.package-lock.json
	@EPISODED=$(BUILD)/$(NAME) tests/bench/run

# Each fuzz target for FUZZ_SECONDS, from its corpus.
FUZZ_SECONDS ?= 60
fuzz: $(fuzz_programs)
	@for name in $(fuzzers); do \
	   mkdir -p $(BUILD)/corpus/$$name; echo "$$name, $(FUZZ_SECONDS) s"; \
	   $(fuzzed)/bin/$$name -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(BUILD)/ $(BUILD)/corpus/$$name \
	     tests/fuzz/corpus/$${name#fuzz_} > $(BUILD)/$$name.log 2>&1 || { cat $(BUILD)/$$name.log; exit 1; }; \
	   tail -1 $(BUILD)/$$name.log; done

# ---------------------------------------------------------------- the source itself
all_sources := $(main_source) $(library_sources) $(command_sources) $(wildcard tests/unit/*.c tests/fuzz/*.c tests/sim/*.c)
all_headers := $(sort $(shell find bot tests/sim -name '*.h'))

program_sources := $(main_source) $(library_sources) $(command_sources)
checks := floors format clang headers cppcheck tidy readme
.PHONY: $(checks:%=lint-%)
lint: $(checks:%=lint-%)

lint-floors:
	.ci/floors
lint-format: | $(needs)
	clang-format --dry-run -Werror $(all_sources) $(all_headers)
# The other compiler: everything under its warnings too.
lint-clang: | $(needs)
	@echo "$(CLANG) -fsyntax-only -Werror"; printf '%s\n' $(program_sources) $(wildcard tests/unit/*.c) $(sim_sources) | \
	   xargs -P 2 -n 16 $(CLANG) $(STANDARD) $(WARNINGS) -Werror -fsyntax-only
# Every header compiles alone.
lint-headers: | $(needs)
	@echo "headers alone"; for file in $(all_headers); do \
	   $(CC) $(STANDARD) $(WARNINGS) -Werror -x c -fsyntax-only -include $$file /dev/null || exit 1; done
lint-cppcheck: | $(needs)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I. -j 2 \
	   --enable=warning,performance,portability --suppress=missingIncludeSystem bot commands
lint-tidy: | $(needs)
	@mkdir -p $(BUILD)/tidy
	@printf '%s\n' $(STANDARD) -I$(CURDIR) > $(BUILD)/tidy/compile_flags.txt
	@echo "clang-tidy"; printf '%s\n' $(program_sources) | \
	   xargs -P 2 -n 8 clang-tidy --quiet -p $(BUILD)/tidy 2> $(BUILD)/tidy/log || { cat $(BUILD)/tidy/log; exit 1; }
# The README's table of commands is what the commands say of themselves.
lint-readme: $(BUILD)/$(NAME)
	@$(BUILD)/$(NAME) commands --markdown > $(BUILD)/commands.md
	@awk '/^<!-- commands -->$$/{on=1;next} /^<!-- end of commands -->$$/{on=0} on' README.md | diff - $(BUILD)/commands.md || \
	   { echo "README.md: the table of commands is stale; run make readme"; exit 1; }

readme: $(BUILD)/$(NAME)
	@$(BUILD)/$(NAME) commands --markdown > $(BUILD)/commands.md
	@awk -v table=$(BUILD)/commands.md '/^<!-- commands -->$$/{print; while ((getline line < table) > 0) print line; skip=1} \
	   /^<!-- end of commands -->$$/{skip=0} !skip' README.md > $(BUILD)/README.md
	@cp $(BUILD)/README.md README.md

format: | $(needs)
	clang-format -i $(all_sources) $(all_headers)

-include systemd/install.mk

clean:
	rm -rf $(BUILD)
