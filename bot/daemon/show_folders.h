#ifndef EPISODED_SHOW_FOLDERS_H
#define EPISODED_SHOW_FOLDERS_H

/* Where datasets are if no configuration says so: those that came with the program, and those of the operator. */

/* The folder "data" of the source tree if the program runs from its build folder, else the installed one. */
const char *show_folders_shipped(void);

/*
 * The operator's folders, used in this order after the shipped one; NULL at the end. In a source tree it is "shows" beside
 * "data". Installed, it is "/etc/episoded/shows", and for other users than root also ~/.config/episoded/shows. They need
 * not exist.
 */
const char *const *show_folders_own(void);

#endif
