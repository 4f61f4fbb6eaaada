import Joi from 'joi';
import { z } from 'zod';
import { dbOf, definePlugin, idParams, ifMatch, maySee, publish, refuse, route, sql, versioned } from 'openward/plugin';

const Box = z.strictObject({
  id: z.uuid(),
  label: z.string(),
  weight: z.int(),
  patientId: z.uuid().nullable(),
  version: z.int(),
});
interface NewBox {
  label: string;
  weight: number;
  patientId?: string;
  inBox?: string;
  deep?: unknown;
}
const payload = Joi.object<NewBox>({
  label: Joi.string().required(),
  weight: Joi.number().integer().default(0),
  patientId: Joi.string().guid(),
  inBox: Joi.string().guid(),
  deep: Joi.any(),
});
const columns = sql.fragment`id, label, weight, patient_id, version`;

/** A plugin from outside the tree, with one of everything that core offers. */
export default definePlugin({
  name: 'box',
  title: 'core_title',
  dependencies: ['auth'],
  permissions: { 'box:read': 'core_title', 'box:write': 'core_title' },
  roles: { nurse: ['box:read', 'box:write'], doctor: ['box:read'] },
  refusals: {
    box_not_below_zero: [422, 'refusal_value_not_allowed'],
    box_label_unique: [409, 'refusal_already_there'],
  },
  on: {
    'box.made': async (
      tx,
      event: {
        id: number;
        subjectId: string;
        facts: { note?: string; fail?: boolean };
        actorId: string | null;
        origin: string;
      },
    ) => {
      if (event.facts.fail) throw new Error('cannot');
      const { kind, displayName, id, permissions } = tx.actor;
      const whose = `${kind} ${displayName} for ${id} with ${permissions.size} as `;
      const note =
        event.facts.note === 'whose'
          ? sql.fragment`${whose} || current_user`
          : sql.fragment`${event.facts.note ?? null}`;
      await tx.query(sql.unsafe`
        insert into box.heard (event_id, subject_id, note, actor_id, origin)
        values (${event.id}, ${event.subjectId}, ${note}, ${event.actorId}, ${event.origin})
      `);
    },
  },
  jobs: {
    'box.count': {
      every: 200,
      run: (db) =>
        db.query(sql.unsafe`
          insert into box.heard (subject_id, note, origin)
          values (uuidv7(), 'counted', ${`${db.actor.kind} ${db.actor.displayName} as`} || ' ' || current_user)
        `),
    },
  },
  services: { pulse: { start: async () => ({ stop: async () => {}, healthy: () => true }) } },
  routes: [
    route<{ Payload: NewBox }>({
      method: 'POST',
      path: '/api/boxes',
      options: {
        auth: { scope: 'box:write' },
        validate: { payload },
        app: { idempotent: 'required', patientData: true, response: Box },
      },
      handler: async (request, h) => {
        const tx = dbOf(request);
        const { label, weight, patientId, inBox } = request.payload;
        const box = await tx.one(
          sql.type(
            Box,
          )`insert into box.box (label, weight, patient_id, in_box) values (${label}, ${weight}, ${patientId ?? null}, ${inBox ?? null}) returning ${columns}`,
        );
        await publish(tx, 'box.made', box.id, { note: label, fail: label === 'unlucky' });
        if (label === 'refused') throw refuse('box_label_unique', { label });
        return versioned(h, box).code(201).location(`/api/boxes/${box.id}`);
      },
    }),
    route<{ Params: { id: string } }>({
      method: 'GET',
      path: '/api/boxes/{id}',
      options: {
        auth: { scope: 'box:read' },
        validate: { params: idParams },
        app: { patientData: true, response: Box },
      },
      handler: async (request, h) => {
        const db = dbOf(request);
        return versioned(
          h,
          await db.one(
            sql.type(
              Box,
            )`select ${columns} from box.box where id = ${request.params.id} and ${maySee(db, 'patient_id')}`,
          ),
        );
      },
    }),
    route<{ Params: { id: string }; Payload: NewBox }>({
      method: 'PUT',
      path: '/api/boxes/{id}',
      options: {
        auth: { scope: 'box:write' },
        validate: { params: idParams, payload },
        app: { versioned: true, patientData: true, response: Box },
      },
      handler: async (request, h) => {
        const tx = dbOf(request);
        const version = ifMatch(request);
        await tx.one(
          sql.unsafe`select id from box.box where id = ${request.params.id} and ${maySee(tx, 'patient_id')}`,
        );
        const box = await tx.maybeOne(sql.type(Box)`
          update box.box set label = ${request.payload.label}, weight = ${request.payload.weight} where id = ${request.params.id} and version = ${version} returning ${columns}
        `);
        if (!box) throw refuse('version_stale');
        return versioned(h, box);
      },
    }),
  ],
});
