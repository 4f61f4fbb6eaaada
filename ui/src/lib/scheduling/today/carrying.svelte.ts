import * as format from '../../format.ts';
import * as m from '../../messages.js';
import type { DateText, Id, Slot, TimedAppointment } from '../../types.ts';
import * as calls from '../calls.ts';
import {
  dateAfter,
  expected,
  freeSpans,
  instant,
  ms,
  nowhere,
  placeAt,
  placesFor,
  visitKey,
  type Free,
  type Target,
} from '../day.ts';
import type { Moving } from '../grid/moving.ts';
import * as series from '../series/calls.ts';
import { placesInWeek } from '../week.ts';
import type { Acts } from './acts.svelte.ts';
import type { OpenCard } from './card.svelte.ts';
import type { Today } from './today.svelte.ts';

const lengthOf = (it: TimedAppointment): number => (ms(it.endsAt) - ms(it.startsAt)) / 60_000;

/** A visit on its way to another time: carried over the calendar, or by the dialog where there is none. */
export class Carrying {
  moving = $state.raw<Moving>();
  /** Of this one another day or doctor is chosen in the dialog. */
  inDialog = $state.raw<TimedAppointment>();
  /** One of a series was carried to another time: it is asked first whether the others follow. */
  asking = $state.raw<{ it: TimedAppointment; place: Target; length: number }>();
  #today: Today;
  #acts: Acts;
  #card: OpenCard;

  constructor(today: Today, acts: Acts, card: OpenCard) {
    this.#today = today;
    this.#acts = acts;
    this.#card = card;
  }

  /** Where it fits, by column. */
  places: ReadonlyMap<string, Free[]> = $derived.by(() => {
    if (!this.moving) return nowhere;
    const { length, appointment } = this.moving;
    const { inWeek, week, of, now, stepOf, columns, day, hours } = this.#today;
    return inWeek && week && of
      ? placesInWeek({ week, of, now, stepOf, without: appointment.id, length }, inWeek)
      : placesFor(columns, freeSpans(day, now, appointment.id), hours, stepOf, length);
  });
  /** Where it would be now, in words. */
  now: string = $derived.by(() => {
    const { moving } = this;
    if (!moving) return '';
    const time = format.time(instant(moving.at));
    const where = this.#today.columns.find((one) => one.id === moving.columnId)?.title ?? '';
    return moving.length === lengthOf(moving.appointment)
      ? m.move_now_at({ time, where })
      : m.move_now_long({ time, where, length: format.duration(moving.length) });
  });

  mayMove = (it: TimedAppointment): boolean => this.#today.mayWrite && expected(it);

  start(it: TimedAppointment) {
    this.#card.close();
    this.#acts.refusal = undefined;
    const column = this.#today.columns.find((one) => one.items.some((item) => item.key === visitKey(it.id)));
    const item = column?.items.find(({ key }) => key === visitKey(it.id));
    if (!column || !item) return void (this.inDialog = it);
    this.moving = { appointment: it, columnId: column.id, at: item.from, length: lengthOf(it) };
    void this.#today.grid?.focus(visitKey(it.id));
  }
  stop = () => {
    const it = this.moving?.appointment;
    this.moving = undefined;
    if (it) void this.#today.grid?.focus(visitKey(it.id));
  };
  toDialog = () => {
    this.inDialog = this.moving?.appointment;
    this.moving = undefined;
  };

  drop = async (to: Moving) => {
    const { inWeek, of, columns, shownDays } = this.#today;
    const it = to.appointment;
    const column = columns.find((one) => one.id === to.columnId);
    const at = inWeek ? inWeek.clock.real(to.at, to.columnId) : to.at;
    const where = inWeek && of ? { id: of.id, practitionerId: of.kind === 'doctor' ? of.id : null } : column;
    const place = where && placeAt(shownDays, where, at, it, to.length);
    const same =
      place &&
      ms(it.startsAt) === at &&
      lengthOf(it) === to.length &&
      (this.#byRoom ? it.locationId === where.id : it.practitionerId === place.practitionerId);
    this.moving = undefined;
    if (place && !same && it.series) return void (this.asking = { it, place, length: to.length });
    if (place && !same) await this.moveTo(it, place, to.length);
    await this.#today.grid?.focus(visitKey(it.id));
  };
  get #byRoom() {
    return this.#today.view === 'rooms' || (this.#today.view === 'week' && this.#today.of?.kind === 'room');
  }

