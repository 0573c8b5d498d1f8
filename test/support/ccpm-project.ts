import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ProjectFiles } from '../../ccpm/project-files.ts';
import type { ForkInfo } from '../../protocol/values.ts';

/** Files by their paths. */
export type Tree = Readonly<Record<string, string>>;

/** A project in memory. */
export function filesInMemory(tree: Tree): ProjectFiles {
  return {
    list: async (directory) => [...new Set(Object.keys(tree).filter((file) => file.startsWith(`${directory}/`)).map((file) => file.slice(directory.length + 1).split('/')[0] ?? ''))].sort(),
    read: async (file) => tree[file],
  };
}

/** The front matter and body of a task. */
export function task(fields: Readonly<Record<string, string>>, body = ''): string {
  return `---\n${Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`).join('')}---\n\n${body}`;
}

/** An analysis with streams, each with its files and what it waits for. */
export function analysis(streams: Readonly<Record<string, { readonly files: readonly string[]; readonly after?: string }>>): string {
  const sections = Object.entries(streams).map(([id, { files, after = 'none' }]) => `### Stream ${id}: Part ${id}\n**Scope**: its part\n**Files**:\n${files.map((file) => `- ${file}\n`).join('')}**Can Start**: ${after === 'none' ? 'immediately' : `after ${after} completes`}\n**Dependencies**: ${after}\n`);
  return `---\nissue: 1\n---\n\n# Parallel Work Analysis\n\n## Parallel Streams\n\n${sections.join('\n')}\n## Coordination Points\n\n### Shared Files\n- \`package.json\` - Streams A & B\n`;
}

/** An epic with two streams, one task that waits for it and one that is in conflict with it. */
export const CHECKOUT: Tree = {
  '.claude/epics/checkout/epic.md': task({ name: 'checkout', status: 'in-progress', progress: '0%' }, '# Epic: checkout\n'),
  '.claude/epics/checkout/12.md': task({ name: 'Cart: lines and totals', status: 'open', depends_on: '[]', parallel: 'true', conflicts_with: '[14]' }),
  '.claude/epics/checkout/12-analysis.md': analysis({ A: { files: ['`src/db/**` - tables'] }, B: { files: ['src/api.ts'], after: 'Stream A' } }),
  '.claude/epics/checkout/13.md': task({ name: 'Pages', status: 'open', depends_on: '[#12]', parallel: 'true' }),
  '.claude/epics/checkout/14.md': task({ name: 'Other cart', status: 'open', depends_on: '[]', conflicts_with: '[#12]' }),
  '.claude/epics/checkout/15.md': task({ name: 'Plans', status: 'closed', depends_on: '[]' }),
  '.claude/prds/checkout.md': task({ name: 'checkout', status: 'backlog' }, '# PRD\n'),
};

/** A live fork of a stream that has changed nothing; `attempt` is its task in PYI. */
export function streamFork(attempt: string, about: Partial<ForkInfo>): ForkInfo {
  return {
    fork: `${attempt} ${about.state ?? ''}`, name: attempt.replaceAll(/ #?/g, '-'), agent: 'ada', agentState: 'unregistered', task: attempt, parent: 'w', base: '1', head: '2', state: 'live', dir: '/forks/x',
    observations: [], changes: { added: 0, changed: 0, deleted: 0, conflicts: 0 }, probability: 1, expires: null, entangled: [], created: 1, checkpoints: 1, lastActive: 1, ...about,
  };
}

/** CCPM's two layouts, as far as they are recognised by. Its texts are not here. */
export const LAYOUTS: Readonly<Record<'v1' | 'v2', Tree>> = {
  v1: { '.claude/commands/pm/next.md': 'Next\n', '.claude/rules/datetime.md': 'Time\n', '.claude/scripts/pm/next.sh': 'echo next\n' },
  v2: { '.claude/skills/ccpm/SKILL.md': '---\nname: ccpm\n---\n', '.claude/skills/ccpm/references/scripts/next.sh': 'echo next\n' },
};

/** Writes files below a directory. */
export function writeTree(root: string, tree: Tree): void {
  for (const [file, text] of Object.entries(tree)) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
}

/** Everything below a directory: directories end with "/", files come with their content. */
export function snapshot(root: string): Record<string, string> {
  const paths = (fs.readdirSync(root, { recursive: true }) as string[]).sort();
  return Object.fromEntries(paths.map((file) => {
    const at = path.join(root, file);
    return fs.statSync(at).isDirectory() ? [`${file}/`, ''] : [file, fs.readFileSync(at, 'utf8')];
  }));
}
