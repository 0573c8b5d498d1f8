/** The types of `pyi/client`: what TypeScript says of connect/pyi-client.ts and all that it names. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Imports between our files; a declaration is looked for beside a `.js`. */
const OWN_IMPORT = /((?:from |import\()['"]\.[^'"]*)\.ts(['"])/g;

/** Writes the declarations below `directory`, as the sources are below `root`. */
export function writeClientTypes(root, directory) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['connect/pyi-client.ts'] }, ts.sys, root);
  const program = ts.createProgram([join(root, 'connect/pyi-client.ts')], { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: directory });
  const { diagnostics } = program.emit(undefined, (file, text) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text.replace(OWN_IMPORT, '$1.js$2'));
  }, undefined, true);
  if (diagnostics.length > 0) throw new Error(`The types of pyi/client could not be written: ${diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')).join('; ')}`);
}
