import type { AppointmentStatus } from '../booking/model.ts';

/** R4's whole value set: https://hl7.org/fhir/R4/valueset-participationstatus.html */
export const participantStatus = ['accepted', 'declined', 'tentative', 'needs-action'] as const;
export type ParticipantStatus = (typeof participantStatus)[number];

/** Who can take part; a role means its practitioner. */
export const actorTypes = ['Patient', 'Practitioner', 'Location', 'Device', 'HealthcareService'] as const;
export type ActorType = (typeof actorTypes)[number];

/** Not yet agreed: the participants are still asked. */
export const asked: readonly AppointmentStatus[] = ['proposed', 'pending', 'waitlist'];

/** What a participant is taken to have said who has said nothing. */
export const unanswered = (status: AppointmentStatus): ParticipantStatus =>
  asked.includes(status) ? 'needs-action' : 'accepted';

/** Under which name an answer stands in `part_status`. */
export const answerKey = (type: string, id: string): string => (type === 'Patient' ? 'patient' : id);

export interface NewAnswer {
  appointmentId: string;
  /** Null: nobody is named, or somebody who is none of ours. */
  actor: { type: ActorType | 'PractitionerRole'; id: string } | null;
  participantStatus: ParticipantStatus;
  startsAt: string | null;
  endsAt: string | null;
  comment: string | null;
}
