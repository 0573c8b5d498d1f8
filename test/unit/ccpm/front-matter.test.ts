import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listField, parseMarkdown, textField } from '../../../ccpm/front-matter.ts';
import { PyiError } from '../../../protocol/errors.ts';

const fieldsOf = (lines: string): Readonly<Record<string, unknown>> => parseMarkdown(`---\n${lines}\n---\nText\n`, '12.md').fields;

test('front matter is read, and the body is what follows', () => {
  const { fields, body } = parseMarkdown('---\nname: Cart\nstatus: open\n---\n\n# Task\n---\nmore\n', '12.md');
  assert.deepEqual({ ...fields }, { name: 'Cart', status: 'open' });
  assert.equal(body, '\n# Task\n---\nmore\n');
});

test('line ends of Windows, a byte order mark and blanks after the fence make no difference', () => {
  const { fields, body } = parseMarkdown('\uFEFF--- \r\nname: "Cart"\r\nstatus: open\r\ndepends_on:\r\n  - #12\r\n  - 13\r\n---\r\nText\r\n', '12.md');
  assert.equal(textField(fields, 'status'), 'open');
  assert.equal(textField(fields, 'name'), 'Cart');
  assert.deepEqual(listField(fields, 'depends_on'), ['12', '13']);
  assert.equal(body, 'Text\n');
});

test('without front matter all of it is body', () => {
  assert.deepEqual(parseMarkdown('# Just text\n---\n', 'a.md'), { fields: {}, body: '# Just text\n---\n' });
  assert.deepEqual(parseMarkdown('', 'a.md'), { fields: {}, body: '' });
  assert.deepEqual({ ...parseMarkdown('---\n---\nText', 'a.md').fields }, {});
  assert.deepEqual({ ...parseMarkdown('---\n# only a comment\n---\n', 'a.md').fields }, {});
});

for (const [written, read] of [
  ['depends_on: [#12, 13]', ['12', '13']],
  ['depends_on: [ #12 ,#13 ]', ['12', '13']],
  ['depends_on: []', []],
  ['depends_on:', []],
  ['depends_on: #12', ['12']],
  ['depends_on: 12, 13', ['12', '13']],
  ['depends_on: ["12", \'#13\']', ['12', '#13']],
  ['depends_on: [001, 010]', ['001', '010']],
  ['depends_on:\n- #12\n- "13"\n', ['12', '13']],
  ['depends_on:\n  - 12   # the cart\n  - 13\n', ['12', '13']],
  ['depends_on: [\n  12,\n  #13\n  ]', ['12', '13']],
] as const) {
  test(`dependencies: ${JSON.stringify(written)}`, () => {
    assert.deepEqual(listField(fieldsOf(`name: x\n${written}\nparallel: true`), 'depends_on'), read);
  });
}

test('a value that only YAML would not take is the rest of its line, as CCPM reads it', () => {
  const fields = fieldsOf("name: Cart: lines, and it's totals\nstatus: open\ndepends_on: [#3]");
  assert.equal(textField(fields, 'name'), "Cart: lines, and it's totals");
  assert.equal(textField(fields, 'status'), 'open');
  assert.deepEqual(listField(fields, 'depends_on'), ['3']);
});

test('values are text, whatever they look like', () => {
  const fields = fieldsOf('created: 2025-08-01T10:00:00Z\nnumber: 0012\nparallel: true\nempty:\nlist: [a]');
  assert.equal(textField(fields, 'created'), '2025-08-01T10:00:00Z');
  assert.equal(textField(fields, 'number'), '0012');
  assert.equal(textField(fields, 'parallel'), 'true');
  assert.equal(textField(fields, 'empty'), undefined);
  assert.equal(textField(fields, 'list'), undefined);
});

for (const [what, text] of [
  ['no end', '---\nname: x\n'],
  ['a list that is not closed', '---\nname: x\ndepends_on: [12\n---\n'],
  ['a key given twice', '---\nstatus: open\nstatus: closed\n---\n'],
  ['no fields', '---\njust words\n---\n'],
  ['tabs as indentation', '---\ndepends_on:\n\t- 12\n---\n'],
  ['an alias', '---\nname: &a x\nother: *a\n---\n'],
] as const) {
  test(`an error names the file: ${what}`, () => {
    assert.throws(() => parseMarkdown(text, '12.md'), (error) => PyiError.is(error, 'INVALID_ARGUMENT') && error.message.includes('12.md') && error.hint !== '');
  });
}
