import { z } from 'zod';
import { string, type fhir } from '../../../fhir/resource.ts';

export const permission = { read: 'facility:read', write: 'facility:write' };

export const addressColumns = {
  addressLine: z.string().nullable(),
  city: z.string().nullable(),
  state: z.string().nullable(),
  postalCode: z.string().nullable(),
  country: z.string().nullable(),
};
export interface Address {
  addressLine: string | null;
  city: string | null;
  state: string | null;
  postalCode: string | null;
  country: string | null;
}

export const addressSearch = {
  address: string('address_line', 'city', 'state', 'postal_code', 'country'),
  'address-city': string('city'),
  'address-state': string('state'),
  'address-postalcode': string('postal_code'),
  'address-country': string('country'),
};

/** Undefined when nothing of it is known. */
export const addressObject = (it: Address): fhir.Address | undefined =>
  (it.addressLine ?? it.city ?? it.state ?? it.postalCode ?? it.country) === null
    ? undefined
    : {
        line: it.addressLine ? [it.addressLine] : undefined,
        city: it.city ?? undefined,
        state: it.state ?? undefined,
        postalCode: it.postalCode ?? undefined,
        country: it.country ?? undefined,
      };

export const addressOf = (it: Address): fhir.Address[] | undefined => {
  const address = addressObject(it);
  return address && [address];
};

export const addressFrom = (it: fhir.Address | undefined): Address => ({
  addressLine: it?.line?.[0] ?? null,
  city: it?.city ?? null,
  state: it?.state ?? null,
  postalCode: it?.postalCode ?? null,
  country: it?.country ?? null,
});

export const contacts = ({
  phone,
  email,
}: {
  phone: string | null;
  email?: string | null;
}): fhir.ContactPoint[] | undefined => {
  const points: fhir.ContactPoint[] = [
    ...(phone ? [{ system: 'phone' as const, value: phone }] : []),
    ...(email ? [{ system: 'email' as const, value: email }] : []),
  ];
  return points.length > 0 ? points : undefined;
};

export const contactFrom = (telecom: readonly fhir.ContactPoint[] | undefined, system: string): string | null =>
  telecom?.find((point) => point.system === system && point.use !== 'old')?.value ?? null;
