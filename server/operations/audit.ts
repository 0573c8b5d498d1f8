import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { resolveFork } from '../engine/references.ts';
import { Slicer } from '../worktree/slicer.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

/** `pyi audit`. */
export async function audit(host: Host, params: Params<'audit'>, context: CallContext): Promise<Result<'audit'>> {
  const { repository } = await host.locate(params.repository);
  const log = repository.parts.audit;
  const fork = params.fork === undefined ? undefined : resolveFork(repository.engine, params.fork).id;
  const { agent, operation, before = Infinity, limit } = params;
  const entries: Result<'audit'>['entries'] = [];
  const slicer = new Slicer(repository.parts.clock, context.signal);
  for (const entry of log.newestFirst()) {
    if (slicer.due()) await slicer.pause();
    if (entry.number >= before || (agent !== undefined && entry.agent !== agent) || (operation !== undefined && entry.operation !== operation)) continue;
    if (fork !== undefined && !entry.forks.includes(fork)) continue;
    entries.push({ ...entry, forks: [...entry.forks] });
    if (entries.length === limit) break;
  }
  const fault = params.verify ? await firstFault(repository, context) : undefined;
  return { entries, total: log.total, intact: fault === undefined ? null : fault === null, fault: fault ?? null };
}

/** What is wrong with the chain; null when nothing is. */
async function firstFault({ parts }: Repository, context: CallContext): Promise<string | null> {
  const slicer = new Slicer(parts.clock, context.signal);
  let checked = 0;
  for (const fault of parts.audit.check()) {
    if (fault !== undefined) return fault;
    if (!slicer.due()) { checked++; continue; }
    context.progress({ what: 'entries checked', done: checked, total: parts.audit.total });
    await slicer.pause();
  }
  return null;
}
