import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Client, type TestHms } from '../hms.ts';
import { heading, lines, open, imports, problem, send, work } from './importing.ts';

const test = suite<{ hms: TestHms; clerk: Client; admin: Client }>('patients: import of what is no file');

test.before(open);
test.after((at) => at.hms?.stop());

test('what is no such file is refused in clear words, and nothing of it is kept', async (at) => {
  const before = await imports(at);
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const columns = Array.from({ length: 101 }, (_, n) => `c${n}`).join(',');
  const bad: [string | Buffer, string][] = [
    ['', 'import-empty'],
    ['\n\n', 'import-empty'],
    [heading, 'import-empty'],
    [`${heading}\n,,,,,\n`, 'import-empty'],
    ['Meier,Max,1980-01-01,m\nHuber,Hans,1981-01-01,m\n', 'import-no-header'],
    ['Family name,Given names,Birth date,Sex,Family name\na,b,c,d,e', 'import-heading-twice'],
    [png, 'import-not-csv'],
    [Buffer.from(lines('Two,Bytes,1980-01-01,m,,'), 'utf16le'), 'import-not-csv'],
    [`${columns}\n1`, 'import-too-many-columns'],
    [lines('Fine,Fay,1980-01-01,f,,', 'Open,"Ola,1980-01-01,f,,', 'Never,Nia,1980-01-01,f,,'), 'import-quote-open'],
  ];
  for (const [content, refusal] of bad) {
    const answer = await send(at.clerk, content);
    assert.equal(problem(answer), [422, refusal], String(content).slice(0, 30));
    assert.ok(answer.body.detail.length > 20);
  }
  const open = await send(at.clerk, bad.at(-1)![0]);
  assert.match(open.body.detail, /line 3/);
  assert.equal(problem(await at.clerk.post('/api/patients/imports', { name: 'x', content: '§§' })), [400, 'invalid']);
  assert.is((await send(at.clerk, Buffer.alloc(8 * 1024 * 1024 + 1, 'a'))).status, 413);
  assert.is((await send(at.clerk, Buffer.alloc(9 * 1024 * 1024, 'a'))).status, 413);
  assert.equal(problem(await send(at.clerk, lines(...Array.from({ length: 50_001 }, () => 'a,b,c,d,e,f')))), [
    422,
    'import-too-many-lines',
  ]);
  assert.is(await imports(at), before);
});

test('whatever bytes are sent, the answer is a file or a refusal, never a failure', async (at) => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ maxLength: 200, unit: 'binary' }).map((text) => Buffer.from(`${heading}\n${text}`)),
        fc
          .array(fc.array(fc.string({ maxLength: 12 }), { maxLength: 9 }), { maxLength: 5 })
          .map((rows) =>
            Buffer.from(
              [heading, ...rows.map((row) => row.map((it) => `"${it.replaceAll('"', '""')}"`).join(','))].join('\r\n'),
            ),
          ),
      ),
      async (bytes) => {
        const { status, body } = await send(at.clerk, Buffer.from(bytes));
        assert.ok([201, 422].includes(status), JSON.stringify(body));
        if (status === 201) await work(at);
        if (status === 201)
          assert.not.equal((await at.clerk.get(`/api/patients/imports/${body.id}`)).body.note, 'failed');
      },
    ),
    { numRuns: 60 },
  );
});

test.run();
