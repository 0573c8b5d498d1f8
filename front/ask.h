/* Asking the server for what git would print. */
#ifndef PYI_ASK_H
#define PYI_ASK_H

#include <stddef.h>

#include "input.h"

/* What git prints on its two streams, one after the other, and its exit code; and what was read from stdin for it. */
struct answer { int code; size_t out, err; char *body; struct input input; };

/*
 * Asks the server of this user what git would print for this command line. Returns 0, with nothing written and stdin as it
 * was, when git has to be run: the server is absent, slow, another version or unsure, or the command is none that it may answer.
 * Otherwise 1: the answer is whole, and must be printed or its body freed. -1: what was read from stdin cannot be given to git.
 */
int ask_server(const char *git, int argc, char **argv, struct answer *answer);

/* Prints an answer and frees its body. Returns 0 when that failed, and git may say why: then its input has to be given back. */
int print_answer(struct answer *answer);

#endif
