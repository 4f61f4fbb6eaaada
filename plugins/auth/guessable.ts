import { dictionary } from '@zxcvbn-ts/language-common';

/** Some fifty thousand passwords that were stolen elsewhere, the most used first, and words that come to mind in a hospital. */
const known = new Set([
  ...dictionary['passwords-common']!.map(String),
  ...'openward hospital krankenhaus hospitales passwort contraseña klinik clinic doctor nurse'.split(' '),
]);

/** What is left when decoration goes: `Sunshine2026!` is sunshine, `p4ssw0rd` password. */
const bare = (folded: string): string =>
  folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '').replace(/[013457@$]/g, (sign) => 'oieastas'['013457@$'.indexOf(sign)]!);

/**
 * A password that is tried first: a stolen or usual one, also with figures around it, the same signs over and over, or what can
 * be read about the person (name, birth date). Asked here alone; nothing leaves the house.
 */
export const isGuessable = (password: string, about: readonly string[]): boolean => {
  const folded = password.normalize('NFKC').toLowerCase();
  const plain = folded.replace(/[^\p{L}\p{N}]/gu, '');
  const core = bare(folded);
  return (
    known.has(folded) ||
    (core.length >= 4 && folded.length - core.length <= 6 && known.has(core)) ||
    new Set(folded).size < 5 ||
    about.some(
      (it) =>
        it.length > 3 &&
        plain.includes(it.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')) &&
        plain.length < it.length + 6,
    )
  );
};
