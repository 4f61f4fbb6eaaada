import { sql, type Db } from '../../../core/database.ts';

export const placeExists = (db: Db, id: string): Promise<boolean> =>
  db.exists(sql.unsafe`select from facility.location where id = ${id} and status <> 'inactive'`);
