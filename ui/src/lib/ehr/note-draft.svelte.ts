import { api, Problem, Unreachable } from '../api.ts';
import type { Id, Note, NoteText } from '../types.ts';
import { dropDraft, keepDraft, keptDraft } from './kept.ts';

export const noteFields = ['reason', 'findings', 'plan'] as const;

interface Kept {
  text: NoteText;
  /** Of the note it was typed on; null when there was none. */
  version: number | null;
}

const pause = 1000;
const longest = 5000;

const same = (a: NoteText, b: NoteText) => noteFields.every((field) => a[field] === b[field]);
const textOf = (note: NoteText): NoteText => ({ reason: note.reason, findings: note.findings, plan: note.plan });

/**
 * The note of a visit while it is written: sent a second after the last key, and every five while typing goes on. What the
 * server has not confirmed is kept on the device. Somebody else's change is never overwritten: `theirs` stands beside ours.
 */
export class NoteDraft {
  text = $state<NoteText>({ reason: '', findings: '', plan: '' });
  note = $state.raw<Note | null>(null);
  state = $state<'clean' | 'typing' | 'saving' | 'saved' | 'waiting' | 'refused' | 'conflict'>('clean');
  /** When the server confirmed it; the device's clock, for "2 s ago". */
  savedAt = $state<number>();
  problem = $state<string>();
  theirs = $state.raw<Note>();

  readonly #path: `/api/encounters/${Id}/note`;
  readonly #user: string;
  readonly #name: string;
  #confirmed: NoteText;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  #flight: Promise<boolean> | undefined;

  /** `reason`: what the patient came for, proposed as long as there is no note. */
  constructor(encounterId: Id, user: Id, note: Note | null, reason: string | null) {
    this.#path = `/api/encounters/${encounterId}/note`;
    this.#user = user;
    this.#name = `note ${encounterId}`;
    this.note = note;
    this.text = note ? textOf(note) : { reason: reason ?? '', findings: '', plan: '' };
    this.#confirmed = { ...this.text };
  }

  get signed() {
    return this.note !== null && this.note.status !== 'preliminary';
  }
  get empty() {
    return noteFields.every((field) => this.text[field].trim() === '');
  }
  get dirty() {
    return !same(this.text, this.#confirmed);
  }

  /** What an earlier visit to this page could not send. */
  async restore() {
    const kept = await keptDraft<Kept>(this.#user, this.#name);
    if (!kept || this.dirty) return;
    if (this.signed || same(kept.text, this.text)) return dropDraft(this.#user, this.#name);
    this.text = { ...kept.text };
    if (kept.version === (this.note?.version ?? null)) this.typed();
    else if (this.note) this.#meet(this.note);
    else this.typed();
  }

  typed() {
    if (this.signed || this.state === 'conflict') return;
    if (this.state !== 'saving') this.state = 'typing';
    void keepDraft(this.#user, this.#name, {
      text: { ...this.text },
      version: this.note?.version ?? null,
    } satisfies Kept);
    this.#since ||= performance.now();
    this.#later(Math.max(0, Math.min(pause, this.#since + longest - performance.now())));
  }

  #later(wait: number) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), wait);
  }

  /** True when the server has all of it. */
  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    if (this.#flight) await this.#flight;
    if (this.state === 'conflict') return false;
    if (!this.dirty) return true;
    this.#flight = this.#send();
    const done = await this.#flight;
    this.#flight = undefined;
    if (done && this.dirty) this.typed();
    return done;
  }

  async #send(): Promise<boolean> {
    const sent = { ...this.text };
    this.#since = 0;
    this.state = 'saving';
    this.problem = undefined;
    try {
      this.note = await api.put(this.#path, sent, this.note ? { version: this.note.version } : { ifNoneMatch: '*' });
      this.#confirm(sent);
      return true;
    } catch (error) {
      await this.#explain(error);
      return false;
    }
  }

  #confirm(text: NoteText) {
    this.#confirmed = { ...text };
    this.state = 'saved';
    this.savedAt = Date.now();
    if (!this.dirty) void dropDraft(this.#user, this.#name);
  }

  async #explain(error: unknown) {
    if (error instanceof Unreachable || (error instanceof Problem && error.status >= 500)) {
      this.state = 'waiting';
      this.#later(longest);
      return;
    }
    if (!(error instanceof Problem)) throw error;
    if (error.is('version-stale') || error.is('note-signed')) {
      try {
        return this.#meet(await api.get(this.#path));
      } catch (again) {
        if (!(again instanceof Unreachable || again instanceof Problem)) throw again;
      }
    }
    this.state = 'refused';
    this.problem = error.detail ?? error.message;
  }

  /** The server has another version than the one that was typed on. */
  #meet(note: Note) {
    // Our own words: they had arrived, only their answer was lost.
    if (same(note, this.text)) {
      this.note = note;
      this.#confirm(this.text);
    } else {
      this.theirs = note;
      this.state = 'conflict';
    }
  }

  /** News: somebody changed the note. Taken over as long as nothing was typed here. */
  arrived(note: Note | null) {
    if (!note || note.version <= (this.note?.version ?? 0) || this.#flight || this.state === 'conflict') return;
    if (this.dirty) return;
    this.note = note;
    this.text = textOf(note);
    this.#confirmed = textOf(note);
  }

  /** Ends the conflict with these words. */
  async settle(text: NoteText): Promise<void> {
    if (!this.theirs) return;
    this.note = this.theirs;
    this.#confirmed = textOf(this.theirs);
    this.theirs = undefined;
    this.text = { ...text };
    this.state = 'saved';
    if (this.dirty) await this.save();
    else void dropDraft(this.#user, this.#name);
  }

  async sign(): Promise<boolean> {
    if (this.empty || this.signed || this.state === 'conflict') return false;
    // A proposed reason that nobody touched is a note as well, once it is signed.
    if (!this.note && !this.dirty) this.#confirmed = { reason: '', findings: '', plan: '' };
    if (!(await this.save()) || !this.note) return false;
    return this.#change((version) => api.post(`${this.#path}/sign`, {}, { version }));
  }

  /** Adds to a signed note. */
  amend = (text: string): Promise<boolean> =>
    this.#change((version) => api.post(`${this.#path}/amend`, { text }, { version }));

  async #change(act: (version: number) => Promise<Note>): Promise<boolean> {
    try {
      this.problem = undefined;
      this.note = await act(this.note!.version);
      this.text = textOf(this.note);
      this.#confirm(this.text);
      return true;
    } catch (error) {
      await this.#explain(error);
      return false;
    }
  }

  stop() {
    clearTimeout(this.#timer);
    if (this.dirty && this.state !== 'conflict') void this.save();
  }
}
