import Joi from 'joi';

/** What stands in examples, and what a development start uses: everybody can read them. */
export const samples = {
  secret: 'change-me-change-me-change-me-change-me',
  pepper: 'openward-development-pepper-is-no-secret',
  auditKey: 'openward-development-audit-key-is-no-secret',
};
const fewestSigns = 10;
const isEasy = (secret: string): boolean => new Set(secret).size < fewestSigns;

/**
 * A secret that is there or not, or that somebody else has given: production refuses one that is short, a sample, easily guessed
 * or the same as another. `sample`: what a development start takes in its place.
 */
export const givenSecret = (name: string, shortest: 16 | 32, sample?: string) =>
  Joi.string()
    .meta({ secret: true })
    .min(shortest)
    .invalid(samples.secret)
    .when('NODE_ENV', {
      is: 'production',
      then: Joi.string()
        .invalid(...Object.values(samples), ...(sample === undefined ? [] : [sample]))
        .custom((secret: string, helpers) =>
          secret.length >= shortest && isEasy(secret) ? helpers.error('any.invalid') : secret,
        ),
    })
    .messages({
      'any.invalid': `"${name}" is a sample value, or one that is easily guessed`,
      'string.min': `"${name}" is shorter than ${shortest} characters`,
    });

/** A secret that a hospital makes for itself, core's and the plugins' alike: production does not start without it. */
export const secretOf = (name: string, sample?: string) =>
  givenSecret(name, 32, sample).when('NODE_ENV', { is: 'production', then: Joi.required() });

/** Secrets of before, with commas between them, so that one changes while the house runs. */
export const secretsOf = (name: string) =>
  Joi.string().custom((text: string, helpers) => {
    const secrets = text.split(',').map((secret) => secret.trim());
    return secrets.every((secret) => secret.length >= 32 && secret !== samples.secret)
      ? secrets
      : helpers.message({ custom: `"${name}" holds a secret shorter than 32 characters, or the sample` });
  });

const shortestPassword = 12;
const links = ['DATABASE_URL', 'DATABASE_PATIENT_URL', 'DATABASE_OWNER_URL', 'REDIS_URL'];

/** Of links to databases in production: each has a password of its own, long enough and not easily guessed. */
export const weakPasswords = (given: Record<string, string | undefined>): string[] => {
  const passwords = links.flatMap((name) =>
    given[name] !== undefined && URL.canParse(given[name]) ? [[name, new URL(given[name]).password] as const] : [],
  );
  const weak = passwords
    .filter(([, it]) => it.length < shortestPassword || new Set(it).size < fewestSigns / 2 || it.includes('change-me'))
    .map(([name]) => `"${name}" needs a password in it, of ${shortestPassword} characters or more, and no sample`);
  const isShared = new Set(passwords.map(([, it]) => it)).size < passwords.length;
  return weak.length === 0 && isShared
    ? [`${passwords.map(([name]) => `"${name}"`).join(', ')} must each have a password of its own`]
    : weak;
};
