import { tick, untrack } from 'svelte';
import { goto } from '$app/navigation';
import { Attempt } from '../../attempt.ts';
import * as format from '../../format.ts';
import * as m from '../../messages.js';
import type { Id, Instant, PatientSummary, Service, Slot } from '../../types.ts';
import * as calls from '../calls.ts';
import * as groups from '../groups/calls.ts';
import * as series from '../series/calls.ts';
import { dateOf, freeKey, freeSpans, groupKey, ms, startsAround, visitKey, type Place } from '../day.ts';
import type { Acts } from './acts.svelte.ts';
import type { OpenCard } from './card.svelte.ts';
import type { Today } from './today.svelte.ts';

/** What the address asks for: back from the register, or from a patient's page. */
export interface Wish {
  patient: PatientSummary | undefined;
  start: Instant | null;
  doctor: Id | null;
  service: Id | null;
}

/** A time that was chosen, and for whom it is to be booked. */
export class Booking {
  chosen = $state.raw<{ place: Place; serviceId?: Id | null; minutes?: number | undefined }>();
  patient = $state.raw<PatientSummary>();
  panel = $state<{ focus: () => void }>();
  firstFree = $state(false);
  #attempt = new Attempt();
  #services: () => readonly Service[];
  #today: Today;
  #acts: Acts;
  #card: OpenCard;

  constructor(loaded: () => { services: readonly Service[]; wish: Wish }, today: Today, acts: Acts, card: OpenCard) {
    this.#services = () => loaded().services;
    this.#today = today;
    this.#acts = acts;
    this.#card = card;
    // The wish is taken up once and leaves the address.
    $effect(() => {
      const { wish } = loaded();
      if (wish.patient || wish.start) untrack(() => this.#takeUp(wish));
    });
  }

  #takeUp(wish: Wish) {
    const { day, isToday } = this.#today;
    if (wish.patient) this.patient = wish.patient;
    const who = day.practitioners.find((one) => one.id === wish.doctor);
    if (wish.start && who) {
      const window = who.windows.find((one) => one.start <= wish.start! && wish.start! < one.end);
      const place = {
        practitionerId: who.id,
        practitionerName: who.displayName,
        locationId: window?.locationId ?? null,
        locationName: window?.locationName ?? null,
        start: wish.start,
      };
      void this.choose(place, wish.service || undefined);
    }
    void goto(isToday ? '/today' : `/today?date=${day.date}`, { replace: true, reset: false });
  }

