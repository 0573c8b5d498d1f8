import { renderDoctor, renderVerify } from '../../cli/render/upkeep.ts';
import type { Result } from '../../protocol/registry.ts';
import { t } from '../l10n.ts';
import type { Command, Services } from '../services.ts';
import { canMend, findingsDetail, isSwept, sweepDetail, sweptText, verifiedText } from '../store-texts.ts';
import { chooseRepository } from './choose-repository.ts';
import { confirm, inform, offer, warn, withProgress } from './dialogs.ts';

/** `PYI: Sweep Store…`: what would go, then, when the user agrees, it goes. Resolves to what was swept. */
export const sweep: Command = async ({ server, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const preview = await withProgress(t('PYI: looking for what nothing keeps'), async (options) => client.call('sweep', { repository, dryRun: true }, options));
  if (isSwept(preview)) {
    inform(t('There is nothing to sweep: the retention rules keep everything that is stored.'));
    return preview;
  }
  const forks = await client.call('forks', { repository, all: true });
  if (!await confirm(t('Sweep the store?'), sweepDetail(preview, forks), t('Sweep'))) return undefined;
  const done = await withProgress(t('PYI: sweeping'), async (options) => client.call('sweep', { repository }, options));
  inform(sweptText(done));
  return done;
};

/** `PYI: Verify Store`: every object is read back from the disk. Resolves to what was found. */
export const verify: Command = async ({ server, output, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository, 'store');
  if (repository === undefined) return undefined;
  const client = await server.client();
  const found = await withProgress(t('PYI: reading the store back'), async (options) => client.call('verify', { repository }, options));
  output.appendLine(renderVerify(found, plain()));
  if (found.ok) inform(verifiedText(found));
  else warn(verifiedText(found), t('Show Output'), async () => output.show(true));
  return found;
};

/** `PYI: Check and Repair Store`: says what is wrong, and mends what can be mended when the user agrees. Resolves to what was found last. */
export const repair: Command = async (services, target) => {
  const repository = await chooseRepository(services.roots, target.repository, 'store');
  if (repository === undefined) return undefined;
  const found = await examine(services, repository, false);
  if (found.ok) {
    offer(t('Everything is in order: {0} checks.', found.findings.length), t('Show Output'), async () => services.output.show(true));
    return found;
  }
  const wrong = found.findings.filter(({ ok }) => !ok);
  const message = wrong.length === 1 ? t('One check found something wrong.') : t('{0} checks found something wrong.', wrong.length);
  const mendable = wrong.some(canMend);
  const detail = mendable ? t('{0}\n\nA repair rebuilds what is derived from the store and lets go of directories that are gone. What is stored is not touched.', findingsDetail(wrong)) : findingsDetail(wrong);
  const action = mendable ? t('Repair') : t('Show Output');
  if (!await confirm(message, detail, action)) return found;
  if (!mendable) {
    services.output.show(true);
    return found;
  }
  const after = await examine(services, repository, true);
  const left = after.findings.filter(({ ok }) => !ok).length;
  if (left === 0) offer(t('Repaired: everything is in order now.'), t('Show Output'), async () => services.output.show(true));
  else warn(left === 1 ? t('Repaired what can be mended. One finding is left.') : t('Repaired what can be mended. {0} findings are left.', left), t('Show Output'), async () => services.output.show(true));
  return after;
};

async function examine({ server, output }: Services, repository: string, mend: boolean): Promise<Result<'doctor'>> {
  const client = await server.client();
  const title = mend ? t('PYI: repairing the store') : t('PYI: checking the store');
  const found = await withProgress(title, async (options) => client.call('doctor', { repository, repair: mend }, options));
  output.appendLine(renderDoctor(found, plain()));
  return found;
}

function plain(): { readonly color: false; readonly now: number } {
  return { color: false, now: Date.now() };
}
