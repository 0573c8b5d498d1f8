/* Answering for the hooks of Claude Code (docs/claude-code.md). */
#ifndef PYI_HOOK_H
#define PYI_HOOK_H

#include "real-git.h"

/*
 * Asks the server to record what a hook tells on stdin. The agent waits for this: it ends within a second and a little, and always well. Where
 * no server runs, one is started in the background, and records it a moment later. What went wrong stands in hooks.log, in the directory of the server.
 */
int answer_hook(const struct self *self, const char *event);

#endif
