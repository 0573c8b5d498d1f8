import { AgentName } from '../../protocol/values.ts';

/** Who works through this server: `PYI_AGENT`, else the name that the client gives itself; undefined when neither can be a name. */
export function agentName(env: Readonly<Record<string, string | undefined>>, client: { readonly name: string } | undefined): string | undefined {
  // A fork and an agent are named by the same rules, but for the characters of paths.
  const names = [env['PYI_AGENT'], client?.name].map((name) => name?.replaceAll(/[/\\:]/g, '-'));
  return names.find((name) => AgentName.safeParse(name).success);
}
