import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAnalysis } from '../../../ccpm/analysis.ts';
import { analysis } from '../../support/ccpm-project.ts';

test('streams have their files, and what they wait for', () => {
  const { streams, problems } = parseAnalysis(analysis({ A: { files: ['src/db/**', 'migrations/*.sql'] }, B: { files: ['src/api.ts'], after: 'Stream A' } }));
  assert.deepEqual(streams, [
    { id: 'A', title: 'Part A', files: ['src/db/**', 'migrations/*.sql'], dependsOn: [] },
    { id: 'B', title: 'Part B', files: ['src/api.ts'], dependsOn: ['A'] },
  ]);
  assert.deepEqual(problems, []);
});

test('files are found however they are written', () => {
  const { streams: [stream] } = parseAnalysis([
    '### Stream A: Data', '**Files**:', '- `src/db/` (new)', '- "./src/a.ts" - the entry', '* src/b.ts # remark', '- src/{c,d}.ts', '- src/[id]/page.tsx', '-   none', '- N/A', '- {file_pattern_1}', '- the files of the user',
    '- src/a.ts', '**Agent Type**: backend-specialist', '- not/a/file.ts', '',
  ].join('\r\n'));
  assert.deepEqual(stream?.files, ['src/db/**', 'src/a.ts', 'src/b.ts', 'src/{c,d}.ts', 'src/[id]/page.tsx']);
});

test('files may stand on the line of the field', () => {
  const { streams } = parseAnalysis('## Stream A\n- **Files:** `src/a.ts`, src/{b,c}.ts\n\n#### **Stream B: Pages**\n**Files**: src/p/**\n**Dependencies**: Streams A\n');
  assert.deepEqual(streams.map(({ id, title, files, dependsOn }) => [id, title, files, dependsOn]), [
    ['A', 'Stream A', ['src/a.ts', 'src/{b,c}.ts'], []], ['B', 'Pages', ['src/p/**'], ['A']],
  ]);
});

test('other sections are no streams, and end them', () => {
  const { streams } = parseAnalysis('## Parallel Streams\n\n### Stream A: Data\n**Files**:\n- a.ts\n\n### Shared Files\n- b.ts\n\n## Parallelization Strategy\nStart Streams A, B.\n');
  assert.deepEqual(streams.map(({ id, files }) => [id, files]), [['A', ['a.ts']]]);
});

test('several streams to wait for', () => {
  const streams = (after: string): readonly string[] | undefined => parseAnalysis(`### Stream A: a\n### Stream B: b\n### Stream C: c\n**Dependencies**: ${after}\n`).streams[2]?.dependsOn;
  assert.deepEqual(streams('Stream A, Stream B'), ['A', 'B']);
  assert.deepEqual(streams('Streams A & B'), ['A', 'B']);
  assert.deepEqual(streams('Streams A and B'), ['A', 'B']);
  assert.deepEqual(streams('none'), []);
  assert.deepEqual(streams('Stream C'), [], 'nothing waits for itself');
});

test('what cannot be is told, and left out', () => {
  const { streams, problems } = parseAnalysis('### Stream A: a\n**Files**:\n- ../other/x.ts\n- /etc/passwd\n- src/../../x\n- ok.ts\n**Dependencies**: Stream D\n### Stream A: again\n');
  assert.deepEqual(streams, [{ id: 'A', title: 'a', files: ['ok.ts'], dependsOn: [] }]);
  assert.equal(problems.length, 5);
  assert.match(problems.join('\n'), /stream A: "\.\.\/other\/x\.ts" lies outside the project/);
  assert.match(problems.join('\n'), /stream A is described twice/);
  assert.match(problems.join('\n'), /stream A waits for stream D, which is not described/);
});