  /** Those of the doctor's department first, of those the ones that fit, then the ones in the house, and of those the ones of the usual length. */
  services: Service[] = $derived.by(() => {
    const { chosen } = this;
    const own = chosen && this.#today.departmentOf.get(chosen.place.practitionerId);
    const room = chosen ? this.#minutesAt(chosen.place) : 0;
    const rank = (it: Service) =>
      (it.departmentId === own ? 0 : 4) + (it.durationMinutes <= room ? 0 : 2) + (it.telehealth ? 1 : 0);
    const step = chosen ? this.#today.stepOf(chosen.place.practitionerId) : 0;
    const usualFirst = (it: Service) => (it.durationMinutes === step ? 0 : 1);
    return [...this.#services()].sort(
      (a, b) => rank(a) - rank(b) || usualFirst(a) - usualFirst(b) || a.name.localeCompare(b.name),
    );
  });
  /** How long nobody else is booked from there on; any length where that is not known. */
  #minutesAt({ practitionerId, start }: Place): number {
    const at = ms(start);
    const span = freeSpans(this.#today.shownDays, 0).find(
      (one) => one.practitionerId === practitionerId && one.from <= at && at < one.to,
    );
    return span ? (span.to - at) / 60_000 : Infinity;
  }
  /** The other times in the same free stretch. */
  starts: Instant[] = $derived.by(() =>
    this.chosen ? startsAround(freeSpans(this.#today.shownDays, this.#today.now), this.chosen.place) : [],
  );
  /** Of the free place in the calendar. */
  key: string | undefined = $derived(this.chosen && freeKey(this.chosen.place.practitionerId, this.chosen.place.start));

  /** `minutes`: another length than the service's. */
  choose = async (place: Place, serviceId?: Id | null, minutes?: number) => {
    this.#card.close();
    this.#acts.refusal = undefined;
    this.chosen = { place, minutes, ...(serviceId !== undefined && { serviceId }) };
    await tick();
    this.panel?.focus();
  };
  change = (place: Place) => (this.chosen = { ...this.chosen, place });
  close = () => {
    const { key } = this;
    this.chosen = undefined;
    void this.#today.grid?.focus(key);
  };

  book = async (wanted: calls.Wanted, who: PatientSummary) => {
    let after: Awaited<ReturnType<typeof calls.book>>;
    try {
      after = await this.#attempt.run(wanted, (key) => calls.book(wanted, key));
    } finally {
      await this.#today.refresh();
    }
    this.chosen = undefined;
    this.patient = undefined;
    this.#acts.say(
      wanted.practitionerId
        ? m.day_done_booked({ name: format.name(who), time: this.#today.at(after) })
        : m.day_done_booked_with({
            name: format.name(who),
            time: this.#today.at(after),
            doctor: after.practitionerName ?? '',
          }),
      () => void this.#acts.act(() => calls.cancel(after, m.day_reason_mistake())),
    );
    await this.#today.grid?.focus(visitKey(after.id));
  };

  bookSeries = async (wanted: series.Wanted, who: PatientSummary) => {
    let after: Awaited<ReturnType<typeof series.book>>;
    try {
      after = await this.#attempt.run(wanted, (key) => series.book(wanted, key));
    } finally {
      await this.#today.refresh();
    }
    this.chosen = undefined;
    this.patient = undefined;
    const booked = after.occurrences.filter((it) => it.appointmentId !== null);
    const first = booked[0]!;
    const all = { id: after.id, version: after.version, on: first.on };
    this.#acts.say(
      m.series_done_booked({
        name: format.name(who),
        count: booked.length,
        date: format.shortDate(dateOf(first.startsAt!)),
      }),
      () => void this.#acts.act(() => series.cancel(all, { scope: 'all', include: true }, m.day_reason_mistake())),
    );
    await this.#today.grid?.focus(visitKey(first.appointmentId!));
  };

  openGroup = async (wanted: groups.Wanted) => {
    let after: Awaited<ReturnType<typeof groups.open>>;
    try {
      after = await this.#attempt.run(wanted, (key) => groups.open(wanted, key));
    } finally {
      await this.#today.refresh();
    }
    this.chosen = undefined;
    this.#acts.say(
      m.group_done_opened({ service: after.serviceName }),
      () => void this.#acts.act(() => groups.cancel(after, m.day_reason_mistake())),
    );
    await this.#today.grid?.focus(groupKey(after.id));
  };

  /** The five earliest; without a wish those of every department. */
  firstSlots = async (by: calls.SlotsBy): Promise<Slot[]> => {
    if (by.departmentId || by.practitionerId || by.serviceId || by.specialty)
      return calls.listSlots({ ...by, limit: 5 });
    const each = await Promise.all(
      this.#today.departments.map(({ id }) => calls.listSlots({ ...by, departmentId: id, limit: 5 })),
    );
    return each
      .flat()
      .sort((a, b) => ms(a.start) - ms(b.start))
      .slice(0, 5);
  };
  takeFirst = async (slot: Slot, minutes?: number) => {
    this.firstFree = false;
    const { view, dates, day } = this.#today;
    if (view === 'week' ? !dates.includes(dateOf(slot.start)) : dateOf(slot.start) !== day.date)
      await this.#today.show(dateOf(slot.start));
    await this.choose(slot, slot.serviceId, minutes);
  };
}
