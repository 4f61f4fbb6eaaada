import * as m from '../messages.js';
import type { IconName } from '../icons.ts';
import type { Colour, Look } from '../statuses.ts';
import type { MessageHead } from '../types.ts';
import type { Channel, Kind, MessageStatus, Topic } from './types.ts';

export const kinds: Record<Kind, () => string> = {
  'appointment-booked': m.message_kind_booked,
  'appointment-rescheduled': m.message_kind_rescheduled,
  'appointment-cancelled': m.message_kind_cancelled,
  'appointment-reminder': m.message_kind_reminder,
  'appointment-offer': m.message_kind_offer,
  'series-booked': m.message_kind_series_booked,
  'series-rescheduled': m.message_kind_series_rescheduled,
  'series-cancelled': m.message_kind_series_cancelled,
  'invoice-issued': m.message_kind_invoice,
  'portal-message': m.message_kind_portal,
  'portal-invitation': m.message_kind_invitation,
};
export const kindWord = (kind: Kind | null): string => (kind === null ? m.message_kind_elsewhere() : kinds[kind]());

export const channels: Record<Channel, () => string> = { email: m.message_channel_email, sms: m.message_channel_sms };
export const channelIcon = (channel: Channel): IconName => (channel === 'email' ? 'mail' : 'message-square');

export const topics: Record<Topic, () => string> = {
  appointments: m.message_topic_appointments,
  reminders: m.message_topic_reminders,
  invoices: m.message_topic_invoices,
  portal: m.message_topic_portal,
};

const looks: Record<MessageStatus, readonly [Colour, IconName, () => string]> = {
  planned: ['grey', 'clock', m.message_status_planned],
  held: ['purple', 'circle-pause', m.message_status_held],
  sending: ['blue', 'circle-play', m.message_status_sending],
  sent: ['green', 'check', m.message_status_sent],
  delivered: ['green', 'circle-check', m.message_status_delivered],
  failed: ['red', 'circle-alert', m.message_status_failed],
  withdrawn: ['grey', 'circle-x', m.message_status_withdrawn],
  recorded: ['grey', 'file-text', m.message_status_recorded],
};
export const messageStatus = ({ status, transport }: Pick<MessageHead, 'status' | 'transport'>): Look => {
  const [colour, icon, word] = looks[status];
  return status === 'sent' && transport === 'shown'
    ? { colour: 'green', icon: 'eye', word: m.message_status_shown() }
    : { colour, icon, word: word() };
};

const reasons: Record<string, () => string> = {
  'quiet-hours': m.message_reason_quiet_hours,
  'consent-withdrawn': m.message_reason_consent,
  'patient-not-active': m.message_reason_not_active,
  'too-late': m.message_reason_too_late,
  'address-missing': m.message_reason_address_missing,
  'address-unusable': m.message_reason_address_unusable,
  'gateway-away': m.message_reason_gateway_away,
  'by-hand': m.message_reason_by_hand,
  'appointment-cancelled': m.message_reason_appointment,
  'appointment-rescheduled': m.message_reason_appointment,
  'appointment-reinstated': m.message_reason_appointment,
  'appointment-over': m.message_reason_appointment,
  'series-changed': m.message_reason_series,
  'offer-over': m.message_reason_offer,
  'invoice-balanced': m.message_reason_paid,
  'smtp-550': m.message_reason_unknown_mailbox,
  'gateway-unknown-number': m.message_reason_unknown_number,
};
/** A code of the mail server or gateway that has no sentence here is shown as it is. */
export const reasonWord = (reason: string): string =>
  (reasons[reason] ?? (() => m.message_reason_other({ code: reason })))();

/** When it counts: when it went, else when it will go. */
export const timeOf = (it: MessageHead): string =>
  it.deliveredAt ?? it.sentAt ?? (isWaiting(it.status) ? (it.notBefore ?? it.createdAt) : it.createdAt);
export const isWaiting = (status: MessageStatus): boolean => ['planned', 'held', 'sending'].includes(status);
