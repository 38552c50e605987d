/* The NICs of this binary, for the launcher: up before the workers, and a report for people. */
#ifndef BP_MAIN_NICS_H
#define BP_MAIN_NICS_H

/* Brings all NICs up, or ends the process with a message. Nothing in a binary without NICs. */
void bp_main_nics_open(void);

/* Gives them to the workers, which are prepared and do not run yet. */
void bp_main_nics_serve(void);

/* Says it when a link came or went. Returns after how many milliseconds at the latest to call it
 * again; 0: never. */
unsigned int bp_main_nics_watch(void);

/* All programs have ended: gives their connections some seconds to end, too, as a kernel would.
 * Sleeps meanwhile. */
void bp_main_nics_linger(void);

/* --nics: brings them up, prints what they turned out to be as JSON, takes them down. Returns the
 * exit status. */
int bp_main_nics_report(void);

#endif
