export const routeClasses = ['record', 'search', 'one', 'list', 'write'] as const;
export type RouteClass = (typeof routeClasses)[number];

/** What people wait for differs by what they asked. */
export const classOf = (method: string, route: string): RouteClass => {
  if (route.endsWith('/record')) return 'record';
  if (/search|duplicates|codes|orderables|slots|medications$/.test(route)) return 'search';
  if (method !== 'GET') return 'write';
  return route.includes('{id}') ? 'one' : 'list';
};

export interface Latency {
  count: number;
  p50: number;
  p95: number;
  max: number;
}
export const latencyOf = (milliseconds: readonly number[]): Latency => {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0 };
};

/** What the day adds up to. */
export class Measured {
  readonly happened = new Map<string, number>();
  readonly refusals = new Map<string, number>();
  /** Answers that no hospital may give, calls without an answer, refusals that nobody reckoned with. */
  readonly errors: string[] = [];
  /** Of each method and route, in milliseconds. */
  readonly routes = new Map<string, number[]>();
  requests = 0;

  add(what: string, many = 1): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + many);
  }
  refused(name: string): void {
    this.refusals.set(name, (this.refusals.get(name) ?? 0) + 1);
  }
  took(method: string, route: string, milliseconds: number): void {
    const key = `${method} ${route}`;
    const list = this.routes.get(key) ?? [];
    list.push(milliseconds);
    this.routes.set(key, list);
    this.requests++;
  }
  byClass(): [RouteClass, Latency][] {
    const classes = new Map<RouteClass, number[]>();
    for (const [key, list] of this.routes) {
      const [method = '', route = ''] = key.split(' ');
      const of = classOf(method, route);
      classes.set(of, (classes.get(of) ?? []).concat(list));
    }
    return routeClasses.flatMap((of) => (classes.has(of) ? [[of, latencyOf(classes.get(of)!)] as const] : [])) as [
      RouteClass,
      Latency,
    ][];
  }
}
