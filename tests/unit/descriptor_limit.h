#ifndef EPISODED_TESTS_DESCRIPTOR_LIMIT_H
#define EPISODED_TESTS_DESCRIPTOR_LIMIT_H

/* Lower the limit of open files, so that no descriptor can be opened. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

static inline struct rlimit descriptors_take(void)
{
	struct rlimit before, none;
	int lowest = eventfd(0, EFD_CLOEXEC);

	assert_true(lowest >= 0);
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	return before;
}

static inline void descriptors_give(const struct rlimit *before)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, before), 0);
}

#endif
