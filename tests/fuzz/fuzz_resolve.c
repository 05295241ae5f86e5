/* Any results of the C library's resolver: addresses are numeric and unique, and the callback is called once. */

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#include "bot/net/loop.h"
#include "bot/net/resolve.h"
#include "tests/fuzz/fuzzed.h"

#define DEADLINE_MS 5000
#define ANSWERS_MAX 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct found {
	struct addrinfo info;
	struct sockaddr_storage address;
};

static struct loop *loop;
static struct timer *deadline;
static struct fuzzed_input answers; /* read in the resolver's thread while the loop waits */
static bool is_over;

/* Replaces the library's function: a byte for the error, then for each address a family and its bytes. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	static const int errors[] = {EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_MEMORY, EAI_SYSTEM, EAI_FAMILY};
	struct addrinfo *first = NULL, **link = &first;
	uint8_t error;

	assert(*host && !service);
	if (hints->ai_flags & AI_NUMERICHOST)
		return EAI_NONAME;
	error = fuzzed_byte(&answers);
	if (error >= 0xF0)
		return errors[error % 6];
	for (unsigned i = 0; i < ANSWERS_MAX && answers.length; i++) {
		struct found *found = calloc(1, sizeof(*found));
		static const sa_family_t families[] = {AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC};
		uint8_t family = fuzzed_byte(&answers);

		assert(found);
		found->address.ss_family = families[family % 4];
		for (size_t at = 0; at < 16; at++)
			((uint8_t *)&found->address)[family % 4 == 1 ? 8 + at : 4 + at] =
					fuzzed_byte(&answers);
		found->info.ai_family = found->address.ss_family;
		found->info.ai_addr = (struct sockaddr *)&found->address;
		found->info.ai_addrlen = family % 4 == 1   ? sizeof(struct sockaddr_in6)
					 : family % 4 == 0 ? sizeof(struct sockaddr_in)
							   : family >> 2;
		*link = &found->info;
		link = &found->info.ai_next;
	}
	*ret = first;
	return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
	while (info) {
		struct addrinfo *next = info->ai_next;

		free(info); /* the first member of the allocation */
		info = next;
	}
}

static void on_answer(void *user, const struct resolve_answer *answer)
{
	(void)user;
	assert(!is_over && answer->count <= RESOLVE_ADDRESSES_MAX);
	/* A failure has a reason that is whole and clean, whatever the name. */
	assert((*answer->reason == '\0') == (answer->error == 0));
	fuzzed_check_line(answer->reason);
	assert((answer->error == 0) == (answer->count > 0));
	assert(answer->error == 0 || answer->error == -ENOENT || answer->error == -EAGAIN ||
			answer->error == -ENOMEM);
	for (size_t i = 0; i < answer->count; i++) {
		const char *address = answer->addresses[i];

		assert(*address && strlen(address) < RESOLVE_ADDRESS_BYTES);
		fuzzed_check_line(address);
		for (size_t k = 0; k < i; k++)
			assert(strcmp(answer->addresses[k], address) != 0);
	}
	is_over = true;
	loop_stop(loop);
}

static void on_deadline(void *user)
{
	(void)user;
	assert(!"an answer comes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resolve *resolve = NULL;

	if (!loop) {
		assert(loop_new(&loop) == 0);
		deadline = timer_new(loop, on_deadline, NULL);
		assert(deadline);
	}
	answers = (struct fuzzed_input){data, size};
	is_over = false;
	timer_set(deadline, DEADLINE_MS);
	assert(resolve_start(loop, "irc.example", on_answer, NULL, &resolve) == 0);
	assert(loop_run(loop) == 0 && is_over);
	return 0;
}
