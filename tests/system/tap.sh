# The words in which the tests of the system speak: TAP, counted in the file $TALLY. To be sourced.
# shellcheck shell=bash

_next() { echo $(($(wc -l <"$TALLY") + 1)); }
pass() { echo "ok $(_next) - $1"; echo passed >>"$TALLY"; }
fail() { echo "not ok $(_next) - $1"; echo failed >>"$TALLY"; }
skip() { echo "ok $(_next) - $1 # SKIP $2"; echo skipped >>"$TALLY"; }

# check NAME COMMAND...: one test; what the command says is shown when it fails. In a function every command counts:
# that is why it does not stand in a condition.
check() {
	local name=$1 output code
	shift
	set +e
	output=$(set -e; "$@" 2>&1)
	code=$?
	set -e
	if [ "$code" = 0 ]; then
		pass "$name"
	else
		fail "$name"
		printf '%s\n' "$output" | tail -40 | sed 's/^/# /'
	fi
}

# eventually SECONDS COMMAND...: true as soon as the command is; false after the deadline.
eventually() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			"$@"
			return
		fi
		sleep 0.1
	done
}
