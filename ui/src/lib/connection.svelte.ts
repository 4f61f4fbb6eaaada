let networkIsUp = $state(navigator.onLine);
let serverAnswers = $state(true);

addEventListener('online', () => (networkIsUp = true));
addEventListener('offline', () => (networkIsUp = false));

/** Whether the server can be reached: what the bar at the top of the page says. */
export const connection = {
  get lost() {
    return !networkIsUp || !serverAnswers;
  },
  reached(answered: boolean) {
    serverAnswers = answered;
    if (answered) networkIsUp = true;
    else void watch();
  },
};

let watching = false;

/** Asks now and then until the server is there again, so that the bar goes away by itself. */
async function watch() {
  if (watching) return;
  watching = true;
  for (let wait = 1000; !serverAnswers; wait = Math.min(wait * 2, 15_000)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    serverAnswers = await fetch('/health/live', { cache: 'no-store' }).then(
      (response) => response.ok,
      () => false,
    );
  }
  networkIsUp = true;
  watching = false;
}
