# Completion of episoded(1) for fish.

set -l subcommands run chat init check new-show calendar import secret store cluster twitch replay commands

complete -c episoded -f
complete -c episoded -s c -l config -r -F -d 'The configuration'
complete -c episoded -l trace -d 'Show what goes over the wire'
complete -c episoded -l trace-file -r -F -d 'Where the trace goes'
complete -c episoded -l listen -x -d 'Where the lobby listens (run)'
complete -c episoded -l owners -x -a 'everybody nobody' -d 'Who may use owner commands in the lobby (run)'
complete -c episoded -n '__fish_seen_subcommand_from chat' -l spoilers -d 'Print at once what spoils a later episode'
complete -c episoded -s h -l help -d 'Say what can be typed'
complete -c episoded -s V -l version -d 'Say the version'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a run -d 'Run the bot until a signal ends it'
complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a chat -d 'Ask in this terminal'
complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a check -d 'Say what is wrong with a configuration or a dataset'
complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a commands -d 'The commands that people can type'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a init -d 'Write a configuration'
complete -c episoded -n '__fish_seen_subcommand_from init; and not __fish_seen_subcommand_from discord irc twitch' -a 'discord irc twitch'
complete -c episoded -n '__fish_seen_subcommand_from init; and __fish_seen_subcommand_from discord irc twitch' -F

complete -c episoded -n '__fish_seen_subcommand_from check; and not __fish_seen_subcommand_from config data' -a config -d 'A configuration'
complete -c episoded -n '__fish_seen_subcommand_from check; and not __fish_seen_subcommand_from config data' -a data -d 'Datasets'
complete -c episoded -n '__fish_seen_subcommand_from check; and __fish_seen_subcommand_from config data' -F

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a new-show -d 'Write the first file of a show'
complete -c episoded -n '__fish_seen_subcommand_from new-show' -l into -r -F -d 'The folder'
complete -c episoded -n '__fish_seen_subcommand_from new-show' -s o -l output -r -F -d 'The file'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a calendar -d 'Print the calendar of a show'
complete -c episoded -n '__fish_seen_subcommand_from calendar' -s o -l output -r -F -d 'Keep it in a file'
complete -c episoded -n '__fish_seen_subcommand_from calendar' -l alarm -x -d 'Minutes before each episode'
complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a import -d 'Make a dataset of files'
complete -c episoded -n '__fish_seen_subcommand_from import' -F
complete -c episoded -n '__fish_seen_subcommand_from import' -l into -x -a '(__fish_complete_directories)' -d 'The folder of the dataset'
complete -c episoded -n '__fish_seen_subcommand_from import' -s o -l output -r -F -d 'The file of the dataset'
complete -c episoded -n '__fish_seen_subcommand_from import' -l show -x -d 'The show'
complete -c episoded -n '__fish_seen_subcommand_from import' -l reveal -x -d 'When facts are no spoiler'
complete -c episoded -n '__fish_seen_subcommand_from import' -l update -d 'Add what is new to a dataset that exists'
complete -c episoded -n '__fish_seen_subcommand_from import' -l replace -d 'Replace a dataset that exists'
complete -c episoded -n '__fish_seen_subcommand_from import' -l dry-run -d 'Print the summary and write nothing'
complete -c episoded -n '__fish_seen_subcommand_from import' -l yes -d 'Do not ask whether it is the right show'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a secret -d 'Store a token or a password'
complete -c episoded -n '__fish_seen_subcommand_from secret; and not __fish_seen_subcommand_from set list remove' -a set -d 'Store a secret, read without echo'
complete -c episoded -n '__fish_seen_subcommand_from secret; and not __fish_seen_subcommand_from set list remove' -a list -d 'The names of the secrets'
complete -c episoded -n '__fish_seen_subcommand_from secret; and not __fish_seen_subcommand_from set list remove' -a remove -d 'Remove a secret'
complete -c episoded -n '__fish_seen_subcommand_from secret; and __fish_seen_subcommand_from remove' -a '(episoded secret list 2>/dev/null)'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a store -d 'Move the state between a folder and a PostgreSQL'
complete -c episoded -n '__fish_seen_subcommand_from store; and not __fish_seen_subcommand_from copy' -a copy -d 'Copy a state, and compare'
complete -c episoded -n '__fish_seen_subcommand_from store; and __fish_seen_subcommand_from copy' -F

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a cluster -d 'List the hosts that share a database'
complete -c episoded -n '__fish_seen_subcommand_from cluster' -l json -d 'For programs'
complete -c episoded -n '__fish_seen_subcommand_from cluster; and not __fish_seen_subcommand_from drop' -a drop -d 'Forget a dead host'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a twitch -d 'Log in to Twitch'
complete -c episoded -n '__fish_seen_subcommand_from twitch; and not __fish_seen_subcommand_from login' -a login -d 'Log the account of the bot in'

complete -c episoded -n "not __fish_seen_subcommand_from $subcommands" -a replay -d 'Run the bot on what a trace says'
complete -c episoded -n '__fish_seen_subcommand_from replay' -F

complete -c episoded -n '__fish_seen_subcommand_from commands' -l names -d 'One name a line'
complete -c episoded -n '__fish_seen_subcommand_from commands' -l json -d 'As the page reads them'
complete -c episoded -n '__fish_seen_subcommand_from commands' -l markdown -d 'A table for a README'
complete -c episoded -n '__fish_seen_subcommand_from commands' -l scdoc -d 'A part of a man page'
