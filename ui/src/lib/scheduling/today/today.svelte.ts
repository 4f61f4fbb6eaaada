import { onMount, tick, untrack } from 'svelte';
import { goto } from '$app/navigation';
import * as format from '../../format.ts';
import { refreshOn } from '../../refresh-on.ts';
import { session } from '../../session.svelte.ts';
import { store, stored } from '../../stored.ts';
import type {
  DateText,
  Device,
  Id,
  Location,
  Practitioner,
  ScheduleDay,
  Service,
  TimedAppointment,
} from '../../types.ts';
import * as calls from '../calls.ts';
import {
  dateOf,
  departmentOfEach,
  departmentsOf,
  deviceColumns,
  doctorColumns,
  hoursOf,
  instant,
  roomColumns,
  usualLength,
  type Column,
  type Hours,
  type Visit,
} from '../day.ts';
import { tokensOf } from '../queue/tokens.ts';
import { oneOf, weekColumns, weekOf, type Subject } from '../week.ts';

export const views = ['doctors', 'rooms', 'equipment', 'week', 'list'] as const;
export type View = (typeof views)[number];

/** What the page loads. */
export interface Loaded {
  day: ScheduleDay;
  services: Service[];
  rooms: Location[];
  devices: Device[];
  /** Those who are active; nobody for whoever may not know the house. */
  practitioners: Practitioner[];
  tokens: Awaited<ReturnType<typeof tokensOf>>;
}
/** The calendar on the screen; there is none on a phone and in the list. */
interface Grid {
  focus: (key?: string) => Promise<void>;
  hasFocus: () => boolean;
  current: () => Visit | undefined;
  step: (across: number, along: number) => void;
}

/** In a component: the day that is looked at, or the week around it, kept fresh; which part of it is shown, and how. */
export class Today {
  grid = $state<Grid>();
  outOfDate = $state(false);
  now = $state(format.now().epochMilliseconds);
  view = $state<View>(views.find((one) => one === stored('today.view')) ?? 'doctors');
  department = $state<Id | ''>('');
  /** Whose week it is, when somebody has chosen. */
  subject = $state<Id | null>(stored('today.week'));
  week = $state.raw<ScheduleDay>();
  small = $state(false);
  /** The view with columns that the list came from. */
  #columnsBefore: View = 'doctors';
  #loaded: () => Loaded;

  constructor(loaded: () => Loaded) {
    this.#loaded = loaded;
    refreshOn(['scheduling', 'ehr'], () => void this.refresh());
    const phone = matchMedia('(max-width: 767px)');
    const look = () => (this.small = phone.matches);
    look();
    onMount(() => {
      const clock = setInterval(() => (this.now = format.now().epochMilliseconds), 15_000);
      phone.addEventListener('change', look);
      return () => {
        clearInterval(clock);
        phone.removeEventListener('change', look);
      };
    });
    $effect(() => {
      store('today.view', this.view === 'doctors' ? null : this.view);
      if (this.view !== 'list') this.#columnsBefore = this.view;
    });
    $effect(() => {
      void this.#monday;
      if (this.view !== 'week') return;
      untrack(() => {
        this.week = undefined;
        this.#loadWeek().catch(() => (this.outOfDate = true));
      });
    });
  }

