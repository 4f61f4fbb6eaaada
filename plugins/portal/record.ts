import { maySee } from '../../core/access.ts';
import { sql } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { PortalOfRecord } from './model.ts';
import { isOpen } from './queries/access.ts';

/** Who may see this record from outside, who is invited to, and online payments that a person should look at. */
export const portal: RecordSection = {
  permission: 'portal-account:read',
  response: PortalOfRecord,
  query: (db, { patientId }) => sql.fragment`
    select json_build_object(
      'accesses', (
        select coalesce(json_agg(json_build_object('id', a.id, 'username', u.username, 'displayName', u.display_name, 'role', a.role,
          'until', core.json_time(a.until), 'createdAt', core.json_time(a.created_at)) order by a.role <> 'self', a.created_at, a.id), '[]')
        from portal.access a
        join auth."user" u on u.id = a.user_id
        where a.patient_id = ${patientId} and a.ended_at is null and (a.until is null or a.until > core.now()) and ${maySee(db, 'a.patient_id')}
      ),
      'invitations', (
        select coalesce(json_agg(json_build_object('id', i.id, 'displayName', i.display_name, 'role', i.role,
          'createdAt', core.json_time(i.created_at), 'expiresAt', core.json_time(i.expires_at)) order by i.created_at, i.id), '[]')
        from portal.invitation i
        where i.patient_id = ${patientId} and ${isOpen} and ${maySee(db, 'i.patient_id')}
      ),
      'payments', (
        select coalesce(json_agg(json_build_object('id', p.id, 'invoiceId', p.invoice_id, 'status', p.status, 'amountMinor', p.amount_minor,
          'currency', p.currency, 'createdAt', core.json_time(p.created_at)) order by p.created_at, p.id), '[]')
        from portal.payment p
        where p.patient_id = ${patientId} and p.status in ('refund-due', 'disputed') and ${maySee(db, 'p.patient_id')}
      ))
  `,
};