  /** The answer to `asking`. */
  answer = async (reach: series.Reach) => {
    const { it, place, length } = this.asking!;
    this.asking = undefined;
    await this.#reaching(it, place, reach, length);
    await this.#today.grid?.focus(visitKey(it.id));
  };
  leaveThere = () => {
    const key = this.asking && visitKey(this.asking.it.id);
    this.asking = undefined;
    void this.#today.grid?.focus(key);
  };
  #reaching(it: TimedAppointment, place: Target, reach: series.Reach, length: number): Promise<boolean> {
    if (!it.series || reach.scope === 'this') return this.moveTo(it, place, length);
    const of = { ...it, series: it.series };
    const to = { ...place, locationId: (this.#byRoom && place.locationId) || undefined };
    return this.#acts.act(async () => {
      const { undo } = await series.move(of, reach, to, length);
      const name = format.name(it.patient);
      this.#acts.say(
        place.practitionerId === it.practitionerId
          ? m.series_done_moved({ name })
          : m.series_done_moved_to({ name, doctor: this.#nameOf(place) }),
        undo && (() => void this.#acts.act(undo)),
      );
    });
  }

  #nameOf = ({ practitionerId }: Target): string =>
    [...this.#today.practitioners, ...this.#today.shownDays.practitioners].find(({ id }) => id === practitionerId)
      ?.displayName ?? '';

  moveTo(it: TimedAppointment, place: Target, length = lengthOf(it)): Promise<boolean> {
    const target = {
      startsAt: place.start,
      endsAt: instant(ms(place.start) + length * 60_000),
      practitionerId: place.practitionerId,
      ...(this.#byRoom && place.locationId && { locationId: place.locationId }),
    };
    const before = {
      startsAt: it.startsAt,
      endsAt: it.endsAt,
      ...(it.practitionerId && { practitionerId: it.practitionerId }),
      ...(it.locationId && { locationId: it.locationId }),
    };
    return this.#acts.act(
      async () => {
        const after = await calls.move(it, target);
        const done = { name: format.name(it.patient), time: this.#today.at(after) };
        this.#acts.say(
          after.practitionerId === it.practitionerId
            ? m.day_done_moved(done)
            : m.day_done_moved_to({ ...done, doctor: after.practitionerName ?? '' }),
          () => void this.#acts.act(() => calls.move(after, before)),
        );
      },
      (slot) => void this.moveTo(it, slot, length),
    );
  }

  // ── the dialog ──
  /** Those of the same department, on whichever days they work, and whoever it is with. */
  doctorsFor({ practitionerId, practitionerName }: Pick<TimedAppointment, 'practitionerId' | 'practitionerName'>) {
    const { departmentOf, practitioners } = this.#today;
    const own = practitioners.find(({ id }) => id === practitionerId);
    const department = own?.departmentId ?? departmentOf.get(practitionerId ?? '');
    const theirs = practitioners.filter((who) => !department || who.departmentId === department);
    return own || !practitionerId ? theirs : [...theirs, { id: practitionerId, displayName: practitionerName ?? '' }];
  }
  slotsOfDay = (it: Pick<TimedAppointment, 'serviceId'>) => (practitionerId: Id, date: DateText, length: number) => {
    const { day, now } = this.#today;
    const midnight = (text: DateText) => Temporal.PlainDate.from(text).toZonedDateTime(day.zone).epochMilliseconds;
    const by = {
      practitionerId,
      length,
      ...(it.serviceId && { serviceId: it.serviceId }),
      from: instant(Math.max(midnight(date), now)),
      to: instant(midnight(dateAfter(date, 1))),
      limit: 100,
    };
    return ms(by.from) < ms(by.to) ? calls.listSlots(by) : Promise.resolve([]);
  };
  /** Resolves to why it was refused. */
  byDialog = async (
    it: TimedAppointment,
    slot: Slot,
    length: number,
    reach: series.Reach,
  ): Promise<string | undefined> => {
    if (!(await this.#reaching(it, slot, reach, length))) {
      const why = this.#acts.refusal?.text;
      this.#acts.refusal = undefined;
      return why;
    }
    this.inDialog = undefined;
    void this.#today.grid?.focus(visitKey(it.id));
    return undefined;
  };
}
