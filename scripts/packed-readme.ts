/** README.md as the extension's page in VS Code can show it. */
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = { '.png': 'image/png', '.svg': 'image/svg+xml' };

/**
 * The page allows pictures from the web and inside of the text, and none from the extension's folder; and it follows no link to a file.
 * So pictures of the repository are put into the text, and of links to files only the words stay.
 */
export function packedReadme(markdown: string, root: string): string {
  return markdown
    .replace(/!\[([^\]]*)\]\((?![a-z]+:)([^)\s]+)\)/g, (_, words: string, path: string) => {
      const type = TYPES[extname(path)];
      if (type === undefined) throw new Error(`README.md shows ${path}: pictures are ${Object.keys(TYPES).join(' or ')}`);
      return `![${words}](data:${type};base64,${readFileSync(join(root, path)).toString('base64')})`;
    })
    .replace(/(?<!!)\[([^\]]+)\]\((?![a-z]+:|#)[^)\s]+\)/g, '$1');
}
