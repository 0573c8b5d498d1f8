/* What stands on stdin, for commands that read it: it is read for the question, and must reach git if git has to be run. */
#ifndef PYI_INPUT_H
#define PYI_INPUT_H

#include <stddef.h>

/* `is_whole`: nothing follows. */
struct input { char *bytes; size_t length; int is_whole; };

/*
 * Reads all of stdin, if it ends within so many milliseconds: git might answer line by line, and then its writer waits for that. Returns 1 when it was read whole; 0 when git has to read it, and
 * what was read has been given back; -1 when that could not be.
 */
int read_input(struct input *input, int patience);

/* Lets stdin say again what was read from it, and then what is left of it. Frees the bytes. Returns 0, or -1 when that cannot be. */
int give_back_input(struct input *input);

#endif
