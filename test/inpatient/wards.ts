import { etag, startWard, type Ward } from '../ehr/ward.ts';
import type { Answer } from '../hms.ts';

export { etag };

/** A house with two wards: three beds in general, two in intensive care. Every act goes through the front door. */
export interface House extends Ward {
  wards: { general: string; intensive: string };
  /** Ids of the beds by name: G1, G2, G3, I1, I2. */
  beds: Readonly<Record<string, string>>;
  /** Admitted into this bed at once. */
  admitted: (bed: string, patientId?: string) => Promise<StayBody>;
  act: (stay: StayBody, verb: string, body?: object, role?: string) => Promise<Answer>;
  bed: (name: string) => Promise<BedBody>;
  clean: (name: string) => Promise<Answer>;
}

export interface StayBody {
  id: string;
  version: number;
  status: string;
  patientId: string;
  encounterId: string;
  bed: { bedId: string; bedName: string } | null;
  reserved: { bedName: string } | null;
  moves: { bedName: string; since: string; until: string | null }[];
}
export interface BedBody {
  id: string;
  version: number;
  state: string;
  reserved: boolean;
  stay: StayBody | null;
}

export const made = (answer: Answer, status = 200): Answer => {
  if (answer.status !== status) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
};

export const startWards = async (more: readonly string[] = []): Promise<House> => {
  const ward = await startWard(['inpatient', ...more]);
  const admin = await ward.as('admin');
  const add = async (path: string, body: object): Promise<string> => made(await admin.post(path, body), 201).body.id;
  const { department: departmentId } = ward;
  const general = await add('/api/wards', { name: 'Ward A', departmentId, chargeCode: 'BED-GEN' });
  const intensive = await add('/api/wards', { name: 'Intensive care', level: 'intensive', chargeCode: 'BED-ICU' });
  const beds: Record<string, string> = {};
  for (const name of ['G1', 'G2', 'G3'])
    beds[name] = await add('/api/beds', { wardId: general, name, roomName: name === 'G3' ? 'A 2' : 'A 1' });
  for (const name of ['I1', 'I2']) beds[name] = await add('/api/beds', { wardId: intensive, name });
  const house: House = {
    ...ward,
    wards: { general, intensive },
    beds,
    async admitted(bed, patientId) {
      const body = {
        patientId: patientId ?? (await ward.patient()),
        bedId: beds[bed],
        reason: 'Pneumonia',
        source: 'emd',
      };
      return made(await ward.nurse.post('/api/stays', body), 201).body;
    },
    act: async (stay, verb, body = {}, role = 'doctor') =>
      (await ward.as(role)).post(`/api/stays/${stay.id}/${verb}`, body, etag(stay.version)),
    bed: async (name) => made(await ward.nurse.get(`/api/beds/${beds[name]}`)).body,
    async clean(name) {
      const { id, version } = await house.bed(name);
      return ward.nurse.post(`/api/beds/${id}/state`, { state: 'U' }, etag(version));
    },
  };
  return house;
};

/** Rules of the plugin that do not hold. */
export const broken = async ({ hms, db }: House): Promise<string[]> => {
  const found: string[] = [];
  for (const [rule, query] of Object.entries(hms.plugins.find(({ name }) => name === 'inpatient')!.invariants ?? {}))
    if ((await db.any(query)).length > 0) found.push(rule);
  return found;
};
