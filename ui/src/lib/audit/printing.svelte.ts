import { onMount } from 'svelte';
import { page } from '$app/state';
import { api } from '../api.ts';

/** Where the pages of one patient have whose they are. */
interface Shown {
  patient?: { id: string };
  record?: { patient: { id: string } };
}

let problem = $state.raw<{ reason: string | undefined }>();
let others: (() => readonly string[]) | undefined;
/** So many patients in one note, as the server takes them. */
const most = 500;

export const printing = {
  /** Why nothing came out of the printer; without a reason: nobody has asked this page. */
  get problem() {
    return problem;
  },
  refuse(reason?: string) {
    problem = { reason };
  },
  forget() {
    problem = undefined;
  },
};

/** In a component: whose names stand on the paper, on a page that is not about one patient. */
export function useOnPaper(patientIds: () => readonly string[]) {
  onMount(() => {
    others = patientIds;
    return () => (others = undefined);
  });
}

/** What is printed: the words of the route, without the groups and the parameters. */
const whatOf = (routeId: string | null): string =>
  (routeId ?? '')
    .replace(/\(.*?\)|\[.*?\]/g, '')
    .match(/[a-z][a-z-]*/g)
    ?.join('-')
    .slice(0, 40) ?? 'page';

async function note(): Promise<void> {
  const what = whatOf(page.route.id);
  if (page.route.id?.startsWith('/(portal)')) return api.post('/api/portal/prints', { what });
  const { patient, record } = page.data as Shown;
  const patientIds = [...new Set([patient?.id, record?.patient.id, ...(others?.() ?? [])])].filter(
    (id) => id !== undefined,
  );
  for (let from = 0; from === 0 || from < patientIds.length; from += most)
    await api.post('/api/prints', { what, patientIds: patientIds.slice(from, from + most) });
}

/** The one way from a page to the printer: it is written down first, and what cannot be written down is not printed. */
export async function printPage(): Promise<void> {
  printing.forget();
  try {
    await note();
  } catch (error) {
    printing.refuse((error as Error).message);
    return;
  }
  // Some browsers come back from here before the paper is made: `afterprint` alone closes it again.
  document.documentElement.dataset.noted = '';
  window.print();
}
