/** Who asks. A service acts for a plugin; a patient is bound to one record. */
export interface Actor {
  kind: 'user' | 'service' | 'patient' | 'anonymous';
  id: string | null;
  displayName: string;
  permissions: ReadonlySet<string>;
  /** Only for `patient`: from the sign-in alone, never from a request. */
  patientId?: string;
  sessionId?: string;
  /** When the first of these permissions may end by itself, in milliseconds of real time. */
  until?: number;
}

export const nobody: Actor = { kind: 'anonymous', id: null, displayName: '', permissions: new Set() };

/** A plugin's own hand, on behalf of whoever caused the work. */
export const service = (name: string, onBehalfOf: string | null = null): Actor => ({
  kind: 'service',
  id: onBehalfOf,
  displayName: name,
  permissions: new Set(),
});
