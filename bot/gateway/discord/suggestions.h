#ifndef EPISODED_DISCORD_SUGGESTIONS_H
#define EPISODED_DISCORD_SUGGESTIONS_H

/*
 * Suggestions for a half-typed option of a slash command. The bot makes them; they go to Discord as the response to the
 * interaction, and are lost if they come too late.
 */

struct discord_interaction;
struct discord_question;
struct discord_rest;
struct gateway;
struct gateway_host;
struct permit;

struct discord_suggestions {
	const struct gateway_host *host;
	struct gateway *gateway;
	struct discord_rest *rest;
};

/* asker: who types, as discord_question_of_asker() reads it. permit: of the shard that heard it. */
void discord_suggest(const struct discord_suggestions *suggestions, const struct permit *permit,
		const struct discord_interaction *interaction, struct discord_question *asker);

#endif
