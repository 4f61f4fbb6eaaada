// What a plugin from outside the tree imports as `openward/plugin`. FHIR resources come from `openward/fhir`,
// another plugin's api from `openward/plugins/<name>`.
export { may, maySee } from './access.ts';
export type { Actor } from './actor.ts';
export { hospitalNow } from './clock.ts';
export { sql, type Db, type Fragment } from './database.ts';
export { publish } from './events.ts';
export { pageOf, pageQuery, readCursor } from './paging.ts';
export { definePlugin, type Event, type Plugin } from './plugin.ts';
export { refuse } from './refuse.ts';
export { getSetting, putSetting } from './settings.ts';
export { DateText, Instant, itemsOf, newestOf, pageOfItems } from './shapes.ts';
export { day, dbOf, idParams, ifMatch, instant, route, text, uuid, versioned } from './routes.ts';
