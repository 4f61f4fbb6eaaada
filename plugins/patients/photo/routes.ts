import Joi from 'joi';
import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, idParams, route } from '../../../core/routes.ts';
import { requirePatient } from '../queries.ts';
import { readImage, type Image } from './image.ts';

type ById = { Params: { id: string } };
/** Bytes of a picture; the interface makes them smaller than this by itself. */
export const mostBytes = 256 * 1024;

const findPhoto = (db: Db, patientId: string) =>
  db.maybeOne(sql.type(z.strictObject({ mediaType: z.string(), content: z.instanceof(Uint8Array) }))`
    select p.media_type, p.content from patients.photo p where p.patient_id = ${patientId} and ${maySee(db, 'p.patient_id')}
  `);

const putPhoto = (tx: Db, patientId: string, { mediaType, content }: Image): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into patients.photo (patient_id, media_type, content) values (${patientId}, ${mediaType}, ${sql.binary(content)})
    on conflict on constraint photo_one do update
    set media_type = excluded.media_type, content = excluded.content, taken_at = core.now(), taken_by = core.current_actor()
  `);

const deletePhoto = (tx: Db, patientId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    delete from patients.photo p where p.patient_id = ${patientId} -- held by its parent
  `);

const show = route<ById>({
  method: 'GET',
  path: '/api/patients/{id}/photo',
  options: {
    auth: { scope: 'patient:read' },
    validate: { params: idParams },
    app: { summary: 'The picture of a patient', patientData: true, file: 'image/*' },
  },
  handler: async (request, h) => {
    const photo = await findPhoto(dbOf(request), request.params.id);
    if (photo === null) throw refuse('not_found');
    return h
      .response(Buffer.from(photo.content))
      .type(photo.mediaType)
      .header('content-disposition', 'inline')
      .header('x-content-type-options', 'nosniff');
  },
});

const take = route<ById & { Payload: { content: string } }>({
  method: 'PUT',
  path: '/api/patients/{id}/photo',
  options: {
    auth: { scope: 'patient:write' },
    validate: {
      params: idParams,
      payload: Joi.object({ content: Joi.string().base64().max(1_000_000).required() }),
    },
    app: {
      summary: 'Keeps a small picture (JPEG, PNG, WebP), without what the camera wrote into it',
      patientData: true,
      response: null,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const { id } = request.params;
    await requirePatient(db, id);
    const bytes = Buffer.from(request.payload.content, 'base64');
    if (bytes.length > mostBytes) throw refuse('photo_too_large', { field: 'content', kilobytes: mostBytes / 1024 });
    const image = readImage(bytes);
    if (image === null) throw refuse('photo_unreadable', { field: 'content' });
    await putPhoto(db, id, image);
    await publish(db, 'patients.photo-changed', id);
    return h.response().code(204);
  },
});

const remove = route<ById>({
  method: 'DELETE',
  path: '/api/patients/{id}/photo',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams },
    app: { summary: 'Takes the picture of a patient away', patientData: true, response: null },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    await requirePatient(db, request.params.id);
    await deletePhoto(db, request.params.id);
    await publish(db, 'patients.photo-changed', request.params.id);
    return h.response().code(204);
  },
});

export const photoRoutes = [show, take, remove];
