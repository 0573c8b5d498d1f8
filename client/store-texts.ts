import { shortId } from '../protocol/ids.ts';
import type { Result } from '../protocol/registry.ts';
import { bytes, safe } from '../protocol/text.ts';
import type { ForkInfo } from '../protocol/values.ts';
import { t } from './l10n.ts';

/** What dialogs say of the upkeep of a store. */

/** Names that fit a dialog; the rest is counted. */
const LISTED = 8;

type Sweep = Result<'sweep'>;

/** True when a sweep would leave everything as it is. */
export function isSwept({ objects, checkpoints, forks, decayed }: Pick<Sweep, 'objects' | 'checkpoints' | 'forks' | 'decayed'>): boolean {
  return objects + checkpoints + forks.length + decayed.length === 0;
}

/** What a sweep will take away, for the person who has to agree to it. */
export function sweepDetail(preview: Sweep, forks: readonly Pick<ForkInfo, 'fork' | 'name'>[]): string {
  const names = new Map(forks.map(({ fork, name }) => [fork, name]));
  const list = (ids: readonly string[]): string => listed(ids.map((id) => safe(names.get(id) ?? shortId(id))));
  return [
    preview.objects === 1 ? t('One object that nothing keeps, {0}.', bytes(preview.bytes)) : t('{0} objects that nothing keeps, {1}.', preview.objects, bytes(preview.bytes)),
    ...(preview.checkpoints === 0 ? [] : [preview.checkpoints === 1 ? t('One checkpoint past the retention rules.') : t('{0} checkpoints past the retention rules.', preview.checkpoints)]),
    ...(preview.forks.length === 0 ? [] : [t('Ended forks, gone for good with their directories: {0}.', list(preview.forks))]),
    ...(preview.decayed.length === 0 ? [] : [t('Forks past their time to live, discarded now: {0}.', list(preview.decayed))]),
    t('What is swept cannot be brought back. Pinned checkpoints and live forks stay.'),
  ].join('\n\n');
}

/** What a sweep did. */
export function sweptText(done: Sweep): string {
  return done.objects === 1 ? t('Swept one object; {0} given back on disk.', bytes(done.bytesFreed)) : t('Swept {0} objects; {1} given back on disk.', done.objects, bytes(done.bytesFreed));
}

/** What a store that was read back is. */
export function verifiedText({ ok, objects, bytes: size, faults }: Pick<Result<'verify'>, 'ok' | 'objects' | 'bytes' | 'faults'>): string {
  if (ok) return t('The store is whole: {0} objects, {1}, read back and checked.', objects, bytes(size));
  return faults.length === 1 ? t('The store is damaged in one place. The output lists it.') : t('The store is damaged in {0} places. The output lists them.', faults.length);
}

type Finding = Result<'doctor'>['findings'][number];

/** Checks whose findings a repair can mend: what they look at is derived from what is stored, or can be let go of. */
const MENDABLE: ReadonlySet<string> = new Set(['catalog', 'directories']);

/** True when a repair may make the finding go away. */
export function canMend({ check, ok }: Pick<Finding, 'check' | 'ok'>): boolean {
  return !ok && MENDABLE.has(check);
}

/** What is wrong, with what can be done, for a dialog. The server's words: `pyi doctor` says the same. */
export function findingsDetail(findings: readonly Finding[]): string {
  const wrong = findings.filter(({ ok }) => !ok);
  return [...wrong.slice(0, LISTED).map(({ check, detail, fix }) => `${safe(check)}: ${safe(detail)}${fix === null ? '' : `\n${safe(fix)}`}`), ...more(wrong.length)].join('\n\n');
}

function listed(names: readonly string[]): string {
  return [...names.slice(0, LISTED), ...more(names.length)].join(', ');
}

function more(all: number): string[] {
  return all > LISTED ? [t('{0} more', all - LISTED)] : [];
}
