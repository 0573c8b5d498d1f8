import tseslint from 'typescript-eslint';

/** Folder rules (ARCHITECTURE.md, "Layers"): what the files of a folder must not import. */
function layer(files, patterns, extra = []) {
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', {
        patterns: patterns.map(([group, message]) => ({ group, message, allowTypeImports: message.startsWith('types only') })),
        paths: extra,
      }],
    },
  };
}

const NODE = ['node:*'];
const VSCODE = ['vscode'];
const noVscode = [VSCODE, 'only client/ may import vscode'];

const SYNTAX = [
  { selector: 'ExportAllDeclaration', message: 'no barrels: import from the file that defines the name' },
  { selector: 'TSEnumDeclaration', message: 'use an "as const" object' },
];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.cache/**', 'test/fixtures/**'] },
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', prefer: 'type-imports' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } }],
      'no-restricted-syntax': ['error', ...SYNTAX],
      'max-lines': ['error', { max: 450, skipComments: true, skipBlankLines: true }],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  layer(['protocol/**'], [noVscode, [NODE, 'protocol is pure'], [['**/server/**', '**/client/**', '**/cli/**', '**/webview/**'], 'protocol imports nothing of ours']]),
  layer(['server/engine/**'], [noVscode, [NODE, 'the engine is pure: inject it'], [['vscode-*', '**/store/**', '**/worktree/**', '**/git/**', '**/transport/**', '**/catalog/**', '**/operations/**', '**/metrics/**', '**/client/**', '**/cli/**'], 'the engine imports protocol and its own ports only']]),
  { files: ['server/engine/**'], rules: { 'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'performance'], 'no-restricted-properties': ['error', { object: 'Date', property: 'now' }, { object: 'Math', property: 'random' }, { object: 'process', property: 'env' }] } },
  layer(['server/store/**'], [noVscode, [['**/engine/**'], 'types only: the store implements the engine ports'], [['vscode-*', '**/worktree/**', '**/git/**', '**/transport/**', '**/catalog/**', '**/operations/**', '**/client/**', '**/cli/**'], 'the store stands below']]),
  layer(['server/worktree/**', 'server/git/**', 'server/catalog/**'], [noVscode, [['vscode-*', '**/transport/**', '**/operations/**', '**/client/**', '**/cli/**'], 'adapters know the engine, not who calls them']]),
  layer(['server/shim/**'], [noVscode, [['node:net', 'vscode-*', '**/operations/**', '**/store/**', '**/catalog/**', '**/client/**', '**/cli/**'], 'the shim watches and asks git; it knows no store']]),
  { files: ['server/shim/**'], rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env' }, { object: 'Date', property: 'now' }] } },
  layer(['server/agents/**'], [noVscode, [['node:*', 'vscode-*', '**/worktree/**', '**/git/**', '**/transport/**', '**/catalog/**', '**/operations/**', '**/client/**', '**/cli/**'], 'agents know the engine and a disk, not who calls them']]),
  layer(['server/operations/**'], [noVscode, [['node:net', 'vscode-*', '**/transport/**', '**/client/**', '**/cli/**'], 'only transport knows sockets']]),
  layer(['hooks/**'], [noVscode, [['**/server/**', '**/connect/**', '**/client/**', '**/cli/**', '**/webview/**'], 'hooks/ knows the protocol: server and command line both use it']]),
  layer(['server/hooks/**'], [noVscode, [['**/engine/**'], 'types only: hooks are answered by calling operations'], [['node:net', 'vscode-*', '**/store/**', '**/worktree/**', '**/operations/**', '**/transport/**', '**/client/**', '**/cli/**'], 'hooks are answered by calling operations']]),
  layer(['server/transport/**', 'server/*.ts'], [noVscode, [['**/client/**', '**/cli/**'], 'the server does not know its clients']]),
  layer(['connect/**'], [noVscode, [['**/server/engine/**', '**/server/store/**', '**/server/worktree/**', '**/server/git/**', '**/server/catalog/**', '**/server/operations/**', '**/client/**', '**/cli/**'], 'connect/ knows the protocol and the transport']]),
  layer(['ccpm/**'], [noVscode, [['**/server/**', '**/client/**', '**/cli/**', '**/connect/**', '**/webview/**'], 'ccpm/ reads files of a project and knows the protocol']]),
  layer(['cli/**', 'shim/**', 'bench/**', 'demo/**'], [noVscode]),
  layer(['client/**'], [[['**/server/engine/**', '**/server/store/**', '**/server/worktree/**', '**/server/git/**', '**/server/operations/**'], 'the client speaks the protocol']]),
  {
    files: ['client/**'], ignores: ['client/commands/dialogs.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...SYNTAX, {
        selector: 'CallExpression[callee.property.name=/^(show(Information|Warning|Error)Message|setStatusBarMessage|withProgress)$/]',
        message: 'commands/dialogs.ts shows text of others as text: a message has links, the status bar icons',
      }],
    },
  },
  layer(['webview/**'], [noVscode, [NODE, 'webviews run in a browser'], [['**/server/**', '**/client/**'], 'a webview talks to its host by messages']]),
  { files: ['scripts/**', 'bench/**', 'demo/**', 'test/**', 'cli/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.mjs'], rules: { '@typescript-eslint/explicit-module-boundary-types': 'off', 'no-restricted-exports': 'off' } },
);
