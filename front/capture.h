/* Running git as a child whose output is kept, so that to everybody else it looks as if this process were git. */
#ifndef PYI_CAPTURE_H
#define PYI_CAPTURE_H

#include "ask.h"

/*
 * Runs git and keeps what it prints, and its exit code. `status` is what waitpid says of it. What ends this process ends git: signals are
 * handed on, and with the process dies the child (on Linux also when it is killed). Returns 0, or -1 when git could not be run so;
 * nothing was printed then, and it can be run otherwise: what the server may answer may be run twice.
 */
int capture_git(const char *git, char **argv, struct answer *truth, int *status);

#endif
