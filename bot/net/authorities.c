/* The CAs to trust, as OpenSSL stores, one for each CA file and one for the system. */

#include "bot/net/authorities.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/file_mark.h"
#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define AUTHORITIES_KEPT_MAX 32 /* CA files; each reload may name others */

struct authority_set {
	struct authority_set *next;
	char *ca_file;     /* NULL: the system's */
	X509_STORE *store; /* NULL: never read */
	struct file_mark file, folder;
	struct file_mark refused; /* a CA file that could not be read, ... */
	bool is_warned;           /* and the log has a line about it */
	char *bundle, *hashed;    /* the system's: where they were found; "": not found. NULL: of a CA file */
	unsigned long edition;
	bool is_doubted;
};

static struct authority_set *kept; /* the most recently used first */

static void free_set(struct authority_set *set)
{
	X509_STORE_free(set->store);
	free(set->ca_file);
	free(set->bundle);
	free(set->hashed);
	free(set);
}

/* ---------------------------------------------------------------- the system's places */

static const char *find_bundle(void)
{
	static const char *const files[] = {
			"/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch, Alpine */
			"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
			"/etc/ssl/ca-bundle.pem",             /* openSUSE */
			"/etc/ssl/cert.pem",
	};
	const char *given = getenv("SSL_CERT_FILE");
	struct stat status;

	if (given && *given)
		return given;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!access(files[i], R_OK) && !stat(files[i], &status) && status.st_size > 0)
			return files[i];
	return "";
}

/* "1a2b3c4d.0", as c_rehash and update-ca-certificates name their links. */
static bool is_hash(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' && name[9] <= '9';
}

static bool has_hashes(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool is_found = false;

	while (folder && !is_found && (entry = readdir(folder)))
		is_found = is_hash(entry->d_name);
	if (folder)
		closedir(folder);
	return is_found;
}

static const char *find_folder(void)
{
	/* Each HTTPS request comes here: a folder that had hashes is read again only when it has changed. */
	static struct {
		const char *path;
		bool has_hashes;
		struct file_mark mark; /* when it was read */
	} folders[] = {{.path = "/etc/ssl/certs"}, {.path = "/etc/pki/tls/certs"}};
	const char *given = getenv("SSL_CERT_DIR");

	if (given && *given)
		return given; /* may be a list, as OpenSSL reads it */
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct file_mark now = file_mark_of(folders[i].path);

		if (!folders[i].has_hashes || !file_mark_equal(&now, &folders[i].mark))
			folders[i].has_hashes = has_hashes(folders[i].path);
		folders[i].mark = now;
		if (folders[i].has_hashes)
			return folders[i].path;
	}
	return "";
}

/* The changes of a list of folders show in the first one. */
static struct file_mark look_at_folder(const char *list)
{
	char path[PATH_MAX];
	size_t length = strcspn(list, ":");

	if (length >= sizeof(path))
		return (struct file_mark){0};
	memcpy(path, list, length);
	path[length] = '\0';
	return file_mark_of(path);
}

const char *authorities_bundle(void)
{
	return find_bundle();
}

bool authorities_exist(void)
{
	const char *folder = find_folder(), *file = find_bundle();

	return (*file && !access(file, R_OK)) || (*folder && (strchr(folder, ':') || has_hashes(folder)));
}

/* ---------------------------------------------------------------- the bundle */

struct bundle_ca {
	unsigned long subject; /* hash of its name */
	long offset;           /* in the file, bytes */
};

/*
 * Where the CAs of a bundle are. Each handshake looks for the server's intermediate CAs,
 * which the bundle does not have: to read it whole each time takes 30 ms, and to keep
 * all its CAs takes 1 MB of memory.
 */
struct bundle {
	char *path;
	struct file_mark file; /* when all CAs were read */
	struct bundle_ca *cas;
	size_t count, capacity;
};

static bool add_ca(struct bundle *bundle, const X509_NAME *name, long offset)
{
	struct bundle_ca *longer;
	int is_hashed = 0;

	if (bundle->count == bundle->capacity) {
		longer = realloc(bundle->cas, (bundle->capacity + 64) * sizeof(*longer));
		if (!longer)
			return false;
		bundle->cas = longer;
		bundle->capacity += 64;
	}
	bundle->cas[bundle->count] =
			(struct bundle_ca){X509_NAME_hash_ex(name, NULL, NULL, &is_hashed), offset};
	bundle->count += is_hashed != 0;
	return is_hashed;
}

