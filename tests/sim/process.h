#ifndef EPISODED_SIM_PROCESS_H
#define EPISODED_SIM_PROCESS_H

/*
 * The bot's processes, one after another, on a machine that may fail. Each is a fork of the
 * simulation, and ends by itself, by a signal, by a kill or by a power cut.
 */

/* Send a signal to the loop of the running process; for the simulation's events. */
void process_signal(int signal);

/*
 * Run the bot until the end of the run: start it, and restart it whenever it ends, until
 * process_stop_for_good() was called and the bot has ended. config_path and data are those
 * of run_bot().
 */
void process_run(const char *config_path, const char *data);

/* Afterwards: check that the store of that folder has no open questions. gateways: their names, NULL at the end. */
void process_look_into_store(const char *folder, const char *const *gateways);

/* Send SIGTERM, and do not restart. */
void process_stop_for_good(void);

/* The last process's standard error; borrowed until the next call. */
const char *process_log(void);

/* Call after world_reset(). */
void process_reset(void);

#endif
