# Completion of episoded(1) for fish.

set -l subcommands run chat check twitch replay commands

complete -c episoded -f
complete -c episoded -s c -l config -r -F -d 'The configuration'
complete -c episoded -l trace -d 'Show what goes over the wire'
complete -c episoded -l trace-file -r -F -d 'Where the trace goes'
complete -c episoded -s h -l help -d 'Say what can be typed'
complete -c episoded -s V -l version -d 'Say the version'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a run -d 'Run the bot until a signal ends it'
complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a chat -d 'Ask in this terminal'
complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a check -d 'Say what is wrong with a configuration or a dataset'
complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a commands -d 'The commands that people can type'

complete -c episoded -n '__fish_seen_subcommand_from check; and not __fish_seen_subcommand_from config data' -a config -d 'A configuration'
complete -c episoded -n '__fish_seen_subcommand_from check; and not __fish_seen_subcommand_from config data' -a data -d 'Datasets'
complete -c episoded -n '__fish_seen_subcommand_from check; and __fish_seen_subcommand_from config data' -F

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a twitch -d 'Log in to Twitch'
complete -c episoded -n '__fish_seen_subcommand_from twitch; and not __fish_seen_subcommand_from login' -a login -d 'Log the account of the bot in'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a replay -d 'Run the bot on what a trace says'
complete -c episoded -n '__fish_seen_subcommand_from replay' -F

complete -c episoded -n '__fish_seen_subcommand_from commands' -l names -d 'One name a line'
complete -c episoded -n '__fish_seen_subcommand_from commands' -l json -d 'As the page reads them'
complete -c episoded -n '__fish_seen_subcommand_from commands' -l markdown -d 'A table for a README'
complete -c episoded -n '__fish_seen_subcommand_from commands' -l scdoc -d 'A part of a man page'
