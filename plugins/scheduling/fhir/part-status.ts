import { sql } from '../../../core/database.ts';
import { token } from '../../../fhir/resource.ts';
import type { SearchParameter } from '../../../fhir/search/parameter.ts';
import { asked } from '../answers/model.ts';

const status = token(sql.fragment`answer.status`, { system: 'http://hl7.org/fhir/participationstatus' });

/** `part-status`: what one of the participants has answered, or what the appointment's status says of all who have not. */
export const partStatus: SearchParameter = {
  kind: 'token',
  modifiers: ['not'],
  matches: (alias, wanted, see) => sql.fragment`exists (
    select from (
      select given.value from jsonb_each_text(it.part_status) given
      union all select case when it.status = any(${sql.array([...asked], 'text')}) then 'needs-action' else 'accepted' end
    ) answer (status)
    where ${status.matches(alias, wanted, see)}
  )`,
  missing: () => sql.fragment`false`,
};
