// npm run bench:live [-- --rounds N]: how long after somebody is called every other screen shows it, from the request that is sent.
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import type { Page } from 'playwright-core';
import { etag, startHospital } from '../../test/scheduling/hospital.ts';
import { arrive, openBrowser, visit } from '../../test/ui/browser.ts';
import { median } from './measure.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });

/** When this text stands in the page, in milliseconds since 1970: all of them run on one clock. */
const whenShown = (page: Page, selector: string, text: string): Promise<number> =>
  page.evaluate(
    ({ selector, text }) =>
      new Promise<number>((resolve, reject) => {
        const isThere = () => [...document.querySelectorAll(selector)].some((it) => it.textContent.includes(text));
        const look = new MutationObserver(() => {
          if (!isThere()) return;
          look.disconnect();
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now())));
        });
        look.observe(document, { childList: true, subtree: true, characterData: true });
        setTimeout(() => reject(new Error(`${text} was not shown within ten seconds`)), 10_000);
      }),
    { selector, text },
  );

const hospital = await startHospital(['ehr'], { speed: 1, env: { LOG_LEVEL: 'silent', OPENWARD_LIMITS: 'all=999999999' } }); // prettier-ignore
const browser = await openBrowser();
try {
  const { admin, clerk } = hospital;
  const { id: pointId } = (await admin.post('/api/queue/points', { name: 'Triage', kind: 'triage', prefix: 'T' })).body;
  const wanted = { name: 'Hall', pointIds: [pointId], locale: 'en', chime: false };
  const { secret } = (await admin.post('/api/queue/displays', wanted)).body;
  const nurse = (await visit(browser, hospital.url, 'nurse', `/queue?point=${pointId}`)).page;
  const stages = (await visit(browser, hospital.url, 'receptionist', '/queue')).page;
  await stages.getByRole('button', { name: 'Time per stage' }).click();
  const hall = (await arrive(browser)).page;
  await hall.goto(`${hospital.url}/display#${secret}`);
  const screens = {
    'the queue of a colleague': [nurse, '[aria-labelledby=called] .token'],
    'the public display': [hall, 'main'],
  } as const;
  const took = new Map<string, number[]>([...Object.keys(screens), 'time per stage'].map((name) => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round++) {
    const patientId = await hospital.patient();
    const ticket = (await clerk.post('/api/queue/tickets', { pointId, patientId })).body;
    await nurse.getByText(ticket.token).first().waitFor();
    const seen = Object.entries(screens).map(
      async ([name, [page, selector]]) => [name, await whenShown(page, selector, ticket.token)] as const,
    );
    const counted = whenShown(stages, 'table', String(round + 1)); // called today
    await nurse.waitForTimeout(300);
    const begun = Date.now();
    const called = await clerk.post(`/api/queue/tickets/${ticket.id}/call`, {}, etag(ticket.version));
    if (called.status !== 200) throw new Error(JSON.stringify(called.body));
    for (const [name, at] of [...(await Promise.all(seen)), ['time per stage', await counted] as const])
      if (round > 0) took.get(name)!.push(at - begun);
    await clerk.post(`/api/queue/tickets/${ticket.id}/end`, {}, etag(called.body.version));
    await nurse.waitForTimeout(700);
  }
  for (const [name, times] of took)
    console.log(`${name.padEnd(28)}${median(times).toFixed(0).padStart(6)} ms median${Math.max(...times).toFixed(0).padStart(6)} ms at most`); // prettier-ignore
  console.log(`${values.rounds} rounds; aim 1,000 ms; load average ${loadavg()[0]!.toFixed(1)}`);
} finally {
  await browser.close();
  await hospital.stop();
}
