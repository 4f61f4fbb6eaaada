import { sql, type Db } from '../../core/database.ts';
import { z } from 'zod';
import { ClientRow } from './model.ts';

const client = sql.fragment`
  select c.id, c.name, c.kind, c.scopes, c.redirect_uris, c.keys, c.active, c.created_at, c.version from oauth.client c
`;

/** By name; a hospital has tens of them. */
export const listClients = (db: Db): Promise<readonly ClientRow[]> =>
  db.any(sql.type(ClientRow)`${client} order by c.name, c.id limit 1000`);

export const getClient = (db: Db, id: string): Promise<ClientRow> =>
  db.one(sql.type(ClientRow)`${client} where c.id = ${id}`);

export const findClient = (db: Db, id: string): Promise<ClientRow | null> =>
  db.maybeOne(sql.type(ClientRow)`${client} where c.id = ${id}`);

type Kept = Pick<ClientRow, 'name' | 'scopes' | 'redirectUris' | 'keys'>;
const Id = z.strictObject({ id: z.uuid() });

export const insertClient = (tx: Db, it: Kept & Pick<ClientRow, 'kind'>): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into oauth.client (name, kind, scopes, redirect_uris, keys)
    values (${it.name}, ${it.kind}, ${sql.array([...it.scopes], 'text')}, ${sql.array([...it.redirectUris], 'text')}, ${JSON.stringify(it.keys)}::jsonb)
    returning id
  `);

/** Null when the version is no longer that one. */
export const updateClient = (
  tx: Db,
  id: string,
  version: number,
  it: Kept & Pick<ClientRow, 'active'>,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update oauth.client
    set name = ${it.name}, scopes = ${sql.array([...it.scopes], 'text')}, redirect_uris = ${sql.array([...it.redirectUris], 'text')},
      keys = ${JSON.stringify(it.keys)}::jsonb, active = ${it.active}
    where id = ${id} and version = ${version}
    returning id
  `);

/** Whether some app that is on comes back to an address of this origin: `https://app.example.org`. */
export const isOriginOfApp = (db: Db, origin: string): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from oauth.client c, unnest(c.redirect_uris) uri
    where c.active and (uri = ${origin} or starts_with(uri, ${`${origin}/`}))
  `);
