import type { Errors } from '../form.svelte.ts';
import * as m from '../messages.js';
import type { Consent, NewContact, NewPatient } from '../types.ts';

/**
 * What may be written down with a registration and need not: one number, one person, who pays, answers. Fields are named as the
 * server names them in a refusal.
 */
export interface MoreValues extends Record<string, unknown> {
  'identifiers.0.typeId': string;
  'identifiers.0.value': string;
  'contacts.0.relationship': NewContact['relationship'] | '';
  'contacts.0.familyName': string;
  'contacts.0.givenName': string;
  'contacts.0.phone': string;
  mayAct: boolean;
  planId: string;
  subscriberId: string;
  consents: Partial<Record<Consent['kind'], 'given' | 'refused' | ''>>;
}

export const noMore = (): MoreValues => ({
  'identifiers.0.typeId': '',
  'identifiers.0.value': '',
  'contacts.0.relationship': '',
  'contacts.0.familyName': '',
  'contacts.0.givenName': '',
  'contacts.0.phone': '',
  mayAct: false,
  planId: '',
  subscriberId: '',
  consents: {},
});

/** Of what belongs together nothing is left out. */
export function checkMore(it: MoreValues): Errors<MoreValues> {
  const errors: Errors<MoreValues> = {};
  const number = it['identifiers.0.value'].trim();
  if (number && !it['identifiers.0.typeId']) errors['identifiers.0.typeId'] = m.identifier_type_missing();
  if (!number && it['identifiers.0.typeId']) errors['identifiers.0.value'] = m.identifier_value_missing();
  const phone = it['contacts.0.phone'].trim();
  const named = it['contacts.0.familyName'].trim();
  const hasPerson = Boolean(named || phone || it['contacts.0.givenName'].trim() || it['contacts.0.relationship']);
  if (hasPerson && !it['contacts.0.relationship']) errors['contacts.0.relationship'] = m.contact_relationship_missing();
  if (hasPerson && !named) errors['contacts.0.familyName'] = m.register_family_missing();
  if (phone && !/^[+(\d][\d\s()/.-]{4,29}$/.test(phone)) errors['contacts.0.phone'] = m.register_phone_wrong();
  if (it.planId && !it.subscriberId.trim()) errors.subscriberId = m.coverage_subscriber_missing();
  if (!it.planId && it.subscriberId.trim()) errors.planId = m.coverage_plan_missing();
  return errors;
}

/** The number, once its kind is said too. */
export function numberOf(it: MoreValues): { identifiers?: { typeId: string; value: string }[] } {
  const typeId = it['identifiers.0.typeId'];
  const value = it['identifiers.0.value'].trim();
  return typeId && value ? { identifiers: [{ typeId, value }] } : {};
}

/** As the registration takes it; only after `checkMore` found nothing. */
export function moreOf(it: MoreValues): Pick<NewPatient, 'identifiers' | 'contacts' | 'consents'> {
  const relationship = it['contacts.0.relationship'];
  const consents = (Object.entries(it.consents) as [Consent['kind'], 'given' | 'refused' | ''][]).flatMap(
    ([kind, decision]) => (decision ? [{ kind, decision }] : []),
  );
  return {
    ...numberOf(it),
    ...(relationship && {
      contacts: [
        {
          relationship,
          familyName: it['contacts.0.familyName'].trim(),
          givenName: it['contacts.0.givenName'].trim() || null,
          phone: it['contacts.0.phone'].trim() || null,
          isEmergency: true,
          mayAct: it.mayAct,
        },
      ],
    }),
    ...(consents.length > 0 && { consents }),
  };
}
