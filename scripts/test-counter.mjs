/** Reporter for `node --test`: one JSON line `{ passed, failed, skipped, failures, secondTries }`, for scripts/test.mjs. */
import { resolve } from 'node:path';
import { inspect } from 'node:util';

/** Of the text of an error: a difference of two long values would hide the next failure. */
const MAX_LINES = 30;

/** node:test reports a file that failed to load, and one without tests, as a test named like the file. */
function isFile({ name, file }) {
  return file !== undefined && resolve(name) === file;
}

export default async function* counter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const secondTries = [];
  for await (const { type, data } of events) {
    if (data.details?.type === 'suite') continue;
    // The mark of test/e2e/harness/second-try.ts.
    if (type === 'test:diagnostic' && data.message.startsWith('SECOND TRY')) secondTries.push(data.message);
    if (type === 'test:fail') counts[data.todo ? 'skipped' : 'failed']++;
    if (type === 'test:fail' && !data.todo) failures.push(`${data.file ?? ''}: ${data.name}\n${textOf(data.details?.error)}`);
    if (type !== 'test:pass' || isFile(data)) continue;
    counts[data.skip || data.todo ? 'skipped' : 'passed']++;
  }
  yield `${JSON.stringify({ ...counts, failures, secondTries })}\n`;
}

function textOf(error) {
  const lines = inspect(error?.cause ?? error).split('\n');
  return lines.slice(0, MAX_LINES).map((line) => `    ${line}`).join('\n');
}
