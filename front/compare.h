/* Compare mode: what the server says beside what git says (PYI_COMPARE). */
#ifndef PYI_COMPARE_H
#define PYI_COMPARE_H

#include "ask.h"

/*
 * Notes in `file`, in one line of JSON, that git alone answers this call. Bytes that are not ASCII are one character each there.
 */
void note_delegated(const char *file, int argc, char **argv);

/*
 * Runs git, prints what it says, and notes in `file` whether the server said the same. Where it did not, the server is asked
 * once more: the repository may have changed between the two. Returns git's exit code; a signal that ended git ends this process.
 * -1: git could not be run so, or what it says could not be printed, which is for it to tell: it has to be run in our place.
 */
int compare_with_git(const char *file, const char *git, int argc, char **argv, struct answer *given);

#endif