/* False: a certificate cannot be read, and those behind it are missing. */
static bool read_cas(struct bundle *bundle)
{
	BIO *file = BIO_new_file(bundle->path, "r");
	bool is_added = true;
	long offset = 0;
	X509 *certificate;
	unsigned long error;

	bundle->count = 0;
	if (!file)
		return false;
	while (is_added && (certificate = PEM_read_bio_X509_AUX(file, NULL, NULL, NULL))) {
		is_added = add_ca(bundle, X509_get_subject_name(certificate), offset);
		X509_free(certificate);
		offset = BIO_tell(file);
	}
	BIO_free(file);
	error = ERR_peek_last_error();
	return is_added && ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static X509 *read_at(BIO *file, long offset)
{
	return BIO_seek(file, offset) < 0 ? NULL : PEM_read_bio_X509_AUX(file, NULL, NULL, NULL);
}

/* Find the CAs with a subject in the bundle, and add them to the store, as OpenSSL's own look-up does with a folder. */
static bool find_in_bundle(struct bundle *bundle, const X509_NAME *name, X509_STORE *store, X509_OBJECT *ret)
{
	struct file_mark now = file_mark_of(bundle->path);
	int is_hashed = 0;
	unsigned long subject = X509_NAME_hash_ex(name, NULL, NULL, &is_hashed);
	bool is_found = false;
	X509 *certificate;
	BIO *file = NULL;

	if (!file_mark_equal(&now, &bundle->file))
		bundle->file = read_cas(bundle) ? now : (struct file_mark){0};
	for (size_t i = 0; is_hashed && i < bundle->count; i++) {
		if (bundle->cas[i].subject != subject)
			continue;
		if (!file)
			file = BIO_new_file(bundle->path, "r");
		certificate = file ? read_at(file, bundle->cas[i].offset) : NULL;
		if (certificate && X509_NAME_cmp(X509_get_subject_name(certificate), name) == 0 &&
				X509_STORE_add_cert(store, certificate) == 1) {
			/* Borrowed: the store keeps the certificate alive, and OpenSSL takes a reference. */
			if (!is_found && X509_OBJECT_set1_X509(ret, certificate))
				X509_free(certificate);
			is_found = true;
		}
		X509_free(certificate);
	}
	BIO_free(file);
	return is_found;
}

static int on_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *ret)
{
	struct bundle *bundle = X509_LOOKUP_get_method_data(lookup);
	bool is_found;

	if (type != X509_LU_X509 || !bundle)
		return 0;
	ERR_set_mark();
	is_found = find_in_bundle(bundle, name, X509_LOOKUP_get_store(lookup), ret);
	ERR_pop_to_mark();
	return is_found;
}

static void on_lookup_end(X509_LOOKUP *lookup)
{
	struct bundle *bundle = X509_LOOKUP_get_method_data(lookup);

	if (!bundle)
		return;
	free(bundle->path);
	free(bundle->cas);
	free(bundle);
}

static X509_LOOKUP_METHOD *bundle_method(void)
{
	static X509_LOOKUP_METHOD *method; /* lives as long as the process: stores refer to it */

	if (!method) {
		method = X509_LOOKUP_meth_new("CAs of a bundle");
		if (method) {
			X509_LOOKUP_meth_set_get_by_subject(method, on_subject);
			X509_LOOKUP_meth_set_free(method, on_lookup_end);
		}
	}
	return method;
}

/* ---------------------------------------------------------------- reading */

static bool add_bundle(X509_STORE *store, const char *path)
{
	X509_LOOKUP *lookup = bundle_method() ? X509_STORE_add_lookup(store, bundle_method()) : NULL;
	struct bundle *bundle = lookup ? calloc(1, sizeof(*bundle)) : NULL;

	if (!bundle)
		return false;
	X509_LOOKUP_set_method_data(lookup, bundle); /* on_lookup_end() frees it */
	bundle->path = str_copy(path);
	return bundle->path;
}

static X509_STORE *read_system(const char *bundle, const char *hashed)
{
	X509_STORE *store = X509_STORE_new();
	X509_LOOKUP *lookup;

	if (!store)
		return NULL;
	if (*hashed) {
		lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
		if (!lookup || X509_LOOKUP_add_dir(lookup, hashed, X509_FILETYPE_PEM) != 1)
			goto fail;
	}
	if (*bundle && !add_bundle(store, bundle))
		goto fail;
	return store;
fail:
	X509_STORE_free(store);
	return NULL;
}

/* NULL if the file cannot be read as a whole: a file that is being written must not replace a complete one. */
static X509_STORE *read_file(const char *path)
{
	X509_STORE *store = X509_STORE_new();

	if (store && X509_STORE_load_file(store, path) == 1)
		return store;
	X509_STORE_free(store);
	return NULL;
}

const char *authorities_check_file(const char *path)
{
	X509_STORE *store;
	bool is_short;

	ERR_clear_error();
	errno = 0;
	store = read_file(path);
	is_short = errno == ENOMEM || ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;
	ERR_clear_error();
	X509_STORE_free(store);
	if (!store && is_short)
		return str_no_memory;
	return store ? NULL : "has no complete certificate in PEM format; name the CA's certificate";
}

static void adopt(struct authority_set *set, X509_STORE *store)
{
	static unsigned long editions;

	X509_STORE_free(set->store);
	set->store = store;
	set->edition = ++editions;
	set->is_doubted = false;
}

