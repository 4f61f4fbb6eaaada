// SMART App Launch 2.2, in one spelling only: `system/Patient.rs`. What is written in another way is unknown.

export const levels = ['system', 'user', 'patient'] as const;
export type Level = (typeof levels)[number];
/** Create, read, update, delete, search: in this order. */
export const letters = ['c', 'r', 'u', 'd', 's'] as const;
export type Letter = (typeof letters)[number];

/** Of one type of FHIR resources, or of all with `*`. */
export interface ResourceScope {
  level: Level;
  type: string;
  may: readonly Letter[];
}

/** Who signs in, what FHIR calls them, going on until their session ends or after it, and the patient whose record it is about. */
export const identityScopes = ['openid', 'fhirUser', 'online_access', 'offline_access', 'launch/patient'] as const;
export type IdentityScope = (typeof identityScopes)[number];
export const isIdentityScope = (text: string): text is IdentityScope =>
  (identityScopes as readonly string[]).includes(text);

/** Null: it is none, or not in the one spelling. Whether there is such a type is not asked here. */
export const readScope = (text: string): ResourceScope | null => {
  const [, level, type, may] = /^(system|user|patient)\/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)$/.exec(text) ?? [];
  return level && type && may ? { level: level as Level, type, may: [...may] as Letter[] } : null;
};

export const writeScope = ({ level, type, may }: ResourceScope): string => `${level}/${type}.${inOrder(may).join('')}`;
const inOrder = (may: readonly Letter[]): Letter[] => letters.filter((letter) => may.includes(letter));

/** Whether these scopes hold this letter for this type. */
export const holds = (scopes: readonly ResourceScope[], level: Level, type: string, letter: Letter): boolean =>
  scopes.some((it) => it.level === level && (it.type === '*' || it.type === type) && it.may.includes(letter));

/** What both sides hold, each type once. */
const common = (asked: ResourceScope, allowed: readonly ResourceScope[]): ResourceScope[] =>
  allowed
    .filter(({ level, type }) => level === asked.level && (type === '*' || asked.type === '*' || type === asked.type))
    .map(({ level, type, may }) => ({
      level,
      type: type === '*' ? asked.type : type,
      may: may.filter((letter) => asked.may.includes(letter)),
    }))
    .filter(({ may }) => may.length > 0);

const merged = (scopes: readonly ResourceScope[]): ResourceScope[] => {
  const byType = new Map<string, ResourceScope>();
  for (const it of scopes) {
    const key = `${it.level}/${it.type}`;
    byType.set(key, { ...it, may: inOrder([...(byType.get(key)?.may ?? []), ...it.may]) });
  }
  return [...byType.values()];
};

const isRead = (scope: ResourceScope | null): scope is ResourceScope => scope !== null;
export const resourceScopes = (texts: readonly string[]): ResourceScope[] => texts.map(readScope).filter(isRead);

export interface Narrowed {
  granted: string[];
  /** Those of which nothing is allowed, and those that nobody knows. */
  refused: string[];
}

/** What was asked for as far as it is allowed: exactly the letters of types that both hold. */
export const narrow = (asked: readonly string[], allowed: readonly string[]): Narrowed => {
  const limits = resourceScopes(allowed);
  const refused: string[] = [];
  const identity: string[] = [];
  const resources: ResourceScope[] = [];
  for (const text of new Set(asked)) {
    const scope = readScope(text);
    const held = scope ? common(scope, limits) : [];
    if (isIdentityScope(text) && allowed.includes(text)) identity.push(text);
    else if (held.length > 0) resources.push(...held);
    else refused.push(text);
  }
  return { granted: [...identity, ...merged(resources).map(writeScope)], refused };
};

/** Whether all of this scope is allowed. */
export const isWithin = (text: string, allowed: readonly string[]): boolean => {
  const scope = readScope(text);
  if (!scope) return isIdentityScope(text) && allowed.includes(text);
  const limits = resourceScopes(allowed);
  return scope.may.every((letter) => holds(limits, scope.level, scope.type, letter));
};
