/** A bar that fills in place on a terminal and is a line a step in a log. */
export const progressBar = (steps: number) => {
  const begun = performance.now();
  const seconds = () => `${((performance.now() - begun) / 1000).toFixed(0)} s`;
  const live = process.stdout.isTTY;
  let done = 0;
  const draw = (label: string) => {
    const width = 30;
    const filled = Math.round((Math.min(done, steps) / Math.max(steps, 1)) * width);
    const line = `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${seconds().padStart(6)}  ${label}`;
    process.stdout.write(live ? `\r\x1b[2K${line}` : `${line}\n`);
  };
  return {
    /** Says what begins; everything before it is done. */
    step: (label: string) => {
      draw(label);
      done++;
    },
    /** What goes on within the step that began last. */
    within: draw,
    done: (label: string) => {
      done = steps;
      draw(label);
      if (live) process.stdout.write('\n');
    },
  };
};
