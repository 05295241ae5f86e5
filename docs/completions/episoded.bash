# Completion of episoded(1) for bash.

_episoded() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words='' word subcommand='' what=''
	local -i i

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-c | --config | --trace-file | --listen | --owners | -o | --output | --into | --show | --reveal | --alarm) i+=1 ;;
		-*) ;;
		*) if [[ -z $subcommand ]]; then subcommand=$word; elif [[ -z $what ]]; then what=$word; fi ;;
		esac
	done

	COMPREPLY=()
	case $previous in
	--into)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	-c | --config | --trace-file | -o | --output)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	esac
	case $subcommand:$what in
	:) words='run chat init check new-show calendar import secret store cluster twitch replay commands --config --listen --owners --trace --trace-file --help --version' ;;
	run:) words='--config --listen --owners --trace --trace-file' ;;
	chat:) words='--config --spoilers' ;;
	init:) words='discord irc twitch' ;;
	check:) words='config data' ;;
	calendar:) words='--config --output --alarm' ;;
	import:*)
		if [[ $current == -* ]]; then
			words='--into --output --show --reveal --update --replace --dry-run --yes'
		else
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
			return
		fi
		;;
	secret:) words='set list remove' ;;
	secret:remove) words=$(episoded secret list 2>/dev/null) ;;
	store:) words='copy --config' ;;
	cluster:) words='--json --config drop' ;;
	twitch:) words='login --config' ;;
	twitch:login) words='--config' ;;
	new-show:*) words='--into --output --config' ;;
	init:* | check:* | replay:* | store:copy)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	commands:*) words='--names --json --markdown --scdoc' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _episoded episoded
