# make install, make uninstall, make deb: the installed files and their places. Included by the Makefile.

BINDIR     ?= $(PREFIX)/bin
SHAREDIR   ?= $(PREFIX)/share
UNITDIR    ?= $(PREFIX)/lib/systemd/system
INSTALL    ?= install

# Installing needs scdoc in addition to the packages for building; a package's build brings its own (DEPS=no).
install_needs := $(if $(filter no,$(DEPS)),,$(BUILD)/.deps-install)
# Installed with their folders, so that the links between them work.
documents     := $(wildcard *.md docs/*.md docs/*/*.md docs/*.png docs/*/*.svg docs/*/*.csv) config/$(NAME).json config/schema.json LICENSE
manuals       := $(BUILD)/$(NAME).1.gz $(BUILD)/$(NAME).conf.5.gz $(BUILD)/$(NAME)-show.5.gz

.PHONY: install uninstall deb man
man: $(manuals)

# The manual's list of commands is printed by the program.
$(BUILD)/$(NAME).1: docs/$(NAME).1.scd $(BUILD)/$(NAME) | $(install_needs)
	@$(BUILD)/$(NAME) commands --scdoc > $(BUILD)/commands.scd
	@sed -e '/^@COMMANDS@$$/{r $(BUILD)/commands.scd' -e 'd}' $< | scdoc > $@
$(BUILD)/$(NAME).conf.5 $(BUILD)/$(NAME)-show.5: $(BUILD)/%.5: docs/%.5.scd | $(install_needs)
	@mkdir -p $(@D)
	@scdoc < $< > $@
%.gz: %
	@gzip -9nc $< > $@

# Replace the standard paths in the units by those of this installation.
$(BUILD)/%.service: systemd/%.service .FORCE
	@mkdir -p $(@D)
	@sed -e 's|/usr/bin/$(NAME)|$(BINDIR)/$(NAME)|g' -e 's|/etc/$(NAME)/|$(SYSCONFDIR)/$(NAME)/|g' $< > $@

# RestartSteps= is unknown to systemd before 254; the version is that of the distribution for which we build.
has_restart_steps := $(shell pkg-config --atleast-version=254 libsystemd && echo yes)
DROPINS            = $(DESTDIR)$(UNITDIR)/$(NAME).service.d $(DESTDIR)$(UNITDIR)/$(NAME)@.service.d

install: $(BUILD)/$(NAME) $(BUILD)/$(NAME)-replay $(BUILD)/$(NAME).service $(BUILD)/$(NAME)@.service $(manuals) | $(install_needs)
	$(INSTALL) -Dm755 $(BUILD)/$(NAME) $(DESTDIR)$(BINDIR)/$(NAME)
	$(INSTALL) -Dm755 $(BUILD)/$(NAME)-replay $(DESTDIR)$(LIBEXECDIR)/$(NAME)/$(NAME)-replay
	$(INSTALL) -d $(DESTDIR)$(SHAREDIR)/$(NAME)/data
	$(INSTALL) -m644 data/*.json $(DESTDIR)$(SHAREDIR)/$(NAME)/data/
	$(INSTALL) -m644 config/schema.json $(DESTDIR)$(SHAREDIR)/$(NAME)/config.schema.json
	test -e $(DESTDIR)$(SYSCONFDIR)/$(NAME)/$(NAME).json || \
	  $(INSTALL) -Dm644 config/$(NAME).json $(DESTDIR)$(SYSCONFDIR)/$(NAME)/$(NAME).json
	$(INSTALL) -d $(DESTDIR)$(SYSCONFDIR)/$(NAME)/shows
	$(INSTALL) -Dm644 $(BUILD)/$(NAME).service $(DESTDIR)$(UNITDIR)/$(NAME).service
	$(INSTALL) -Dm644 $(BUILD)/$(NAME)@.service $(DESTDIR)$(UNITDIR)/$(NAME)@.service
	$(if $(has_restart_steps),for folder in $(DROPINS); do \
	  $(INSTALL) -Dm644 systemd/restart.conf $$folder/restart.conf || exit 1; done)
	$(INSTALL) -Dm644 $(BUILD)/$(NAME).1.gz $(DESTDIR)$(SHAREDIR)/man/man1/$(NAME).1.gz
	$(INSTALL) -Dm644 $(BUILD)/$(NAME).conf.5.gz $(DESTDIR)$(SHAREDIR)/man/man5/$(NAME).conf.5.gz
	$(INSTALL) -Dm644 $(BUILD)/$(NAME)-show.5.gz $(DESTDIR)$(SHAREDIR)/man/man5/$(NAME)-show.5.gz
	$(INSTALL) -Dm644 docs/completions/$(NAME).bash $(DESTDIR)$(SHAREDIR)/bash-completion/completions/$(NAME)
	$(INSTALL) -Dm644 docs/completions/_$(NAME) $(DESTDIR)$(SHAREDIR)/zsh/vendor-completions/_$(NAME)
	$(INSTALL) -Dm644 docs/completions/$(NAME).fish $(DESTDIR)$(SHAREDIR)/fish/vendor_completions.d/$(NAME).fish
	for file in $(documents); do $(INSTALL) -Dm644 $$file $(DESTDIR)$(SHAREDIR)/doc/$(NAME)/$$file || exit 1; done
	@if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
	@if [ -n '$(DESTDIR)' ]; then :; \
	elif [ -d /run/systemd/system ] && systemctl -q is-active $(NAME); then echo 'Restart the running service: systemctl restart $(NAME)'; \
	else echo 'Start it, now and at every boot: systemctl enable --now $(NAME)'; fi

# The configuration and the folder of shows beside it are not removed: they belong to the administrator.
uninstall:
	@if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ] && systemctl -q is-active $(NAME); then \
	  systemctl disable --now $(NAME); fi
	rm -f $(DESTDIR)$(BINDIR)/$(NAME) $(DESTDIR)$(UNITDIR)/$(NAME).service $(DESTDIR)$(UNITDIR)/$(NAME)@.service \
	  $(DESTDIR)$(SHAREDIR)/man/man1/$(NAME).1.gz $(DESTDIR)$(SHAREDIR)/man/man5/$(NAME).conf.5.gz \
	  $(DESTDIR)$(SHAREDIR)/man/man5/$(NAME)-show.5.gz \
	  $(DESTDIR)$(SHAREDIR)/bash-completion/completions/$(NAME) \
	  $(DESTDIR)$(SHAREDIR)/zsh/vendor-completions/_$(NAME) $(DESTDIR)$(SHAREDIR)/fish/vendor_completions.d/$(NAME).fish
	rm -rf $(DROPINS:%=%/restart.conf)
	for folder in $(DROPINS); do if [ -d $$folder ]; then rmdir --ignore-fail-on-non-empty $$folder; fi; done
	rm -rf $(DESTDIR)$(LIBEXECDIR)/$(NAME) $(DESTDIR)$(SHAREDIR)/$(NAME) $(DESTDIR)$(SHAREDIR)/doc/$(NAME)
	@if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

# dpkg-buildpackage writes next to its working folder, so it gets a copy of the files in git, under $(BUILD). Variables
# set for this make are not passed on. The maintainer of the package is the person who builds it: DEBFULLNAME and DEBEMAIL,
# as for debchange(1). Without them the package has the authors' name and no address.
deb:
	@command -v dh >/dev/null || { echo 'make deb needs the package debhelper: apt install debhelper'; exit 1; }
	rm -rf $(BUILD)/deb
	mkdir -p $(BUILD)/deb/$(NAME)
	git ls-files -z | xargs -0 cp --parents -t $(BUILD)/deb/$(NAME)
	@if [ -n '$(homepage)' ]; then sed -i '/^Standards-Version:/aHomepage: $(homepage)' $(BUILD)/deb/$(NAME)/debian/control; fi
	@if [ -n "$$DEBEMAIL" ]; then sed -i "s|^Maintainer:.*|Maintainer: $${DEBFULLNAME:-the episoded authors} <$$DEBEMAIL>|" \
	  $(BUILD)/deb/$(NAME)/debian/control; fi
	cd $(BUILD)/deb/$(NAME) && env -u MAKEFLAGS -u MAKEOVERRIDES -u MAKELEVEL -u BUILD -u DESTDIR -u PREFIX HOMEPAGE='$(homepage)' \
	  dpkg-buildpackage --unsigned-source --unsigned-changes --build=binary
	@ls $(BUILD)/deb/*.deb
