import { locales, say } from '../../../core/messages.ts';
import { relationships, type Relationship } from '../contacts/model.ts';
import { genders, type Gender } from '../model.ts';
import type { Meaning } from './model.ts';

/** As headings and words are compared: without case, accents, figures, spaces and punctuation. */
export const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}]/gu, '');

/** What the forms of this house call it, in its languages. */
const labels: Partial<Record<Meaning, string>> = {
  familyName: 'register_family',
  givenName: 'register_given',
  birthDate: 'register_birth',
  gender: 'duplicates_gender',
  phone: 'register_phone',
  email: 'register_email',
  addressLine: 'register_address',
  postalCode: 'register_postal_code',
  city: 'register_city',
  country: 'register_country',
  language: 'register_language',
  contactRelationship: 'contact_relationship',
};

/** What other systems call it: English, Spanish, Arabic, and the paths of FHIR's Patient. */
const names: Record<Meaning, string> = {
  familyName:
    'family name|last name|surname|family|name.family|apellido|apellidos|primer apellido|اسم العائلة|اللقب|الكنية',
  givenName:
    'given name|given names|given|first name|first names|forename|middle name|second name|name.given|nombre|nombres|segundo nombre|الاسم|الأسماء|الاسم الأول|الأسماء الأولى|الاسم الأوسط|اسم الأب',
  birthDate:
    'birth date|date of birth|dob|born|birthdate|birthday|fecha de nacimiento|nacimiento|fecha nac|تاريخ الميلاد|تاريخ الولادة',
  gender: 'sex|gender|administrative gender|sexo|género|الجنس|النوع',
  phone:
    'phone|phone number|telephone|mobile|cell|cell phone|tel|telecom.phone|telecom:phone|teléfono|móvil|celular|الهاتف|رقم الهاتف|الجوال|رقم الجوال',
  email:
    'email|e-mail|mail|email address|telecom.email|telecom:email|correo|correo electrónico|البريد الإلكتروني|البريد',
  addressLine:
    'address|address line|street|street address|street and number|address.line|dirección|calle|domicilio|العنوان|الشارع',
  postalCode:
    'postal code|postcode|zip|zip code|plz|address.postalCode|código postal|cp|codigo postal|الرمز البريدي|رمز البريد',
  city: 'city|town|address.city|ciudad|localidad|municipio|población|المدينة',
  country: 'country|address.country|país|البلد|الدولة',
  language: 'language|preferred language|communication.language|idioma|lengua|اللغة',
  identifierType:
    'identifier type|identifier.type|identifier.type.coding.code|id type|tipo de identificador|tipo de documento|نوع المعرف|نوع الهوية',
  identifierValue:
    'identifier|identifier value|identifier number|identifier.value|id number|identificador|número de identificador|número de documento|documento|المعرف|رقم الهوية|رقم المعرف',
  contactName:
    'contact|contact name|emergency contact|next of kin|contact.name|contact.name.text|contacto|nombre del contacto|contacto de emergencia|جهة الاتصال|اسم جهة الاتصال|شخص الاتصال',
  contactRelationship:
    'contact relationship|relationship|contact.relationship|parentesco|relación|relación del contacto|صلة القرابة|العلاقة',
  contactPhone:
    'contact phone|emergency phone|contact.telecom|contact telephone|teléfono del contacto|teléfono de emergencia|هاتف جهة الاتصال|هاتف الطوارئ',
};

const byHeading = new Map<string, Meaning>(
  (Object.keys(names) as Meaning[]).flatMap((meaning) => {
    const own = labels[meaning] === undefined ? [] : locales.map((locale) => say(labels[meaning]!, locale));
    return [...own, ...names[meaning].split('|')].map((name) => [plain(name), meaning] as const);
  }),
);
/** Of the file that this house gives back. */
const ours = new Set(locales.map((locale) => plain(say('import_column_reason', locale))));

/** Undefined: nobody knows. Empty: known, and of no use here. */
export const meaningOf = (heading: string): Meaning | '' | undefined => {
  const name = plain(heading);
  return ours.has(name) ? '' : (byHeading.get(name) ?? byHeading.get(name.replace(/^patient/, '')));
};

const wordsOf = <T extends string>(values: readonly T[], key: (value: T) => string): [string, T][] =>
  values.flatMap((value) => [
    [plain(value), value],
    ...locales.map((locale): [string, T] => [plain(say(key(value), locale)), value]),
  ]);

const genderWords = new Map<string, Gender>([
  ...wordsOf(genders, (it) => `gender_${it}`),
  ...(
    [
      ['male', 'm man masculino varón رجل مذكر'],
      ['female', 'f woman w femenino مؤنث امرأة'],
      ['other', 'o d x divers diverse'],
      ['unknown', 'u unk'],
    ] as const
  ).flatMap(([value, words]) => words.split(' ').map((word): [string, Gender] => [plain(word), value])),
]);

/**
 * `letters`: those that the file has for the sex. M is a man, except beside H (hombre), where it is a woman (mujer): a file that has H and
 * no F is read so, and one that has both is not guessed at.
 */
export const genderOf = (word: string, letters: ReadonlySet<string>): Gender | undefined => {
  if (/\d/.test(word)) return undefined; // 1 and 2 mean one thing here and another there
  const name = plain(word);
  if (letters.has('h') && (name === 'h' || name === 'm')) {
    if (letters.has('f')) return undefined;
    return name === 'h' ? 'male' : 'female';
  }
  return genderWords.get(name);
};

const relationshipWords = new Map<string, Relationship>(wordsOf(relationships, (it) => `contact_${it.toLowerCase()}`));
export const relationshipOf = (word: string): Relationship | undefined => relationshipWords.get(plain(word));

const tags =
  'ar de en es fr it pt nl pl cs sk hu ro bg el tr ru uk sr hr bs sq fa ku ps ur hi bn pa ta zh ja ko vi th tl sw am ti so he ka hy az sv da nb fi et lv lt ca eu gl'.split(
    ' ',
  );
let languageWords: Map<string, string> | undefined;
/** A tag, or what a language is called in one of ours. */
export const languageOf = (word: string): string | undefined => {
  if (/^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/i.test(word)) {
    const [language = '', ...rest] = word.split(/[-_]/);
    if (language.length === 2 || rest.length > 0) return [language.toLowerCase(), ...rest].join('-');
  }
  languageWords ??= new Map(
    [...locales, ...tags].flatMap((locale) => {
      const namesIn = new Intl.DisplayNames(locale, { type: 'language' });
      return tags.map((tag): [string, string] => [plain(namesIn.of(tag) ?? tag), tag]);
    }),
  );
  return languageWords.get(plain(word));
};
