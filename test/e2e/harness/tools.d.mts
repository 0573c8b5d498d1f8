/** The directory of the tools, installed if need be, or why there are none. */
export function prepareTools(env?: NodeJS.ProcessEnv): { readonly directory: string } | { readonly reason: string };
