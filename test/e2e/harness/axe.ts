import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Webview } from './webviews.ts';

/** WCAG 2.x at A and AA, and what axe-core calls best practices. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface AxeNode {
  readonly target: readonly unknown[];
  readonly html: string;
  readonly failureSummary?: string;
}

/** A rule that is broken, and by which elements. */
export interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly AxeNode[];
}

interface Axe {
  run(context: Document, options: object): Promise<{ readonly violations: Violation[]; readonly passes: readonly unknown[] }>;
}

/** Asserts that axe-core finds no barrier in a webview as it is now: its state, its theme. */
export async function assertAccessible({ frame }: Webview, about: string): Promise<void> {
  const violations = await findViolations({ frame });
  assert.equal(violations.length, 0, `axe-core finds barriers in ${about}:\n${violations.map(describeViolation).join('\n')}`);
}

/** What axe-core has against a webview. Throws when no rule could be applied: an empty page has no barrier. */
export async function findViolations({ frame }: Pick<Webview, 'frame'>): Promise<readonly Violation[]> {
  // The debugger may run a text as a script where the page's own policy forbids it.
  await frame.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations, passes } = await frame.evaluate(async (tags) => {
    const axe = Reflect.get(globalThis, 'axe') as Axe;
    // A webview is transparent: what is behind it is outside of the document, and would be taken for white.
    const root = document.documentElement.style;
    root.backgroundColor = `var(--vscode-${document.body.dataset['place'] === 'sidebar' ? 'sideBar' : 'editor'}-background)`;
    const found = await axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
    root.backgroundColor = '';
    return { violations: found.violations, passes: found.passes.length };
  }, TAGS);
  assert.ok(passes > 0, 'axe-core applied no rule: the page is empty');
  return violations;
}

function describeViolation({ id, impact, help, nodes }: Violation): string {
  return [`${id} (${impact ?? 'no impact said'}): ${help}`, ...nodes.map(({ target, html, failureSummary = '' }) => `  ${target.flat().join(' > ')}\n    ${html}\n    ${failureSummary.replaceAll('\n', '\n    ')}`)].join('\n');
}
