#ifndef EPISODED_SIM_PROCESS_H
#define EPISODED_SIM_PROCESS_H

/*
 * The bot as processes, one after the other, on a machine that may fail: each
 * is a fork of the simulation, and ends as processes do, orderly or not.
 */

/* Hand a signal to the loop of the process that runs; for the world's events. */
void process_signal(int signal);

/*
 * Run the bot from here until the world's end: start it, and start it again
 * whenever it ends, until process_stop_for_good() has been called and it has
 * said goodbye. config_path, data: as bot_run() takes them.
 */
void process_run(const char *config_path, const char *data);

/* After it: no question may be open in the store of that folder. gateways: their names, NULL at the end. */
void process_look_into_store(const char *folder, const char *const *gateways);

/* SIGTERM, and not again. */
void process_stop_for_good(void);

/* What the last process wrote to standard error; borrowed until the next call. */
const char *process_log(void);

/* After world_reset(). */
void process_reset(void);

#endif
