import type { ProjectFiles } from './project-files.ts';

/** How CCPM lies in a project: as slash commands and scripts (`v1`), or as an Agent Skill (`v2`). */
export type Layout = 'v1' | 'v2';

export interface FoundLayout {
  readonly layout: Layout;
  /** The folder that holds it. */
  readonly place: string;
}

const COMMANDS = '.claude/commands/pm';
/** Where harnesses look for skills of a project, and where CCPM's own repository has it. */
const SKILL_FOLDERS = ['.claude/skills', '.agents/skills', 'skills', 'skill'];
const SKILL = 'ccpm/SKILL.md';

/** The layouts of CCPM in a project: none, one or both. */
export async function layoutsIn(files: ProjectFiles): Promise<FoundLayout[]> {
  const found: FoundLayout[] = [];
  const scripts = await files.list('.claude/scripts/pm');
  const commands = (await files.list(COMMANDS)).filter((name) => name.endsWith('.md') && !OWN_COMMANDS.includes(name));
  if (commands.length > 0 || scripts.length > 0) found.push({ layout: 'v1', place: COMMANDS });
  for (const folder of SKILL_FOLDERS) if (await files.read(`${folder}/${SKILL}`) !== undefined) found.push({ layout: 'v2', place: folder });
  return found;
}

/** A file that PYI puts beside CCPM's. */
export interface Piece {
  readonly path: string;
  readonly text: string;
}

/** Commands that CCPM's texts name and CCPM lacks. */
const OWN_COMMANDS: readonly string[] = ['epic-stop.md', 'epic-resolve.md'];

/** The command of a slash command prints what the agent has to know: CCPM's `search` counts every file below .claude that has the word. */
function slashCommand(verb: string): string {
  return `---\nallowed-tools: Bash(pyi ccpm:*)\n---\n\n!\`pyi ccpm ${verb} $ARGUMENTS\`\n`;
}

const RULE = `# PYI forks

Where \`pyi\` is installed, each stream works in a directory of its own instead of one shared worktree:

1. \`pyi ccpm start NAME --json\` makes a fork for every stream and prints its directory (\`dir\`) and globs.
2. Hand each sub-agent its \`dir\` as the place to work in. It commits there as usual: "Issue #N: change".
3. \`pyi ccpm close NAME N -- TEST COMMAND\` is the gate: only when it exits 0, go on with /pm:issue-close N.
4. \`pyi ccpm status NAME\` tells how far it is, \`pyi ccpm resolve NAME\` what is in conflict, \`pyi ccpm stop NAME\` ends it; \`pyi undo\` takes back.
`;

const SKILL_HEAD = `---
name: pyi-ccpm
description: "Use together with the ccpm skill whenever streams of an epic are started, closed, stopped or merged: every stream gets a PYI fork of its own."
---

`;

/** All files that PYI adds for the layouts that were found. */
export function piecesFor(layouts: readonly FoundLayout[]): Piece[] {
  const pieces: Piece[] = [];
  if (layouts.length > 0) pieces.push({ path: `${COMMANDS}/epic-stop.md`, text: slashCommand('stop') }, { path: `${COMMANDS}/epic-resolve.md`, text: slashCommand('resolve') });
  for (const { layout, place } of layouts) {
    if (layout === 'v1') pieces.push({ path: '.claude/rules/pyi-forks.md', text: RULE });
    else pieces.push({ path: `${place}/pyi-ccpm/SKILL.md`, text: `${SKILL_HEAD}${RULE}` });
  }
  return pieces;
}

/** Every path at which PYI ever puts a file: nothing else is taken out, whatever a manifest says. */
export const PIECE_PATHS: readonly string[] = piecesFor([
  { layout: 'v1', place: COMMANDS }, ...SKILL_FOLDERS.map((place): FoundLayout => ({ layout: 'v2', place })),
]).map(({ path }) => path);
