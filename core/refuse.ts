/** Status and message key of each refusal, by the name of its constraint or rule. */
export type Refusals = Record<string, readonly [status: number, message: string]>;

export class Refusal extends Error {
  readonly refusal: string;
  readonly extra: Record<string, unknown>;
  constructor(refusal: string, extra: Record<string, unknown>, cause?: unknown) {
    super(refusal, { cause });
    this.refusal = refusal;
    this.extra = extra;
  }
}

/**
 * A refusal by name: the name stands in the `refusals` of core or of a plugin, which give its status and sentence.
 * `extra` goes into the problem's body (and fills the sentence's parameters); never a patient's name or number. `field` among it
 * names the field of the request that the sentence is about, and is told as its error. `cause`: what
 * went wrong beneath; the log gets it.
 */
export const refuse = (refusal: string, extra: Record<string, unknown> = {}, cause?: unknown): Refusal =>
  new Refusal(refusal, extra, cause);

export const coreRefusals: Refusals = {
  version_missing: [428, 'refusal_version_missing'],
  version_unreadable: [400, 'refusal_version_unreadable'],
  version_stale: [412, 'refusal_version_stale'],
  idempotency_key_missing: [400, 'refusal_idempotency_key_missing'],
  idempotency_key_reused: [422, 'refusal_idempotency_key_reused'],
  idempotency_in_progress: [409, 'refusal_idempotency_in_progress'],
  idempotency_one_answer: [409, 'refusal_idempotency_in_progress'],
  path_unusable: [400, 'refusal_unreadable'],
  host_unknown: [421, 'refusal_host_unknown'],
  limit_reached: [429, 'refusal_too_many'],
  not_found: [404, 'refusal_not_found'],
  permission_missing: [403, 'refusal_permission_missing'],
  wrong_type: [415, 'refusal_wrong_type'],
  nested_too_deep: [400, 'refusal_nested_too_deep'],
  audit_unavailable: [503, 'refusal_audit_unavailable'],
  cursor_unusable: [400, 'refusal_cursor_unusable'],
};
