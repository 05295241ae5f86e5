/*
 * Make chosen allocations fail. Loaded with LD_PRELOAD before the program and its sanitizer's runtime; controlled
 * through a file that the test maps, too.
 *
 * The file contains struct control: it counts allocations, and makes number fail_at and the span - 1 allocations after
 * it fail. The last failed allocation is recorded with its callers.
 */

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CALLERS_MAX   28
#define CALLERS_BYTES 4000
#define EARLY_BYTES   65536 /* memory for the linker while it looks up the real functions */
#define RECORD_MAX    (1024 * 1024)
#define RECORD_DEPTH  12

struct control {
	int64_t fail_at; /* 0: no allocation fails */
	int64_t span;
	int64_t count;
	int64_t failures;
	char callers[CALLERS_BYTES]; /* one per line, the innermost first */
};

static struct control *control;
static uint64_t *record; /* per allocation, a hash of its callers */
static _Thread_local bool is_inside;
static bool is_over;
static _Alignas(16) char early[EARLY_BYTES];
static size_t early_used;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static int (*real_memalign)(void **, size_t, size_t);

static void find_real(void)
{
	is_inside = true;
	*(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&real_free = dlsym(RTLD_NEXT, "free");
	*(void **)&real_memalign = dlsym(RTLD_NEXT, "posix_memalign");
	*(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
	is_inside = false;
}

static int (*real_main)(int, char **, char **);

/* Ignore allocations of a profiler after the program's end. */
static int run_main(int argc, char **argv, char **environment)
{
	int code = real_main(argc, argv, environment);

	is_over = true;
	return code;
}

int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv, void (*first)(void),
		void (*last)(void), void (*linker_last)(void), void *stack_end);
int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv, void (*first)(void),
		void (*last)(void), void (*linker_last)(void), void *stack_end)
{
	int (*start_main)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
			void (*)(void), void *);

	*(void **)&start_main = dlsym(RTLD_NEXT, "__libc_start_main");
	real_main = program;
	return start_main(run_main, argc, argv, first, last, linker_last, stack_end);
}

/* Map the file named by an environment variable; NULL if it is not set. */
static void *map_file(const char *variable, size_t bytes)
{
	const char *path = getenv(variable);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared;

	if (fd < 0)
		return NULL;
	shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return shared == MAP_FAILED ? NULL : shared;
}

/* Print the position of a crash in the form of a sanitizer. */
static void on_crash(int number)
{
	void *callers[CALLERS_MAX];

	dprintf(STDERR_FILENO, "ERROR: crash by signal %d\n", number);
	backtrace_symbols_fd(callers, backtrace(callers, CALLERS_MAX), STDERR_FILENO);
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_crashes(void)
{
	static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct sigaction known, ours = {.sa_handler = on_crash, .sa_flags = SA_NODEFER};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		/* A sanitizer has installed its own handler. */
		if (sigaction(numbers[i], NULL, &known) == 0 && known.sa_handler == SIG_DFL)
			sigaction(numbers[i], &ours, NULL);
	}
}

__attribute__((constructor)) static void start(void)
{
	void *one[1];

	is_inside = true;
	(void)backtrace(one, 1); /* loads libgcc */
	is_inside = false;
	record = map_file("TORTURE_RECORD", RECORD_MAX * sizeof(*record));
	control = map_file("TORTURE_CONTROL", sizeof(*control));
	if (control)
		catch_crashes();
	unsetenv("LD_PRELOAD"); /* for this program, not for its children */
}

/* Valid in this run only, because addresses are random. */
static uint64_t hash_callers(void)
{
	void *callers[RECORD_DEPTH];
	int count = backtrace(callers, RECORD_DEPTH);
	uint64_t hash = 0xcbf29ce484222325u;

	for (int i = 2; i < count; i++)
		hash = (hash ^ (uintptr_t)callers[i]) * 0x100000001b3u;
	return hash | 1;
}