static int refresh_system(struct authority_set *set, char *ret_reason)
{
	const char *bundle = find_bundle(), *hashed = find_folder();
	struct file_mark file = file_mark_of(bundle), folder = look_at_folder(hashed);
	char *bundle_copy, *hashed_copy;
	X509_STORE *store;

	if (set->store && !set->is_doubted && file_mark_equal(&file, &set->file) &&
			file_mark_equal(&folder, &set->folder) && str_equal(bundle, set->bundle) &&
			str_equal(hashed, set->hashed))
		return 0;
	if (!set->store && !authorities_exist()) {
		utf8_print(ret_reason, AUTHORITIES_REASON_BYTES,
				"this machine has no CA certificates: install the package ca-certificates, "
				"or "
				"set \"ca_file\"%s",
				*bundle || *hashed
						? " (SSL_CERT_FILE or SSL_CERT_DIR names a place without any)"
						: "");
		return -ENOENT;
	}
	bundle_copy = str_copy(bundle);
	hashed_copy = str_copy(hashed);
	store = bundle_copy && hashed_copy ? read_system(bundle, hashed) : NULL;
	if (!store) {
		free(bundle_copy);
		free(hashed_copy);
		return set->store ? 0 : -ENOMEM;
	}
	free(set->bundle);
	free(set->hashed);
	set->bundle = bundle_copy;
	set->hashed = hashed_copy;
	set->file = file;
	set->folder = folder;
	adopt(set, store);
	return 0;
}

static int refresh_file(struct authority_set *set, char *ret_reason)
{
	struct file_mark file = file_mark_of(set->ca_file);
	X509_STORE *store;
	int error;

	if (set->store && !set->is_doubted && file_mark_equal(&file, &set->file))
		return 0;
	errno = 0;
	error = access(set->ca_file, R_OK) < 0 ? errno : 0;
	store = error ? NULL : read_file(set->ca_file);
	if (store) {
		set->file = file;
		set->is_warned = false;
		adopt(set, store);
		return 0;
	}
	if (error)
		utf8_print(ret_reason, AUTHORITIES_REASON_BYTES, "the CA file %.200s cannot be read: %s",
				set->ca_file, strerror(error));
	else
		utf8_print(ret_reason, AUTHORITIES_REASON_BYTES,
				"the CA file %.200s has no complete certificate in PEM format", set->ca_file);
	if (!set->store)
		return error ? -error : -EBADMSG;
	if (!file_mark_equal(&file, &set->refused) || !set->is_warned)
		log_warning("%s: the CAs that were read before stay in use", ret_reason);
	set->refused = file;
	set->is_warned = true;
	ret_reason[0] = '\0';
	return 0;
}

/* ---------------------------------------------------------------- interface */

/* Take the set of a CA file to the front of the list, or make it. NULL if out of memory. */
static struct authority_set *set_of(const char *ca_file)
{
	struct authority_set **link = &kept, *set;
	size_t count = 0;

	while (*link && !str_equal((*link)->ca_file, ca_file)) {
		link = &(*link)->next;
		count++;
	}
	set = *link;
	if (set) {
		*link = set->next;
	} else {
		set = calloc(1, sizeof(*set));
		if (!set)
			return NULL;
		set->ca_file = str_copy(ca_file);
		if (ca_file && !set->ca_file) {
			free(set);
			return NULL;
		}
		if (count >= AUTHORITIES_KEPT_MAX) {
			link = &kept;
			while ((*link)->next)
				link = &(*link)->next;
			free_set(*link);
			*link = NULL;
		}
	}
	set->next = kept;
	kept = set;
	return set;
}

static int refresh(const char *ca_file, struct authority_set **ret, char *ret_reason)
{
	struct authority_set *set = set_of(ca_file);
	int r = -ENOMEM;

	if (set)
		r = ca_file ? refresh_file(set, ret_reason) : refresh_system(set, ret_reason);
	if (r == -ENOMEM)
		utf8_print(ret_reason, AUTHORITIES_REASON_BYTES, "out of memory");
	if (r == 0)
		*ret = set;
	return r;
}

int authorities_look(
		const char *ca_file, unsigned long *ret_edition, char ret_reason[AUTHORITIES_REASON_BYTES])
{
	struct authority_set *set = NULL;
	int r = refresh(ca_file, &set, ret_reason);

	if (r == 0 && ret_edition)
		*ret_edition = set->edition;
	return r;
}

int authorities_trust(const char *ca_file, void *tls_context, char ret_reason[AUTHORITIES_REASON_BYTES])
{
	struct authority_set *set = NULL;
	int r = refresh(ca_file, &set, ret_reason);

	if (r == 0)
		SSL_CTX_set1_cert_store(tls_context, set->store);
	return r;
}

void authorities_doubt(const char *ca_file)
{
	for (struct authority_set *set = kept; set; set = set->next)
		if (str_equal(set->ca_file, ca_file))
			set->is_doubted = true;
}
