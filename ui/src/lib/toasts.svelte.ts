interface Toast {
  id: number;
  text: string;
  undo: (() => void) | undefined;
}

let shown = $state.raw<Toast[]>([]);
let last = 0;

/** Undo is offered as long as the toast stands. */
const seconds = 10;

export const toasts = {
  get shown() {
    return shown;
  },
  dismiss(id: number) {
    shown = shown.filter((toast) => toast.id !== id);
  },
};

/** Says that something was done, and offers to take it back. Never for errors: they stand where they happened. */
export function toast(text: string, undo?: () => void) {
  const id = ++last;
  shown = [...shown.slice(-2), { id, text, undo }];
  setTimeout(() => toasts.dismiss(id), (undo ? seconds : 5) * 1000);
}
