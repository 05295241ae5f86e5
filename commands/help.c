/* !help - the list of commands, or one command in detail. */

#include <stdio.h>

#include "bot/core/command.h"

static int help_all(struct request *request)
{
	const struct command_entry *entries;
	size_t count = request_commands(request, &entries);

	reply_title(request, "Commands");
	for (size_t i = 0; i < count; i++) {
		if (!request_may(request, &entries[i]))
			continue;
		reply_item(request, "%s – %s", request_usage(request, &entries[i]),
				entries[i].command->summary);
	}
	reply_choice(request, "The latest episode", "episode latest");
	reply_choice(request, "A random one", "random");
	return reply_footer(request, "<…> is required, […] is optional. For details: \"%shelp episode\"",
			request_prefix(request));
}

/* "!ep, !e, !synopsis" */
static void say_aliases(struct request *request, const struct command *command)
{
	char text[256];
	size_t length = 0;

	for (size_t i = 0; i < COMMAND_ALIASES_MAX && command->aliases[i] && length < sizeof(text); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s%s", i ? ", " : "",
				request_prefix(request), command->aliases[i]);
	if (length)
		reply_field(request, "Also", "%s", text);
}

static int help(struct request *request)
{
	const struct command_entry *entry = request_command(request, "command");
	const struct command *command;
	const char *example;

	if (!entry)
		return help_all(request);
	command = entry->command;
	reply_title(request, "%s", request_usage(request, entry));
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].type != OPTION_NONE; i++) {
		if (command->options[i].help)
			reply_field(request, command->options[i].name, "%s", command->options[i].help);
	}
	say_aliases(request, command);
	for (size_t i = 0; (example = request_example(request, command, &i));)
		reply_choice(request, example, "%s", example);
	return reply_text(request, "%s.%s%s", command->summary, command->details ? " " : "",
			command->details ? command->details : "");
}

COMMAND(help) = {
		.aliases = {"commands", "h"},
		.summary = "The list of commands, or the details of one",
		.examples = {"help", "help episode"},
		.options = {{.name = "command", .type = OPTION_COMMAND, .help = "The command to explain"}},
		.visibility = COMMAND_PRIVATE,
		.run = help,
};
