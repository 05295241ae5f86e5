#ifndef EPISODED_NET_DESCRIPTORS_H
#define EPISODED_NET_DESCRIPTORS_H

/*
 * Why a connection that could not be opened found no place, in words for the operator: NULL when the process
 * can open one more descriptor, and the fault is elsewhere. Libraries report a failed socket() as "connection
 * refused" or with no reason. Any thread.
 */
const char *descriptors_missing(void);

#endif
