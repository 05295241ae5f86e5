# episoded: make run, make test. See README.md.

NAME    := episoded
VERSION := 0.1.0

# ---------------------------------------------------------------- settings
BUILD   ?= build
PREFIX  ?= /usr
DESTDIR ?=
LIBEXECDIR ?= $(PREFIX)/libexec
SYSCONFDIR ?= /etc
WERROR  ?=

CC       ?= cc
CLANG    ?= clang
CFLAGS   ?= -O2 -g
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wwrite-strings -Wcast-qual -Wpointer-arith -Wundef -Wvla -Wformat=2 \
            -Werror=format $(if $(WERROR),-Werror)

# Hardening of the plain program; tests/system/program checks the result. Flags that depend on compiler, C library or
# processor are tried on an empty file: clang lacks -fstack-clash-protection on some processors, -fcf-protection is for
# x86, -mbranch-protection for ARM, and _FORTIFY_SOURCE=3 needs gcc 12 or clang 9, and glibc 2.34.
supports  = $(shell printf '\043include <stdio.h>\n' | $(CC) -O2 -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo '$(1)')
fortify  := $(or $(call supports,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDEN   := -fPIE -fstack-protector-strong $(fortify) $(call supports,-fstack-clash-protection) \
            $(call supports,-fcf-protection=full) $(call supports,-mbranch-protection=standard)
HARDEN_LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code

PACKAGES := libwebsockets libssl libcrypto libcurl sqlite3 zlib libzstd libcjson libutf8proc libsystemd libedit libpq expat yaml-0.1
# Expanded late (=), so that "make deps" works before these packages are installed.
LIBS_FLAGS  = $(shell pkg-config --cflags $(PACKAGES))
LIBS        = $(shell pkg-config --libs $(PACKAGES)) -lstemmer -lical -pthread
TEST_LIBS   = $(shell pkg-config --libs cmocka)

STANDARD  = -std=c11 -D_GNU_SOURCE -I. -DEPISODED_VERSION='"$(VERSION)"' \
            -DEPISODED_DATADIR='"$(PREFIX)/share/episoded"' -DEPISODED_LIBEXECDIR='"$(LIBEXECDIR)/episoded"' \
            -DEPISODED_SYSCONFDIR='"$(SYSCONFDIR)"' $(LIBS_FLAGS) -pthread

# HOMEPAGE, by default that of git's remote "origin": the web address of the source, in answers to CTCP SOURCE, in Discord's
# User-Agent and in the package. Empty: not known.
homepage := $(shell .ci/homepage $(if $(filter undefined,$(origin HOMEPAGE)),,'$(HOMEPAGE)'))

# Use all processors, unless -j is given.
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

# V=1 prints whole commands.
quiet := $(if $(V),,@)

.PHONY: all run deps check test sim sim-mutants bench torture lint fuzz fuzz-coverage coverage docs format clean
.DELETE_ON_ERROR:
# Keep the objects of tests, so that the next run does not compile them again.
.PRECIOUS: $(BUILD)/plain/%.c.o $(BUILD)/test/%.c.o $(BUILD)/fuzz/%.c.o $(BUILD)/fuzz-once/%.c.o $(BUILD)/fuzz-net/%.c.o $(BUILD)/replay/%.c.o
all: $(BUILD)/$(NAME) $(BUILD)/$(NAME)-replay

# These goals install missing packages first; plain "make" (a package's build) does not.
ifneq ($(DEPS),no)
needs := $(if $(filter run,$(MAKECMDGOALS)),$(BUILD)/.deps-run) \
         $(if $(filter check,$(MAKECMDGOALS)),$(BUILD)/.deps-check) \
         $(if $(filter test sim sim-mutants bench torture fuzz fuzz-coverage coverage,$(MAKECMDGOALS)),$(BUILD)/.deps-test) \
         $(if $(filter lint lint-% format,$(MAKECMDGOALS)),$(BUILD)/.deps-lint) \
         $(if $(filter install man,$(MAKECMDGOALS)),$(BUILD)/.deps-install)
endif
# Included, so that make starts again once they are installed: the flags above are tried with the compiler, which may be
# one of them. "make -n" installs nothing.
ifeq ($(findstring n,$(firstword -$(MAKEFLAGS))),)
include $(needs)
endif
$(BUILD)/.deps-%: .ci/deps
	@mkdir -p $(@D)
	@.ci/deps $*
	@touch $@
deps:
	@.ci/deps run test lint

# ---------------------------------------------------------------- sources
main_source     := bot/main.c
replay_sources  := $(filter-out bot/replay/tape.c,$(sort $(wildcard bot/replay/*.c)))
library_sources := $(filter-out $(main_source) $(replay_sources),$(sort $(shell find bot -name '*.c')))
command_sources := $(sort $(wildcard commands/*.c))
page_source     := $(wildcard bot/gateway/lobby/page.S)
page_files      := $(sort $(wildcard bot/gateway/lobby/page/*))
page_packed     := $(patsubst bot/gateway/lobby/page/%,$(BUILD)/page/%.gz,$(filter-out %.png,$(page_files)))
# What people ask, and what only the bot itself runs.
bot_commands    := $(patsubst commands/%.c,%,$(shell grep -l '= PERMISSION_BOT,' $(command_sources)))
commands        := $(filter-out $(bot_commands),$(patsubst commands/%.c,%,$(command_sources)))
unit_tests      := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
fuzzers         := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# The table of commands, made from the file names; rewritten only when the set of files changes.
$(BUILD)/commands.c: .FORCE
	@mkdir -p $(@D)
	@{ printf '/* Written by make from the files in commands/. */\n#include "bot/core/commands.h"\n\n'; \
	   for name in $(commands) $(bot_commands); do printf 'extern const struct command command_%s;\n' $$name; done; \
	   printf '\nconst struct command_entry command_entries[] = {\n'; \
	   for name in $(commands); do printf '\t{"%s", &command_%s},\n' $$name $$name; done; \
	   printf '};\nconst size_t command_entry_count = sizeof(command_entries) / sizeof(command_entries[0]);\n'; \
	   printf '\nconst struct command_entry bot_command_entries[] = {\n'; \
	   for name in $(bot_commands); do printf '\t{"%s", &command_%s},\n' $$name $$name; done; \
	   printf '\t{0},\n};\n'; \
	 } > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
.FORCE:
$(BUILD)/homepage.c: .FORCE
	@mkdir -p $(@D)
	@printf '/* Written by make: HOMEPAGE. */\n#include "bot/base/homepage.h"\n\nconst char homepage[] = "%s";\n' '$(homepage)' > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# The files of the page as browsers get them.
.SECONDARY: $(page_packed)
$(BUILD)/page/%.gz: bot/gateway/lobby/page/%
	@mkdir -p $(@D)
	@gzip -9nc $< > $@

# ---------------------------------------------------------------- builds: plain, test, fuzz, replay
# $(1) folder, $(2) compiler, $(3) flags
define BUILD_IN
$(1)/objects := $$(patsubst %,$(1)/%.o,$(library_sources) $(command_sources) $(page_source)) $(1)/commands.c.o $(1)/homepage.c.o

$(1)/%.c.o: %.c | $(needs)
	@mkdir -p $$(@D); rm -f $$(@:.o=.gcda)
	$(if $(V),,@echo "  CC   $$<")
	$(quiet)$(2) $$(STANDARD) $(WARNINGS) $(3) -MMD -MP -c -o $$@ $$<
$(1)/commands.c.o $(1)/homepage.c.o: $(1)/%.c.o: $(BUILD)/%.c | $(needs)
	@mkdir -p $$(@D); rm -f $$(@:.o=.gcda)
	$(if $(V),,@echo "  CC   $$<")
	$(quiet)$(2) $$(STANDARD) $(WARNINGS) $(3) -MMD -MP -c -o $$@ $$<
$(1)/%.S.o: %.S $(page_files) $(page_packed) | $(needs)
	@mkdir -p $$(@D)
	$(quiet)$(2) $(3) -I. -Wa,-I,$(BUILD)/page -c -o $$@ $$<
$(1)/lib$(NAME).a: $$($(1)/objects)
	@rm -f $$@
	$(quiet)ar rcs $$@ $$^
-include $$(patsubst %.o,%.d,$$($(1)/objects) $(1)/$(main_source).o $$(replay_sources:%=$(1)/%.o)) $$(wildcard $(1)/tests/*/*.d $(1)/tests/*/*/*.d)
endef

plain  := $(BUILD)/plain
tested := $(BUILD)/test
fuzzed := $(BUILD)/fuzz
fuzzed_once := $(BUILD)/fuzz-once
replayed := $(BUILD)/replay
$(eval $(call BUILD_IN,$(plain),$(CC),$(CFLAGS) $(HARDEN)))
# What a debugger needs to follow a variable through registers costs an eighth of the compiler's time; a report needs lines.
$(eval $(call BUILD_IN,$(tested),$(CC),-O1 -g -fno-var-tracking --coverage $(SANITIZE)))
# Rebuild objects when the compiler, its flags or the installed folders change.
$(plain)/flags: .FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS) $(HARDEN) $(PREFIX) $(LIBEXECDIR) $(SYSCONFDIR)' > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$($(plain)/objects) $(plain)/$(main_source).o $(replay_sources:%=$(plain)/%.o): $(plain)/flags
$(eval $(call BUILD_IN,$(fuzzed),$(CLANG),-O1 -g -fsanitize=fuzzer-no-link $(SANITIZE)))
# "make test" runs each input of the corpus once: that is over sooner than the compiler would have optimised.
$(eval $(call BUILD_IN,$(fuzzed_once),$(CLANG),-O0 -gline-tables-only -fsanitize=fuzzer-no-link $(SANITIZE)))
$(eval $(call BUILD_IN,$(replayed),$(CC),-O0 --coverage))

$(BUILD)/$(NAME): $(plain)/$(main_source).o $(plain)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) $(CFLAGS) $(HARDEN) $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LIBS)
# The same program for replaying a trace: bot/replay/ replaces the sockets of bot/net/ and the system's clocks.
replay_flags := -Wl,--wrap=clock_gettime,--wrap=getrandom
$(BUILD)/$(NAME)-replay: $(replay_sources:%=$(plain)/%.o) $(plain)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) $(CFLAGS) $(HARDEN) $(HARDEN_LINK) $(replay_flags) $(LDFLAGS) -o $@ $^ $(LIBS)
$(tested)/$(NAME)-replay: $(replay_sources:%=$(tested)/%.o) $(tested)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) $(replay_flags) -o $@ $^ $(LIBS)
$(tested)/$(NAME): $(tested)/$(main_source).o $(tested)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) -o $@ $^ $(LIBS)
# test_spoiler_property plants faults in the rule of what may be told.
spoiler_wrapped := line_tells line_tells_episode line_tells_title line_tells_character line_limit line_lower \
                   episode_has_aired reply_add_veiled_item
test_spoiler_property_link := $(spoiler_wrapped:%=-Wl,--wrap=%)
# test_cluster lets the clock of bot/cluster/sets.c run faster.
test_cluster_link := -Wl,--wrap=loop_now_ms
test_store_memory_link := -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup
$(plain)/unit/%: $(plain)/tests/unit/%.c.o $(plain)/lib$(NAME).a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) $(CFLAGS) -pie $($*_link) -o $@ $^ $(LIBS) $(TEST_LIBS)
$(tested)/unit/%: $(tested)/tests/unit/%.c.o $(tested)/lib$(NAME).a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) $($*_link) -o $@ $^ $(LIBS) $(TEST_LIBS)
$(fuzzed)/bin/%: $(fuzzed)/tests/fuzz/%.c.o $(fuzzed)/lib$(NAME).a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CLANG) -fsanitize=fuzzer $(SANITIZE) -o $@ $^ $(LIBS)
$(fuzzed_once)/bin/%: $(fuzzed_once)/tests/fuzz/%.c.o $(fuzzed_once)/lib$(NAME).a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CLANG) -fsanitize=fuzzer $(SANITIZE) -o $@ $^ $(LIBS)
$(replayed)/bin/%: $(replayed)/tests/fuzz/%.c.o $(replayed)/tests/fuzz/replay.c.o $(replayed)/lib$(NAME).a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage -o $@ $^ $(LIBS)

# ---------------------------------------------------------------- the simulation
# The whole, unchanged bot against simulated networks: tests/sim/ replaces the sockets of bot/net/, the system's clocks and
# its random numbers.
sim_sources := $(sort $(wildcard tests/sim/*.c))
sim_objects := $(patsubst %,$(tested)/%.o,$(sim_sources))
sim_wrapped := clock_gettime getrandom malloc_trim \
               store_journal_begin store_journal_done store_keep database_settle throttle_spend backoff_next \
               remote_clock_now remote_clock_age journal_each_open store_settle_later
$(tested)/sim: $(sim_objects) $(tested)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) $(sim_wrapped:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)

# A fleet on paper: many hosts with the real bot/cluster/ in virtual time.
fleet_sources := $(sort $(wildcard tests/fleet/*.c))
$(tested)/fleet: $(fleet_sources:%=$(tested)/%.o) $(tested)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) -o $@ $^ $(LIBS)
$(plain)/fleet: $(fleet_sources:%=$(plain)/%.o) $(plain)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) $(CFLAGS) -pie -o $@ $^ $(LIBS)

# A year of announcements, reminders and parties: the bot in virtual time, killed between any two steps.
year_sources := $(sort $(wildcard tests/year/*.c))
$(tested)/year: $(year_sources:%=$(tested)/%.o) $(tested)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) -Wl,--wrap=clock_gettime -o $@ $^ $(LIBS)
$(plain)/year: $(year_sources:%=$(plain)/%.o) $(plain)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) $(CFLAGS) -pie -Wl,--wrap=clock_gettime -o $@ $^ $(LIBS)

# The program with the networks in tests/networks/, whose table takes the place of bot/daemon/networks.c.
network_sources := $(sort $(wildcard tests/networks/*.c tests/networks/*/*.c))
$(tested)/$(NAME)-echo: $(tested)/$(main_source).o $(network_sources:%=$(tested)/%.o) $(tested)/lib$(NAME).a
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CC) --coverage $(SANITIZE) -o $@ $^ $(LIBS)

# Helper programs of the tests.
$(tested)/tools/%: tests/tools/%.c | $(needs)
	@mkdir -p $(@D)
	$(CC) -O2 $(WARNINGS) -D_GNU_SOURCE -std=c11 -o $@ $< -lzstd -lsqlite3
$(tested)/tools/%.so: tests/tools/%.so.c | $(needs)
	@mkdir -p $(@D)
	$(CC) -O2 -fPIC -shared $(WARNINGS) -D_GNU_SOURCE -std=c11 -o $@ $<
$(tested)/torture/shim.so: tests/torture/shim.c | $(needs)
	@mkdir -p $(@D)
	$(CC) -O1 -g -fno-omit-frame-pointer -fno-builtin -ftls-model=initial-exec -fPIC -shared $(WARNINGS) -D_GNU_SOURCE -std=c11 -o $@ $<
shim := $(tested)/torture/shim.so
tools := $(patsubst tests/tools/%.c,$(tested)/tools/%,$(wildcard tests/tools/*.c))

# ---------------------------------------------------------------- run and test
# "make run LISTEN=8068" takes another port, and the program's advice about a port that is taken says so.
LISTEN ?=
ARGS   ?=
run: $(BUILD)/$(NAME)
	@EPISODED_LISTEN_COMMAND='make run LISTEN=' EPISODED_OWNERS_COMMAND='make run OWNERS=everybody' $(BUILD)/$(NAME) run \
		$(strip $(if $(LISTEN),--listen '$(LISTEN)') $(if $(OWNERS),--owners '$(OWNERS)') $(ARGS))

tests/node_modules/.package-lock.json: tests/package.json tests/package-lock.json | $(needs)
	npm ci --prefix tests --no-audit --no-fund
	@touch $@

unit_programs := $(patsubst %,$(tested)/unit/%,$(unit_tests))
fuzz_programs := $(patsubst %,$(fuzzed)/bin/%,$(fuzzers))
suites        ?= unit commands answers sim fuzz gateways cluster browser torture system
node_modules  := tests/node_modules/.package-lock.json

# What each suite needs.
unit_needs     := $(unit_programs)
commands_needs := $(tested)/$(NAME) $(tools)
answers_needs  := $(tested)/$(NAME) $(tools) $(node_modules)
fuzz_needs     := $(patsubst %,$(fuzzed_once)/bin/%,$(fuzzers))
gateways_needs := $(plain)/year $(BUILD)/$(NAME) $(tested)/$(NAME) $(tested)/$(NAME)-echo $(tested)/$(NAME)-replay $(tools) $(node_modules)
cluster_needs  := $(tested)/$(NAME) $(plain)/fleet $(tools) $(node_modules) $(patsubst %,$(tested)/unit/test_%,store journal journal_gather)
browser_needs  := $(gateways_needs)
system_needs   := $(BUILD)/$(NAME) $(BUILD)/$(NAME)-replay $(tools) $(node_modules)
sim_needs      := $(tested)/sim
torture_needs  := $(BUILD)/$(NAME) $(tested)/$(NAME) $(shim) $(tools) $(node_modules)
test: $(sort $(foreach suite,$(suites),$($(suite)_needs)))
	@BUILD=$(BUILD) tests/run $(suites)

# The quick check while writing: unit and command tests of the plain build, or one of them (T=irc_session).
check: $(BUILD)/$(NAME) $(patsubst %,$(plain)/unit/%,$(if $(T),test_$(T),$(unit_tests)))
	@BUILD=$(BUILD) VARIANT=plain EPISODED=$(BUILD)/$(NAME) tests/run $(if $(T),unit:test_$(T),unit commands)

# Fail each distinct allocation once: without a sanitizer to find crashes, with one to find leaks.
torture: $(torture_needs)
	@for program in $(BUILD)/$(NAME) $(tested)/$(NAME); do \
	   echo "$$program"; BUILD=$(BUILD) EPISODED=$$program node tests/torture/torture.mjs || exit 1; done

# Simulation: SEED=n runs one seed (TRACE=1 prints its events, DATABASE=1 keeps the state in a database), SEEDS=n runs n
# seeds, starting with FIRST, and half as many with a database.
SEEDS ?= 300
FIRST ?= 1
sim: $(tested)/sim
	@$(if $(SEED),$(tested)/sim $(if $(TRACE),--trace) $(if $(DATABASE),--database) --first $(SEED),tests/sim/run $(tested)/sim $(SEEDS) $(FIRST))

# The simulation must find each planted fault.
sim-mutants: $(tested)/sim
	@MUTANTS=1 tests/sim/run $(tested)/sim 1000

# The plots of the manual, from the fleet on paper.
fleet-plots: $(plain)/fleet
	@mkdir -p $(BUILD)/fleet
	$(plain)/fleet --seeds 0 --csv $(BUILD)/fleet
	node tests/fleet/plot.mjs $(BUILD)/fleet docs/operate

bench: $(BUILD)/$(NAME) $(tools) tests/node_modules/.package-lock.json
	@EPISODED=$(BUILD)/$(NAME) tests/bench/run

# Run each fuzz target for FUZZ_SECONDS, starting from its corpus; an input may take 60 s and 1 GB.
FUZZ_SECONDS ?= 60
fuzz: $(fuzz_programs)
	@for name in $(fuzzers); do \
	   mkdir -p $(BUILD)/corpus/$$name; echo "$$name, $(FUZZ_SECONDS) s"; \
	   $(fuzzed)/bin/$$name -max_total_time=$(FUZZ_SECONDS) -timeout=60 -rss_limit_mb=1024 -artifact_prefix=$(BUILD)/ $(BUILD)/corpus/$$name \
	     tests/fuzz/corpus/$${name#fuzz_} > $(BUILD)/$$name.log 2>&1 || { cat $(BUILD)/$$name.log; exit 1; }; \
	   tail -1 $(BUILD)/$$name.log; done

# The fuzz targets that use a socket, with libwebsockets built under ASan and UBSan (downloads its source once):
# FUZZ_SECONDS each. Not part of "make test".
net_fuzzers  := fuzz_lobby_http fuzz_websocket
lws          := $(BUILD)/libwebsockets
net_fuzzed   := $(BUILD)/fuzz-net
net_programs := $(patsubst %,$(net_fuzzed)/bin/%,$(net_fuzzers))
$(eval $(call BUILD_IN,$(net_fuzzed),$(CLANG),-I$(lws)/include -O1 -g -fsanitize=fuzzer-no-link $(SANITIZE)))
$(lws)/lib/libwebsockets.a: tests/fuzz/libwebsockets
	rm -rf $(lws)
	tests/fuzz/libwebsockets $(lws)
ifneq ($(filter fuzz-net,$(MAKECMDGOALS)),)
$($(net_fuzzed)/objects) $(net_fuzzers:%=$(net_fuzzed)/tests/fuzz/%.c.o): | $(lws)/lib/libwebsockets.a
endif
$(net_fuzzed)/bin/%: $(net_fuzzed)/tests/fuzz/%.c.o $(net_fuzzed)/lib$(NAME).a $(lws)/lib/libwebsockets.a
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LINK $@")
	$(quiet)$(CLANG) -fsanitize=fuzzer $(SANITIZE) -o $@ $^ $(filter-out -lwebsockets,$(LIBS)) -lcap -lm
.PHONY: fuzz-net
fuzz-net: $(net_programs)
	@for name in $(net_fuzzers); do \
	   mkdir -p $(BUILD)/corpus/net_$$name; echo "$$name, libwebsockets with ASan, $(FUZZ_SECONDS) s"; \
	   $(net_fuzzed)/bin/$$name -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(BUILD)/net_ $(BUILD)/corpus/net_$$name \
	     tests/fuzz/corpus/$${name#fuzz_} > $(BUILD)/net_$$name.log 2>&1 || { cat $(BUILD)/net_$$name.log; exit 1; }; \
	   tail -1 $(BUILD)/net_$$name.log; done
# The source lines that the fuzz targets reach together.
fuzz-coverage: $(patsubst %,$(replayed)/bin/%,$(fuzzers)) $(replayed)/$(main_source).o
	@BUILD=$(BUILD) tests/fuzz/coverage $(fuzzers)

# ---------------------------------------------------------------- checks of the source
all_sources := $(main_source) $(replay_sources) $(library_sources) $(command_sources) $(wildcard tests/unit/*.c tests/fuzz/*.c tests/sim/*.c tests/fleet/*.c tests/year/*.c) \
               $(network_sources)
all_headers := $(sort $(shell find bot tests/sim tests/fleet tests/year tests/networks -name '*.h'))
formatted   := $(all_sources) $(all_headers) $(wildcard tests/unit/*.h tests/fuzz/*.h tests/tools/*.c tests/torture/*.c)

program_sources := $(main_source) $(replay_sources) $(library_sources) $(command_sources)
quick_checks := floors format clang headers docs flags
slow_checks  := cppcheck tidy
checks       := $(quick_checks) $(slow_checks)
.PHONY: $(checks:%=lint-%) lint-quick lint-slow
lint: lint-quick lint-slow
lint-quick: $(quick_checks:%=lint-%)
lint-slow: $(slow_checks:%=lint-%)

lint-floors:
	.ci/floors
	.ci/names
	.ci/words
lint-format: | $(needs)
	clang-format --dry-run -Werror $(formatted)
# Compile everything with the warnings of the other compiler, too.
lint-clang: | $(needs)
	@echo "$(CLANG) -fsyntax-only -Werror"; printf '%s\n' $(program_sources) $(wildcard tests/unit/*.c) $(sim_sources) $(network_sources) | \
	   xargs -P 2 -n 16 $(CLANG) $(STANDARD) $(WARNINGS) -Werror -fsyntax-only
# Every header must compile alone.
lint-headers: | $(needs)
	@echo "headers alone"; for file in $(all_headers); do \
	   $(CC) $(STANDARD) $(WARNINGS) -Werror -x c -fsyntax-only -include $$file /dev/null || exit 1; done
lint-cppcheck: | $(needs)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I. -j 2 \
	   --enable=warning,performance,portability --suppress=missingIncludeSystem bot commands tests/networks
# How many states of a function the analyzer looks at; its own limit is 225000. CI takes a third of that in 40 % of the time.
tidy_nodes ?= 225000
tidy_limit := $(foreach arg,-Xclang -analyzer-config -Xclang max-nodes=$(tidy_nodes),--extra-arg=$(arg))
lint-tidy: | $(needs)
	@mkdir -p $(BUILD)/tidy
	@printf '%s\n' $(STANDARD) -I$(CURDIR) > $(BUILD)/tidy/compile_flags.txt
	@echo "clang-tidy"; printf '%s\n' $(program_sources) $(network_sources) | \
	   xargs -P 2 -n 8 clang-tidy --quiet $(tidy_limit) -p $(BUILD)/tidy 2> $(BUILD)/tidy/log || { cat $(BUILD)/tidy/log; exit 1; }
# The documents agree with the program; "make docs" updates the table of commands.
lint-docs: $(BUILD)/$(NAME)
	.ci/docs $(BUILD)/$(NAME)

docs: $(BUILD)/$(NAME)
	@$(BUILD)/$(NAME) commands --markdown > $(BUILD)/commands.md
	@awk -v table=$(BUILD)/commands.md '/^<!-- commands -->$$/{print; while ((getline line < table) > 0) print line; skip=1} \
	   /^<!-- end of commands -->$$/{skip=0} !skip' docs/use/commands.md > $(BUILD)/commands-page.md
	@cp $(BUILD)/commands-page.md docs/use/commands.md

# compile_flags.txt tells clangd what the Makefile passes, except the folder of one architecture, which is searched anyway.
own_flags = printf '%s\n' $(STANDARD) $(filter-out -Werror,$(WARNINGS)) | grep -v '^-I/usr/include/.*-linux-gnu'
lint-flags: | $(needs)
	@$(own_flags) | diff compile_flags.txt - || { echo "compile_flags.txt is stale; run make flags"; exit 1; }
.PHONY: flags
flags: | $(needs)
	@$(own_flags) > compile_flags.txt

format: | $(needs)
	clang-format -i $(formatted)

-include systemd/install.mk

clean:
	rm -rf $(BUILD)
