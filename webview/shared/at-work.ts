/** An agent, or a fork, on which something happened so recently is at work now. */
export const AT_WORK_MILLIS = 30_000;
