#ifndef EPISODED_IRC_PERSON_H
#define EPISODED_IRC_PERSON_H

/* Who is a person? Servers, services and the modules of bouncers are never answered, whatever they say. Pure. */

#include <stdbool.h>
#include <stddef.h>

#define IRC_SERVER_NAME_BYTES 256

/* What the bot knows of the network. */
struct irc_people {
	const char *services;               /* the configured service ("NickServ"); may be NULL */
	char server[IRC_SERVER_NAME_BYTES]; /* the name of our server; "": unknown */
	bool has_services;                  /* the network has accounts, so the names of services are taken */
	char *const *bridges;               /* masks nick!user@host with * and ? */
	size_t bridge_count;
};

/*
 * Can the sender of a line be a person?
 *
 * Decided by the mask, not by the nick alone: a person may be called "Global", or "ChanServ" on a network without
 * services.
 */
bool irc_is_person(const struct irc_people *people, const char *source);

/* Does the configuration name the sender as a bridge, which repeats what people of another network say? */
bool irc_is_bridge(const struct irc_people *people, const char *source);
/*
 * irc_bridge_split - who says what in the text of a bridge.
 *
 * Shape:   ["[network] "] "<name> " text, as matterbridge, discord-irc and teleirc write it.
 * Owns:    *ret_name points into text and is not terminated.
 * Returns: the text after the name; NULL: the bridge itself speaks.
 */
const char *irc_bridge_split(const char *text, const char **ret_name, size_t *ret_length);

#endif
