/* Asking the server for what git would print. */
#ifndef PYI_ASK_H
#define PYI_ASK_H

/*
 * Prints what git would for this command line, if the server of this user knows it, and stores the exit code in `code`.
 * Returns 0, with nothing read and nothing written, when git has to be run: the server is absent, slow, another
 * version or unsure, or the command is none that it may answer.
 */
int ask_server(const char *git, int argc, char **argv, int *code);

#endif
