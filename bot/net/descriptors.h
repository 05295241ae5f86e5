#ifndef EPISODED_NET_DESCRIPTORS_H
#define EPISODED_NET_DESCRIPTORS_H

/*
 * Tell whether a connection failed because no file descriptor was left: return a message for the operator, or NULL
 * if the process can still open one and the cause is another. Libraries report a failed socket() as "connection
 * refused" or without a reason. Callable from any thread.
 */
const char *descriptors_missing(void);

#endif
