/* A message of a hostile PostgreSQL: it becomes one clean line that fits, whatever it says. The first byte chooses the host. */

#include <errno.h>

#include "bot/config/config.h"
#include "bot/postgres/refusal.h"
#include "tests/fuzz/fuzzed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char db[] = "db", local[] = "127.0.0.1", folder[] = "/run/postgresql", user[] = "bot",
		    state[] = "state";
	struct fuzzed_input input = {data, size};
	uint8_t choice = fuzzed_byte(&input);
	struct database_config config = {
			.hosts = {{choice % 3 == 0        ? db
					: choice % 3 == 1 ? local
							  : folder,
					5432}},
			.host_count = 1,
			.user = user,
			.database = state,
			.is_plain = choice & 0x80,
	};
	char *message = str_copy_bytes((const char *)input.bytes, input.length), found[REFUSAL_BYTES];
	int r;

	assert(message);
	r = refusal_describe(&config, config.hosts, message, found);
	assert(r == -EACCES || r == -EAGAIN);
	assert(strlen(found) > 4 && strlen(found) < REFUSAL_BYTES && strstr(found, ": "));
	fuzzed_check_line(found);
	free(message);
	return 0;
}