static void note_callers(void)
{
	void *callers[CALLERS_MAX];
	int count = backtrace(callers, CALLERS_MAX);
	size_t used = 0;

	for (int i = 2; i < count; i++) {
		Dl_info info = {0};
		const char *module = "?", *name;
		int length;

		if (dladdr((char *)callers[i] - 1, &info) && info.dli_fname) {
			const char *slash = strrchr(info.dli_fname, '/');

			module = slash ? slash + 1 : info.dli_fname;
		}
		name = info.dli_sname ? info.dli_sname : "";
		length = snprintf(control->callers + used, sizeof(control->callers) - used, "%s %#tx %s\n",
				module, (char *)callers[i] - 1 - (char *)info.dli_fbase, name);
		if (length < 0 || (size_t)length >= sizeof(control->callers) - used)
			break;
		used += (size_t)length;
	}
	control->callers[used] = '\0';
}

/* Count an allocation. True if it must fail. */
static bool fails(void)
{
	int64_t number, first, span;

	if (!control || is_inside || is_over)
		return false;
	number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
	if (record && number < RECORD_MAX) {
		is_inside = true;
		record[number] = hash_callers();
		is_inside = false;
	}
	first = __atomic_load_n(&control->fail_at, __ATOMIC_SEQ_CST);
	span = control->span > 0 ? control->span : 1;
	if (first <= 0 || number < first || number >= first + span)
		return false;
	is_inside = true;
	if (__atomic_add_fetch(&control->failures, 1, __ATOMIC_SEQ_CST) == 1)
		note_callers();
	is_inside = false;
	errno = ENOMEM;
	return true;
}

static bool is_early(const void *piece)
{
	return (const char *)piece >= early && (const char *)piece < early + sizeof(early);
}

static void *take_early(size_t size)
{
	size_t rounded = (size + 31) / 16 * 16;
	char *piece = early + early_used + 16;

	if (early_used + rounded + 16 > sizeof(early))
		abort();
	memcpy(piece - 16, &size, sizeof(size));
	early_used += rounded + 16;
	return piece;
}

void *malloc(size_t size)
{
	if (!real_malloc && !is_inside)
		find_real();
	if (!real_malloc)
		return take_early(size);
	return fails() ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (!real_malloc && !is_inside)
		find_real();
	if (!real_malloc)
		return take_early(count * size); /* never used before, so zero */
	return fails() ? NULL : real_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	size_t length;
	void *moved;

	if (!real_malloc && !is_inside)
		find_real();
	if (real_malloc && !is_early(old))
		return fails() ? NULL : real_realloc(old, size);
	moved = malloc(size);
	if (moved && old) {
		memcpy(&length, (char *)old - 16, sizeof(length));
		memcpy(moved, old, length < size ? length : size);
	}
	return moved;
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}

void free(void *piece)
{
	if (!piece || is_early(piece))
		return;
	if (!real_malloc)
		find_real();
	real_free(piece);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	if (!real_malloc)
		find_real();
	return fails() ? ENOMEM : real_memalign(ret, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	void *piece = NULL;
	size_t least = alignment < sizeof(void *) ? sizeof(void *) : alignment;

	return posix_memalign(&piece, least, size) ? NULL : piece;
}

void *memalign(size_t alignment, size_t size)
{
	return aligned_alloc(alignment, size);
}

/* A sanitizer calls this for each new thread, and treats a failure as its own error. */
int pthread_getattr_np(pthread_t thread, pthread_attr_t *ret)
{
	int (*real)(pthread_t, pthread_attr_t *);
	int r;

	is_inside = true;
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_getattr_np");
	r = real(thread, ret);
	is_inside = false;
	return r;
}

/* A sanitizer's own versions of these functions would bypass this file. */
char *strndup(const char *text, size_t limit)
{
	size_t length = strnlen(text, limit);
	char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *strdup(const char *text)
{
	return strndup(text, strlen(text));
}
