// irc
