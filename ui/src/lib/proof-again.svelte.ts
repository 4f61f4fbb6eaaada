let asked = $state(false);
let waiting: Promise<boolean> | undefined;
let settle: (proved: boolean) => void = () => {};

/** Something delicate was asked for: the page stays as it is while its person shows once more who they are. */
export const proofAgain = {
  get asked() {
    return asked;
  },
  /** True when they did; false when they leave it. Asked once, however many wait for it. */
  ask(): Promise<boolean> {
    asked = true;
    waiting ??= new Promise<boolean>((resolve) => (settle = resolve));
    return waiting;
  },
  answer(proved: boolean) {
    asked = false;
    waiting = undefined;
    settle(proved);
  },
};
