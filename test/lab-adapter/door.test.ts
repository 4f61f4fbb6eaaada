import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { z } from 'zod';
import { doorPort } from '../../plugins/lab-adapter/door.ts';
import { frameReader, framed } from '../../plugins/lab-adapter/mllp.ts';
import { potassium } from '../laboratory/bench.ts';
import { result, startHouse, told, type House } from './house.ts';

interface At {
  house: House;
}
interface Expected {
  file: string;
  answer: string;
  state: string;
  reason: string;
}
const test = suite<At>('lab-adapter: the door');
test.before(async (at) => {
  at.house = await startHouse();
});
test.after((at) => at.house?.stop());

const here = import.meta.dirname;
const texts = new Map(
  gunzipSync(readFileSync(join(here, '../data/hl7v2/messages.ndjson.gz')))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; text: string })
    .map(({ file, text }) => [file, text]),
);
const expected = parse<Expected>(readFileSync(join(here, 'expected.csv')), { columns: true });
const codesIn = (answer: string) => answer.split('\r').filter((it) => it.startsWith('MSA')).map((it) => it.split('|')[1]); // prettier-ignore
const faultsIn = (answer: string) => answer.split('\r').filter((it) => it.startsWith('ERR')).map((it) => it.split('|')[3]?.split('^')[1]); // prettier-ignore

/** Writes these bytes on one connection and reads until so many frames have come back. */
const talk = ({ house }: At, pieces: readonly Buffer[], answers: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const heard: string[] = [];
    const read = frameReader();
    const socket = connect(doorPort(house.hms), '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.on('error', reject);
    socket.on('data', (data) => {
      heard.push(...read(data as Buffer).map(({ body }) => body.toString()));
      if (heard.length >= answers) socket.end(() => resolve(heard));
    });
  });

test('each message of other systems is answered as the table says', async (at) => {
  assert.equal([...texts.keys()].sort(), expected.map(({ file }) => file).sort());
  const line = await at.house.line();
  const wrong: string[] = [];
  for (const { file, answer, state, reason } of expected) {
    const told = await line.ask(texts.get(file) ?? '');
    const rows = await at.house.db.any(sql.type(z.strictObject({ state: z.string(), reason: z.string().nullable() }))`
      select state, reason from lab_adapter.incoming order by created_at desc, id desc limit ${codesIn(told).length}
    `);
    const reasons = reason.split(' ');
    const is = {
      answer: codesIn(told).join(' '),
      state: [...new Set(rows.map((it) => it.state))].join(' '),
      reasons: [...rows].reverse().map((it) => it.reason ?? ''),
    };
    const same =
      is.answer === answer && is.state === state && is.reasons.every((it, n) => it === (reasons[n] ?? reasons[0]));
    if (!same) wrong.push(`${file}: ${JSON.stringify(is)}`);
    if (state === 'refused' && faultsIn(told).some((it, n) => it !== (reasons[n] ?? reasons[0])))
      wrong.push(`${file}: ERR ${faultsIn(told).join(' ')}`);
  }
  assert.equal(wrong, []);
  const unknown = await at.house.db.exists(sql.unsafe`select from lab_adapter.incoming where patient_id is not null`);
  assert.not.ok(unknown, 'nothing was guessed');
});
test('the same again gets the same answer, byte for byte, and nothing is kept twice', async (at) => {
  const line = await at.house.line();
  const order = await at.house.collected(['K']);
  const text = result(order, 'SAME-1', [{ code: potassium, value: '4.4', unit: 'mmol/L' }]);
  const first = await line.ask(text);
  assert.is(told(first).code, 'AA');
  assert.is(await line.ask(text), first);
  const other = await line.ask(text.replace('|4.4|', '|4.5|'));
  assert.is(told(other).code, 'AA');
  assert.is((await at.house.chart(order.patientId, potassium))?.value, '4.4');
  const [newest] = await at.house.messages('in', '&state=parked&q=SAME-1');
  assert.is(newest?.reason, 'control-id-reused');
  assert.is((await at.house.messages('in', '&q=SAME-1')).length, 2);
});

test('frames arrive split, together, broken and too long; each is answered and the next good one is handled', async (at) => {
  const { house } = at;
  const order = await house.collected(['CRP']);
  const message = (n: number) =>
    result(order, `FRAME-${String(n)}`, [{ code: '1988-5', value: String(10 + n), unit: 'mg/L', status: 'P' }]);
  const good = framed(message(1));
  const halves = [good.subarray(0, 40), good.subarray(40)];
  const cut = Buffer.concat([Buffer.of(0x0b), Buffer.from(message(2).slice(0, 120))]);
  const long = Buffer.concat([
    Buffer.of(0x0b),
    Buffer.from(message(3)),
    Buffer.alloc(1_100_000, 0x41),
    Buffer.of(0x1c, 0x0d),
  ]);
  const latin = Buffer.concat([
    Buffer.of(0x0b),
    Buffer.from(message(4).replace('Testa', 'Tésta'), 'latin1'),
    Buffer.of(0x1c, 0x0d),
  ]);
  const answers = await talk(at, [...halves, Buffer.from('\r\nnoise'), cut, Buffer.concat([framed(message(5)), framed(message(6))]), long, latin, framed(message(7))], 7); // prettier-ignore
  assert.equal(
    answers.map((it) => [told(it).code, told(it).controlId, told(it).fault].join(' ').trim()),
    [
      'AA FRAME-1',
      'AE FRAME-2 frame-cut',
      'AA FRAME-5',
      'AA FRAME-6',
      'AR FRAME-3 frame-too-long',
      'AE FRAME-4 not-in-charset',
      'AA FRAME-7',
    ],
  );
});

test('frames are found however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme', maxLength: 40 }).filter((it) => !/[\u000b\u001c]/.test(it)),
        { maxLength: 6 },
      ),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(framed));
        const read = frameReader();
        const heard: string[] = [];
        for (let at = 0; at < bytes.length;) {
          const next = at + (cuts.next().value ?? 1);
          heard.push(...read(bytes.subarray(at, next)).map(({ body }) => body.toString()));
          at = next;
        }
        assert.equal(heard, messages);
      },
    ),
  );
});
test.run();
