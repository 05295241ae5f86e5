/* Start a helper thread. */

#include "bot/base/thread.h"

#include <signal.h>

int thread_start(void *(*run)(void *user), void *user, size_t stack_bytes, pthread_t *ret)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	if (!ret)
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, stack_bytes);
	error = pthread_create(ret ? ret : &thread, &attributes, run, user);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}
