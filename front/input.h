/* What stands on stdin, for commands that read it: it is read for the question, and must reach git if git has to be run. */
#ifndef PYI_INPUT_H
#define PYI_INPUT_H

#include <stddef.h>

/* `is_whole`: nothing follows. */
struct input { char *bytes; size_t length; int is_whole; };

/*
 * Reads all of stdin. With `waits`, until it ends, as git would before it says anything; without, git might answer
 * line by line, so a pause of its writer is the end of our patience. Returns 1 when it was read whole; 0 when git has to read it, and
 * what was read has been given back; -1 when that could not be.
 */
int read_input(struct input *input, int waits);

/* Lets stdin say again what was read from it, and then what is left of it. Frees the bytes. Returns 0, or -1 when that cannot be. */
int give_back_input(struct input *input);

#endif
