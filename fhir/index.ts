import { service } from '../core/actor.ts';
import { definePlugin } from '../core/plugin.ts';
import { adopt, notAdopted } from './adopt.ts';
import { register } from './routes.ts';
import { typesOf } from './types.ts';

/** FHIR R4 under /fhir/R4, for the resources of all plugins that are on, and for every other type as it is. */
export default definePlugin({
  name: 'fhir',
  title: 'fhir_title',
  permissions: {
    'other-resource:read': 'permission_other_resource_read',
    'other-resource:write': 'permission_other_resource_write',
  },
  roles: { admin: ['other-resource:read', 'other-resource:write'] },
  refusals: {
    fhir_not_json: [400, 'refusal_fhir_not_json'],
    fhir_malformed: [400, 'refusal_fhir_malformed'],
    fhir_type_unknown: [404, 'refusal_fhir_type_unknown'],
    fhir_type_mismatch: [400, 'refusal_fhir_type_mismatch'],
    fhir_id_mismatch: [400, 'refusal_fhir_id_mismatch'],
    fhir_format_unknown: [406, 'refusal_fhir_format_unknown'],
    fhir_deleted: [410, 'refusal_fhir_deleted'],
    fhir_not_possible: [405, 'refusal_fhir_not_possible'],
    fhir_not_deletable: [405, 'refusal_fhir_not_deletable'],
    fhir_reference_unknown: [422, 'refusal_fhir_reference_unknown'],
    fhir_condition_unmatched: [412, 'refusal_fhir_condition_unmatched'],
    fhir_condition_ambiguous: [412, 'refusal_fhir_condition_ambiguous'],
    fhir_bundle_type: [400, 'refusal_fhir_bundle_type'],
    fhir_bundle_too_long: [413, 'refusal_fhir_bundle_too_long'],
    fhir_entry_unusable: [400, 'refusal_fhir_entry_unusable'],
    fhir_entry_twice: [400, 'refusal_fhir_entry_twice'],
    search_parameter_unknown: [400, 'refusal_search_parameter_unknown'],
    search_modifier_unknown: [400, 'refusal_search_modifier_unknown'],
    search_value_unusable: [400, 'refusal_search_value_unusable'],
    search_too_long: [400, 'refusal_search_too_long'],
  },
  setUp: adopt,
  register: async (server, hms) => {
    register(server, hms, typesOf(hms.plugins, hms.typesOff));
    const waiting = await notAdopted(hms.db(service('fhir')));
    if (waiting.length > 0)
      hms.log.warn({ waiting }, 'resources that no plugin could take over stay in fhir.not_adopted');
  },
});
