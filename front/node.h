/* The part of PYI that is written for Node. */
#ifndef PYI_NODE_H
#define PYI_NODE_H

#include "real-git.h"

/* How a program ends that could not do its work: as shells have it. */
enum { EXIT_FAULT = 1, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

/* Becomes the command line in Node: `cli.cjs` lies beside the directory of this program. Returns how to exit when that cannot be. */
int run_in_node(const struct self *self, int argc, char **argv);

#endif
