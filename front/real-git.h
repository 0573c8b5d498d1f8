/* Finding the git that this program stands in for. */
#ifndef PYI_REAL_GIT_H
#define PYI_REAL_GIT_H

#include <stddef.h>

struct self {
    /* Where this program's file is, links resolved. */
    char path[4096];
    unsigned long long device, inode;
};

/* Fills in what this program knows of itself. Returns 0, or -1 when the system does not say. */
int find_self(struct self *self);

/*
 * Writes the path of the true git to `found`: PYI_GIT when it is absolute, else what the link `true-git` beside this
 * program leads to, else the first `git` on PATH that is not this program, of whichever version and under whichever
 * name. Returns 0, or -1 when there is none.
 */
int find_real_git(const struct self *self, char *found, size_t size);

/*
 * Whether `program` is a script, which may lead back here. The environment of git is left as it is,
 * so only such a one gets a counter along (PYI_GIT_DEPTH).
 */
int is_script(const char *program);

#endif
