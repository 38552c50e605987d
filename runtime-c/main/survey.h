/* Surveys of all sockets (socket/survey.h), taken for a client of the control socket. */
#ifndef BP_MAIN_SURVEY_H
#define BP_MAIN_SURVEY_H

/*
 * Begins one: the workers fill it in soon. One at a time; the main thread's. Returns the descriptor
 * of its region, which stays ours until the next one begins, or negative errno: -EBUSY while the
 * last one is not complete.
 */
int bp_main_survey_begin(void);

/* Gives the last one's memory back, if it is complete. */
void bp_main_survey_end(void);

#endif