  day: ScheduleDay = $derived.by(() => this.#loaded().day);
  tokens: Loaded['tokens'] = $derived.by(() => this.#loaded().tokens);
  readonly mayWrite = session.may('appointment:write');
  isToday: boolean = $derived(this.day.date === dateOf(instant(this.now)));

  async refresh() {
    const { date } = this.day;
    const hadFocus = this.grid?.hasFocus();
    try {
      const [fresh, given] = await Promise.all([
        calls.getDay(date),
        tokensOf(),
        this.view === 'week' && this.#loadWeek(),
      ]);
      this.outOfDate = false;
      this.tokens = given;
      if (this.day.date === date) this.day = fresh;
    } catch {
      // What stands there stays; the bar says that it may be old.
      this.outOfDate = true;
    }
    this.now = format.now().epochMilliseconds;
    await tick();
    if (hadFocus && document.activeElement === document.body) void this.grid?.focus();
  }
  show = (date: DateText): Promise<void> =>
    goto(date === format.today().toString() ? '/today' : `/today?date=${date}`, { reset: false });
  toggleList = () => (this.view = this.view === 'list' ? this.#columnsBefore : 'list');

  // ── the week of one doctor or room ──
  dates: DateText[] = $derived(weekOf(this.day.date));
  /** A text, so that what is fetched again is no other week. */
  #monday: DateText = $derived(this.dates[0]!);
  /** Those who are in on the day first. */
  subjects: Subject[] = $derived.by(() => [
    ...[
      ...this.day.practitioners,
      ...this.#loaded().practitioners.filter(({ id }) => !this.day.practitioners.some((who) => who.id === id)),
    ].map((who) => ({ kind: 'doctor' as const, id: who.id, title: who.displayName })),
    ...this.#loaded().rooms.map((room) => ({ kind: 'room' as const, id: room.id, title: room.name })),
  ]);
  of: Subject | undefined = $derived(
    this.subjects.find(({ id }) => id === this.subject) ??
      this.subjects.find(({ id }) => this.day.practitioners.some((who) => who.id === id && who.windows.length > 0)) ??
      this.subjects[0],
  );
  chooseSubject(id: Id) {
    this.subject = id;
    store('today.week', id);
  }
  async #loadWeek() {
    const monday = this.dates[0];
    const days = await Promise.all(this.dates.map((date) => calls.getDay(date)));
    if (this.dates[0] === monday) this.week = oneOf(days);
  }
  /** What is on the screen, and can be booked and moved there. */
  shownDays: ScheduleDay = $derived(this.view === 'week' && this.week ? this.week : this.day);

  // ── what is shown ──
  departments: { id: Id; name: string }[] = $derived(departmentsOf(this.day));
  hours: Hours = $derived(hoursOf(this.day));
  usual: number = $derived.by(() => usualLength(this.#loaded().services, null));
  departmentOf: ReadonlyMap<Id, Id | null> = $derived(departmentOfEach(this.day));
  stepOf = (id: Id): number => usualLength(this.#loaded().services, this.departmentOf.get(id) ?? null);
  inWeek: ReturnType<typeof weekColumns> | undefined = $derived(
    this.view === 'week' && this.week && this.of
      ? weekColumns({
          week: this.week,
          dates: this.dates,
          of: this.of,
          now: this.now,
          mayBook: this.mayWrite,
          stepOf: this.stepOf,
        })
      : undefined,
  );
  columns: Column[] = $derived.by(() => {
    if (this.view === 'week') return this.inWeek?.columns ?? [];
    const columnsOf = { rooms: roomColumns, equipment: deviceColumns(this.#loaded().devices), doctors: doctorColumns };
    return columnsOf[this.view === 'list' ? 'doctors' : this.view]({
      day: this.day,
      hours: this.hours,
      now: this.now,
      isToday: this.isToday,
      department: this.department,
      mayBook: this.mayWrite,
      stepOf: this.stepOf,
    });
  });
  appointments: TimedAppointment[] = $derived(
    this.day.appointments.filter(
      (it) => !this.department || this.departmentOf.get(it.practitionerId ?? '') === this.department,
    ),
  );
  /** Who neither works nor is booked. */
  notIn: ScheduleDay['practitioners'] = $derived(
    this.day.practitioners.filter(
      (who) =>
        (!this.department || who.departmentId === this.department) &&
        who.windows.length === 0 &&
        !this.day.appointments.some((it) => it.practitionerId === who.id),
    ),
  );
  heading: string = $derived(
    this.view === 'week' ? format.dateRange(this.dates[0]!, this.dates[6]!) : format.longDate(this.day.date),
  );
  /** Whom one may be booked with, on whichever days they work; else those who are there. */
  practitioners: Pick<Practitioner, 'id' | 'displayName' | 'departmentId'>[] = $derived.by(() => {
    const { practitioners } = this.#loaded();
    return practitioners.length > 0 ? practitioners : this.shownDays.practitioners;
  });
  doctorOf = (it: TimedAppointment): string =>
    this.day.practitioners.find((who) => who.id === it.practitionerId)?.displayName ?? it.practitionerName ?? '';
  /** The time, and on another day than the one that is looked at that day too. */
  at = (it: { startsAt: string }): string =>
    dateOf(it.startsAt) === this.day.date
      ? format.time(it.startsAt)
      : `${format.shortDate(dateOf(it.startsAt))}, ${format.time(it.startsAt)}`;
}
