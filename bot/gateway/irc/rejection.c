/* The reasons for which servers reject a client or end a connection. */

#include "bot/gateway/irc/rejection.h"

#include <string.h>

#include "bot/base/str.h"

#define USERNAME "set \"username\" to a few letters and digits"
#define PASSWORD "set \"password\" to the server's password (of a bouncer: user/network:password)"
#define ACCOUNT  "register an account on the network and set \"sasl\""
#define BAN      "ask the network's staff to lift the ban, or connect from another address"
#define LIST                                                                                                 \
	"have this address removed from the blocklist, or log in with \"sasl\" if the network allows it "    \
	"then"
#define SLOWLY  "the bot waits longer; other clients at this address count, too"
#define CLIENTS "stop other clients at this address, or ask the network's staff for a higher limit"
#define FULL    "list other servers of the network in \"urls\""

/*
 * The first matching row applies. Read in the sources of Solanum 2026-07, ircd-hybrid 2024-10, InspIRCd 4 2026-07,
 * UnrealIRCd 6.1.8, Ergo 2026-08, ngIRCd 2026-07, irc2 2026-04, ircu2 2026-07 and Bahamut 2026-06.
 */
static const struct irc_rejection rows[] = {
		/* Solanum, hybrid: "Invalid username [~x]"; ngIRCd: "Invalid user name"; irc2: "Bad user info" */
		{"invalid username", USERNAME, true},
		{"invalid user name", USERNAME, true},
		{"username is invalid", USERNAME, true},
		{"username is not valid", USERNAME, true},
		{"bad user info", USERNAME, true},
		/* Solanum, ircu2: "Bad Password"; ngIRCd: "Bad server password", "Access denied: Bad password?" */
		{"bad password", PASSWORD, true},
		{"bad server password", PASSWORD, true},
		{"invalid password", PASSWORD, true},
		{"password mismatch", PASSWORD, true},
		{"password incorrect", PASSWORD, true},
		{"password required", PASSWORD, true}, /* ZNC */
		/* Ergo: FAIL * ACCOUNT_REQUIRED; UnrealIRCd: FAIL * ACCOUNT_REQUIRED_TO_CONNECT; Solanum: "SASL access
		 * only", "You need to identify via SASL to use this server." */
		{"account_required", ACCOUNT, true},
		{"sasl access only", ACCOUNT, true},
		{"identify via sasl", ACCOUNT, true},
		{"require sasl", ACCOUNT, true},
		{"requires sasl", ACCOUNT, true},
		{"account is required", ACCOUNT, true},
		/* "Banned (listed in a DNSBL)", "Banned (Open proxy)": Solanum */
		{"dnsbl", LIST, true},
		{"blacklist", LIST, true},
		{"blocklist", LIST, true},
		{"open proxy", LIST, true},
		/* ircu2, hybrid: "Your host is trying to (re)connect too fast -- throttled"; Solanum: "Reconnecting too
		 * fast, throttled."; Ergo: "too many recent connection attempts"; InspIRCd: "Your IP has been
		 * throttled" */
		{"throttl", SLOWLY, true},
		{"too fast", SLOWLY, true},
		{"too many recent", SLOWLY, true},
		/* Solanum: "Too many host connections (local)"; ngIRCd: "too many connections from your IP address";
		 * InspIRCd: "No more connections allowed from your host"; Ergo: "too many concurrent connections" */
		{"too many", CLIENTS, true},
		{"no more connections", CLIENTS, true},
		{"connection limit", CLIENTS, true},
		{"limit exceeded", CLIENTS, true},
		{"class is full", FULL, true},
		{"server is full", FULL, false},
		/* bans */
		{"banned", BAN, true},
		{"ban:", BAN, true},
		{"k-line", BAN, true},
		{"g-line", BAN, true},
		{"z-line", BAN, true},
		{"d-line", BAN, true},
		{"k:line", BAN, true},
		{"g:line", BAN, true},
		{"z:line", BAN, true},
		{"kline", BAN, true},
		{"gline", BAN, true},
		{"zline", BAN, true},
		{"akill", BAN, true},
		{"autokill", BAN, true},
		{"not welcome", BAN, true},
		/* Solanum: "You are not authorised to use this server."; hybrid: "not authorized"; irc2: "Unauthorized
		 * connection" */
		{"not authori", BAN, true},
		{"unauthori", BAN, true},
		{"no authori", BAN, true},
		{"access denied", BAN, true},
		{"excess flood", "set \"flood\" to \"safe\"", false},
		{"recvq exceeded", "set \"flood\" to \"safe\"", false},
};

const struct irc_rejection *irc_rejection_find(const char *text)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcasestr(text, rows[i].words))
			return &rows[i];
	}
	return NULL;
}

const struct irc_rejection *irc_rejection_read(const struct irc_line *line)
{
	static const struct irc_rejection banned = {"", BAN, true}, user = {"", USERNAME, true},
					  password = {"", PASSWORD, true};

	const struct irc_rejection *found;

	switch (irc_line_numeric(line)) {
	case 463: /* the host may not connect */
	case 465:
	case 466:
		found = irc_rejection_find(irc_line_param(line, line->param_count - 1));
		return found && found->is_lasting ? found : &banned;
	case 464: return &password;
	case 468: return &user;
	default: break;
	}
	if (str_equal_nocase(line->verb, "FAIL") && strcmp(irc_line_param(line, 0), "*") == 0)
		return irc_rejection_find(irc_line_param(line, 1));
	return NULL;
}

/*
 * Servers word it freely: "Closing Link: host (Quit: reason)" (UnrealIRCd, Solanum), "Closing connection: bot[~b@host]
 * (reason)" (ngIRCd 28), "Closing Link: host (Client Quit)" (ircd-hybrid 8.2, soon after the connection), "Quit: reason"
 * (Ergo 2.15), so only the reasons of other ends are told apart: rejections, and these.
 */
bool irc_rejection_is_after_quit(const char *text, const char *goodbye)
{
	static const char *const others[] = {"flood", "kill", "-line", ":line", "timeout", "timed out",
			"sendq", "recvq", "queue", "error", "shut", "terminat", "restart", "limit",
			"collision", "ghost", "reset by peer", "broken pipe"};

	if (strstr(text, goodbye))
		return true;
	if (irc_rejection_find(text))
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcasestr(text, others[i]))
			return false;
	}
	return true;
}
